"""Amendments that an answer in the queue asks for: one clause, and everything that follows from it. Pure.

The file that was in force before stays the source of such a revision; its changes say what came on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from engine.amending.amendment import amend, inherited
from engine.contract.case import Provided
from engine.contract.lint import lint
from engine.contract.model import Contract
from engine.errors import SaysNoError
from engine.ledger import bodies as b
from engine.state.model import MissionState


def with_budget(contract: Contract, **limits: int) -> Contract:
    """The contract with other limits under `budget`: `money` in micro-dollars, `time` and `attention` in milliseconds,
    `attempts`, `branches`.
    """
    return contract.model_copy(update={"budget": contract.budget.model_copy(update=limits)})


def with_task_budget(contract: Contract, task: str, micro_usd: int) -> Contract:
    """The contract with another budget of one planned task, by its id in the plan."""
    tasks = (
        _given(one, {"budget": one.budget.model_copy(update={"money": micro_usd})}) if one.id == task else one
        for one in contract.plan.tasks
    )
    return contract.model_copy(update={"plan": contract.plan.model_copy(update={"tasks": tuple(tasks)})})


def with_branch_cap(contract: Contract, branch: str, **limits: int) -> Contract:
    """The contract with other limits of one planned branch; an amount of money takes the place of its share."""

    def capped(one: Any) -> Any:
        update: dict[str, object] = {"budget": one.budget.model_copy(update=limits)}
        return _given(one, update | ({"share": None} if "money" in limits else {}))

    branches = (capped(one) if one.id == branch else one for one in contract.plan.branches)
    return contract.model_copy(update={"plan": contract.plan.model_copy(update={"branches": tuple(branches)})})


def with_role_cap(contract: Contract, role: str, **limits: int) -> Contract:
    """The contract with other limits of one role over the whole mission."""
    known = contract.roles[role]
    capped = known.model_copy(update={"budget": known.budget.model_copy(update=limits)})
    return contract.model_copy(update={"roles": {**contract.roles, role: capped}})


def with_verb(contract: Contract, verb: str, how: Literal["allow", "restrict"], proposed_by: str = "") -> Contract:
    """The contract that allows or restricts a verb; `proposed_by` is the planned task that may propose it then."""
    actions = contract.actions
    listed = {"allow": "allowed", "restrict": "restricted"}[how]
    said = getattr(actions, listed)
    if verb not in said:
        actions = actions.model_copy(update={listed: (*said, verb)})
    tasks = tuple(
        _given(task, {"proposes": (*task.proposes, verb)})
        if how == "restrict" and task.id == proposed_by and verb not in task.proposes
        else task
        for task in contract.plan.tasks
    )
    plan = contract.plan.model_copy(update={"tasks": tasks})
    return contract.model_copy(update={"actions": actions, "plan": plan})


def _given(clause: Any, update: dict[str, object]) -> Any:
    return clause.model_copy(update=update)


def amended(state: MissionState, contract: Contract, now: int, *, because: str) -> tuple[b.Body, ...]:
    """The facts that make a contract the one in force, with everything that follows. `now` is mission time.

    Raises `SaysNoError` where the contract cannot be held, with its first error, and where nothing would change.
    """
    errors = faults(state, contract)
    if errors:
        raise SaysNoError(str(state.id), errors[0], "amend it with a file: cockpit amend MISSION FILE")
    if state.source is None:
        raise SaysNoError(str(state.id), "has no contract", "look at its ledger: cockpit doctor")
    return amend(state, contract, state.source, state.inputs, now, because=because).bodies


def faults(state: MissionState, contract: Contract) -> Sequence[str]:
    """What would be wrong with a contract for this mission. Which connectors there are is found out when something is
    sent.
    """
    contract = inherited(state, contract)
    connectors = {tool.connector for tool in contract.tools.values() if tool.connector}
    provided = Provided()
    provided = Provided(
        connectors=provided.connectors | connectors,
        workers=provided.workers | {role.worker for role in contract.roles.values()},
        mcp=True,
        command_tools=True,
        file_tools=True,
        skills=True,
        attention=True,
    )
    found = lint(contract, provided=provided)
    return [f"{one.path}: {one.message}" for one in found if one.severity == "error"]
