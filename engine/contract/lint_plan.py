"""Lint of the plan: is every task executable, does the graph run to its end, do the budgets add up?

A thousand tasks take some milliseconds: every rule looks at each task once.
"""

from __future__ import annotations

import graphlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from engine.contract.case import HUMAN, MODELS, Case
from engine.contract.conditions import ConditionError, compile  # noqa: A004
from engine.contract.planned import Check, PlannedTask
from engine.contract.problems import Path, shown
from engine.values import PPM, money

ITEMS = ("decisions", "assumptions", "questions", "learnings", "claims", "rules", "evidence", "artifacts")
"""Kinds of curated state that a task's `context` may name, beside inputs and tasks."""
ASSUMED_OF = {
    "role": ("tokens_in", "tokens_out", "success", "takes", "spread"),
    "human": ("answers", "attention", "approves", "takes", "spread"),
    "metric": ("reply", "stop", "bounce", "value", "sample", "spread"),
    "tool": ("calls", "spread"),
    "models": ("outage", "lasts", "spread"),
}
"""What may be assumed of what."""
MAIN = "main"
_PLACEHOLDER = re.compile(r"\{([a-z]+)(?:\.([A-Za-z0-9][A-Za-z0-9_./-]*))?\}")
_SIMPLE = ("python", "branch", "seed", "package")
_NAMED = ("input", "artifact", "with")


def rules(case: Case) -> None:
    """Every rule about `plan` and `assume`."""
    _branches(case)
    _tasks(case)
    _needs(case)
    _budgets(case)
    _commands(case)
    plan = case.contract.plan
    if not plan.tasks:
        hint = "write plan.tasks where you know the work already"
        case.add("W321", ("plan",), "has no tasks: the mission begins by asking its planner for a plan", hint, key=True)
    _assumed(case)


def _assumed(case: Case) -> None:
    """Numbers for rehearsals name a role, a metric or a tool, and say something that can be assumed of it."""
    tools = [name for name, tool in case.contract.tools.items() if tool.connector is None]
    names = (*case.roles, *case.contract.evidence, *tools, MODELS, *case.tasks, *case.verbs)
    for name, assumed in case.contract.assume.items():
        if name not in names:
            what = f"{shown(name)} is neither a role, a metric, a tool nor a task"
            case.add("W322", ("assume", name), what, case.near(name, names), key=True)
            continue
        there = {
            "role": name in case.roles,
            "metric": name in case.contract.evidence,
            "tool": name in tools,
            "models": name == MODELS,
        }
        kinds = [kind for kind, found in there.items() if found]
        kinds = ["human"] if name == HUMAN else kinds
        fitting = {field for kind in kinds for field in ASSUMED_OF[kind]}
        for field in sorted(assumed.model_fields_set - fitting if kinds else ()):
            what = f"{field} is not assumed of a {' or '.join(kinds)}"
            case.add("W322", ("assume", name, field), what, f"one of {', '.join(sorted(fitting))}", key=True)


def _branches(case: Case) -> None:
    branches = case.contract.plan.branches
    limit = case.contract.budget.branches
    seen: set[str] = {MAIN}
    all_ids = {branch.id for branch in branches}
    for index, branch in enumerate(branches):
        path = ("plan", "branches", index)
        if branch.id == MAIN:
            case.add("E301", (*path, "id"), "main is the root of all branches", "choose another id")
        elif branch.id in seen:
            case.add("E301", (*path, "id"), f"a branch {branch.id} was given before", "choose another id")
        if branch.parent is not None and branch.parent not in seen:
            later = branch.parent in all_ids
            said = f"{branch.parent} comes only later" if later else f"{shown(branch.parent)} is not a branch"
            hint = "put a parent before its branches" if later else case.near(branch.parent, all_ids)
            case.add("E319", (*path, "parent"), said, hint)
        seen.add(branch.id)
        if branch.share is not None and branch.budget.money is not None:
            said = f"{branch.id} has a share and an amount of money"
            case.add("E324", (*path, "budget"), said, "keep one of them")
    if len(branches) > limit:
        hint = f"write branches: {len(branches)} or plan fewer"
        case.add("E315", ("budget", "branches"), f"allows {limit}, but the plan has {len(branches)} branches", hint)
    shares: Counter[str] = Counter()
    for branch in branches:
        shares[branch.parent or MAIN] += branch.share or 0
    for parent, total in shares.items():
        if total > PPM:
            of = "" if parent == MAIN else f" of {parent}"
            said = f"the shares{of} add up to {total / (PPM // 100):g}%"
            case.add("E316", ("plan", "branches"), said, "make them 100% or less", key=True)


