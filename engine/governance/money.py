"""Caps: what is left for a task, and the bodies that reserve and settle an attempt. Integer micro-dollars. Pure.

An amount is reserved before a call and settled after it. What nobody knows settles at the reservation; late news is a
correction. `left` is what may still be reserved, so that parallel attempts together cannot pass a cap.
"""

from __future__ import annotations

from engine.ledger import bodies as b
from engine.routing.catalogue import Candidate
from engine.state.model import Attempt, MissionState, Task
from engine.values import Tokens


def left(state: MissionState, task: Task) -> int:
    """Micro-dollars that may be reserved for a task now: the least of mission, branches above it, and task."""
    room = shared(state, task)
    if task.budget:
        room = min(room, task.budget - task.spent - task.reserved)
    return max(0, room)


def shared(state: MissionState, task: Task) -> int:
    """What mission and branches leave for a task. A branch's share covers all that grew from it."""
    room = state.terms.budget.money - state.spent - state.reserved
    branch = state.branches.get(task.branch)
    while branch is not None:
        if branch.budget is not None:
            room = min(room, branch.budget - _used(state, branch.id))
        branch = state.branches.get(branch.parent)
    return max(0, room)


def _used(state: MissionState, root: str) -> int:
    """Spent and reserved in a branch and below it."""
    below, used = {root}, 0
    for branch in state.branches.values():  # parents are always opened before their children
        if branch.id == root or branch.parent in below:
            below.add(branch.id)
            used += branch.spent + branch.reserved
    return used


def settle(
    state: MissionState,
    attempt: Attempt,
    candidate: Candidate | None,
    usage: Tokens | None,
    outcome: str,
) -> b.ChargeSettled:
    """The charge of an ended attempt: the usage at the route's price, or the reservation when nobody knows the usage.

    `candidate` None means the price is no longer known, which is treated like unknown usage.
    """
    task = state.tasks[attempt.task]
    free = attempt.reserved == 0 and (candidate is None or candidate.free)
    known = usage is not None and candidate is not None
    amount = (
        0 if free else candidate.price.cost(usage) if known and candidate and usage is not None else attempt.reserved
    )
    purpose = task.kind if task.kind != "work" else "fallback" if task.fallen_back else "work"
    earlier = task.attempts[: task.attempts.index(attempt.id)]
    if purpose == "work" and any(state.attempts[a].state not in {"lost", "cancelled"} for a in earlier):
        purpose = "retry"
    return b.ChargeSettled.model_validate(
        {
            "attempt": attempt.id,
            "task": task.id,
            "branch": task.branch,
            "role": attempt.role,
            "worker": attempt.worker,
            "model": attempt.model,
            "purpose": purpose,
            "outcome": outcome,
            "tokens": usage if known and usage is not None else Tokens(),
            "micro_usd": amount,
            "basis": "free" if free else "reported" if known else "reservation",
        }
    )


def correct(
    attempt: Attempt, candidate: Candidate | None, usage: Tokens | None, because: str
) -> b.ChargeCorrected | None:
    """The correction of a charge that settled at its reservation, once the usage is known; None if none is due."""
    if usage is None or candidate is None or candidate.free or not attempt.settled:
        return None
    difference = candidate.price.cost(usage) - attempt.spent
    if difference == 0:
        return None
    return b.ChargeCorrected(attempt=attempt.id, micro_usd=difference, tokens=usage, because=because)
