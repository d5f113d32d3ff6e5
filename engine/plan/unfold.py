"""A contract's `plan:` as the events that open its branches and add its tasks. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from engine.contract.model import Contract, PlannedTask
from engine.ledger import bodies as b
from engine.state.model import Mint, MissionState
from engine.values import PPM, digest

MAIN = "main"


def unfold(state: MissionState) -> list[b.Body]:
    """The accepted plan: `main`, the planned branches, and every task, `each: branch` repeated."""
    contract, mint = state.terms, Mint(state)
    plan = contract.plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    out: list[b.Body] = [b.PlanAccepted(digest=digest(plan), source="contract")]
    branches = {MAIN: mint("B")}
    out.append(b.BranchOpened(branch=branches[MAIN], key=MAIN))
    caps: dict[str, int] = {MAIN: contract.budget.money}
    for planned in contract.plan.branches:
        branches[planned.id] = mint("B")
        above = caps[planned.parent or MAIN]
        cap = None if planned.share is None else above * planned.share // PPM
        caps[planned.id] = above if cap is None else cap
        out.append(
            b.BranchOpened(
                branch=branches[planned.id],
                key=planned.id,
                parent=branches.get(planned.parent or MAIN, branches[MAIN]),
                hypothesis=planned.hypothesis,
                budget=cap,
                params=planned.with_,
            )
        )
    places = [(task, key) for task in contract.plan.tasks for key in _places(contract, task)]
    ids = {(task.id, key): mint("T") for task, key in places}
    out += [_task(task, key, branches, ids) for task, key in places]
    return out


def _places(contract: Contract, task: PlannedTask) -> tuple[str, ...]:
    if task.each == "branch":
        return tuple(branch.id for branch in contract.plan.branches)
    return (task.branch or MAIN,)


def _task(task: PlannedTask, key: str, branches: Mapping[str, str], ids: Mapping[tuple[str, str], str]) -> b.TaskAdded:
    needs: list[str] = []
    for need in task.needs:
        near = ids.get((need, key)) or ids.get((need, MAIN))
        needs += [near] if near else [found for (name, _branch), found in ids.items() if name == need]
    return b.TaskAdded(
        task=ids[task.id, key],
        key=task.id,
        branch=branches[key],
        title=task.title or task.id.replace("-", " "),
        role=task.role,
        verb=task.verb,
        needs=tuple(needs),
        context=task.context,
        proposes=task.proposes,
        produces=task.produces,
        criteria=tuple(c.model_dump(mode="json", by_alias=True, exclude_none=True) for c in task.criteria),
        budget=task.budget,
        attempts=task.attempts,
        verify=task.verify,
        reviewer=task.reviewer if "review" in task.verify else "",
        fallback=task.fallback,
        params=task.with_,
    )
