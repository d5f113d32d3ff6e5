"""What would free each task that has not ended, and what nothing would free: no mission may rest silently. Pure.

A task that has not ended has an attempt at work, a moment that comes by itself, or somebody who is asked. Whoever
says otherwise of a mission at rest has found a bug of the engine, or a ledger that another one wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.plan.pressure import held_for_decisions
from engine.plan.ready import holding, missing, role_of
from engine.state.model import FINAL_TASK, OVER, Attempt, Attention, MissionState, Task
from engine.tools.granting import given

By = Literal["attempt", "moment", "human", "task", "turn", "nothing"]

ASKED_ABOUT = frozenset({"awaiting", "expired", "in_doubt"})
"""Effects that only a human can bring forward."""


@dataclass(frozen=True, slots=True)
class Freed:
    """What would free a task, and in words. `turn`: others are at work, and it is looked at again when one ends."""

    by: By
    words: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """What nothing will ever free: a task, an effect, or the whole mission, by its full id."""

    id: str
    why: str


def stuck(state: MissionState) -> tuple[Stuck, ...]:
    """Everything that nothing would free. Of a mission at rest: between two facts of one decision there may be some."""
    if state.contract is None or state.status in OVER:
        return ()
    found = tuple(
        Stuck(f"{state.id}/{task.id}", f"{task.key} is {task.state}: {freed.words}")
        for task in state.tasks.values()
        if task.state not in FINAL_TASK and (freed := would_free(state, task)).by == "nothing"
    )
    asked = {ref for item in state.attention.values() for ref in item.refs}
    found += tuple(
        Stuck(f"{state.id}/{effect.id}", f"{effect.verb} is {effect.state}, and nobody is asked about it")
        for effect in state.effects.values()
        if effect.state in ASKED_ABOUT and effect.id not in asked
    )
    if not found and not _moves(state):
        return (Stuck(str(state.id), f"the mission is {state.status}: nothing runs, nothing is due, nobody is asked"),)
    return found


def would_free(state: MissionState, task: Task) -> Freed:
    """What would free a task that has not ended."""
    if task.state == "running":
        return _running(state, task)
    if asked := _asked(state, task):
        return Freed("human", _person(asked))
    if paused := _paused(state):
        return paused
    if task.state == "verifying":
        return _verifying(state, task)
    return _open(state, task)


def _running(state: MissionState, task: Task) -> Freed:
    last = state.attempts[task.attempts[-1]] if task.attempts else None
    if last is not None and last.state == "dispatched":
        return Freed("attempt", f"its worker ({last.id})")
    if last is None or last.state != "parked":
        return Freed("nothing", "none of its attempts is at work")
    asked = next((item for item in state.attention.values() if item.attempt == last.id), None)
    return Freed("human", _person(asked)) if asked else Freed("nothing", f"{last.id} waits for an answer nobody gives")


def _verifying(state: MissionState, task: Task) -> Freed:
    delivered = next((a for a in _attempts(state, task) if a.state == "delivered"), None)
    if delivered is None:
        return Freed("nothing", "nothing was delivered that could be judged")
    judges = [t for t in state.tasks.values() if t.subject == delivered.id and t.state not in FINAL_TASK]
    for judge in judges:
        if (freed := would_free(state, judge)).by == "nothing":
            return Freed("nothing", f"{judge.id} judges it: {freed.words}")
    if judges:
        return Freed("task", f"{', '.join(judge.id for judge in judges)}")
    return Freed("nothing", f"nobody judges {delivered.id}")


def _attempts(state: MissionState, task: Task) -> list[Attempt]:
    return [state.attempts[name] for name in reversed(task.attempts)]


def _open(state: MissionState, task: Task) -> Freed:
    branch = state.branches[task.branch]
    if branch.state not in {"open", "waiting", "kept"}:
        return Freed("nothing", f"its branch {branch.key} is {branch.state}")
    for need in holding(state, task):
        if (freed := _need(state, state.tasks[need])).by == "nothing":
            return Freed("nothing", f"it needs {need}: {freed.words}")
    if needs := holding(state, task):
        return Freed("task", ", ".join(needs))
    if wide := _wide(state) or _capped(state, task):
        return Freed("human", _person(wide))
    if lacking := missing(state, task):
        return Freed("nothing", f"missing: {', '.join(lacking)}")
    if task.not_before > state.last_at:
        return Freed("moment", "the end of the undo window")
    if task.held_until:
        return Freed("moment", task.held)
    if (tool := _tool(state, task)) is not None:
        return tool
    if (first := held_for_decisions(state, task)) is not None:
        return Freed("human", _person(first))
    if working := [a for a in state.attempts.values() if a.state == "dispatched"]:
        return Freed("turn", f"{len(working)} at work before it")
    if task.held:
        return Freed("turn", task.held)
    return Freed("nothing", "nobody takes it, and nobody is asked")


def _tool(state: MissionState, task: Task) -> Freed | None:
    """A tool that has to be looked at before a task may begin, now or later."""
    for name in given(state, task, role_of(state, task)):
        known = state.tools.get(name)
        if known is None or known.up is None:
            return Freed("turn", f"a look at its tool {name}")
        if not known.usable and state.terms.tools[name].need == "required" and known.until:
            return Freed("moment", f"the next look at its tool {name}")
    return None


def _need(state: MissionState, need: Task) -> Freed:
    """What would free a task that another one needs: one that failed may still be given new attempts by a human."""
    if need.state not in FINAL_TASK:
        return would_free(state, need)
    asked = _asked(state, need)
    return Freed("human", _person(asked)) if asked else Freed("nothing", f"{need.id} is {need.state}")


def _asked(state: MissionState, task: Task) -> Attention | None:
    """The item that is about a task, or about its whole mission."""
    return next((item for item in state.attention.values() if task.id in about_tasks(state, item)), None)


def about_tasks(state: MissionState, item: Attention) -> tuple[str, ...]:
    """The tasks that an item is about by name."""
    if item.task:
        return (item.task,)
    names = item.about.replace(":", ",").split(",")
    return tuple(name for name in (*item.refs, *names) if name in state.tasks)


def _wide(state: MissionState) -> Attention | None:
    """An item on which the whole mission waits: its budget, its plan, or the engine itself."""
    return next((i for i in state.attention.values() if i.about == "time" or i.about.startswith(("fault:",))), None)


def _capped(state: MissionState, task: Task) -> Attention | None:
    """An open question about a cap that a task stands under, whether it waited there already when it was raised."""
    above, branch = set[str](), state.branches.get(task.branch)
    while branch is not None:
        above.add(branch.id)
        branch = state.branches.get(branch.parent)
    for item in state.attention.values():
        cap, _, rest = item.about.partition(":")
        level, _, rest = rest.partition(":")
        name = rest.partition(":")[0]
        stands = {"mission": True, "branch": name in above, "role": name == task.role, "task": name == task.id}
        if cap == "cap" and stands.get(level, False) and not rest.startswith(":attention:"):
            return item
    return None


def _paused(state: MissionState) -> Freed | None:
    if state.status == "draft":
        return Freed("human", "you: the mission's start")
    if state.status != "paused":
        return None
    asked = next((item for item in state.attention.values() if item.about.startswith("overrun:")), None)
    return Freed("human", _person(asked) if asked else f"you: cockpit resume {state.id}")


def _moves(state: MissionState) -> bool:
    """Whether anything of a mission that is not over runs, is due, or waits for a human."""
    return bool(
        state.status != "active"  # a draft waits for its start, a paused mission for its resumption
        or state.attention
        or state.live()
        or state.timers
        or state.checks
        or any(task.state not in FINAL_TASK for task in state.tasks.values())  # and each of them was looked at
        or any(effect.state in {"approved", "attempting"} for effect in state.effects.values())
    )


def _person(item: Attention) -> str:
    choices = f": {', '.join(item.choices)}" if item.choices else ""
    return f"you ({item.id}, {item.kind}){choices}"
