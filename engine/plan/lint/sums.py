"""Whether budgets add up: what tasks may cost at most against branches and mission, and how long they may take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from engine.contract.planned import PlannedTask
from engine.contract.problems import Path
from engine.plan.lint.findings import Pass
from engine.plan.unfold import MAIN, caps
from engine.values import PPM, duration, money

MOST = 70
"""Percent of the money that one branch may have before somebody is warned."""


def worst(walk: Pass, node: int) -> int:
    """What a task may still cost at most, or what it has cost: all its attempts and its fallback share its budget."""
    ended = walk.known.ended.get(walk.graph.nodes[node])
    return (walk.graph.tasks[node].budget.money or 0) if ended is None else ended


def rules(walk: Pass) -> None:
    """E03 W02."""
    contract = walk.contract
    _branches(walk)
    parents = {MAIN, *walk.branches}
    sound = all((branch.parent or MAIN) in parents for branch in contract.plan.branches)
    own: dict[str, Callable[[int], int]] = {
        "money": lambda node: worst(walk, node),
        "tokens": lambda node: _own(walk, node).budget.tokens or 0,
        "calls": lambda node: _own(walk, node).budget.calls or 0,
    }
    for dimension, cost in own.items():
        sums: Counter[str] = Counter()
        for node, (_name, branch), _task in walk.graph.each():
            for level in walk.graph.above.get(branch, frozenset({MAIN})):
                sums[level] += cost(node)
        whole = getattr(contract.budget, dimension)
        if whole is not None and sums[MAIN] > whole:
            _over(walk, ("budget", dimension), "the mission", dimension, sums[MAIN], whole)
        if sound:
            _below(walk, dimension, sums)
        if dimension == "money":
            _heavy(walk, sums)
    _time(walk)


def _own(walk: Pass, node: int) -> PlannedTask:
    return walk.graph.tasks[node]


def _below(walk: Pass, dimension: str, sums: Counter[str]) -> None:
    limits = caps(walk.contract) if dimension == "money" else {}
    for place, branch in enumerate(walk.contract.plan.branches):
        limit = limits[branch.id] if dimension == "money" else getattr(branch.budget, dimension)
        if limit is not None and sums[branch.id] > limit:
            _over(walk, ("plan", "branches", place), branch.id, dimension, sums[branch.id], limit)


def _over(walk: Pass, path: Path, who: str, dimension: str, total: int, limit: int) -> None:
    needs, may = (f"{one:,} {dimension}" if dimension != "money" else money(one) for one in (total, limit))
    mend = "raise it, or lower the budgets of tasks"
    walk.add("E03", path, f"the tasks of {who} may cost {needs}, and it may spend {may}", mend)


def _branches(walk: Pass) -> None:
    count, limit = len(walk.contract.plan.branches) + len(_gone(walk)), walk.contract.budget.branches
    if count > limit:
        tried = f", {len(_gone(walk))} of them pruned already" if _gone(walk) else ""
        what = f"{count} branches would have been tried{tried}, and the mission may try {limit}"
        walk.add("E03", ("budget", "branches"), what, f"write branches: {count}, or plan fewer")


def _gone(walk: Pass) -> list[str]:
    return [tried.key for tried in walk.known.tried if not tried.elsewhere and tried.key not in walk.branches]


def _heavy(walk: Pass, sums: Counter[str]) -> None:
    whole = walk.contract.budget.money
    tops = [branch for branch in walk.contract.plan.branches if branch.parent in {None, MAIN}]
    if len(tops) < 2 or not whole:
        return
    for branch in tops:
        share = max(branch.share or 0, sums[branch.id] * PPM // whole)
        if share * 100 > MOST * PPM:
            what = f"{branch.id} has {share * 100 // PPM}% of the money, and there are {len(tops)} branches"
            walk.add("W02", ("plan", "branches", walk.branches[branch.id]), what, "give it less until it shows signal")


def _time(walk: Pass) -> None:
    """The longest chain of attempts that may run to the end of their time; whom a person does takes as long as it
    takes.
    """
    limit, graph = walk.contract.budget.time, walk.graph
    if limit is None or graph.order is None:
        return
    ends = finishes(walk)
    last = max(range(len(ends)), key=ends.__getitem__, default=None)
    if last is not None and ends[last] > limit:
        what = (
            f"the way to {graph.nodes[last][0]} may take {duration(ends[last])}, and the mission has {duration(limit)}"
        )
        walk.add("E03", ("budget", "time"), what, "raise it, shorten timeouts, or let fewer tasks wait for each other")


def finishes(walk: Pass) -> list[int]:
    """When each task has ended at the latest, in milliseconds from the start, while nobody waits for a person."""
    graph = walk.graph
    ends = [0] * len(graph.nodes)
    for node in graph.order or ():
        task = graph.tasks[node]
        role = walk.roles.get(task.role)
        own = 0 if role is None or role.worker == "human" else role.timeout * task.attempts
        if graph.nodes[node] in walk.known.ended:
            own = 0
        ends[node] = own + max((ends[need] for need in graph.needs[node]), default=0)
    return ends
