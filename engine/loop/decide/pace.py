"""How fast people are contacted: limits over all missions, hours of the day, a pause after bounces or complaints. Pure.

What a rehearsal does, and what goes to the sandbox, reaches nobody: it is not paced and counts for nobody's pace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from engine.effects.compose import setup_mark
from engine.effects.protocol import MAIL
from engine.governance.courtesy import (
    CONTACT_VERBS,
    Contact,
    Held,
    History,
    Limits,
    Recipient,
    Refused,
    contact_verdict,
    crossings,
)
from engine.ledger import bodies as b
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.state.model import LEFT, Effect, Mint, MissionState
from engine.values import MINUTE, SECOND

SANDBOX = "sandbox"
"""The connector every rehearsed effect goes to, whatever the contract names: a maildir that nothing leaves."""
UNPACED = Limits(per_day=100_000, per_domain_day=100_000)
FIRST_PAUSE, LONGEST_PAUSE = 30 * SECOND, 15 * MINUTE
"""After how long a connector that refuses is tried again: at first, and at most."""


def limits_for(state: MissionState, connector: str, world: World) -> Limits:
    """The limits under which a mission contacts people through a connector."""
    if state.rehearsed or connector == SANDBOX:
        return UNPACED.model_copy(update={"follow_ups": world.limits.follow_ups})
    return world.limits


def recipients(effect: Effect) -> list[Recipient]:
    """The people an effect reaches. Effects of older ledgers have no domains."""
    pairs = zip_longest(effect.persons, effect.domains[: len(effect.persons)], fillvalue="")
    return [Recipient(person, domain) for person, domain in pairs]


def contacts(state: MissionState, but: str = "") -> Iterator[Contact]:
    """The contacts that a mission made, or may have made: what is to be sent again may have arrived, too."""
    for effect in state.effects.values():
        if (effect.state in LEFT or effect.unsure) and effect.id != but and _paced(state, effect):
            yield from _contacts(effect, effect.attempted_at)


def _contacts(effect: Effect, at: int) -> Iterator[Contact]:
    return (Contact(one.person, one.domain, at) for one in recipients(effect))


def _paced(state: MissionState, effect: Effect) -> bool:
    return not state.rehearsed and effect.connector != SANDBOX and effect.verb in CONTACT_VERBS


def patience(refusals: int) -> int:
    """How long to wait after one more refusal than so many: twice as long each time."""
    return int(min(FIRST_PAUSE << min(refusals, 20), LONGEST_PAUSE))


def held(state: MissionState, effect: Effect, now: int, world: World) -> Held | None:
    """What keeps an effect that may be sent from being sent now, and until when; None when nothing does.

    What only a human, a new configuration or nobody can end holds until the approval expires.
    """
    return Pace(state, now, world).held(effect)


def next_contact(state: MissionState, now: int, world: World) -> int | None:
    """The next moment at which an approved effect that is held may be sent."""
    pace = Pace(state, now, world)
    holds = (pace.held(effect) for effect in state.effects.values() if effect.state == "approved")
    return min((hold.until_ms for hold in holds if hold is not None), default=None)


class Pace:
    """The pace of one mission at one moment; `going` is what is about to be sent, and counts."""

    def __init__(self, state: MissionState, now: int, world: World) -> None:
        self._state, self._now, self._limits = state, now, world.limits
        self._others = [*world.recent]
        self._recent = [*world.recent, *contacts(state)]
        self._pause = paused(state, world.limits)
        self._trying = {effect.connector for effect in state.effects.values() if effect.state == "attempting"}

    def going(self, effect: Effect) -> None:
        """An effect is about to be sent."""
        self._trying.add(effect.connector)
        if _paced(self._state, effect):
            self._others += _contacts(effect, self._now)
            self._recent += _contacts(effect, self._now)

    def on_trial(self, effect: Effect) -> bool:
        """Whether its connector refused everything, and another effect is finding out whether it still does."""
        outage = self._state.outages.get(effect.connector)
        return outage is not None and outage.failures > 0 and effect.connector in self._trying

    def held(self, effect: Effect) -> Held | None:
        """What keeps an effect back, and until when."""
        outage = self._state.outages.get(effect.connector)
        if outage is not None and (outage.mend or self._now < outage.until):
            return Held(effect.expires if outage.mend else outage.until, f"{effect.connector}: {outage.because}")
        if not _paced(self._state, effect):
            return None
        if self._pause:
            return Held(effect.expires, self._pause)
        recent = self._recent
        if effect.unsure:  # sent again it is the same contact
            recent = [*self._others, *contacts(self._state, effect.id)]
        verdict = _limited(self._state, recipients(effect), effect.verb, self._now, recent, self._limits)
        if isinstance(verdict, Refused):
            return Held(effect.expires, verdict.reason)
        return verdict


def mended(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """A connector that waits for a human, and is configured otherwise now than when it said no, is tried again."""
    told = tuple(
        b.OutageEnded(connector=name, because=f"{name} is configured otherwise now")
        for name, outage in state.outages.items()
        if outage.mend
        and outage.setup
        and name in world.connectors
        and setup_mark(world.identity, world.destinations.get(name, MAIL)) not in {"", outage.setup}
    )
    if told:
        yield Record(told)


def _limited(
    state: MissionState, people: Sequence[Recipient], verb: str, now: int, recent: Sequence[Contact], limits: Limits
) -> Held | Refused | None:
    """What the limits alone say: whether they leave room, and whether they ever can."""
    verdict = contact_verdict(
        people,
        verb,
        branch="",
        now_ms=now,
        history=History(recent=recent),
        identity=True,
        lawful=state.terms.lawful,
        limits=limits,
        zone=state.terms.zone,
    )
    if isinstance(verdict, Refused):
        return verdict if verdict.code == "over-limit" else None
    return verdict if isinstance(verdict, Held) else None


@dataclass(frozen=True, slots=True)
class Crossing:
    """A threshold that a mission's contacts have reached: what attention is raised about, and the sentence."""

    about: str
    title: str


