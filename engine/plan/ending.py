"""What the end of a mission or a branch means for everything that is under way in it. Pure."""

from __future__ import annotations

from engine.ledger import bodies as b
from engine.state.model import ALIVE_BRANCH, FINAL_TASK, OPEN_EFFECT, Branch, MissionState


def end_mission(state: MissionState, how: str, because: str, clause: str, *, but: str = "") -> tuple[b.Body, ...]:
    """The mission ends: open tasks are cancelled, what was not sent is withdrawn, the queue is cleared of what is moot.

    Attempts that run are told to end by the engine; what is being sent is left to its answer. `but` names a task
    whose end is recorded beside this one.
    """
    bodies: list[b.Body] = []
    for task in state.tasks.values():
        if task.state not in FINAL_TASK and task.id != but:
            bodies.append(b.TaskCancelled(task=task.id, because=f"the mission ended: {because}"))
    for effect in state.effects.values():
        if effect.state in {"awaiting", "approved", "expired"}:
            bodies.append(b.EffectWithdrawn(effect=effect.id, because=f"the mission ended: {because}"))
    for item in state.attention.values():
        if item.kind != "doubt":
            bodies.append(b.AttentionResolved(attention=item.id, how="moot: the mission ended"))
    ended = b.MissionFinished if how == "finish" else b.MissionStopped
    return (*bodies, ended(because=because, clause=clause))


def end_branch(state: MissionState, branch: Branch, then: str, because: str, clause: str) -> tuple[b.Body, ...]:
    """Keep or prune a branch. Pruning cancels its tasks, withdraws what waits, and returns what it did not spend."""
    resolved = [
        b.AttentionResolved(attention=item.id, how=f"moot: {branch.key} was {then}{'d' if then == 'prune' else ''}")
        for item in state.attention.values()
        if item.branch in _subtree(state, branch)
        and (then == "prune" or item.about.startswith(f"judge:{branch.id}:"))
        and item.kind != "doubt"
    ]
    if then == "keep":
        return (b.BranchKept(branch=branch.id, because=because, clause=clause), *resolved)
    below = _subtree(state, branch)
    bodies: list[b.Body] = [
        b.TaskCancelled(task=task.id, because=f"{branch.key} was pruned: {because}")
        for task in state.tasks.values()
        if task.branch in below and task.state not in FINAL_TASK
    ]
    bodies += [
        b.EffectWithdrawn(effect=effect.id, because=f"{branch.key} was pruned: {because}")
        for effect in state.effects.values()
        if effect.branch in below and effect.state in OPEN_EFFECT - {"attempting", "in_doubt"}
    ]
    for inner in below - {branch.id}:
        if state.branches[inner].state in ALIVE_BRANCH:
            bodies.append(b.BranchPruned(branch=inner, because=f"{branch.key} was pruned: {because}", clause=clause))
    released = max(0, (branch.budget or 0) - branch.spent - branch.reserved)
    return (*bodies, b.BranchPruned(branch=branch.id, because=because, clause=clause, released=released), *resolved)


def _subtree(state: MissionState, branch: Branch) -> set[str]:
    """Ids of a branch and of all that grew from it."""
    below = {branch.id}
    for other in state.branches.values():  # parents are always opened before their children
        if other.parent in below:
            below.add(other.id)
    return below
