"""What was measured of reviewers: facts about models, kept in the home stream."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.ledger.bodies.base import Body, Micro, Ms
from engine.values import Tokens, Value

GOOD = "good"
"""The kind of an artifact without a defect."""


class DefectCount(Value):
    """Artifacts of one kind: how many were sent back of those about which there is an answer."""

    kind: str = Field(max_length=40)
    sent_back: int = Field(ge=0)
    n: int = Field(ge=0)


class ReviewerMeasured(Body):
    """A model reviewed seeded artifacts, good ones and ones with a planted defect, outside of any mission. What it cost
    is told here, for no attempt of a mission made it.
    """

    KIND = "reviewer.measured"
    name: str = Field(min_length=1, max_length=60)
    setup: str
    """A digest of how it was reached: over another configuration this says nothing."""
    model: str
    """What litellm called it then."""
    exam: str
    seed: int = Field(ge=0)
    """Which artifacts they were: the same seed asks the same again, another one adds to what is known."""
    kinds: tuple[DefectCount, ...]
    unusable: int = Field(default=0, ge=0)
    """Answers of which no review could be made."""
    planned: int = Field(ge=0)
    stopped: str = Field(default="", max_length=500)
    """Why it ended before everything was asked; empty when nothing was left."""
    usage: Tokens = Tokens()
    calls: int = Field(default=0, ge=0)
    micro_usd: Micro = 0
    basis: Literal["reported", "at_most", "free"] = "reported"
    """`at_most`: of some calls nobody knows what they used, and they count as dear as they can have been."""
    took: Ms = 0

    def asked(self, *, good: bool) -> tuple[int, int]:
        """How many were sent back of how many, among the good artifacts or among those with a defect."""
        counts = [count for count in self.kinds if (count.kind == GOOD) is good]
        return sum(count.sent_back for count in counts), sum(count.n for count in counts)
