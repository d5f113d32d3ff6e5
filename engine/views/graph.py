"""What the rows of a mission look up beside its state: who needs whom, who is asked for, what is at work.

Kept from commit to commit, so that a commit costs what it changes and not what the mission is. Holds nothing that could
not be read from the state again: `Graph(state)` is the same as one that was kept.
"""

from __future__ import annotations

from collections import Counter

from engine.state.model import FINAL_TASK, Attention, MissionState, Task

HELD_MOST = 99
"""Held tasks are counted no further than this."""
_WIDE = frozenset({"plan", "tool"})
"""Kinds that hold every open task of the mission when they name neither task nor branch; `budget` always does."""


class Graph:
    """The look-ups over one state, which `task`, `branch`, `effect` and `attention` keep up to date."""

    def __init__(self, state: MissionState) -> None:
        self._state = state
        self._states: dict[str, str] = {}
        self._branches: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}
        self._waiting: dict[str, dict[str, None]] = {}
        """Task to the tasks that need it and have not ended."""
        self._open: Counter[str] = Counter()
        self._subjects: dict[str, list[str]] = {}
        self._asked: dict[str, dict[str, str]] = {}
        self._wide: dict[str, str] = {}
        self._refs: dict[str, dict[str, None]] = {}
        self._items: dict[str, Attention] = {}
        self.busy: dict[str, str] = {}
        """Tasks with an attempt at work, and their kinds."""
        self.attempting: set[str] = set()
        self.approved: set[str] = set()
        for branch in state.branches:
            self.branch(branch)
        for task in state.tasks:
            self.task(task)
        for effect in state.effects:
            self.effect(effect)
        for item in state.attention:
            self.attention(item)

    # -- what changed

    def task(self, name: str) -> tuple[list[str], bool]:
        """Take in what became of a task: whose rows that changes, itself included; whether it ended or began."""
        state = self._state
        task = state.tasks[name]
        old = self._states.get(name)
        if any(state.attempts[attempt].state == "dispatched" for attempt in task.attempts):
            self.busy[name] = task.kind
        else:
            self.busy.pop(name, None)
        if old is None:
            self._members.setdefault(task.branch, []).append(name)
            if task.subject:
                self._subjects.setdefault(task.subject, []).append(name)
        if old == task.state:
            return [name], False
        self._states[name] = task.state
        was, is_ = old is not None and old not in FINAL_TASK, task.state not in FINAL_TASK
        if was != is_:
            self._open[task.branch] += 1 if is_ else -1
            for need in task.needs:
                if is_:
                    self._waiting.setdefault(need, {})[name] = None
                else:
                    self._waiting[need].pop(name, None)
        touched = [name, *self._waiting.get(name, ())]
        if task.subject in state.attempts:
            touched.append(state.attempts[task.subject].task)
        return touched, was != is_

    def branch(self, name: str) -> list[str]:
        """Take in what became of a branch: the tasks whose rows that changes."""
        state = self._state.branches[name].state
        if self._branches.get(name) == state:
            return []
        self._branches[name] = state
        members = self._members.get(name, ())
        return [*members, *(follower for member in members for follower in self._waiting.get(member, ()))]

    def effect(self, name: str) -> list[str]:
        """Take in what became of an effect: the items that are about it."""
        state = self._state.effects[name].state
        for held, when in ((self.attempting, "attempting"), (self.approved, "approved")):
            if state == when:
                held.add(name)
            else:
                held.discard(name)
        return [item for item in self._refs.get(name, ()) if item in self._items]

    def attention(self, name: str) -> list[str]:
        """Take in an item that was raised or resolved: the tasks whose rows that changes."""
        item = self._state.attention.get(name)
        known = self._items.get(name)
        if item is not None and known is None:
            self._items[name] = item
            words = f"you ({self.full(name)}, {item.kind})"
            for ref in item.refs:
                self._refs.setdefault(ref, {})[name] = None
            for task in self._own(item):
                self._asked.setdefault(task, {})[name] = words
            if _is_wide(item):
                self._wide[name] = words
        elif item is None and known is not None:
            item = self._items.pop(name)
            for ref in item.refs:
                self._refs[ref].pop(name, None)
            for task in self._own(item):
                self._asked[task].pop(name, None)
            self._wide.pop(name, None)
        if item is None:
            return []
        own = [task for task in self._own(item) if task in self._state.tasks]
        if not _is_wide(item):
            return own
        return own + [task for task, state in self._states.items() if state not in FINAL_TASK]

    def _own(self, item: Attention) -> list[str]:
        """The task that an item is about, or the tasks that it names."""
        return [item.task] if item.task else [ref for ref in item.refs if ref in self._state.tasks]

    # -- what is looked up

    def ask(self, task: str) -> str:
        """Words for the first item that is about a task; empty without one."""
        return next(iter(self._asked.get(task, {}).values()), "")

    def wide_ask(self) -> str:
        """Words for the first item on which the whole mission waits; empty without one."""
        return next(iter(self._wide.values()), "")

    def judges(self, attempt: str) -> list[Task]:
        """The open tasks that judge an attempt, in the order they were added."""
        tasks = (self._state.tasks[name] for name in self._subjects.get(attempt, ()))
        return [task for task in tasks if task.state not in FINAL_TASK]

    def holds(self, item: Attention, about: list[str]) -> int:
        """How many open tasks cannot go on before an item is settled, at most `HELD_MOST`.

        Its own task, or the tasks `about` (those of its effects), and whatever needs these, at any distance.
        """
        if item.kind == "budget" and not self._own(item):
            return min(self._open.total(), HELD_MOST)
        roots = self._own(item) or about
        if roots:
            return self._after([root for root in roots if root in self._states])
        if item.branch and self._open[item.branch]:
            return min(self._open[item.branch], HELD_MOST)
        return min(self._open.total(), HELD_MOST) if item.kind in _WIDE else 0

    def _after(self, roots: list[str]) -> int:
        seen = set(roots)
        held = sum(self._states[root] not in FINAL_TASK for root in seen)
        edge = list(seen)
        while edge and held < HELD_MOST:
            for follower in self._waiting.get(edge.pop(), ()):
                if follower not in seen:
                    seen.add(follower)
                    edge.append(follower)
                    held += 1
                    if held >= HELD_MOST:
                        break
        return min(held, HELD_MOST)

    def full(self, short: str) -> str:
        """The full id of a short one; empty for none."""
        return f"{self._state.id}/{short}" if short else ""


def _is_wide(item: Attention) -> bool:
    if item.kind == "budget":
        whole = item.about.startswith("cap:mission:") and not item.about.startswith("cap:mission::attention:")
        return whole or not (item.task or item.refs)
    return item.kind == "plan" and not item.task and not item.branch