def _tasks(case: Case) -> None:
    seen: set[str] = set()
    branches = {branch.id for branch in case.contract.plan.branches}
    for index, task in enumerate(case.contract.plan.tasks):
        path: Path = ("plan", "tasks", index)
        if task.id in seen:
            case.add("E301", (*path, "id"), f"a task {task.id} was given before", "choose another id")
        seen.add(task.id)
        case.role((*path, "role"), task.role)
        _verb(case, path, task)
        for place, verb in enumerate(task.proposes):
            _proposes(case, (*path, "proposes", place), verb)
        _place(case, path, task, branches)
        _given(case, path, task)
        _executable(case, path, task)
        _verified(case, path, task)
        case.fallback((*path, "fallback"), task.fallback)


def _verb(case: Case, path: Path, task: PlannedTask) -> None:
    actions, where = case.contract.actions, (*path, "verb")
    if not case.verb(where, task.verb):
        return
    if case.contract.outward(task.verb):
        hint = f"write verb: prepare and proposes: [{task.verb}]"
        case.add("E305", where, f"{task.verb} is not done by a task but proposed by it", hint)
    elif task.verb not in actions.allowed:
        case.add(
            "E304", where, f"{task.verb} is denied: it is neither allowed nor restricted", "add it to actions.allowed"
        )


def _proposes(case: Case, path: Path, verb: str) -> None:
    if not case.verb(path, verb):
        return
    if not case.contract.outward(verb):
        case.add("E307", path, f"{verb} stays inside and needs no proposal", f"write verb: {verb}")
    elif verb not in case.contract.actions.restricted:
        case.add("E306", path, f"{verb} is denied: it is not restricted", "add it to actions.restricted")
    elif verb not in case.carried:
        there = sorted(case.provided.connectors, key=lambda name: (name != "maildir", name))
        hint = f"add a tool with verbs: [{verb}] and connector: {there[0] if there else '...'}"
        case.add("E308", path, f"no tool carries {verb} out", hint)


def _place(case: Case, path: Path, task: PlannedTask, branches: set[str]) -> None:
    if task.each is not None:
        if task.branch is not None:
            case.add("E314", (*path, "branch"), "each: branch and a branch contradict each other", "keep one of them")
        if not branches:
            case.add("E320", (*path, "each"), "repeats the task in no branch: the plan has none", "add plan.branches")
    elif task.once is not None and task.branch in {None, MAIN}:
        hint = "add each: branch or branch: NAME, or delete it"
        case.add("E325", (*path, "once"), f"{task.id} would never begin: main is never judged", hint)
    elif task.branch is not None and task.branch != MAIN and task.branch not in branches:
        case.add(
            "E314",
            (*path, "branch"),
            f"{shown(task.branch)} is not a branch",
            case.near(task.branch, {MAIN, *branches}),
        )


