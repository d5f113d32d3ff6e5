"""Caps: what is left for a task, and the bodies that reserve and settle an attempt. Integer micro-dollars. Pure.

An amount is reserved before a call and settled after it. What nobody knows settles at the reservation; late news is a
correction. `left` is what may still be reserved, so that parallel attempts together cannot pass a cap.
"""

from __future__ import annotations

from engine.ledger import bodies as b
from engine.state.model import Attempt, MissionState, Task
from engine.values import Price, Tokens


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


def settle(state: MissionState, attempt: Attempt, usage: Tokens | None, outcome: str) -> b.ChargeSettled:
    """The charge of an ended attempt: the usage at the price of its route, or the reservation when nobody knows the
    usage.

    The price is the one that the route recorded, so that settling replays; a route without one is treated like
    unknown usage.
    """
    task = state.tasks[attempt.task]
    price, free = _terms(attempt)
    free = free and attempt.reserved == 0
    known = usage if price is not None else None
    amount = 0 if free else price.cost(known) if price is not None and known is not None else attempt.reserved
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
            "tokens": known if known is not None else Tokens(),
            "micro_usd": amount,
            "basis": "free" if free else "reservation" if known is None else "reported",
        }
    )


def correct(attempt: Attempt, usage: Tokens | None, because: str) -> b.ChargeCorrected | None:
    """The correction of a charge that settled at its reservation, once the usage is known; None if none is due."""
    price, free = _terms(attempt)
    if usage is None or price is None or free or not attempt.settled:
        return None
    difference = price.cost(usage) - attempt.spent
    if difference == 0:
        return None
    return b.ChargeCorrected(attempt=attempt.id, micro_usd=difference, tokens=usage, because=because)


def _terms(attempt: Attempt) -> tuple[Price | None, bool]:
    """The price that an attempt's route recorded, and whether it is free; an attempt without a route costs what was
    reserved for it.
    """
    price = attempt.route.get("price")
    if price is None:
        return None, True
    return Price.model_validate(price), bool(attempt.route.get("free"))
