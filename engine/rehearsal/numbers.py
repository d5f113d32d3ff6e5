"""What a rehearsal draws from: shares, amounts and pairs of tokens, each declared by a contract or measured. Frozen.

Every draw takes dice that the seed and the name of what is drawn have made, so that no draw depends on the order in
which things happened.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.values import PPM

_FINE = Decimal("0.000001")
_EXACT = 2_000
"""Of how many a number of successes is drawn one by one; above, from the normal distribution."""


def dice(*about: object) -> random.Random:
    """Dice for one draw: the same for the same words."""
    return random.Random("|".join(str(part) for part in about))  # noqa: S311 - simulation, not secrecy


@dataclass(frozen=True, slots=True)
class Share:
    """A probability: declared as `k` parts of `n`, or measured as `k` of `n`; then every run draws what it may be."""

    k: int
    n: int
    measured: bool = False

    def rate(self, chance: random.Random) -> float:
        """How often it happens in this run: as declared, or as a sample of this size leaves open (Jeffreys' prior)."""
        if not self.measured:
            return self.k / self.n
        return chance.betavariate(self.k + 0.5, self.n - self.k + 0.5)

    def text(self) -> str:
        """`85 %`, `4 of 44`."""
        return f"{self.k} of {self.n}" if self.measured else f"{Decimal(self.k) * 100 / self.n:.4g} %"


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity in its own unit: one declared value, varied by `spread` parts per million, or what was measured."""

    values: tuple[Decimal, ...]
    spread: int = 0
    measured: bool = False

    def draw(self, chance: random.Random) -> Decimal:
        """One value."""
        value = self.values[chance.randrange(len(self.values))]
        return (value * _around(chance, self.spread)).quantize(_FINE) if self.spread else value

    @property
    def most(self) -> Decimal:
        """No draw is larger."""
        return max(self.values) * (PPM + self.spread) / PPM


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of an attempt, in and out: declared and varied together, or pairs that were measured."""

    pairs: tuple[tuple[int, int], ...]
    spread: int = 0
    measured: bool = False

    def draw(self, chance: random.Random) -> tuple[int, int]:
        """Tokens in and out."""
        told, said = self.pairs[chance.randrange(len(self.pairs))]
        by = _around(chance, self.spread) if self.spread else Decimal(1)
        return int(told * by), int(said * by)

    @property
    def most(self) -> tuple[int, int]:
        """No draw has more."""
        by = Decimal(PPM + self.spread) / PPM
        return int(max(pair[0] for pair in self.pairs) * by), int(max(pair[1] for pair in self.pairs) * by)


@dataclass(frozen=True, slots=True)
class RoleNumbers:
    """What is known of a role; None is unknown."""

    usage: Usage | None = None
    success: Share | None = None
    takes: Amount | None = None


@dataclass(frozen=True, slots=True)
class PersonNumbers:
    """What is known of whoever decides: milliseconds until a decision, milliseconds of attention, how often a yes."""

    answers: Amount | None = None
    attention: Amount | None = None
    approves: Share | None = None


@dataclass(frozen=True, slots=True)
class MetricNumbers:
    """What is known of a metric."""

    reply: Share | None = None
    stop: Share | None = None
    """Of those who reply."""
    bounce: Share | None = None
    value: Amount | None = None
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class ModelNumbers:
    """What is known of whoever provides models: how much of the time they are away, and for how many milliseconds."""

    outage: Share | None = None
    lasts: Amount | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything a rehearsal may draw from."""

    roles: Mapping[str, RoleNumbers] = field(default_factory=dict)
    person: PersonNumbers = PersonNumbers()
    metrics: Mapping[str, MetricNumbers] = field(default_factory=dict)
    tools: Mapping[str, Amount] = field(default_factory=dict)
    """How often an attempt calls a tool."""
    models: ModelNumbers = ModelNumbers()

    def role(self, name: str) -> RoleNumbers:
        """Of a role; nothing is known of one that is not named."""
        return self.roles.get(name, RoleNumbers())

    def metric(self, name: str) -> MetricNumbers:
        """Of a metric."""
        return self.metrics.get(name, MetricNumbers())


def successes(chance: random.Random, of: int, rate: float) -> int:
    """How many of so many succeed."""
    if of <= _EXACT:
        return sum(chance.random() < rate for _ in range(of))
    drawn = chance.gauss(of * rate, (of * rate * (1 - rate)) ** 0.5 if 0 < rate < 1 else 0.0)
    return min(of, max(0, round(drawn)))


def whole(chance: random.Random, value: Decimal) -> int:
    """A whole number that is this value on average."""
    least = int(value // 1)
    return least + (chance.random() < float(value - least))


def _around(chance: random.Random, spread: int) -> Decimal:
    return Decimal(PPM + chance.randint(-spread, spread)) / PPM
