"""The bodies that settle an attempt, and what is left for a task. Integer micro-dollars. Pure.

An amount is reserved before a call and settled after it. What nobody knows settles at the reservation; late news is a
correction. `left` is what may still be reserved, so that parallel attempts together cannot pass a cap.
"""

from __future__ import annotations

from engine.governance.room import room
from engine.ledger import bodies as b
from engine.state.model import Attempt, MissionState, Task
from engine.values import Price, Tokens


def left(state: MissionState, task: Task) -> int:
    """Micro-dollars that may be reserved for a task now: the least of mission, branches above it, role and task."""
    return room(state, task).money.left


_PURPOSES = {"second": "review", "judge": "review"}
"""What a task is for in the account, where that is not its kind: both are there to verify."""


def settle(
    state: MissionState, attempt: Attempt, usage: Tokens | None, outcome: str, calls: int | None = None
) -> b.ChargeSettled:
    """The charge of an ended attempt: the usage at the price of its route, or the reservation when nobody knows the
    usage. `calls` of its model that were made; None: as many as were set aside.

    The price is the one that the route recorded, so that settling replays; a route without one is treated like
    unknown usage.
    """
    task = state.tasks[attempt.task]
    price, free = _terms(attempt)
    free = free and attempt.reserved == 0
    known = usage if price is not None else None
    asks = attempt.worker not in {"command", "human"}
    made = attempt.counted.calls_aside if calls is None or not asks else calls
    amount = 0 if free else attempt.reserved
    if not free and price is not None and known is not None:
        amount = price.cost(known, 1 if calls is None else calls)
    purpose = _PURPOSES.get(task.kind, task.kind) if task.kind != "work" else "fallback" if task.fallen_back else "work"
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
            "calls": made,
            "counted": attempt.counted.tokens_aside if known is None or not asks else known.total,
        }
    )


def correct(attempt: Attempt, usage: Tokens | None, because: str, calls: int | None = None) -> b.ChargeCorrected | None:
    """The correction of a charge that settled at its reservation, once the usage is known; None if none is due."""
    price, free = _terms(attempt)
    if usage is None or price is None or free or not attempt.settled:
        return None
    difference = price.cost(usage, 1 if calls is None else calls) - attempt.spent
    tokens = usage.total - attempt.counted.tokens
    made = 0 if calls is None else calls - attempt.counted.calls
    if not (difference or tokens or made):
        return None
    return b.ChargeCorrected(
        attempt=attempt.id, micro_usd=difference, tokens=usage, because=because, calls=made, counted=tokens
    )


def _terms(attempt: Attempt) -> tuple[Price | None, bool]:
    """The price that an attempt's route recorded, and whether it is free; an attempt without a route costs what was
    reserved for it.
    """
    price = attempt.route.get("price")
    if price is None:
        return None, True
    return Price.model_validate(price), bool(attempt.route.get("free"))
