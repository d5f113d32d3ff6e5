"""What a contract promises and cannot hold. Every rule has a stable code; docs/contract.md lists them.

Lint never touches the network and opens no input: it looks at names, sizes and at what this version provides.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from engine.contract import lint_conditions, lint_plan, lint_tools
from engine.contract.case import ASK, CONTACT, HUMAN, PRODUCERS, STOP, Case, Provided
from engine.contract.conditions import BRANCH_FACTS, MISSION_FACTS, RESERVED
from engine.contract.model import INWARD, OUTWARD, Contract, Role
from engine.contract.problems import Positions, Problem, shown

_RESERVED_ROLES = frozenset({ASK, STOP, *PRODUCERS}) - {HUMAN}

STANDING = ("contact", "publish", "send")
"""Verbs that may have a standing grant, as `engine.governance.standing`."""


def lint(
    contract: Contract,
    positions: Positions | None = None,
    *,
    base: Path | None = None,
    provided: Provided | None = None,
) -> tuple[Problem, ...]:
    """Every problem of a contract, in the order of the file.

    `base` is the folder its inputs are looked for in; None looks for none. `provided` is what this version can run.
    """
    case = Case(contract, positions or Positions(), base, provided or Provided())
    for rules in (_zone, _actions, _approvals, _roles, _privacy, lint_tools.rules, _inputs, _evidence, _cadence):
        rules(case)
    lint_plan.rules(case)
    lint_conditions.rules(case)
    return tuple(sorted(case.found, key=lambda problem: (problem.line, problem.column)))


def _zone(case: Case) -> None:
    zone = case.contract.zone
    if zone is None:
        return
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = case.near(zone, zoneinfo.available_timezones(), "write Europe/Berlin")
        case.add(
            "E235", ("zone",), f"{shown(zone)} is not a time zone", hint if "did you" in hint else "write Europe/Berlin"
        )


def _actions(case: Case) -> None:
    contract = case.contract
    for name in contract.verbs:
        if name in INWARD or name in OUTWARD:
            kind = "an outward" if name in OUTWARD else "an inward"
            case.add("E205", ("verbs", name), f"{name} is {kind} verb already", "delete it", key=True)
    for index, verb in enumerate(contract.actions.allowed):
        path = ("actions", "allowed", index)
        if not case.verb(path, verb):
            continue
        if verb in contract.actions.restricted:
            case.add("E203", path, f"{verb} is both allowed and restricted", "keep it in one of the two")
        elif contract.outward(verb):
            hint = "move it to restricted: each one then waits for an approval"
            case.add("E202", path, f"{verb} leaves the mission and cannot be allowed outright", hint)
    for index, verb in enumerate(contract.actions.restricted):
        path = ("actions", "restricted", index)
        if case.verb(path, verb) and not contract.outward(verb):
            hint = "move it to allowed, or leave it out to deny it"
            case.add("E204", path, f"{verb} leaves no trace outside that could be approved", hint)


def _approvals(case: Case) -> None:
    contract = case.contract
    for verb in contract.approvals:
        path = ("approvals", verb)
        if case.verb(path, verb) and verb not in contract.actions.restricted:
            case.add(
                "E206",
                path,
                f"{verb} is not restricted, so nothing of it is approved",
                "add it to actions.restricted",
                key=True,
            )
        if contract.approvals[verb].standing is not None:
            _standing(case, (*path, "standing"), verb, contract.approvals[verb].people)
    contacting = sorted(CONTACT & case.proposed & set(contract.actions.restricted))
    if contacting and contract.lawful is None:
        hint = "add lawful: {country: DE, basis: ..., source: ...}"
        case.add(
            "E207",
            ("actions", "restricted"),
            f"{' and '.join(contacting)} reaches people without a lawful ground",
            hint,
        )
    if contract.lawful is not None:
        names = {*contract.inputs, *(given.path for given in contract.inputs.values())}
        if contract.lawful.source not in names:
            hint = case.near(contract.lawful.source, names, "declare the file under inputs:")
            case.add("W234", ("lawful", "source"), f"{shown(contract.lawful.source)} is not a declared input", hint)


def _standing(case: Case, path: tuple[str | int, ...], verb: str, people: int) -> None:
    """A standing yes is for what can be looked at afterwards, and is one person's."""
    if verb not in STANDING:
        hint = f"a standing grant may be for {', '.join(STANDING)}"
        case.add("E208", path, f"{verb} is decided every time", hint, key=True)
    elif people > 1:
        case.add(
            "E209",
            path,
            f"{verb} needs {people} people, and a standing yes is one person's",
            "keep one of the two",
            key=True,
        )
    given = case.contract.approvals[verb].standing
    if given is not None and not _day(given.until):
        case.add("E210", (*path, "until"), f"there is no day {given.until}", "write a day such as 2026-12-31")


