"""Lint of conditions: do they compile, do they read facts that exist, can they be true too early?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.contract.case import Case
from engine.contract.conditions import Condition, ConditionError, Truth, check, compile, facts_known  # noqa: A004
from engine.contract.problems import Path

MAX_RULES = 200


@dataclass(frozen=True, slots=True)
class _Facts:
    """Facts to try a condition on: one of each kind, and those a mission begins with."""

    sample: dict[str, Any]
    starts: list[dict[str, Any]]


def rules(case: Case) -> None:
    """Every rule about `target.met_when`, `judge` and `stop`."""
    contract = case.contract
    if contract.plan.branches and not contract.judge:
        message, hint = (
            "no rule judges the branches: a human will be asked about each",
            "add judge: with keep and prune",
        )
        case.add("W256", ("plan", "branches"), message, hint, key=True)
    if len(contract.judge) + len(contract.stop) > MAX_RULES:
        case.add("E257", ("judge",), f"has more than {MAX_RULES} rules", "merge some with ||", key=True)
        return
    known = facts_known(contract)
    sample: dict[str, Any] = dict.fromkeys(known, 1) | {"mission.exhausted": False, "branch.key": "cold-email"}
    facts = _Facts(sample, _starts(case))
    compiled: dict[str, Condition | ConditionError] = {}
    for path, text, of_mission, ending in _conditions(case):
        if text not in compiled:
            compiled[text] = _compiled(text)
        condition = compiled[text]
        if isinstance(condition, ConditionError):
            case.add("E251", path, condition.what, condition.mend, within=(condition.line, condition.column))
            continue
        if _unknown_facts(case, path, condition, known, of_mission=of_mission):
            continue
        _outcome(case, path, condition, facts, ending)


def _compiled(text: str) -> Condition | ConditionError:
    try:
        return compile(text)
    except ConditionError as error:
        return error


def _conditions(case: Case) -> Iterator[tuple[Path, str, bool, str]]:
    """Path, text, whether only facts of the mission exist there, and what becomes true with it."""
    contract = case.contract
    if contract.target.met_when is not None:
        yield ("target", "met_when"), contract.target.met_when, True, "the target is met"
    for index, stop in enumerate(contract.stop):
        yield ("stop", index, "when"), stop.when, True, "the mission stops"
    for index, rule in enumerate(contract.judge):
        yield ("judge", index, "when"), rule.when, False, ""


def _starts(case: Case) -> list[dict[str, Any]]:
    """The facts just before and just after the plan's branches are opened. No metric is known yet."""
    tasks, branches = len(case.contract.plan.tasks), len(case.contract.plan.branches)
    common = {
        "mission.exhausted": False,
        "mission.branches.kept": 0,
        "mission.branches.pruned": 0,
        "mission.spent_usd": 0.0,
        "mission.spent_share": 0.0,
        "mission.days": 0.0,
        "mission.tasks.accepted": 0,
        "mission.tasks.failed": 0,
    } | {f"mission.{name}_n": 0 for name in case.contract.evidence}
    return [
        {**common, "mission.branches.alive": count, "mission.branches.tried": count, "mission.tasks.open": open_}
        for count, open_ in ((0, 0), (branches, tasks))
    ]


def _unknown_facts(case: Case, path: Path, condition: Condition, known: frozenset[str], *, of_mission: bool) -> bool:
    found = False
    for error in check(condition, known) if case.suggested < MAX_RULES else ():
        case.suggested += 1
        case.add("E252", path, error.what, error.mend, within=(error.line, error.column))
        found = True
    for reference in condition.references if of_mission and not found else ():
        if reference.path.startswith("branch."):
            within = (reference.line, reference.column)
            hint = "branch. is known only in judge; use mission. here"
            case.add("E255", path, f"{reference.path} belongs to one branch", hint, within=within)
            found = True
    return found


def _outcome(case: Case, path: Path, condition: Condition, facts: _Facts, ending: str) -> None:
    try:
        condition.evaluate(facts.sample)
        early = ending and any(condition.evaluate(start) is Truth.TRUE for start in facts.starts)
    except ConditionError as error:
        case.add("E253", path, error.what, error.mend)
        return
    if early:
        hint = "add a condition such as mission.branches.tried >= 1 && mission.days > 0"
        case.add("E254", path, f"is true before anything was done: {ending} at once", hint)
