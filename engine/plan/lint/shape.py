"""The form of a plan: circles, missing fields, what must be told, parallel writers, artifacts for nobody."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from engine.contract.planned import Check, PlannedTask
from engine.plan.lint.findings import Pass

FIELDS = (
    "worker",
    "model policy",
    "context scope",
    "tools",
    "acceptance criteria",
    "budget",
    "fallback",
    "verification",
)
"""The eight fields without which no task runs, as `engine.plan.ready.missing` names them."""
_NOTHING = Check()
_PREPARES = frozenset({"research", "read", "enrich"})
"""Verbs whose artifacts are material for other tasks, and no result by themselves."""


def rules(walk: Pass) -> None:
    """E01 E02 E11 E16 W01 W06."""
    _circle(walk)
    for task in walk.contract.plan.tasks:
        _executable(walk, task)
        _criteria(walk, task)
    _told(walk)
    _writers(walk)
    _unused(walk)


def _circle(walk: Pass) -> None:
    ring = walk.graph.ring
    if ring:
        path = ("plan", "tasks", walk.graph.index[ring[0]], "needs")
        shown = " → ".join(ring if len(ring) <= 8 else (*ring[:7], "..."))
        walk.add("E01", path, f"these tasks wait for each other: {shown}", "delete one of the needs")


def lacking(walk: Pass, task: PlannedTask) -> tuple[str, ...]:
    """Which of the eight fields a planned task has not."""
    role = walk.roles.get(task.role)
    absent = {
        "worker": role is None,
        "model policy": role is not None and role.worker == "command" and not role.command,
        "context scope": not walk.told.issuperset(task.context),
        "tools": any(name not in walk.contract.tools for name in task.tools),
        "acceptance criteria": not task.criteria,
        "budget": role is not None and role.worker in {"model", "harness"} and not task.budget.money,
        "fallback": task.fallback not in {"ask", "stop"} and task.fallback not in walk.roles,
        "verification": not task.verify,
    }
    return tuple(name for name in FIELDS if absent[name])


_MENDS = {
    "worker": "name a role of the contract",
    "model policy": "give the role a command",
    "context scope": "name inputs, tasks or kinds of items",
    "tools": "name tools of the contract",
    "acceptance criteria": "add criteria: [{text: ..., check: review}]",
    "budget": "add budget: 1 USD",
    "fallback": "write ask, stop, human or a role",
    "verification": "write verify: [checks]",
}


def _executable(walk: Pass, task: PlannedTask) -> None:
    missing = lacking(walk, task)
    if missing:
        have = len(FIELDS) - len(missing)
        what = f"{task.id} has {have}/{len(FIELDS)} of what makes it executable; missing: {', '.join(missing)}"
        walk.add("E02", walk.at(task), what, "; ".join(_MENDS[name] for name in missing), key=True)


def _criteria(walk: Pass, task: PlannedTask) -> None:
    for place, criterion in enumerate(task.criteria):
        if isinstance(criterion.check, Check) and criterion.check == _NOTHING:
            what = f"{criterion.text[:60]} says nothing that could be checked"
            walk.add("W01", walk.at(task, "criteria", place), what, "write check: review, or max_words, regex, ...")


def _told(walk: Pass) -> None:
    """What every package of a task must hold in whole, against the largest that anybody may get."""
    contract, measure = walk.contract, walk.known.measure
    frame = measure("\n".join([contract.mission, contract.target.statement, *walk.known.rules]))
    largest: dict[str, int] = {}
    for task in contract.plan.tasks:
        role = walk.roles.get(task.role)
        if role is None or role.worker in {"command", "human"}:
            continue
        if task.role not in largest:
            asked = walk.known.asked(role) or ()
            rooms = [one.room(walk.known.package) for one in asked]
            largest[task.role] = max(rooms, default=walk.known.package)
        needs = frame + measure("\n".join([task.title or task.id, *(c.text for c in task.criteria)]))
        if needs > (room := largest[task.role]):
            what = f"{task.id} must be told {needs:,} tokens, and its package may have {room:,}"
            walk.add("E11", walk.at(task), what, "split it, or shorten its criteria and the rules in force", key=True)


def _writers(walk: Pass) -> None:
    graph, metrics = walk.graph, walk.contract.evidence
    writers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for node, (_name, branch), task in graph.each():
        for artifact in task.produces:
            if artifact not in metrics:
                writers[artifact, branch].append(node)
    if graph.order is None:
        return
    joined: dict[int, set[int]] = defaultdict(set)
    if any(len(nodes) > 1 for nodes in writers.values()):
        for node, needs in enumerate(graph.needs):
            for need in needs:
                joined[need].add(node)
    for (artifact, _branch), nodes in writers.items():
        for one, other in pairwise(nodes):
            ordered = graph.before[one] >> other & 1 or graph.before[other] >> one & 1
            if not ordered and not joined[one] & joined[other]:
                mine, theirs = graph.tasks[one], graph.tasks[other]
                what = f"{mine.id} and {theirs.id} both write {artifact}, side by side"
                mend = "let one need the other, or add a task that needs both and brings them together"
                walk.add("E16", walk.at(theirs, "produces"), what, mend)


def _unused(walk: Pass) -> None:
    graph = walk.graph
    if len(walk.contract.plan.tasks) < 2:
        return
    named = {name for task in walk.contract.plan.tasks for name in task.context}
    for node, _place, task in graph.each():
        idle = not graph.after[node] and task.id not in named and not task.proposes
        files = [name for name in task.produces if name not in walk.contract.evidence]
        if idle and files and task.verb in _PREPARES:
            what = f"{', '.join(files)} of {task.id} is material that no task uses"
            walk.add("W06", walk.at(task, "produces"), what, f"let a task need {task.id}, or leave it out")
