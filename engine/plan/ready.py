"""Whether a task may run now, and if not, what it waits for. Pure."""

from __future__ import annotations

from engine.contract.model import Role
from engine.state.model import FINAL_TASK, MissionState, Task

HUMAN = Role(worker="human")
"""The role `human` exists in every contract: it is whoever answers the queue."""
PLANNER_ROLE = "planner"
PLANNER = Role(worker="model", tier="strong")
"""Who plans where the contract names no planner."""
MAIN_KEY = "main"
CHECKER = Role(worker="command")
"""Who runs the command of an acceptance criterion."""


_KINDS = frozenset({"decisions", "assumptions", "questions", "learnings", "claims", "rules", "evidence", "artifacts"})
"""Names in `context` that mean a kind of item rather than an input or a task."""


def role_of(state: MissionState, task: Task) -> Role | None:
    """The contract's terms for a task's role; `human` needs no entry."""
    if task.kind == "check":
        argv = task.criteria[0].check if task.criteria else None
        command = argv.command if argv is not None and not isinstance(argv, str) else None
        return CHECKER.model_copy(update={"command": command})
    role = state.terms.roles.get(task.role) or {"human": HUMAN, PLANNER_ROLE: PLANNER}.get(task.role)
    if role is not None and task.local:  # who takes over from a private role is bound as that one was
        return role.model_copy(update={"privacy": "local"})
    return role


def missing(state: MissionState, task: Task) -> tuple[str, ...]:
    """Which of the eight fields of an executable task are missing; empty when it is executable."""
    role = role_of(state, task)
    absent = {
        "worker": role is None,
        "model policy": role is not None and role.worker == "command" and not role.command,
        "context scope": any(
            name not in _KINDS and name not in state.inputs and name not in state.task_keys for name in task.context
        ),
        "tools": role is not None and any(name not in state.terms.tools for name in role.tools),
        "acceptance criteria": not task.criteria and task.kind == "work",
        "budget": role is not None and role.worker in {"model", "harness"} and task.budget <= 0,
        "fallback": not task.fallback,
        "verification": not task.verify,
    }
    return tuple(name for name, lacking in absent.items() if lacking)


def holding(state: MissionState, task: Task) -> tuple[str, ...]:
    """The tasks this one still waits for."""
    return tuple(need for need in task.needs if not _satisfied(state, task, state.tasks[need]))


def _satisfied(state: MissionState, task: Task, need: Task) -> bool:
    if need.state == "accepted":
        return True
    # What a pruned branch did not finish holds up nobody outside of it.
    return need.state in FINAL_TASK and need.branch != task.branch and state.branches[need.branch].state == "pruned"


def asleep(state: MissionState, task: Task) -> bool:
    """Whether it waits for its branch to be kept."""
    return task.once == "kept" and state.branches[task.branch].state != "kept"


def ready(state: MissionState) -> list[Task]:
    """Tasks that may be dispatched, in the order they were added."""
    return [
        task
        for task in state.tasks.values()
        if task.state == "open"
        and len(task.attempts) < task.allowed
        and state.branches[task.branch].state in {"open", "waiting", "kept"}
        and not asleep(state, task)
        and not holding(state, task)
        and not missing(state, task)
    ]


def worn_out(state: MissionState) -> list[Task]:
    """Open tasks that have used all their attempts."""
    return [task for task in state.tasks.values() if task.state == "open" and len(task.attempts) >= task.allowed]


def stranded(state: MissionState) -> list[Task]:
    """Open tasks that can never start, because something they need ended without being accepted."""
    return [
        task
        for task in state.tasks.values()
        if task.state == "open"
        and any(state.tasks[n].state == "cancelled" and not _satisfied(state, task, state.tasks[n]) for n in task.needs)
    ]
