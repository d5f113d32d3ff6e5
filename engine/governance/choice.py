"""Whom a task may be given to now, and how large its package may be then. Pure; dispatch and previews share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.contract.model import Role
from engine.governance.allowance import PART, Allowance, allowance, equipped
from engine.governance.money import left
from engine.routing.breaker import Bar
from engine.routing.catalogue import Candidate
from engine.routing.route import PACKAGE, NoRoute, Route, candidates, route
from engine.state.model import MissionState, Task

HEADINGS = 1_000
"""Tokens that are set aside for what stands around the parts of a package."""


def choose(
    state: MissionState,
    task: Task,
    role: Role,
    *,
    catalogue: Sequence[Candidate],
    barred: Mapping[str, Bar],
    told: int = 0,
    tools: bool = False,
) -> Route | NoRoute:
    """Route a task now, with the largest package it may get. `told` are tokens that must be in it, if more are known
    than the task knows. `tools`: its worker is given some, so that each of its calls is told more.
    """
    author = state.attempts.get(task.subject)
    pool = candidates(role, rehearsed=state.rehearsed, catalogue=catalogue)
    return route(
        role,
        [equipped(candidate) for candidate in pool] if tools else pool,
        package_tokens=PACKAGE,
        left=left(state, task),
        beside=HEADINGS,
        needs=max(task.told, told, assumed_tokens(state, task)),
        tools=tools,
        avoid_family=author.family if author and role.different_family_from else "",
        barred=barred,
    )


def assumed_tokens(state: MissionState, task: Task) -> int:
    """What a rehearsed attempt of this task is assumed to read, beyond its package."""
    assumed = state.terms.assume.get(task.role) if state.rehearsed else None
    return (assumed.tokens_in or 0) if assumed else 0


@dataclass(frozen=True, slots=True)
class Aside:
    """What is set aside for one attempt. `least` is what has to be there; `calls` are those of its model."""

    least: int
    micro_usd: int
    calls: int
    allowance: Allowance | None = None


def set_aside(state: MissionState, task: Task, choice: Route, tokens: int) -> Aside:
    """What to set aside for a package of so many tokens, and what else its worker is told. With tools it is an
    allowance for many calls, without what an answer and its mending may cost at most.
    """
    candidate = choice.candidate
    least = candidate.worst(tokens)
    if not choice.tools or candidate.worker != "model":
        return Aside(least, least, candidate.rounds if candidate.worker == "model" else 0)
    part = max(1, task.allowed - len(task.attempts)) if task.budget else PART
    made = allowance(candidate, tokens, left=left(state, task), part=part)
    return Aside(least, made.micro_usd, made.calls, made)
