"""Whom a task may be given to now, and how large its package may be then. Pure; dispatch and previews share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.contract.model import Role
from engine.governance.allowance import PART, Allowance, allowance, equipped, wished
from engine.governance.room import room
from engine.governance.stake import stake
from engine.routing.breaker import Bar
from engine.routing.catalogue import Candidate
from engine.routing.measured import of
from engine.routing.record import Record
from engine.routing.route import PACKAGE, NoRoute, Route, candidates, route
from engine.state.model import MissionState, Task

REVIEWING = frozenset({"review", "judge"})
"""Kinds of tasks whose worker judges the work of others."""
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
    record: Record | None = None,
) -> Route | NoRoute:
    """Route a task now, with the largest package it may get. `told` are tokens that must be in it, if more are known
    than the task knows. `tools`: its worker is given some, so that each of its calls is told more. `record`: verified
    outcomes; None decides as before they were counted.
    """
    author, space = state.attempts.get(task.subject), room(state, task)
    pool = candidates(role, rehearsed=state.rehearsed, catalogue=catalogue)
    found = route(
        role,
        [equipped(candidate) for candidate in pool] if tools else pool,
        package_tokens=max(PACKAGE, task.package),
        left=space.money.left,
        tokens=space.tokens.left if space.tokens else None,
        calls=space.calls.left if space.calls else None,
        beside=HEADINGS,
        needs=max(task.told, told, assumed_tokens(state, task)),
        tools=tools,
        avoid_family=author.family if author and (role.different_family_from or task.kind == "second") else "",
        barred=barred,
        stake=None if record is None else stake(state, task, pool, record),
    )
    if record is None or not record.reviewers or task.kind not in REVIEWING or isinstance(found, NoRoute):
        return found
    return _measured(found, pool, record)


def _measured(found: Route, pool: Sequence[Candidate], record: Record) -> Route:
    """A route of a review that says of everybody who passes how good a reviewer it was found to be."""
    known = {one.name: of(record.reviewers, one) for one in pool}
    said = {name: one.words + (f": {one.meaning}" if one.unfit else "") for name, one in known.items() if one}
    considered = tuple(
        one.model_copy(update={"why": f"{one.why}; {said[one.name]}"}) if one.passed and one.name in said else one
        for one in found.considered
    )
    because = f"{found.because}; {said[found.candidate.name]}" if found.candidate.name in said else found.because
    return replace(found, because=because, considered=considered)


def assumed_tokens(state: MissionState, task: Task) -> int:
    """What a rehearsed attempt of this task is assumed to read, beyond its package."""
    assumed = state.terms.assume.get(task.role) if state.rehearsed else None
    return (assumed.tokens_in or 0) if assumed else 0


@dataclass(frozen=True, slots=True)
class Use:
    """Micro-dollars, tokens and calls of a model."""

    money: int
    tokens: int
    calls: int


@dataclass(frozen=True, slots=True)
class Aside:
    """What is set aside for one attempt. `least` is what has to be there."""

    least: Use
    whole: Use
    allowance: Allowance | None = None


def set_aside(state: MissionState, task: Task, choice: Route, tokens: int) -> Aside:
    """What to set aside for a package of so many tokens, and what else its worker is told. With tools it is an
    allowance for many calls, without what an answer and its mending may cost at most.
    """
    candidate, space = choice.candidate, room(state, task)
    least = Use(candidate.worst(tokens), candidate.most_tokens(tokens), candidate.calls)
    if not choice.tools or candidate.worker != "model":
        return Aside(least, least)
    made = allowance(
        candidate,
        tokens,
        left=space.money.left,
        part=max(1, task.allowed - len(task.attempts)) if task.budget else PART,
        tokens=space.tokens.left if space.tokens else None,
        calls=space.calls.left if space.calls else None,
    )
    most = wished(candidate, tokens, made.calls)[1] if made.tokens is None else made.tokens
    return Aside(least, Use(made.micro_usd, most, made.calls), made)
