"""How good a reviewer is, as seeded artifacts measured it: what it catches, how often it raises a false alarm, and what
both mean. Pure, integers.

A finding is a 95 % interval, never a bare share: a reviewer is called good only where its lower bound is, and weak only
where its upper one is. Only a measurement over the setup that is configured now says anything of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.routing.catalogue import Candidate
from engine.routing.interval import Z95, apart, wilson
from engine.state.home import HomeState
from engine.values import DAY, PPM

EXAM = "reviewers/1"
"""The set of kinds of artifacts: what was measured with another one is not added to it."""
CATCHES, ALARMS = 800_000, 200_000
"""A reviewer suffices that surely catches so many bad artifacts at least, and surely refuses no more good ones."""
WEAK, NOISY = 700_000, 300_000
"""It is weak when it surely catches fewer, and noisy when it surely refuses more."""
FEW = 12
"""With fewer answers about bad artifacts, or about good ones, nothing is concluded."""
UNUSABLE = 5
"""With more than one answer in so many that nobody can use, it is no reviewer."""
OLD = 90 * DAY
"""After this time a measurement is due again: who provides a model may change it under the same name."""

Standing = Literal["suffices", "unsettled", "weak", "noisy", "chance", "unusable", "unmeasured"]
UNFIT: frozenset[Standing] = frozenset({"weak", "noisy", "chance", "unusable"})
"""Whoever stands so is warned about."""


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n` with its 95 % interval, in millionths."""

    k: int
    n: int
    low: int
    high: int

    @property
    def likely(self) -> str:
        """`84-99%`."""
        return f"{self.low // 10_000}-{-(-self.high // 10_000)}%"


def share(k: int, n: int) -> Share:
    """A share and its interval; without any outcome everything is possible."""
    low, high = wilson(k * PPM // n if n else 0, n * PPM, Z95)
    return Share(k, n, low, high)


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a model as a reviewer, as it is reached: `caught` of `bad`, `alarms` in `good`, and how many of
    its answers nobody could use. `at`: when it was measured last, wall time in milliseconds.
    """

    name: str
    setup: str
    caught: int = 0
    bad: int = 0
    alarms: int = 0
    good: int = 0
    unusable: int = 0
    at: int = 0

    @property
    def catches(self) -> Share:
        """The share of artifacts with a planted defect that it sends back."""
        return share(self.caught, self.bad)

    @property
    def refuses(self) -> Share:
        """The share of good artifacts that it sends back: its false alarms."""
        return share(self.alarms, self.good)

    @property
    def standing(self) -> Standing:
        """What the numbers amount to."""
        answers, catches, refuses = self.bad + self.good, self.catches, self.refuses
        if not answers + self.unusable:
            return "unmeasured"
        if self.unusable * UNUSABLE > answers + self.unusable:
            return "unusable"
        if min(self.bad, self.good) < FEW:
            return "unsettled"
        if not apart((self.caught, self.bad), (self.alarms, self.good)):
            return "chance"
        if catches.high < WEAK:
            return "weak"
        if refuses.low > NOISY:
            return "noisy"
        return "suffices" if catches.low >= CATCHES and refuses.high <= ALARMS else "unsettled"

    @property
    def unfit(self) -> bool:
        """Whether whoever relies on its reviews should be warned."""
        return self.standing in UNFIT

    @property
    def words(self) -> str:
        """`catches 31 of 32 planted defects (89-100% likely), false alarms 0 of 32 (0-11% likely)`."""
        catches, refuses = self.catches, self.refuses
        told = []
        if self.bad:
            told.append(f"catches {catches.k} of {catches.n} planted defects ({catches.likely} likely)")
        if self.good:
            told.append(f"false alarms {refuses.k} of {refuses.n} ({refuses.likely} likely)")
        if self.unusable:
            told.append(f"{self.unusable} of {self.bad + self.good + self.unusable} answers nobody can use")
        return ", ".join(told) or "never measured"

    @property
    def meaning(self) -> str:
        """What it means for whoever relies on its reviews, as one sentence."""
        match self.standing:
            case "suffices":
                return "its reviews may stand for V2"
            case "weak":
                return f"it surely misses more than {_percent(PPM - WEAK)} of what is plainly wrong: let another review"
            case "noisy":
                return f"it surely sends back more than {_percent(NOISY)} of what is good: let another review"
            case "chance":
                return f"{_chance(self.catches, self.refuses)}: its yes says nothing"
            case "unusable":
                return "too many of its answers are no review: it cannot be relied on"
            case "unmeasured":
                return "nothing is known of it"
            case _:
                bar = f"at least {_percent(CATCHES)} caught and at most {_percent(ALARMS)} false alarms"
                return f"not settled: {bar} are not certain yet; another --seed adds artifacts"


def _chance(catches: Share, refuses: Share) -> str:
    sent, asked = catches.k + refuses.k, catches.n + refuses.n
    if sent * 4 <= asked:
        return "no better than waving everything through"
    if sent * 4 >= asked * 3:
        return "no better than sending everything back"
    return "no better than a coin"


def _percent(millionths: int) -> str:
    return f"{millionths // 10_000}%"


def measured(home: HomeState, pool: Iterable[Candidate]) -> tuple[Measured, ...]:
    """What is known of each of these models over the setup that it has now; who was never measured is left out.

    Measurements with different seeds add up, for they asked about different artifacts.
    """
    found = []
    for one in pool if home.reviewers else ():
        rows = [
            row
            for (name, setup, exam, _seed), row in home.reviewers.items()
            if (name, setup, exam) == (one.name, one.setup, EXAM)
        ]
        if rows:
            found.append(
                Measured(
                    one.name,
                    one.setup,
                    sum(row.caught for row in rows),
                    sum(row.bad for row in rows),
                    sum(row.alarms for row in rows),
                    sum(row.good for row in rows),
                    sum(row.unusable for row in rows),
                    max(row.at for row in rows),
                )
            )
    return tuple(sorted(found, key=lambda row: row.name))


def of(rows: Sequence[Measured], candidate: Candidate) -> Measured | None:
    """What is known of one candidate; None where it was never measured as it is now."""
    return next((row for row in rows if (row.name, row.setup) == (candidate.name, candidate.setup)), None)
