"""Back-pressure: nothing is drafted faster than the human clears what waits for them. Pure."""

from __future__ import annotations

from engine.state.model import Attention, MissionState, Task
from engine.values import MINUTE

MOST_DRAFTS = 5
"""So many tasks may have proposals that wait for a decision, or be on their way to some; others wait for their turn."""
DECISION = 2 * MINUTE
"""What one decision is expected to take of the minutes that a contract gives."""


def held_for_decisions(state: MissionState, task: Task) -> Attention | None:
    """The decision that has to be made before a task may begin; None when it may.

    It is about tasks that would add to what waits: those that propose, and have not begun. What was sent back is
    written again at once, for whoever sent it back waits for it.
    """
    if not task.proposes or task.attempts:
        return None
    waiting = [item for item in state.attention.values() if item.kind == "approve" and item.task in state.tasks]
    if not waiting:
        return None
    under_way = {t.id for t in state.tasks.values() if t.proposes and t.state in {"running", "verifying"}}
    most = state.terms.budget.attention
    minutes = state.attention_ms + DECISION * len(waiting)
    if len(under_way.union(item.task for item in waiting)) >= MOST_DRAFTS or (most is not None and minutes >= most):
        return waiting[0]
    return None
