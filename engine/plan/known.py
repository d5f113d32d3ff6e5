"""What a plan is judged against besides its contract: who could be asked, what is down, what was tried, what was spent.

Declared inputs, so that linting and pricing stay functions: whoever has a mission's state makes one of these from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.contract.model import Role
from engine.plan.unfold import Place
from engine.routing.catalogue import Candidate
from engine.routing.route import PACKAGE, candidates


@dataclass(frozen=True, slots=True)
class Tried:
    """A branch that was pruned."""

    id: str
    key: str
    hypothesis: str
    because: str
    evidence: int = 0
    """Measurements that it left."""
    learned: bool = False
    """Whether a learning names it, or somebody said that nothing was learned."""
    elsewhere: bool = False
    """It belongs to another mission: something to learn from, and no use of this one's budget."""


def _bytes(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) * 2 // 7)


@dataclass(frozen=True, slots=True)
class Known:
    """The surroundings of a plan. What nobody looked at is None or empty, and nothing is concluded from it."""

    pool: tuple[Candidate, ...] | None = None
    """The configured models; None where nobody looked."""
    rehearsed: bool = False
    down: Mapping[str, str] = field(default_factory=dict)
    """Tools that cannot be used now, and why."""
    tried: tuple[Tried, ...] = ()
    rules: tuple[str, ...] = ()
    """Texts of the rules in force."""
    ended: Mapping[Place, int] = field(default_factory=dict)
    """What tasks have cost that have ended, in micro-dollars: they cost no more."""
    measure: Callable[[str], int] = _bytes
    """Tokens of a text."""
    unfit: tuple[tuple[Candidate, str], ...] = ()
    """Configured models that were measured as reviewers and are not to be relied on, and what was found."""
    package: int = PACKAGE
    """Tokens that a package may have."""

    def asked(self, role: Role) -> tuple[Candidate, ...] | None:
        """Who could work as a role; None where nobody looked."""
        if role.worker in {"command", "human", "rehearsed"} or self.rehearsed:
            return candidates(role, rehearsed=self.rehearsed, catalogue=())
        return None if self.pool is None else candidates(role, rehearsed=False, catalogue=self.pool)
