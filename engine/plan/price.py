"""What a plan may cost: half of the time no more, nine times of ten no more, and at most. Whole micro-dollars. Pure.

A task's figures come from what tasks of its role have cost before, else from what the contract assumes of that role at
the price of who would be asked. What neither says is unknown, and a sum with something unknown in it is unknown too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import isqrt
from typing import Literal

from engine.contract.model import Contract
from engine.contract.planned import PlannedTask
from engine.plan.graph import Graph, graph
from engine.plan.known import Known
from engine.plan.unfold import Place
from engine.routing.catalogue import Candidate
from engine.routing.route import Route, route
from engine.values import PPM, Tokens

Basis = Literal["ended", "receipts", "assumed", "free", "unknown"]
"""Where a figure comes from: what the task has cost, past tasks, the contract's `assume:`, nobody is paid, nothing."""


@dataclass(frozen=True, slots=True)
class Past:
    """What tasks of each role have cost that were accepted, and each review of one, in micro-dollars."""

    work: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    reviews: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one thing may cost. `n`: how many past ones it rests on; 0 where it rests on none."""

    p50: int | None
    p90: int | None
    basis: Basis
    n: int = 0


NOTHING = Figure(0, 0, "free")
_WITHOUT_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class TaskPrice:
    """One task in one branch; `most` is its budget, or what it has cost."""

    place: Place
    role: str
    figure: Figure
    most: int


@dataclass(frozen=True, slots=True)
class Price:
    """A whole plan. `p50` and `p90` are None where something is unknown; `n` is the smallest sample it rests on."""

    p50: int | None
    p90: int | None
    most: int
    n: int
    tasks: tuple[TaskPrice, ...]
    unknown: tuple[str, ...] = ()
    """Roles about whose cost nothing is known."""


def price(contract: Contract, known: Known | None = None, past: Past | None = None) -> Price:
    """The price of a contract's plan. Tasks are taken to be independent of each other."""
    known, past = known or Known(), past or Past()
    made: Graph = graph(contract)
    cache: dict[str, Figure] = {}
    tasks = []
    for _node, place, task in made.each():
        ended = known.ended.get(place)
        if ended is not None:
            tasks.append(TaskPrice(place, task.role, Figure(ended, ended, "ended"), ended))
            continue
        if task.id not in cache:
            cache[task.id] = _figure(contract, task, known, past)
        tasks.append(TaskPrice(place, task.role, cache[task.id], task.budget.money or 0))
    figures = [task.figure for task in tasks]
    unknown = tuple(sorted({task.role for task in tasks if task.figure.p90 is None}))
    samples = [figure.n for figure in figures if figure.basis == "receipts"]
    half, nine = total(figures)
    return Price(half, nine, sum(task.most for task in tasks), min(samples, default=0), tuple(tasks), unknown)


def total(figures: Sequence[Figure]) -> tuple[int | None, int | None]:
    """Medians add up; what stands above them adds up as independent spreads do: the root of the sum of squares."""
    known = [(figure.p50, figure.p90) for figure in figures if figure.p50 is not None and figure.p90 is not None]
    if len(known) < len(figures):
        return None, None
    half = sum(p50 for p50, _p90 in known)
    return half, half + isqrt(sum((p90 - p50) ** 2 for p50, p90 in known))


def _figure(contract: Contract, task: PlannedTask, known: Known, past: Past) -> Figure:
    work = _work(contract, task, known, past)
    reviewed = "review" in task.verify or any(criterion.check == "review" for criterion in task.criteria)
    asked = partial(_asked, contract, known)
    review = _role(contract, task.reviewer, past.reviews, 1, asked, author=task.role) if reviewed else NOTHING
    half, nine = total([work, review])
    if half is None or nine is None:
        return Figure(None, None, "unknown")
    bases: tuple[Basis, ...] = ("assumed", "receipts", "free")
    basis = next(one for one in bases if one in {work.basis, review.basis})
    samples = [one.n for one in (work, review) if one.basis == "receipts"]
    return Figure(half, nine, basis, min(samples, default=0))


def _work(contract: Contract, task: PlannedTask, known: Known, past: Past) -> Figure:
    found = _role(contract, task.role, past.work, task.attempts, partial(_asked, contract, known))
    most = task.budget.money
    if most is None or found.p50 is None or found.p90 is None:
        return found
    return Figure(min(found.p50, most), min(found.p90, most), found.basis, found.n)


def _role(
    contract: Contract,
    name: str,
    past: Mapping[str, tuple[int, ...]],
    attempts: int,
    who: Callable[[str, str], Candidate | None],
    *,
    author: str = "",
) -> Figure:
    role = contract.roles.get(name)
    if name == "human" or (role is not None and role.worker in {"command", "human"}):
        return NOTHING
    if before := past.get(name, ()):
        return Figure(quantile(before, 1, 2), quantile(before, 9, 10), "receipts", len(before))
    assumed = contract.assume.get(name)
    asked = who(name, author)
    if assumed is None or asked is None or assumed.tokens_in is None or assumed.tokens_out is None:
        return Figure(None, None, "unknown")
    once = asked.price.cost(Tokens(input=assumed.tokens_in, output=assumed.tokens_out)) if not asked.free else 0
    often = attempts if assumed.success is None else tries(assumed.success, 9, 10, attempts)
    usual = 1 if assumed.success is None else tries(assumed.success, 1, 2, attempts)
    return Figure(once * usual, once * often, "assumed")


def _asked(contract: Contract, known: Known, name: str, author: str) -> Candidate | None:
    """Who would be asked now, of those that pass the filters of `engine.routing.route`: None where nobody does, or
    where nobody looked. A reviewer that must be of another family than the author is none of theirs.
    """
    role = contract.roles.get(name)
    pool = known.asked(role) if role is not None else None
    if role is None or pool is None:
        return None
    wrote = _asked(contract, known, author, "") if author and role.different_family_from else None
    found = route(
        role,
        pool,
        package_tokens=known.package,
        left=_WITHOUT_LIMIT,
        tools=_uses_tools(contract, name),
        avoid_family=wrote.family if wrote is not None else "",
    )
    return found.candidate if isinstance(found, Route) else None


def _uses_tools(contract: Contract, name: str) -> bool:
    """Whether a role is given tools that it calls itself."""
    own = contract.roles[name].tools
    return any(
        tool.connector is None and tool.stance != "deny" and (name in tool.roles if tool.roles else one in own)
        for one, tool in contract.tools.items()
    )


def quantile(sample: Sequence[int], part: int, of: int) -> int:
    """The value that `part` of `of` of a sample do not exceed: the nearest rank."""
    ordered = sorted(sample)
    return ordered[max(0, -(-len(ordered) * part // of) - 1)]


def tries(success: int, part: int, of: int, most: int) -> int:
    """How many attempts are enough in `part` of `of` cases, where each succeeds in `success` parts per million."""
    failing, count = PPM - success, 1
    left, scale = failing, PPM
    while count < most and left * of > (of - part) * scale:
        left, scale, count = left * failing, scale * PPM, count + 1
    return min(count, most)