def _day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _roles(case: Case) -> None:
    contract = case.contract
    for name, role in contract.roles.items():
        path = ("roles", name)
        if name in _RESERVED_ROLES or (name == HUMAN and role.worker != "human"):
            case.add(
                "E216",
                path,
                f"{name} means something else in a contract",
                "choose another name for this role",
                key=True,
            )
        if role.worker not in case.provided.workers:
            there = ", ".join(sorted(case.provided.workers))
            case.add(
                "E223", (*path, "worker"), f"{role.worker} workers are not provided yet", f"this version has {there}"
            )
        other = role.different_family_from
        if other == name:
            case.add("E215", (*path, "different_family_from"), f"{name} cannot differ from itself", "name another role")
        elif other is not None:
            case.role((*path, "different_family_from"), other)
        if role.worker == "command" and not role.command:
            case.add(
                "E225",
                path,
                f"the role {name} is a command without a command",
                'add command: ["{python}", ...]',
                key=True,
            )
        elif role.command and role.worker != "command":
            case.add(
                "E225", (*path, "command"), f"the role {name} is no command worker", "add worker: command", key=True
            )
        for key in ("network", "sees"):
            if role.worker != "command" and key in role.model_fields_set:
                hint = "delete it: what is not a command reaches the world through its tools alone"
                case.add("E225", (*path, key), f"the role {name} is no command worker", hint, key=True)
        for index, folder in enumerate(role.sees):
            if folder.startswith("/") or ".." in folder.split("/") or folder.strip("~/.") == "":
                message = f"{shown(folder)} is no folder inside of the home"
                case.add("E230", (*path, "sees", index), message, "write it as ~/models")
        for index, tool in enumerate(role.tools):
            lint_tools.granted(case, (*path, "tools", index), tool, name)
        for index, skill in enumerate(role.skills):
            if skill not in contract.skills:
                hint = case.near(skill, contract.skills, "declare it under skills:")
                case.add("E214", (*path, "skills", index), f"{shown(skill)} is not a skill", hint)
    for name, skill_ in contract.skills.items():
        for index, role_name in enumerate(skill_.roles):
            case.role(("skills", name, "roles", index), role_name)
        case.file(("skills", name, "path"), skill_.path, folder=True)
        if case.base is not None and (case.base / skill_.path).is_dir():
            case.file(("skills", name, "path"), f"{skill_.path}/SKILL.md")
        if not case.provided.skills:
            message, hint = "no worker of this version is given skills", "put what matters into inputs"
            case.add("W236", ("skills", name), message, hint, key=True)


def _privacy(case: Case) -> None:
    """Nothing that a role keeps on this machine goes to hosted models with its fallback, or unsaid."""
    contract = case.contract
    told: dict[str, dict[str, None]] = {}
    for index, task in enumerate(contract.plan.tasks):
        role, fallback = case.roles.get(task.role), case.roles.get(task.fallback)
        if role is not None and role.privacy == "local":
            if fallback is not None and _asks_models(fallback) and fallback.privacy != "local":
                message = f"{task.fallback} may be a hosted model, and {task.role} asks for a local one"
                hint = f"add privacy: local to the role {task.fallback}, or name another fallback"
                case.add("E229", ("plan", "tasks", index, "fallback"), message, hint)
            continue
        private = [n for n in task.context if n in contract.inputs and contract.inputs[n].privacy != "public"]
        for name in (task.role, task.fallback):
            asked = contract.roles.get(name)
            if asked is not None and asked.worker == "model" and "privacy" not in asked.model_fields_set:
                told.setdefault(name, {}).update(dict.fromkeys(private))
    for name, inputs in told.items():
        if inputs:
            message = f"{', '.join(inputs)} {'is' if len(inputs) == 1 else 'are'} private and may go to hosted models"
            case.add("W237", ("roles", name), message, "say privacy: any or privacy: local for the role", key=True)


