"""Candidates: models and other workers that an attempt may be given to, with price, tier, privacy and family.

The rehearsed ones simulate work for rehearsals; their names say so and so does every receipt. Their prices are of
the order of what hosted models of such tiers cost, so that a rehearsed budget means something; they are nobody's
price list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from engine.values import Price, Tokens, canonical

TIERS = ("cheap", "standard", "strong")
DENSE = (7, 2)
"""Tokens of a real tokenizer for our own estimate, at most: one for each byte instead of one for 3.5. Prose has far
fewer; a table of small numbers has this many, hexadecimal and addresses half.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to run an attempt. `window` and `max_output` are tokens; 0 means without limit."""

    name: str
    worker: str
    model: str = ""
    family: str = ""
    provider: str = ""
    """What fails together: the breaker's other name besides the model's."""
    tier: str = "standard"
    local: bool = False
    price: Price = Price()
    free: bool = False
    window: int = 0
    max_output: int = 0
    fixed: int = 0
    """For a candidate without tokens: the micro-dollars to set aside for one attempt."""
    rounds: int = 1
    """Calls one attempt may make: a model gets a second one to mend an answer that does not fit the schema, and it
    is shown its first answer again.
    """
    frame: int = 0
    """Tokens that every call is told beyond the package: how to answer, and what was wrong with the first answer."""
    setup: str = ""
    """A digest of how it is reached, so that a mended configuration is known from the one that failed."""
    tools: bool = False
    """Whether it declares that it can use tools."""
    dense: bool = False
    """Whether its provider counts tokens with a tokenizer of its own, which may find more of them than we estimate."""

    def room(self, most: int) -> int:
        """Estimated tokens that a package for it may have: `most`, or what its window leaves."""
        return min(most, self.window - self.frame - self.max_output) if self.window else most

    def worst(self, package_tokens: int) -> int:
        """The most one attempt may cost, in micro-dollars: what is reserved. `package_tokens` are estimated."""
        if self.free:
            return 0
        price, (told, said) = self.price, self._bounds(package_tokens)
        dear = max(price.input, price.cache_write, price.cache_read), max(price.output, price.reasoning)
        return -(-(told * dear[0] + said * dear[1]) // 1_000_000) + self.rounds * price.per_call + self.fixed

    def typical(self, package_tokens: int) -> int:
        """What an attempt usually costs, in micro-dollars: a quarter of its package and of its answer, asked once. Good
        for comparing, while nobody has paid for one yet.
        """
        if self.free:
            return 0
        told, said = package_tokens // 4 + self.frame, self.max_output // 4
        return self.price.cost(Tokens(input=told, output=said)) + self.fixed

    def most_tokens(self, package_tokens: int) -> int:
        """The most tokens one attempt may use, of all classes together: what is set aside of them."""
        return sum(self._bounds(package_tokens)) if self.asks else 0

    @property
    def calls(self) -> int:
        """The most calls of a model that one attempt may make."""
        return self.rounds if self.asks else 0

    @property
    def asks(self) -> bool:
        """Whether an attempt asks a model at all."""
        return self.worker not in {"command", "human"}

    def _bounds(self, package_tokens: int) -> tuple[int, int]:
        """The most tokens that all its calls may be told, and say."""
        many, few = DENSE if self.dense else (1, 1)
        package = -(-package_tokens * many // few)
        told = sum(package + self.frame + before * self.max_output for before in range(self.rounds))
        return told, self.rounds * self.max_output


def recorded(pool: Iterable[Candidate]) -> bytes:
    """Candidates with all their attributes, as a route records whom it considered."""
    return canonical([{**_plain(one), "price": one.price.model_dump()} for one in pool])


def _plain(candidate: Candidate) -> dict[str, Any]:
    return {field.name: getattr(candidate, field.name) for field in fields(candidate)}


def read(content: bytes) -> tuple[Candidate, ...]:
    """Candidates from a record; what a later release added to them is left out. Raises ValueError."""
    known = {field.name for field in fields(Candidate)} - {"price"}
    return tuple(
        Candidate(**{name: value for name, value in row.items() if name in known}, price=Price(**row["price"]))
        for row in json.loads(content)
    )


def _rehearsed(name: str, family: str, tier: str, price: Price, *, local: bool = False) -> Candidate:
    return Candidate(
        name=f"rehearsed/{name}",
        worker="rehearsed",
        model=f"rehearsed/{name}",
        family=family,
        tier=tier,
        local=local,
        price=price,
        window=200_000,
        max_output=8_000,
        tools=True,
    )


REHEARSED: tuple[Candidate, ...] = (
    _rehearsed("swift", "rehearsed-north", "cheap", Price(input=250_000, output=1_250_000)),
    _rehearsed("brook", "rehearsed-south", "cheap", Price(input=300_000, output=1_500_000)),
    _rehearsed("river", "rehearsed-south", "standard", Price(input=1_000_000, output=5_000_000)),
    _rehearsed("heron", "rehearsed-north", "strong", Price(input=3_000_000, output=15_000_000)),
    _rehearsed("ocean", "rehearsed-south", "strong", Price(input=3_500_000, output=17_500_000)),
    _rehearsed("hearth", "rehearsed-home", "standard", Price(input=20_000, output=60_000), local=True),
)
COMMAND = Candidate(name="command", worker="command", free=True, local=True)
HUMAN = Candidate(name="human", worker="human", free=True, local=True)
