"""What verified outcomes say of a model in a role: weighted counts, a shrunk estimate and its interval. Pure, integers.

Outcomes of all missions of a home, of what happened and not of rehearsals. An outcome loses half of its weight in 90
days; few outcomes are drawn towards what the model does in other roles, and that towards what its tier suggests; a
model that is reached in another way than before starts again from what is known of it, with little confidence.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from engine.routing.catalogue import Candidate
from engine.routing.interval import wilson
from engine.routing.measured import Measured
from engine.state.outcomes import Tally, Who
from engine.values import PPM, canonical

HALF_LIFE = 90
"""Days after which an outcome weighs half."""
ROLE_MASS, TIER_MASS, OLD_MASS = 10, 20, 5
"""Outcomes that an estimate is drawn by: of a role towards the model's other roles, of a model towards its tier, of a
model that changed towards what it was.
"""
TIER_PRIOR: Mapping[str, int] = {"cheap": 700_000, "standard": 780_000, "strong": 850_000}
"""Millionths of attempts that are taken to succeed while nothing was verified. Set by hand, and the same for everybody:
only their order matters before there are outcomes.
"""
KNOWN = 5
"""Weighted outcomes in a role from which on a model is chosen by them."""
_EIGHTHS = (1_000_000, 917_004, 840_896, 771_105, 707_107, 648_420, 594_604, 545_254, 500_000)
"""Millionths of a weight after each eighth of a half-life."""


def weight(age: int) -> int:
    """What an outcome of so many days ago weighs, in millionths; one of the future weighs as today's."""
    halvings, rest = divmod(max(0, age), HALF_LIFE)
    place, part = divmod(rest * 8, HALF_LIFE)
    high, low = _EIGHTHS[place], _EIGHTHS[place + 1]
    return (high - (high - low) * part // HALF_LIFE) >> min(halvings, 60)


@dataclass(frozen=True, slots=True)
class Seen:
    """Outcomes of a model in a role, as it was reached then: counts, their weight in millionths, and what useful
    attempts cost in micro-dollars.
    """

    role: str
    name: str
    setup: str
    good: int = 0
    n: int = 0
    good_weight: int = 0
    weight: int = 0
    paid: int = 0
    micro_usd: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """An estimate in millionths with its 80 % interval, and what it rests on. `cost`: micro-dollars of an attempt on
    average; None while none was paid for.
    """

    quality: int
    low: int
    high: int
    good: int
    n: int
    weight: int
    cost: int | None

    @property
    def known(self) -> bool:
        """Whether there are enough outcomes to go by."""
        return self.weight >= KNOWN * PPM

    @property
    def words(self) -> str:
        """`verified 41 of 44`; nothing while nothing was."""
        return f"verified {self.good} of {self.n}" if self.n else "nothing verified yet"

    @property
    def interval(self) -> str:
        """`86-96%`."""
        return f"{self.low // 10_000}-{-(-self.high // 10_000)}%"


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of models on one day; nothing by default."""

    rows: tuple[Seen, ...] = ()
    reviewers: tuple[Measured, ...] = ()
    """What seeded artifacts showed of them as reviewers."""

    def of(self, names: Collection[str]) -> Record:
        """The part that is about these models."""
        return Record(
            tuple(row for row in self.rows if row.name in names),
            tuple(row for row in self.reviewers if row.name in names),
        )

    def standing(self, role: str, candidate: Candidate) -> Standing:
        """What is known of a candidate in a role."""
        own = [row for row in self.rows if row.name == candidate.name]
        now = _sum(row for row in own if row.setup == candidate.setup)
        old = _sum(row for row in own if row.setup != candidate.setup)
        here = _sum(row for row in own if row.setup == candidate.setup and row.role == role)
        prior, mass = TIER_PRIOR[candidate.tier], TIER_MASS
        if old.weight:
            prior, mass = _drawn(old, prior, mass), OLD_MASS
        quality = _drawn(here, _drawn(now, prior, mass), ROLE_MASS)
        low, high = wilson(quality, here.weight + ROLE_MASS * PPM)
        cost = here.micro_usd // here.paid if here.paid else None
        return Standing(quality, low, high, here.good, here.n, here.weight, cost)


def _sum(rows: Iterable[Seen]) -> Seen:
    total = Seen("", "", "")
    for row in rows:
        total = _add(total, row)
    return total


def _add(one: Seen, other: Seen) -> Seen:
    return replace(
        one,
        good=one.good + other.good,
        n=one.n + other.n,
        good_weight=one.good_weight + other.good_weight,
        weight=one.weight + other.weight,
        paid=one.paid + other.paid,
        micro_usd=one.micro_usd + other.micro_usd,
    )


def _drawn(seen: Seen, towards: int, mass: int) -> int:
    """A share in millionths, drawn towards another one that weighs `mass` outcomes."""
    return (seen.good_weight * PPM + mass * PPM * towards) // (seen.weight + mass * PPM)


def gathered(missions: Iterable[Mapping[Who, Tally]], day: int) -> Record:
    """The outcomes of several missions as they weigh on a day."""
    found: dict[tuple[str, str, str], Seen] = {}
    for tallies in missions:
        for who, tally in tallies.items():
            key, each = (who.role, who.name, who.setup), weight(day - who.day)
            n = tally.good + tally.bad
            new = Seen(*key, tally.good, n, tally.good * each, n * each, tally.paid, tally.micro_usd)
            found[key] = _add(found[key], new) if key in found else new
    return Record(tuple(found[key] for key in sorted(found)))


def recorded(record: Record) -> bytes:
    """A record as a route keeps it: its rows alone where no reviewer was measured, as before any was."""
    rows = [asdict(row) for row in record.rows]
    if not record.reviewers:
        return canonical(rows)
    return canonical({"outcomes": rows, "reviewers": [asdict(row) for row in record.reviewers]})


def read(content: bytes) -> Record:
    """A record from what was kept. Raises ValueError, TypeError and KeyError."""
    told = json.loads(content)
    if isinstance(told, list):
        return Record(tuple(Seen(**row) for row in told))
    return Record(tuple(Seen(**row) for row in told["outcomes"]), tuple(Measured(**row) for row in told["reviewers"]))
