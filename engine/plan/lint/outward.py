"""What leaves the mission: is it behind an approval on every path, does anybody read it, is a standing yes narrow?

E06 is dominance: an action is safe when every path of the plan to it passes a gate. A gate is the approval that a
restricted verb waits for, or a person who has to accept a task before. Fallbacks are paths, and so is a branch that may
be pruned: what a pruned branch did not finish holds nobody up outside of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.contract.planned import PlannedTask
from engine.plan.lint.findings import Pass


def rules(walk: Pass) -> None:
    """E06 E07 E15."""
    behind = _behind(walk)
    for node, place, task in walk.graph.each():
        for action, path in _actions(walk, task):
            if action not in walk.contract.actions.restricted and not behind[node]:
                where = f"{task.id} in {place[1]}" if task.each else task.id
                what = f"{where} can {action}, and a path to it passes no approval"
                mend = f"add {action} to actions.restricted, or let a person accept a task that comes before it"
                walk.add("E06", walk.at(task, *path), what, mend)
    standing = {verb for verb, terms in walk.contract.approvals.items() if terms.standing is not None}
    for task in walk.contract.plan.tasks if standing else ():
        _unread(walk, task, standing)
    _wide(walk)


def _actions(walk: Pass, task: PlannedTask) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every external action that a task leads to, on whatever path, with the field that brings it."""
    for verb in task.proposes:
        if walk.contract.outward(verb):
            yield verb, ("proposes",)
    for role, field in ((task.role, "role"), (task.fallback, "fallback")):
        for name in walk.tools(task, role):
            tool = walk.contract.tools[name]
            if tool.stance == "allow":  # asking for every call is an approval
                yield from ((verb, (field,)) for verb in tool.verbs if walk.contract.outward(verb))


def _gates(walk: Pass, task: PlannedTask) -> bool:
    """Whether a person has to accept a task before anything that needs it may begin, on every path through it."""
    judged = "human" in task.stages or any(criterion.check == "human" for criterion in task.criteria)
    role, instead = walk.roles.get(task.role), walk.roles.get(task.fallback)
    done = role is not None and role.worker == "human" and (instead is None or instead.worker == "human")
    return judged or done


def _behind(walk: Pass) -> list[bool]:
    """Of each node, whether a gate stands on every path to it.

    All that a task needs must be accepted before it begins, so that one need behind a gate is enough; but only where
    nothing lets the task begin without it: a need in a branch that may be pruned alone is no gate.
    """
    graph, found = walk.graph, [False] * len(walk.graph.nodes)
    accepts = [_gates(walk, task) for task in graph.tasks]
    for node in graph.order or ():
        above = graph.above.get(graph.nodes[node][1], frozenset())
        found[node] = any(
            (found[need] or accepts[need]) and graph.nodes[need][1] in above for need in graph.needs[node]
        )
    return found


def _unread(walk: Pass, task: PlannedTask, given: set[str]) -> None:
    """Under a standing yes nobody reads each text before it leaves: then a reviewer has to."""
    standing = [verb for verb in task.proposes if verb in given]
    checks = {criterion.check for criterion in task.criteria if isinstance(criterion.check, str)}
    if standing and not checks.union(task.stages).intersection({"review", "duel", "human"}):
        what = f"{task.id} may {', '.join(standing)} under a standing yes, and neither a reviewer nor a person reads it"
        walk.add("E07", walk.at(task, "verify"), what, "write verify: [checks, review]")


def _wide(walk: Pass) -> None:
    contract = walk.contract
    proposed = {verb for task in contract.plan.tasks for verb in task.proposes}
    for verb, terms in contract.approvals.items():
        if terms.standing is None or not contract.plan.tasks:
            continue
        path = ("approvals", verb, "standing")
        if verb not in proposed:
            what, mend = f"no task proposes {verb}, and {terms.standing.count} of it may leave unasked", "delete it"
            walk.add("E15", path, what, mend, key=True)
        elif terms.standing.money > contract.budget.money:
            what = f"the standing yes to {verb} may spend more than the whole mission"
            walk.add("E15", path, what, "lower its money", key=True)
