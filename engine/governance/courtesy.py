"""Contact is courteous, by law of the engine: who may be written to, how often, and when (decision 23).

Checked when an effect is proposed and again right before it is sent, whatever was approved in between. Refusals come
first and never depend on the clock: missing identity or lawful ground, the do-not-contact list, one first contact per
person over all branches and missions. Limits come last and only hold an effect back until a time. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from engine.contract.model import Lawful
from engine.values import DAY, MINUTE, PPM, Value, duration

CONTACT_VERBS = frozenset({"send", "contact"})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

BOUNCE_SAMPLE = 20
"""Fewer messages say nothing about a share of bounces."""

RefusalCode = Literal["no-recipient", "no-identity", "no-lawful", "suppressed", "contacted", "over-limit"]


class Limits(Value):
    """How much contact a day (24 hours, rolling) may hold, over all missions of this user."""

    per_day: int = Field(default=50, ge=0, le=100_000)
    per_domain_day: int = Field(default=5, ge=0, le=100_000)
    gap_ms: int = Field(default=0, ge=0, le=DAY)
    """Time between two contacts."""
    follow_ups: bool = False
    """Whether the branch that wrote to a person first may write to the same person again."""
    hours: tuple[int, int] | None = None
    """Minutes of the day from which, and before which, people may be contacted, in the mission's zone; None for any."""
    bounce_ppm: int = Field(default=50_000, ge=1, le=1_000_000)
    """Share of hard bounces, of at least `BOUNCE_SAMPLE` messages, at which contacts pause."""
    complaints: int = Field(default=1, ge=1)
    """Number of complaints at which contacts pause."""

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: tuple[int, int] | None) -> tuple[int, int] | None:
        if value is not None and not 0 <= value[0] < value[1] <= 1440:
            raise ValueError("hours are two minutes of one day, the second later than the first")
        return value


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person an effect would reach: the hash, and what stands for the domain of the address (empty: unknown)."""

    person: str
    domain: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that was made or is under way: attempting, in doubt or done."""

    person: str
    domain: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class History:
    """What is known about contacts over all missions."""

    suppressed: AbstractSet[str] = frozenset()
    """Persons on the do-not-contact list."""
    first: Mapping[str, str] = field(default_factory=dict)
    """Which branch (its full id, `gtm/B3`) wrote to a person first."""
    recent: Sequence[Contact] = ()
    """Contacts of the last 24 hours at least, in any order."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be sent now."""


