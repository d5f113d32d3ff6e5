"""A contract's `plan:` as the events that open its branches and add its tasks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.contract.model import Contract
from engine.contract.planned import PlannedTask, recorded
from engine.ledger import bodies as b
from engine.state.model import Mint, MissionState
from engine.values import PPM, digest

MAIN = "main"


Place = tuple[str, str]
"""A planned task in a branch: both by the names that the plan gives them."""


def unfold(state: MissionState, contract: Contract | None = None, mint: Mint | None = None) -> list[b.Body]:
    """The accepted plan: `main` unless a planner was asked in it, the planned branches, and every task, `each: branch`
    repeated. `contract` holds the plan where it is not the one in force.
    """
    contract, mint = contract or state.terms, mint or Mint(state)
    plan = contract.plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    out: list[b.Body] = [b.PlanAccepted(digest=digest(plan), source="contract")]
    branches = {branch.key: branch.id for branch in state.branches.values() if branch.key == MAIN}
    if not branches:
        branches[MAIN] = mint("B")
        out.append(b.BranchOpened(branch=branches[MAIN], key=MAIN))
    shares = caps(contract)
    for planned in contract.plan.branches:
        branches[planned.id] = mint("B")
        out.append(
            b.BranchOpened(
                branch=branches[planned.id],
                key=planned.id,
                parent=branches.get(planned.parent or MAIN, branches[MAIN]),
                hypothesis=planned.hypothesis,
                budget=shares[planned.id],
                tokens=planned.budget.tokens,
                calls=planned.budget.calls,
                params=planned.with_,
            )
        )
    found = places(contract)
    ids = {place: mint("T") for place in found}
    out += [b.TaskAdded.model_validate(terms(task, place, branches, ids)) for place, task in found.items()]
    return out


def caps(contract: Contract) -> dict[str, int | None]:
    """The most that each planned branch may spend: an amount, or its share of what its parent may; None: what its
    parent leaves.
    """
    found: dict[str, int | None] = {}
    whole: dict[str, int] = {MAIN: contract.budget.money}
    for planned in contract.plan.branches:
        above = whole[planned.parent or MAIN]
        cap = planned.budget.money if planned.share is None else above * planned.share // PPM
        found[planned.id], whole[planned.id] = cap, above if cap is None else cap
    return found


def places(contract: Contract) -> dict[Place, PlannedTask]:
    """Every task of the plan in every branch it belongs to."""
    return {(task.id, key): task for task in contract.plan.tasks for key in _branches(contract, task)}


def _branches(contract: Contract, task: PlannedTask) -> tuple[str, ...]:
    if task.each == "branch":
        return tuple(branch.id for branch in contract.plan.branches)
    return (task.branch or MAIN,)


def terms(task: PlannedTask, place: Place, branches: Mapping[str, str], ids: Mapping[Place, str]) -> dict[str, Any]:
    """The fields of `task.added` for a task at a place; `branches` and `ids` give branches and places their ids."""
    key = place[1]
    needs: list[str] = []
    for need in task.needs:
        near = ids.get((need, key)) or ids.get((need, MAIN))
        needs += [near] if near else [found for (name, _branch), found in ids.items() if name == need]
    return {
        "task": ids[place],
        "key": task.id,
        "branch": branches[key],
        "title": task.title or task.id.replace("-", " "),
        "role": task.role,
        "verb": task.verb,
        "needs": tuple(needs),
        "context": task.context,
        "proposes": task.proposes,
        "produces": task.produces,
        "criteria": recorded(task.criteria),
        "budget": task.budget.money or 0,
        "tokens": task.budget.tokens,
        "calls": task.budget.calls,
        "attempts": task.attempts,
        "verify": task.stages,
        "reviewer": task.reviewer if {"review", "duel"} & {*task.stages} else "",
        "fallback": task.fallback,
        "params": task.with_,
        "tools": task.tools,
        "once": task.once or "",
    }
