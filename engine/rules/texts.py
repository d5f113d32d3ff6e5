"""The texts that rules are about: what workers wrote, of what was rejected and of what was approved. Pure, given the
contents of the blobs that `needed` names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from engine.rules.selftest import APPROVED
from engine.state.model import LEFT, Effect, MissionState
from engine.values import Sha256
from engine.verify.checks import texts
from engine.workers.protocol import Handoff

Contents = Mapping[Sha256, bytes]
_SAID_YES = LEFT | {"approved"}


@dataclass(frozen=True, slots=True)
class Samples:
    """What a check is proved on."""

    rejected: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()


def approved_like(state: MissionState, verb: str, branch: str) -> list[Effect]:
    """The newest effects of a verb that humans approved as they were written: of a branch, or of all (``""``)."""
    found = [
        effect
        for effect in state.effects.values()
        if effect.state in _SAID_YES
        and effect.verb == verb
        and branch in {"", effect.branch}
        and not effect.replaces
        and state.attempts[effect.attempt].worker != "rehearsed"
    ]
    return found[-APPROVED:]


def needed(state: MissionState, effects: Collection[str], attempts: Collection[str], known: Contents) -> set[Sha256]:
    """Blobs that `of_effects` and `of_attempt` still need."""
    wanted: set[Sha256] = set()
    for name in {*attempts, *(state.effects[effect].attempt for effect in effects)}:
        handoff = state.attempts[name].handoff
        if handoff is None:
            continue
        wanted.add(handoff)
        if handoff in known and (read := _handoff(known[handoff])) is not None:
            wanted |= {artifact.sha for artifact in read.artifacts}
    return wanted - known.keys()


def of_attempt(state: MissionState, attempt: str, contents: Contents) -> list[tuple[str, str]]:
    """What an attempt wrote, each text with its label."""
    handoff = state.attempts[attempt].handoff
    read = _handoff(contents.get(handoff, b"")) if handoff is not None else None
    return texts(read, contents) if read is not None else []


def of_effects(state: MissionState, effects: Collection[str], contents: Contents) -> dict[str, str]:
    """What workers wrote of each effect, as far as it is still there; nothing of what humans edited."""
    found: dict[str, str] = {}
    for attempt in dict.fromkeys(state.effects[name].attempt for name in effects):
        written = [text for label, text in of_attempt(state, attempt, contents) if label.startswith("effect ")]
        found |= {name: text for name, text in _matched(state, attempt, written) if name in effects}
    return found


def _matched(state: MissionState, attempt: str, written: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Effects got their ids in the order in which they were written; those that were refused have none."""
    refused = {int(one["index"]) for one in state.refused if one["attempt"] == attempt}
    places = [place for place in range(len(written)) if place not in refused]
    made = [effect for effect in state.effects.values() if effect.attempt == attempt and not effect.replaces]
    made.sort(key=lambda effect: int(effect.id[1:]))
    for place, effect in zip(places, made, strict=False):
        yield effect.id, written[place]


def _handoff(content: bytes) -> Handoff | None:
    try:
        return Handoff.model_validate_json(content)
    except ValidationError:  # erased, or without a person who was in it
        return None


def samples(
    state: MissionState, rejected: Sequence[str], attempt: str, verb: str, branch: str, contents: Contents
) -> Samples:
    """What was rejected (effects, or else the texts of an attempt), and what was approved of the same kind."""
    like = approved_like(state, verb, branch) if verb else []
    told = of_effects(state, [effect.id for effect in like], contents)
    own = list(of_effects(state, rejected, contents).values())
    if not rejected and attempt:
        own = [text for _label, text in of_attempt(state, attempt, contents)]
    return Samples(tuple(own), tuple(told[effect.id] for effect in like if effect.id in told))


__all__ = ["Contents", "Samples", "approved_like", "needed", "of_attempt", "of_effects", "samples"]