def _given(case: Case, path: Path, task: PlannedTask) -> None:
    tools = case.contract.tools
    for place, name in enumerate(task.tools):
        where = (*path, "tools", place)
        if name not in tools:
            case.add("E213", where, f"{shown(name)} is not a tool", case.near(name, tools, "declare it under tools:"))
        elif tools[name].stance == "deny":
            case.add("E228", where, f"{name} is denied", "delete it here, or change its stance")
        elif tools[name].roles and task.role not in tools[name].roles:
            case.add("E228", where, f"{name} is not for the role {task.role}", f"add {task.role} to its roles")
    for place, name in enumerate(task.context):
        if name not in ITEMS and name not in case.contract.inputs and name not in case.tasks:
            known = (*ITEMS, *case.contract.inputs, *case.tasks)
            hint = case.near(name, known, "name an input, a task, or a kind of item")
            case.add("E313", (*path, "context", place), f"not executable: {shown(name)} is no context", hint)


def _executable(case: Case, path: Path, task: PlannedTask) -> None:
    role = case.roles.get(task.role)
    if not task.criteria:
        hint = "add criteria: [{text: ..., check: review}]"
        case.add("E309", path, f"{task.id} is not executable: no acceptance criterion", hint, key=True)
    if role is not None and role.worker in ("model", "harness") and not task.budget.money:
        case.add("E310", (*path, "budget"), f"{task.id} is not executable: no budget", "add budget: 1 USD", key=True)
    if not task.verify:
        case.add("E323", (*path, "verify"), f"{task.id} is not executable: no verification", "write verify: [checks]")
    for place, criterion in enumerate(task.criteria):
        if isinstance(criterion.check, Check):
            _check(case, (*path, "criteria", place, "check"), criterion.check)


def _verified(case: Case, path: Path, task: PlannedTask) -> None:
    reviewed = any(criterion.check == "review" for criterion in task.criteria)
    if "review" in task.stages and task.criteria and not reviewed:
        message = f"{task.id} is reviewed, but no criterion is left to the reviewer"
        case.add("W312", (*path, "verify"), message, "add a criterion with check: review")
    if not (reviewed or {"review", "duel"} & {*task.stages}):
        return
    where = (*path, "reviewer")
    if task.reviewer == task.role:
        case.add("E212", where, f"{task.role} would review its own work", "name another role as reviewer")
    else:
        case.role(where, task.reviewer)


def _check(case: Case, path: Path, check: Check) -> None:
    given = [
        name
        for name in ("regex", "max_words", "max_length", "schema_", "command", "metric")
        if getattr(check, name) is not None
    ]
    if len(given) != 1:
        said = "says several things at once" if given else "checks nothing"
        case.add(
            "E318", path, said, "give exactly one of regex, max_words, max_length, schema, command, metric", key=True
        )
    if check.regex is not None and (fault := _regex_fault(check.regex)):
        case.add("E318", (*path, "regex"), f"is not a regular expression: {fault}", "use RE2 syntax")
    if check.schema_ is not None and (fault := _schema_fault(check.schema_)):
        case.add("E318", (*path, "schema"), f"is not a JSON schema: {fault}", "use JSON Schema 2020-12", key=True)
    if check.metric is not None:
        _metric(case, (*path, "metric"), check.metric)
    for place, item in enumerate(check.command or ()):
        _placeholders(case, (*path, "command", place), item, ())


def _metric(case: Case, path: Path, text: str) -> None:
    """A metric's name (evidence was left) or a condition over metrics by name (`accuracy >= 0.8`)."""
    if text in case.contract.evidence:
        return
    try:
        compile(text, tuple(case.contract.evidence))
    except ConditionError as error:
        within = (error.line, error.column)
        case.add("E318", path, error.what, error.mend or "name a metric of this contract", within=within)


def _regex_fault(pattern: str) -> str:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else error
        return shown(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)).strip('"')
    return ""


@cache
def _meta_schema() -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)


def _schema_fault(schema: dict[str, object]) -> str:
    for error in _meta_schema().iter_errors(schema):
        return shown(f"{error.json_path}: {error.message}").strip('"')
    return next(_inner_faults(schema), "")


