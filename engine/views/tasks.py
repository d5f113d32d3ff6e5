"""The rows of tasks: the state a screen shows of each, and a few words for what would free it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.plan.ready import holding, missing, role_of
from engine.state.model import FINAL_TASK, OVER, MissionState, Task


def task_rows(state: MissionState) -> list[dict[str, Any]]:
    """One row per task, in the order they were added."""
    board = _Board(state)
    return [board.row(task) for task in state.tasks.values()]


class _Board:
    """What is looked up for every task, collected once."""

    def __init__(self, state: MissionState) -> None:
        self._state = state
        self._mission_asks = ""
        self._asked: dict[str, str] = {}
        for item in state.attention.values():
            words = f"you ({self._full(item.id)}, {item.kind})"
            if item.task:
                self._asked.setdefault(item.task, words)
            if item.kind == "budget" or (item.kind == "plan" and not item.task and not item.branch):
                self._mission_asks = self._mission_asks or words
        self._judges: dict[str, list[Task]] = {}
        for task in state.tasks.values():
            if task.subject and task.state not in FINAL_TASK:
                self._judges.setdefault(task.subject, []).append(task)

    def row(self, task: Task) -> dict[str, Any]:
        state = self._state
        last = state.attempts[task.attempts[-1]] if task.attempts else None
        role = role_of(state, task)
        lacking = missing(state, task) if task.state == "open" else ()
        shown, waiting_for = self._standing(task, lacking)
        return {
            "id": self._full(task.id),
            "branch": self._full(task.branch),
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
        }

    def _standing(self, task: Task, lacking: tuple[str, ...]) -> tuple[str, str]:
        """The state a screen shows of a task, and what would free it."""
        human = self._asked.get(task.id, "")
        if task.state == "running":
            parked = task.attempts and self._state.attempts[task.attempts[-1]].state == "parked"
            return ("waiting", human or "an answer") if parked else ("running", "")
        if task.state == "verifying":
            judges = self._judges.get(task.attempts[-1], []) if task.attempts else []
            return ("waiting", human) if human else ("verifying", self._named(judges))
        if task.state != "open":
            return task.state, ""
        if self._state.status == "draft":
            return "draft", "the mission's start"
        if lacking:
            return "draft", "missing: " + ", ".join(lacking)
        return ("waiting", reason) if (reason := self._held(task, human)) else ("ready", "")

    def _held(self, task: Task, human: str) -> str:
        """Why an open and complete task does not start; empty when nothing holds it."""
        state, branch = self._state, self._state.branches[task.branch]
        if state.status in OVER:
            return f"nothing: the mission is {state.status}"
        if branch.state not in {"open", "waiting", "kept"}:
            return f"nothing: branch {branch.key} is {branch.state}"
        if human:
            return human
        if needs := holding(state, task):
            return self._named([state.tasks[need] for need in needs])
        if self._mission_asks:
            return self._mission_asks
        if state.status == "paused":
            return "the mission's resumption"
        if len(task.attempts) >= task.allowed:
            return f"a decision: {len(task.attempts)} of {task.allowed} attempts are used"
        return ""

    def _named(self, tasks: Iterable[Task]) -> str:
        """`draft (gtm/T3), enrich (gtm/T2, failed)`; beyond three, how many more."""
        listed = list(tasks)
        ended = {"failed", "cancelled"}
        named = [f"{t.key} ({self._full(t.id)}{', ' + t.state if t.state in ended else ''})" for t in listed[:3]]
        return ", ".join(named) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")

    def _full(self, short: str) -> str:
        return f"{self._state.id}/{short}"
