"""route/1: hard filters in a fixed order, then the cheapest within the lowest tier that passes. Pure, and it explains
itself.

No filter is ever relaxed: when none is left, the answer is `NoRoute` with what each candidate failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.contract.model import Role
from engine.ledger.bodies import Considered
from engine.routing.catalogue import COMMAND, HUMAN, REHEARSED, TIERS, Candidate
from engine.values import money

POLICY = "route/1"


@dataclass(frozen=True, slots=True)
class Route:
    """The choice, its reason, and everybody that was considered."""

    candidate: Candidate
    because: str
    considered: tuple[Considered, ...]


@dataclass(frozen=True, slots=True)
class NoRoute:
    """Nobody may run this. `budget` says that money alone stands in the way of somebody."""

    because: str
    budget: bool
    considered: tuple[Considered, ...]


def candidates(role: Role, *, rehearsed: bool, catalogue: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Who could be asked at all: by the kind of worker, and rehearsed ones in a rehearsal alone."""
    if role.worker == "command":
        return (COMMAND,)
    if role.worker == "human":
        return (HUMAN,)
    if role.worker == "rehearsed" or rehearsed:
        return REHEARSED
    return tuple(c for c in catalogue if c.worker == role.worker)


def route(
    role: Role,
    pool: Sequence[Candidate],
    *,
    package_tokens: int,
    left: int,
    avoid_family: str = "",
    barred: frozenset[str] = frozenset(),
) -> Route | NoRoute:
    """Choose among `pool`. `left` is what may be reserved; `barred` names candidates that are out (a breaker is
    open).
    """
    considered: list[Considered] = []
    passed: list[tuple[int, int, str, Candidate]] = []
    short_of_money = False
    for candidate in pool:
        worst = candidate.worst(package_tokens)
        why = _first_failure(role, candidate, package_tokens, avoid_family, barred)
        if not why and worst > left:
            why, short_of_money = f"budget: may cost {money(worst)}, {money(left)} is left", True
        considered.append(
            Considered(name=candidate.name, passed=not why, why=why or "passes every filter", worst_micro_usd=worst)
        )
        if not why:
            passed.append((TIERS.index(candidate.tier), worst, candidate.name, candidate))
    if not passed:
        reasons = "; ".join(f"{c.name}: {c.why}" for c in considered) or "no worker of this kind is configured"
        return NoRoute(reasons, short_of_money, tuple(considered))
    best = min(passed, key=lambda row: row[:3])[3]
    because = (
        "the only one that passes" if len(passed) == 1 else f"cheapest of {len(passed)} that pass in tier {best.tier}"
    )
    if best.worker in {"command", "human"}:
        because = f"the role is worked by a {best.worker}"
    return Route(best, because, tuple(considered))


def _first_failure(role: Role, candidate: Candidate, tokens: int, avoid_family: str, barred: frozenset[str]) -> str:
    if candidate.worker in {"command", "human"}:
        return ""
    if role.privacy == "local" and not candidate.local:
        return "privacy: the role asks for a local model"
    if candidate.window and tokens + candidate.max_output > candidate.window:
        return f"window: {tokens} and the reply do not fit {candidate.window}"
    if TIERS.index(candidate.tier) < TIERS.index(role.tier):
        return f"tier: {candidate.tier} is below {role.tier}"
    if avoid_family and candidate.family == avoid_family:
        return f"family: {candidate.family} wrote what is to be reviewed"
    if candidate.name in barred:
        return "breaker: not available now"
    return ""
