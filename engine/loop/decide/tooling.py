"""Tools before and after use: looking at those that work needs, calls that nobody decided about in time, and calls that
may have run when their engine ended. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.governance.clauses import tool_clauses
from engine.ledger import bodies as b
from engine.loop.intents import Intent, Look, Record
from engine.loop.world import World, look_job
from engine.plan.ready import ready, role_of
from engine.state.model import FINAL_TASK, LIVE_ATTEMPT, Attention, Mint, MissionState, Task, Tool
from engine.tools.granting import given, missing


def due(state: MissionState, name: str, now: int) -> bool:
    """Whether a tool must be looked at before it is known whether work may begin with it."""
    tool = state.tools.get(name)
    return tool is None or tool.up is None or (not tool.up and now >= tool.until)


def look(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """Look at tools that ready work needs and of which too little is known, and at those that have changed."""
    wanted: dict[str, None] = {}
    for task in ready(state):
        for name in given(state, task, role_of(state, task)):
            if due(state, name, now):
                wanted[name] = None
    for name, tool in state.tools.items():
        asked = {item.about for item in state.attention.values()} | state.settled
        if tool.drift and name in state.terms.tools and not any(a.startswith(f"drift:{name}:") for a in asked):
            wanted[name] = None
    for name in wanted:
        if not any(job.startswith(f"{state.id}/look.{name}.") for job in world.alive):
            yield Look(name, look_job(state.id, name, state.tools.get(name, Tool(name)).looks))


def equipped(state: MissionState, task: Task, now: int) -> bool:
    """Whether a task's tools are known, and every required one can be used."""
    names = given(state, task, role_of(state, task))
    if any(due(state, name, now) for name in names if state.terms.tools[name].need == "required"):
        return False
    if any((known := state.tools.get(name)) is None or known.up is None for name in names):
        return False
    return not lacking(state, task)


def lacking(state: MissionState, task: Task) -> tuple[str, ...]:
    """Required tools of a task that were looked at and cannot be used."""
    names = tuple(
        name for name in given(state, task, role_of(state, task)) if state.terms.tools[name].need == "required"
    )
    return tuple(name for name in missing(state, names) if state.tools.get(name, Tool(name)).up is not None)


def waiting(state: MissionState) -> dict[str, list[Task]]:
    """Ready tasks by the required tool that they wait for."""
    found: dict[str, list[Task]] = {}
    for task in ready(state):
        for name in lacking(state, task)[:1]:
            found.setdefault(name, []).append(task)
    return found


def fall_back(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """A required tool that was down twice hands its tasks to whoever its contract names instead."""
    bodies: list[b.Body] = []
    for name, tasks in waiting(state).items():
        named, tool = state.terms.tools[name].fallback, state.tools[name]
        if named in {"ask", "stop"} or tool.failures < 2:
            continue
        for task in tasks:
            if task.role != named and not task.fallen_back and not (named == "human" and task.proposes):
                because = f"fallback to {named}: {name} cannot be used ({tool.because or 'it has changed'})"
                bodies.append(b.TaskRetried(task=task.id, role=named, because=because[:2_000]))
    if bodies:
        yield Record(tuple(bodies))


def why_lacking(tool: Tool) -> str:
    """Why a tool cannot be used."""
    if tool.up and not tool.usable:
        return "what it offers is not what was granted" if tool.drift else "it offers nothing that is granted"
    return tool.because or "it cannot be reached"


def expire(state: MissionState, now: int, _world: World) -> Iterator[Intent]:
    """Wanted calls that nobody decided about in time, whose approval nobody used in time, or whose clauses changed."""
    bodies: list[b.Body] = []
    for wanted in state.wanted.values():
        if wanted.state not in {"awaiting", "approved"}:
            continue
        because = ""
        if now >= wanted.expires:
            because = "its time is over"
        elif tool_clauses(state.terms, wanted.tool) != wanted.clauses:
            because = "a clause that judges it has changed"
        elif wanted.state == "awaiting" and state.tasks[wanted.task].state in FINAL_TASK:
            because = "its task has ended"
        if because:
            bodies.append(b.ToolExpired(wanted=wanted.id, because=because))
            bodies += [b.AttentionResolved(attention=i.id, how=f"moot: {because}") for i in _about(state, wanted.id)]
    if bodies:
        yield Record(tuple(bodies))


def _about(state: MissionState, wanted: str) -> list[Attention]:
    return [item for item in state.attention.values() if item.about == f"call:{wanted}"]


def unanswered(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """Calls that were begun and whose attempt is over without their end: nobody knows what they did, and that is said.

    The contract allowed them without asking anybody, so nobody is asked now; whoever tries again is told.
    """
    told = tuple(
        b.ToolUnanswered(
            call=one.call,
            attempt=one.attempt,
            tool=one.tool,
            operation=one.operation,
            because="its attempt ended before it was known",
        )
        for one in state.begun.values()
        if one.attempt not in state.attempts or state.attempts[one.attempt].state not in LIVE_ATTEMPT
    )
    if told:
        yield Record(told)


def doubt(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """An approved call of which nobody knows whether it ran, for its engine ended in it: a human is told."""
    mint, asked = Mint(state), state.asked
    raised = tuple(
        b.AttentionRaised(
            attention=mint("Q"),
            kind="doubt",
            title=f"did {wanted.tool} {wanted.operation} run ({wanted.call})?",
            branch=wanted.branch,
            task=wanted.task,
            detail="it was approved and begun, and its engine ended before it was known; its approval is used up",
            choices=("it ran", "it did not"),
            about=f"ran:{wanted.id}",
        )
        for wanted in state.wanted.values()
        if wanted.state == "attempting"
        and state.attempts[wanted.attempt].state not in {"dispatched", "parked"}
        and f"ran:{wanted.id}" not in asked
    )
    if raised:
        yield Record(raised)