def _crossings(state: MissionState, limits: Limits) -> Iterator[Crossing]:
    """Thresholds that are reached now, whether they were asked about or not."""
    if state.rehearsed:
        return
    sent = {e.id: e.attempted_at for e in state.effects.values() if e.state in LEFT and _paced(state, e)}
    bounced = _first(state, "bounce", sent)
    times, over = crossings(sent.values(), bounced.values(), limits)
    if over:
        title = f"{len(bounced)} of {len(sent)} mails bounced: go on with this list, or stop?"
        yield Crossing(f"bounces:{times}", title)
    complained = len(_first(state, "complaint", sent))
    if complained >= limits.complaints:
        noun = "person" if complained == 1 else "people"
        title = f"{complained} {noun} complained about our mail: go on, or stop?"
        yield Crossing(f"complaints:{complained // limits.complaints}", title)


def _first(state: MissionState, message: str, sent: Iterable[str]) -> dict[str, int]:
    """When the first message of a kind about each effect was read."""
    found: dict[str, int] = {}
    for evidence in state.evidence.values():
        if evidence.message == message and evidence.about in sent:
            found.setdefault(evidence.about, evidence.at)
    return found


def paused(state: MissionState, limits: Limits) -> str:
    """Why a mission contacts nobody until a human has answered; empty when it may."""
    open_ = [item.title for item in state.attention.values() if item.about.startswith(("bounces:", "complaints:"))]
    reached = [crossing.title for crossing in _crossings(state, limits) if crossing.about not in state.settled]
    return next(iter([*open_, *reached]), "")


def pause(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """A threshold of bounces or complaints was reached: contacts wait, and a human is asked, once for each time."""
    mint, asked = Mint(state), state.asked
    raised = tuple(
        b.AttentionRaised(
            attention=mint("Q"),
            kind="answer",
            title=crossing.title,
            detail="nothing is sent in this mission before you answer; what was approved waits",
            choices=("go on", "stop"),
            about=crossing.about,
        )
        for crossing in _crossings(state, world.limits)
        if crossing.about not in asked
    )
    if raised:
        yield Record(raised)
