"""Who works with what: tools missing or too much, judges of their own work, private things, fallbacks, models."""

from __future__ import annotations

from collections.abc import Iterator

from engine.contract.model import Role
from engine.contract.planned import PlannedTask
from engine.plan.lint.findings import Pass
from engine.routing.catalogue import TIERS, Candidate

FINAL = frozenset({"spend", "deploy", "merge", "delete"})
"""Verbs that nobody on the lowest tier holds the tool for: nothing of them can be taken back."""
_MODELS = frozenset({"model", "harness"})


def rules(walk: Pass) -> None:
    """E04 E05 E08 E10 E14 W05 W07 W10."""
    for task in walk.contract.plan.tasks:
        _tools(walk, task)
        _judge(walk, task)
        _unfit(walk, task)
        _private(walk, task)
        _together(walk, task)
    _one_model(walk)
    _idle(walk)


def _tools(walk: Pass, task: PlannedTask) -> None:
    contract, actions = walk.contract, walk.contract.actions
    role = walk.roles.get(task.role)
    for name in walk.tools(task, task.role):
        tool = contract.tools[name]
        instead = tool.fallback in walk.roles
        path, mend = walk.at(task, "role"), "name a role as its fallback, or plan the task without it"
        if tool.need == "required" and tool.stance == "deny" and not instead:
            walk.add("E04", path, f"{task.id} requires {name}, which is denied", mend)
        elif tool.need == "required" and name in walk.known.down and tool.fallback == "stop":
            walk.add("E04", path, f"{task.id} requires {name}, which is down: {walk.known.down[name]}", mend)
        if tool.stance == "deny" or not tool.verbs:
            continue
        may = {*actions.allowed, *actions.restricted}
        if not may.intersection(tool.verbs):
            what = f"{task.role} holds {name}, whose verbs are all outside of this contract: {', '.join(tool.verbs)}"
            walk.add("E05", path, what, "add one of them to actions, or take the tool from the role")
        elif role is not None and role.worker in _MODELS and role.tier == TIERS[0] and FINAL.intersection(tool.verbs):
            verbs = ", ".join(sorted(FINAL.intersection(tool.verbs)))
            what = f"{task.role} is of the {role.tier} tier and holds {name}, which can {verbs}"
            walk.add("E05", path, what, "give it to a role of a higher tier")


def _reviewed(task: PlannedTask) -> bool:
    return not {"review", "duel"}.isdisjoint(task.stages) or any(
        criterion.check == "review" for criterion in task.criteria
    )


def _judge(walk: Pass, task: PlannedTask) -> None:
    reviewer = walk.roles.get(task.reviewer)
    if not _reviewed(task) or reviewer is None or reviewer.worker == "human":
        return
    if task.reviewer == task.role:
        what, mend = f"{task.role} would review its own work on {task.id}", "name another role as reviewer"
        walk.add("E08", walk.at(task, "reviewer"), what, mend)
    elif task.reviewer == task.fallback:
        what = f"when {task.role} fails, {task.fallback} does {task.id} and reviews its own work"
        walk.add("E08", walk.at(task, "fallback"), what, "name another role as fallback or as reviewer")


def _unfit(walk: Pass, task: PlannedTask) -> None:
    """A reviewer that was measured, and whose yes says little, where it may be the one that is asked."""
    role = walk.roles.get(task.reviewer)
    if not _reviewed(task) or role is None or role.worker not in _MODELS or walk.known.rehearsed:
        return
    for one, found in walk.known.unfit:
        if any(_eligible(role, (one,))):
            what = f"{task.id} may be reviewed by {one.name}, of which was found: {found}"
            mend = f"raise the tier of {task.reviewer} above {one.tier}, or let a person review"
            walk.add("W10", walk.at(task, "reviewer"), what, mend)


def _private(walk: Pass, task: PlannedTask) -> None:
    role = walk.roles.get(task.role)
    if role is None or role.worker not in _MODELS:
        return
    given = [walk.contract.inputs[name] for name in task.context if name in walk.contract.inputs]
    if any(one.privacy == "secret" for one in given):
        what = f"{task.id} needs a secret input, and no model is ever told one"
        walk.add("E10", walk.at(task, "context"), what, "let a command or a person do it, or give an extract")
        return
    asked = walk.known.asked(role)
    if role.privacy == "local" and asked and not any(one.local for one in asked):
        what = f"{task.role} may tell only a local model, and none is configured"
        walk.add("E10", walk.at(task, "role"), what, "configure a local model, or let a command or a person do it")


def _together(walk: Pass, task: PlannedTask) -> None:
    """Fallbacks that fail with what they stand in for, where the contract asks that they do not."""
    role, fallback = walk.roles.get(task.role), walk.roles.get(task.fallback)
    if not walk.contract.planning.resilient or role is None or fallback is None:
        return
    if role.worker != fallback.worker or role.worker not in _MODELS:
        return
    first, second = _providers(walk, role), _providers(walk, fallback)
    if first is not None and second is not None:
        shared = task.role == task.fallback or not (second - first)
    else:
        shared = task.role == task.fallback or fallback.different_family_from != task.role
    if shared:
        same = "itself" if task.role == task.fallback else "what may be the same provider"
        what = f"{task.id} falls back from {task.role} to {task.fallback}, which is {same}"
        mend = f"let it fall back to a person, or add different_family_from: {task.role} to {task.fallback}"
        walk.add("E14", walk.at(task, "fallback"), what, mend)


def _providers(walk: Pass, role: Role) -> frozenset[str] | None:
    asked = walk.known.asked(role)
    return None if asked is None else frozenset(one.provider or one.family for one in _eligible(role, asked))


def _eligible(role: Role, asked: tuple[Candidate, ...]) -> Iterator[Candidate]:
    for one in asked:
        if (one.local or role.privacy != "local") and TIERS.index(one.tier) >= TIERS.index(role.tier):
            yield one


def _one_model(walk: Pass) -> None:
    working = {task.role for task in walk.contract.plan.tasks}
    working |= {task.reviewer for task in walk.contract.plan.tasks if _reviewed(task)}
    models: dict[str, frozenset[str]] = {}
    for name in sorted(working):
        role = walk.roles.get(name)
        if role is None or role.worker not in _MODELS or (asked := walk.known.asked(role)) is None:
            continue
        models[name] = frozenset(one.name for one in _eligible(role, asked))
    names = frozenset().union(*models.values())
    if len(models) > 1 and len(names) == 1:
        what = f"{', '.join(models)} would all be {next(iter(names))}"
        walk.add("W05", ("roles",), what, "configure a model of another family: cockpit setup", key=True)


def _idle(walk: Pass) -> None:
    used = {name for task in walk.contract.plan.tasks for name in walk.tools(task, task.role)}
    used |= {name for task in walk.contract.plan.tasks for name in walk.tools(task, task.fallback)}
    used |= {name for task in walk.contract.plan.tasks for name in walk.held.get(task.reviewer, ())}
    for name, tool in walk.contract.tools.items():
        holders = [role for role in walk.contract.roles if name in walk.held[role]]
        if holders and walk.contract.plan.tasks and name not in used and tool.stance != "deny":
            what = f"{name} is granted to {', '.join(holders)}, and no task of this plan uses it"
            walk.add("W07", ("tools", name), what, "plan a task that needs it, or do not grant it", key=True)