def _inner_faults(node: object) -> Iterator[str]:
    """References that lead out of the schema, and patterns that cannot be matched in linear time."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            yield f"$ref leads outside: {shown(reference)}"
        patterns = [node.get("pattern"), *(node.get("patternProperties") or {})]
        for pattern in patterns:
            if isinstance(pattern, str) and (fault := _regex_fault(pattern)):
                yield f"pattern {shown(pattern)}: {fault}"
        for inner in node.values():
            yield from _inner_faults(inner)
    elif isinstance(node, (list, tuple)):
        for inner in node:
            yield from _inner_faults(inner)


def _needs(case: Case) -> None:
    graph: dict[str, list[str]] = {}
    for index, task in enumerate(case.contract.plan.tasks):
        known = graph.setdefault(task.id, [])
        for place, need in enumerate(task.needs):
            where = ("plan", "tasks", index, "needs", place)
            if need == task.id:
                case.add("E303", where, f"{task.id} needs itself", "delete it")
            elif need not in case.tasks:
                case.add("E302", where, f"{shown(need)} is not a task", case.near(need, case.tasks))
            elif case.tasks[need].once and not task.once and (task.each or task.branch) and task.branch != MAIN:
                said = f"{task.id} holds up the verdict that {need} waits for"
                case.add("E325", where, said, "add once: kept to it, or take the need away")
            else:
                known.append(need)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        cycle = list(reversed(error.args[1]))
        index = next(i for i, task in enumerate(case.contract.plan.tasks) if task.id == cycle[0])
        ring = " → ".join(cycle if len(cycle) <= 8 else [*cycle[:7], "..."])
        case.add(
            "E303",
            ("plan", "tasks", index, "needs"),
            f"these tasks wait for each other: {ring}",
            "delete one of the needs",
        )


def _budgets(case: Case) -> None:
    contract = case.contract
    repeated = len(contract.plan.branches)
    worst = sum((task.budget.money or 0) * (repeated if task.each else 1) for task in contract.plan.tasks)
    if worst > contract.budget.money:
        said = f"{money(contract.budget.money)} does not cover the tasks, which may spend {money(worst)}"
        case.add("E317", ("budget", "money"), said, "raise it, or lower the budgets of tasks")


def _commands(case: Case) -> None:
    """Placeholders of a role's command stand for something in every task of that role."""
    by_role: dict[str, list[PlannedTask]] = {}
    for task in case.contract.plan.tasks:
        by_role.setdefault(task.role, []).append(task)
    for name, role in case.contract.roles.items():
        for place, item in enumerate(role.command or ()):
            _placeholders(case, ("roles", name, "command", place), item, by_role.get(name, ()))


def _placeholders(case: Case, path: Path, item: str, tasks: Iterable[PlannedTask]) -> None:
    for match in _PLACEHOLDER.finditer(item):
        kind, name = match[1], match[2]
        if name is None and kind in _SIMPLE:
            continue
        if name is None or kind not in _NAMED:
            known = [*_SIMPLE, *(f"{each}.NAME" for each in _NAMED)]
            case.add("E226", path, f"{shown(match[0])} is not a placeholder", f"known: {', '.join(known)}")
        elif kind == "with":
            _with(case, path, str(name), tasks)
        else:
            names = case.contract.inputs if kind == "input" else case.artifacts
            if name not in names:
                what = "an input" if kind == "input" else "a task"
                case.add("E226", path, f"{shown(match[0])}: {shown(name)} is not {what}", case.near(str(name), names))


def _with(case: Case, path: Path, name: str, tasks: Iterable[PlannedTask]) -> None:
    branches = case.contract.plan.branches
    everywhere = bool(branches) and all(name in branch.with_ for branch in branches)
    by_id = {branch.id: branch for branch in branches}
    for task in tasks:
        if name in task.with_:
            continue
        own = by_id.get(task.branch or "")
        if not (everywhere if task.each else own is not None and name in own.with_):
            hint = f"add with: {{{name}: ...}} to the task" + (" or to every branch" if task.each else "")
            case.add("E226", path, f"{shown('{with.' + name + '}')} stands for nothing in the task {task.id}", hint)
            return
