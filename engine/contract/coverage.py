"""Who holds the contract to its word: every clause as enforced, checked or advisory.

*Enforced*: the engine refuses what breaks it. *Checked*: a verifier or a measurement judges it. *Advisory*: it is
prose, and `teeth` says what would change that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.contract.case import Provided
from engine.contract.model import Contract, Tool
from engine.contract.planned import Check

Coverage = Literal["enforced", "checked", "advisory"]


@dataclass(frozen=True, slots=True)
class ClauseCoverage:
    """One clause, how it is held, by what, and what would give it teeth when nothing holds it."""

    clause: str
    coverage: Coverage
    by: str
    teeth: str = ""


def coverage(contract: Contract, provided: Provided | None = None) -> tuple[ClauseCoverage, ...]:
    """Every clause of a contract, in the order of the reference."""
    given = provided or Provided()
    return tuple(
        ClauseCoverage(*line)
        for part in (
            _target(contract),
            _budget(contract, given),
            _terms(contract),
            _evidence(contract),
            _tools(contract, given),
            _rest(contract, given),
        )
        for line in part
    )


def summary(clauses: Iterable[ClauseCoverage]) -> str:
    """`11 enforced · 3 checked · 2 advisory`."""
    count = Counter(clause.coverage for clause in clauses)
    return f"{count['enforced']} enforced · {count['checked']} checked · {count['advisory']} advisory"


_Line = tuple[str, Coverage, str] | tuple[str, Coverage, str, str]


def _target(contract: Contract) -> Iterator[_Line]:
    if contract.target.met_when:
        yield "target", "checked", "met_when, evaluated whenever a fact changes"
    else:
        yield "target", "advisory", "nothing says when it is met", "add target.met_when, a condition over mission facts"


def _budget(contract: Contract, provided: Provided) -> Iterator[_Line]:
    yield "budget.money", "enforced", "a reservation before every call"
    for name in ("tokens", "calls"):
        if getattr(contract.budget, name) is not None:
            yield f"budget.{name}", "enforced", "a reservation before every call"
    if contract.budget.time is not None:
        yield "budget.time", "enforced", "a timer over calendar time"
    yield "budget.branches", "enforced", "refusing a plan with more of them"
    if contract.budget.attention is not None and provided.attention:
        yield "budget.attention", "enforced", "holding back proposals when it is used up"
    elif contract.budget.attention is not None:
        by = "shown against the minutes you spent, but nothing is held back"
        yield "budget.attention", "advisory", by, "bound what reaches you with approvals: {send: {batch: 10}}"
    yield "budget.attempts", "enforced", "the dispatcher's limit"


def _terms(contract: Contract) -> Iterator[_Line]:
    yield "actions.allowed", "enforced", "denying every verb that is not named"
    if contract.actions.restricted:
        yield "actions.restricted", "enforced", "an approval of the exact bytes of each one"
    for verb in contract.approvals:
        yield f"approvals.{verb}", "enforced", "expiry, undo window and batch size of its approvals"
        if contract.approvals[verb].standing is not None:
            yield (
                f"approvals.{verb}.standing",
                "enforced",
                "counting its uses; what is steered from outside is asked about",
            )
    if contract.lawful:
        yield "lawful", "enforced", "refusing contact without it; shown at every approval"
    for name, given in contract.inputs.items():
        yield f"inputs.{name}", "enforced", f"reading it by hash, {given.privacy} and {given.trust}"


def _evidence(contract: Contract) -> Iterator[_Line]:
    conditions = " ".join(
        [
            contract.target.met_when or "",
            *(rule.when for rule in contract.judge),
            *(rule.when for rule in contract.stop),
        ]
    )
    read = set(re.findall(r"\b(?:branch|mission)\.([A-Za-z0-9_]+)", conditions))
    checks = (criterion.check for task in contract.plan.tasks for criterion in task.criteria)
    gates = " ".join(check.metric or "" for check in checks if isinstance(check, Check))
    tested = set(re.findall(r"[A-Za-z0-9_]+", gates))
    watched = {metric for cadence in contract.cadence for metric in cadence.check}
    for name, metric in contract.evidence.items():
        if name in read or f"{name}_n" in read:
            yield f"evidence.{name}", "checked", f"{metric.from_}, and the conditions that read it"
        elif name in tested:
            yield f"evidence.{name}", "checked", f"{metric.from_}, and an acceptance criterion"
        elif name in watched:
            yield f"evidence.{name}", "checked", f"{metric.from_}, looked at by the cadence"
        else:
            yield (
                f"evidence.{name}",
                "advisory",
                "collected, but nothing reads it",
                f"use branch.{name} in judge or stop",
            )
    for index, _cadence in enumerate(contract.cadence):
        yield f"cadence[{index}]", "enforced", "a durable timer"


def _tools(contract: Contract, provided: Provided) -> Iterator[_Line]:
    for name, tool in contract.tools.items():
        yield _tool(f"tools.{name}", tool, provided)


def _tool(clause: str, tool: Tool, provided: Provided) -> _Line:
    if tool.stance == "deny":
        return clause, "enforced", "giving it to nobody"
    if tool.connector is not None and tool.connector in provided.connectors:
        return clause, "enforced", f"the connector {tool.connector}, which delivers only approved bytes"
    there = {
        "mcp": provided.mcp,
        "command": provided.command_tools,
        "path": provided.file_tools,
        "builtin": tool.builtin in provided.builtins,
    }
    way = next((way for way in there if getattr(tool, way) is not None), "connector")
    if there.get(way):
        kept = ["only its roles", *(["its operations"] if tool.operations else [])]
        kept += ["its limits"] if tool.limits else []
        return clause, "enforced", f"the gateway, which judges every call: {', '.join(kept)}, {tool.calls} calls"
    return clause, "advisory", f"this version does not provide its {way}", "give the data as an input, or use maildir"


def _rest(contract: Contract, provided: Provided) -> Iterator[_Line]:
    for name in contract.skills:
        if provided.skills:
            yield f"skills.{name}", "enforced", "handing it to its roles alone, by hash"
        else:
            yield f"skills.{name}", "advisory", "this version hands out no skills", "put what matters into inputs"
    for name, role in contract.roles.items():
        if limits := [limit for limit in ("money", "tokens", "calls") if getattr(role.budget, limit) is not None]:
            yield f"roles.{name}.budget", "enforced", f"a reservation of {', '.join(limits)} before every call"
        if role.worker == "command":
            apart = "" if role.network else ", and no network where bubblewrap works"
            yield f"roles.{name}", "enforced", f"its fixed command line{apart}"
        elif role.worker == "human":
            yield f"roles.{name}", "enforced", "asking a person"
        else:
            rules = [
                "tier",
                *(["another family"] if role.different_family_from else []),
                *(["local"] if role.privacy == "local" else []),
            ]
            yield f"roles.{name}", "enforced", f"routing: {', '.join(rules)}"
    planning = contract.planning
    if not contract.plan.tasks:
        yield "planning.budget", "enforced", "a reservation before its planner is asked"
    if planning.accept is not None:
        yield "planning.accept", "enforced", "the linter, and what a plan adds at most; all others wait for you"
    if planning.replan:
        asks = f"asking its planner at most {_count(planning.times, 'time')} by itself"
        yield "planning.replan", "enforced", asks
    if planning.resilient:
        yield "planning.resilient", "checked", "the plan linter: E14"
    if contract.judge:
        yield "judge", "enforced", f"{_count(len(contract.judge), 'rule')} at the end of each window"
    if contract.stop:
        yield "stop", "enforced", f"{_count(len(contract.stop), 'rule')}, evaluated whenever a fact changes"
    if contract.receipt:
        yield "receipt", "checked", "naming each section it could not fill"
    criteria = [criterion for task in contract.plan.tasks for criterion in task.criteria]
    if contract.plan.tasks:
        yield "plan.tasks", "enforced", "order, budget and attempts of each task"
    if criteria:
        kinds = Counter("deterministic" if isinstance(c.check, Check) else c.check for c in criteria)
        yield "plan.criteria", "checked", ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