@dataclass(frozen=True, slots=True)
class Held:
    """It may be sent, but not before `until_ms`."""

    until_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not be sent, now or later, as things are."""

    code: RefusalCode
    reason: str


Verdict = Allowed | Held | Refused


def contact_verdict(
    recipients: Sequence[Recipient],
    verb: str,
    *,
    branch: str,
    now_ms: int,
    history: History,
    identity: bool,
    lawful: Lawful | None,
    limits: Limits | None = None,
    zone: str | None = None,
) -> Verdict:
    """Whether these people may be reached by this verb now; every verb but `send` and `contact` passes. `zone` is the
    one whose hours are meant, UTC where none is given.
    """
    if verb not in CONTACT_VERBS:
        return Allowed()
    limits = limits or Limits()
    if not recipients:
        return Refused("no-recipient", f"{verb} reaches nobody")
    if not identity:
        return Refused("no-identity", "no verified sender identity is configured (cockpit setup)")
    if lawful is None:
        return Refused("no-lawful", "the contract does not say on what ground people are contacted (lawful:)")
    refusal = _refusal(recipients, branch, history, limits)
    return refusal or _held(recipients, now_ms, history.recent, limits, zone or "UTC")


def _refusal(recipients: Sequence[Recipient], branch: str, history: History, limits: Limits) -> Refused | None:
    persons = {recipient.person for recipient in recipients}
    if persons & history.suppressed:
        return Refused("suppressed", "this person is on the do-not-contact list")
    for person in sorted(persons):
        first = history.first.get(person)
        if first is not None and first != branch:
            return Refused("contacted", f"branch {first} wrote to this person first")
        if first is not None and not limits.follow_ups:
            return Refused("contacted", "this branch wrote to this person already, and follow-ups are off")
    if len(persons) > limits.per_day:
        return Refused("over-limit", f"{len(persons)} people in one effect; the limit is {limits.per_day} a day")
    for count in _counts(recipients).values():
        if count > limits.per_domain_day:
            return Refused("over-limit", f"{count} people at one domain; the limit is {limits.per_domain_day} a day")
    return None


def _held(
    recipients: Sequence[Recipient], now_ms: int, recent: Sequence[Contact], limits: Limits, zone: str
) -> Allowed | Held:
    """The limit that holds longest; and where its end lies outside of the hours, until they begin.

    A contact in the future, after a clock that was ahead was set back, counts like any other. But more than a day ahead
    it says nothing of when it was made, and would bind for as long as the clock was wrong: it is left out.
    """
    holds: list[Held] = []
    recent = [contact for contact in recent if contact.at_ms <= now_ms + DAY]
    last = max((contact.at_ms for contact in recent), default=None)
    if limits.gap_ms and last is not None and last + limits.gap_ms > now_ms:
        holds.append(Held(last + limits.gap_ms, f"contacts are {duration(limits.gap_ms)} apart"))
    wanted = len({recipient.person for recipient in recipients})
    until = _room(wanted, limits.per_day, (contact.at_ms for contact in recent), now_ms)
    if until > now_ms:
        holds.append(Held(until, f"{limits.per_day} contacts a day"))
    for domain, count in _counts(recipients).items():
        until = _room(count, limits.per_domain_day, (item.at_ms for item in recent if item.domain == domain), now_ms)
        if until > now_ms:
            holds.append(Held(until, f"{limits.per_domain_day} contacts a day at one domain"))
    longest = max(holds, key=lambda held: held.until_ms, default=Held(now_ms, ""))
    if limits.hours is not None:
        opens = within_hours(longest.until_ms, limits.hours, zone)
        if opens > longest.until_ms:
            longest = Held(opens, f"contacts between {_clock(limits.hours[0])} and {_clock(limits.hours[1])} only")
    return longest if longest.until_ms > now_ms else Allowed()


def within_hours(at_ms: int, hours: tuple[int, int], zone: str) -> int:
    """The first moment, not before `at_ms`, at which a clock in `zone` shows a time of these hours.

    Where clocks are put forward over the beginning, the hours begin when it has passed; a time that occurs twice counts
    both times.
    """
    minute = at_ms // MINUTE
    opens = _open_minute(minute, hours, zone)
    return at_ms if opens == minute else opens * MINUTE


@lru_cache(maxsize=256)
def _open_minute(minute: int, hours: tuple[int, int], zone: str) -> int:
    """By looking at each minute: zones change their offset at whole minutes, and a day has few enough of them."""
    tz = ZoneInfo(zone)
    for ahead in range(minute, minute + 4 * 1440):
        local = (_EPOCH + timedelta(minutes=ahead)).astimezone(tz)
        if hours[0] <= local.hour * 60 + local.minute < hours[1]:
            return ahead
    return minute + 4 * 1440


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def crossings(sent: Iterable[int], bounced: Iterable[int], limits: Limits) -> tuple[int, bool]:
    """How often the share of hard bounces has risen to its threshold, from the times of both; and whether it is there.

    A message counts from the moment it was sent, a bounce from the moment it was read.
    """
    times = sorted([(at, 0) for at in sent] + [(at, 1) for at in bounced])
    counts, crossed, over = [0, 0], 0, False
    for _at, kind in times:
        counts[kind] += 1
        before, over = over, counts[0] >= BOUNCE_SAMPLE and counts[1] * PPM >= limits.bounce_ppm * counts[0]
        crossed += over and not before
    return crossed, over


def _counts(recipients: Sequence[Recipient]) -> dict[str, int]:
    people: dict[str, set[str]] = {}
    for recipient in recipients:
        if recipient.domain:
            people.setdefault(recipient.domain, set()).add(recipient.person)
    return {domain: len(people[domain]) for domain in sorted(people)}


def _room(wanted: int, limit: int, times: Iterable[int], now_ms: int) -> int:
    """The first time at which `wanted` more fit into 24 hours: when enough of the oldest have left them."""
    inside = sorted(at for at in times if at > now_ms - DAY)
    over = len(inside) + wanted - limit
    return inside[over - 1] + DAY if over > 0 else now_ms