def _asks_models(role: Role) -> bool:
    return role.worker in {"model", "harness", "rehearsed"}


def _inputs(case: Case) -> None:
    for name, given in case.contract.inputs.items():
        path = ("inputs", name, "path")
        case.file(path if path in case.positions.values else path[:2], given.path)


def _evidence(case: Case) -> None:
    contract = case.contract
    taken = {*MISSION_FACTS, *BRANCH_FACTS, "branches", "tasks"}
    commands = any(
        role is not None and role.worker == "command"
        for role in (case.roles.get(task.role) for task in contract.plan.tasks)
    )
    working = {task.role for task in contract.plan.tasks}
    sends = bool(CONTACT & case.proposed)
    planned = bool(contract.plan.tasks)  # without tasks the planner is asked, and its plan is looked at then
    for name, metric in contract.evidence.items():
        path, producer = ("evidence", name), metric.from_
        if "-" in name or name in RESERVED:
            hint = f"write {name.replace('-', '_')}" if "-" in name else "choose another name"
            case.add("E243", path, f"{name} cannot stand in a condition", hint, key=True)
        elif name in taken or (name.endswith("_n") and name[:-2] in contract.evidence):
            case.add("E243", path, f"{name} is a fact already", "choose another name", key=True)
        if producer not in PRODUCERS and producer not in case.roles:
            hint = case.near(producer, (*PRODUCERS, *case.roles))
            case.add("E241", (*path, "from"), f"{shown(producer)} produces no evidence", hint)
        elif producer == "inbox" and metric.unit not in ("ratio", "count"):
            case.add(
                "E242", (*path, "unit"), f"an inbox counts replies and gives no {metric.unit}", "write ratio or count"
            )
        elif not planned:
            continue
        elif producer == "inbox" and not sends:
            hint = "give one task proposes: [send]"
            case.add("E242", (*path, "from"), f"{name} is never measured: no task sends anything", hint)
        elif producer == "command" and not commands:
            hint = "give one task a role with worker: command"
            case.add("E242", (*path, "from"), f"{name} is never measured: no task runs a command", hint)
        elif producer not in PRODUCERS and producer not in working and not (sends and metric.unit == "score"):
            hint = f"give one task role: {producer}"
            case.add("E242", (*path, "from"), f"{name} is never measured: {producer} has no task", hint)


def _cadence(case: Case) -> None:
    contract = case.contract
    for index, cadence in enumerate(contract.cadence):
        path = ("cadence", index)
        for place, metric in enumerate(cadence.check):
            if metric not in contract.evidence:
                hint = case.near(metric, contract.evidence, "declare it under evidence:")
                case.add("E244", (*path, "check", place), f"{shown(metric)} is not evidence of this contract", hint)
        if cadence.after is None:
            if cadence.for_ is not None:
                case.add("E246", (*path, "for"), "a window needs a verb that opens it", "add after: send")
        elif case.verb((*path, "after"), cadence.after):
            if cadence.after not in contract.actions.restricted:
                message = f"{cadence.after} is not restricted, so it never happens here"
                case.add("E245", (*path, "after"), message, "add it to actions.restricted")
            elif contract.plan.tasks and cadence.after not in case.proposed:
                message = f"no task proposes {cadence.after}, so this window never opens"
                case.add("W248", (*path, "after"), message, f"give one task proposes: [{cadence.after}]")
        if cadence.for_ is not None and cadence.every > cadence.for_:
            message = "the window closes before it is looked at once"
            case.add("W247", (*path, "every"), message, "make every shorter than for")


__all__ = ["Provided", "lint"]
