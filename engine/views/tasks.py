"""The row of a task: the state a screen shows of it, and a few words for what would free it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.plan.ready import asleep, holding, missing, role_of
from engine.state.model import OVER, MissionState, Task
from engine.views.graph import Graph

ASKS = "you ("
"""How `waiting_for` begins when a human is asked."""


def task_row(state: MissionState, graph: Graph, task: Task) -> dict[str, Any]:
    """The row of one task."""
    last = state.attempts[task.attempts[-1]] if task.attempts else None
    role = role_of(state, task)
    lacking = missing(state, task) if task.state == "open" else ()
    shown, waiting_for = _standing(state, graph, task, lacking)
    return {
        "id": graph.full(task.id),
        "branch": graph.full(task.branch),
        "branch_key": state.branches[task.branch].key,
        "key": task.key,
        "title": task.title,
        "role": task.role,
        "kind": task.kind,
        "verb": task.verb,
        "state": shown,
        "waiting_for": waiting_for,
        "worker": last.worker if last else role.worker if role else "",
        "route": last.model if last else "",
        "missing": list(lacking),
        "spent_micro_usd": task.spent,
        "reserved_micro_usd": task.reserved,
        "budget_micro_usd": task.budget,
        "attempts": len(task.attempts),
        "allowed": task.allowed,
        "reason": task.because,
        "attempt": graph.full(last.id) if last else "",
        "since": last.at if last else None,
    }


def _standing(state: MissionState, graph: Graph, task: Task, lacking: tuple[str, ...]) -> tuple[str, str]:
    """The state a screen shows of a task, and what would free it."""
    human = graph.ask(task.id)
    if task.state == "running":
        last = task.attempts[-1] if task.attempts else ""
        if last and state.attempts[last].state == "parked":
            return "waiting", human or "an answer"
        asks = any(w.attempt == last and w.state == "awaiting" for w in state.wanted.values()) if human else False
        return ("waiting", human) if asks else ("running", "")
    if task.state == "verifying":
        judges = graph.judges(task.attempts[-1]) if task.attempts else []
        return ("waiting", human) if human else ("verifying", _named(graph, judges))
    if task.state != "open":
        return task.state, ""
    if state.status == "draft":
        return "draft", "the mission's start"
    if lacking:
        return "draft", "missing: " + ", ".join(lacking)
    return ("waiting", reason) if (reason := _held(state, graph, task, human)) else ("ready", "")


def _held(state: MissionState, graph: Graph, task: Task, human: str) -> str:
    """Why an open and complete task does not start; empty when nothing holds it."""
    branch = state.branches[task.branch]
    if state.status in OVER:
        return f"nothing: the mission is {state.status}"
    if branch.state not in {"open", "waiting", "kept"}:
        return f"nothing: branch {branch.key} is {branch.state}"
    if human:
        return human
    if asleep(state, task):
        return f"branch {branch.key} to be kept"
    if needs := holding(state, task):
        return _named(graph, [state.tasks[need] for need in needs])
    if wide := graph.wide_ask():
        return wide
    if state.status == "paused":
        return "the mission's resumption"
    if len(task.attempts) >= task.allowed:
        return f"a decision: {len(task.attempts)} of {task.allowed} attempts are used"
    return task.held


def _named(graph: Graph, tasks: Iterable[Task]) -> str:
    """`draft (gtm/T3), enrich (gtm/T2, failed)`; beyond three, how many more."""
    listed = list(tasks)
    ended = {"failed", "cancelled"}
    named = [f"{t.key} ({graph.full(t.id)}{', ' + t.state if t.state in ended else ''})" for t in listed[:3]]
    return ", ".join(named) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
