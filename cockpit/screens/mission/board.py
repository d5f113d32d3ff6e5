"""The tasks of a mission by what they do now, as entries of a list. Pure, given the time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cockpit.screens.words import safe
from engine.views.models import Progress, TaskRow
from widgets.listing import Entry

LANES = ("needs you", "running", "verifying", "failed", "not executable", "ready", "waiting", "done")
"""In which order they stand: what wants a human, what is live, what is stuck, what is next, what is over."""
FIELDS = 8
"""A task is executable with all of them."""
ASKS = "you ("
"""How `waiting_for` begins when a human is asked."""
NOTHING = "nothing: "
_STATES = {
    "running": "running",
    "verifying": "verifying",
    "ready": "ready",
    "waiting": "waiting",
    "failed": "failed",
    "accepted": "done",
    "cancelled": "done",
}


class Card(NamedTuple):
    """A task as its entry shows it. Equal cards look equal."""

    task: TaskRow
    lane: str
    age: int
    """Whole seconds since its attempt began; 0 for what does not run."""
    note: Progress | None
    fresh: bool
    """Whether it changed its state just now."""


class Head(NamedTuple):
    """The name of a lane and how many are in it; `air` is a blank line above it."""

    lane: str
    size: int
    air: bool


def lane(task: TaskRow) -> str:
    """Where a task stands."""
    if task.state == "waiting" and task.waiting_for.startswith(ASKS):
        return "needs you"
    if task.state == "draft":
        return "not executable" if task.missing else "waiting"
    return _STATES.get(task.state, "waiting")


def second(task: TaskRow, where: str, note: Progress | None) -> str:
    """The line below a task's title: what it does, waits for, lacks or failed of; empty for none. Not yet harmless."""
    if where == "running":
        return note.note if note else "no word of it yet"
    if where == "not executable":
        return f"{FIELDS - len(task.missing)}/{FIELDS} fields, missing {', '.join(task.missing)}"
    if where in {"waiting", "needs you", "verifying"} and task.waiting_for:
        if task.waiting_for.startswith(NOTHING):
            return task.waiting_for.removeprefix(NOTHING)
        return f"waits for {task.waiting_for}" if where != "verifying" else f"judged by {task.waiting_for}"
    if where in {"failed", "ready", "waiting"}:
        return task.reason
    return ""


def running_for(task: TaskRow, now: int) -> int:
    """Whole seconds since its attempt began; 0 for what does not run."""
    if task.state not in {"running", "verifying"} or task.since is None:
        return 0
    return max(now - task.since, 0) // 1000


def fits(task: TaskRow, words: tuple[str, ...]) -> bool:
    """Whether a task is found by all these words (lower case)."""
    if not words:
        return True
    told = (task.id, task.key, task.title, task.branch_key, task.role, task.worker, task.route, task.state)
    text = " ".join((*told, lane(task), task.waiting_for, task.reason)).lower()
    return all(word in text for word in words)


class _Made(NamedTuple):
    """An entry and what it was made of."""

    entry: Entry
    task: TaskRow
    lane: str
    live: bool
    """Whether it changes with the time."""
    fresh: bool


class Board:
    """The entries of one mission, kept from time to time: only what differs is made anew."""

    def __init__(self) -> None:
        self._made: dict[str, _Made] = {}
        self._roomy = True
        self._fresh: set[str] = set()
        self.changed: set[str] = set()
        """Ids of the tasks that stood in another state the last time; they are fresh until `rest`."""
        self.counts: dict[str, int] = dict.fromkeys(LANES, 0)
        """How many tasks there are in each lane, filtered or not."""
        self.accepted = 0
        """How many of those that are done were accepted."""
        self.found = 0
        """How many are shown."""

    def rest(self, names: set[str]) -> None:
        """These are not fresh any more."""
        self._fresh -= names

    def entries(
        self,
        tasks: Mapping[str, TaskRow],
        progress: Mapping[str, Progress],
        now: int,
        *,
        words: str = "",
        roomy: bool = True,
    ) -> list[Entry]:
        """The list: lanes with their heads, tasks in the order in which they were added.

        `now` is mission time; `roomy` gives a second line to what has more to say.
        """
        wanted = tuple(words.lower().split())
        if roomy != self._roomy:
            self._made, self._roomy = {}, roomy
        lanes: dict[str, list[Entry]] = {name: [] for name in LANES}
        counts, made, seen = dict.fromkeys(LANES, 0), self._made, {}
        fresh, changed, accepted = self._fresh, set(), 0
        for name, task in tasks.items():
            known = made.get(name)
            if known is None or known.task is not task or known.live or known.fresh:
                if known is not None and known.task.state != task.state:
                    changed.add(name)
                    fresh.add(name)
                known = self._make(task, progress, now, name in fresh, known)
            seen[name] = known
            counts[known.lane] += 1
            accepted += task.state == "accepted"
            if not wanted or fits(task, wanted):
                lanes[known.lane].append(known.entry)
        self._made, self.counts, self.changed, self.accepted = seen, counts, changed, accepted
        self.found = sum(map(len, lanes.values()))
        return self._laid(lanes)

    def _make(
        self,
        task: TaskRow,
        progress: Mapping[str, Progress],
        now: int,
        fresh: bool,
        known: _Made | None,
    ) -> _Made:
        where = lane(task)
        live = task.state in {"running", "verifying"}
        note = progress.get(task.attempt) if live else None
        card = Card(task, where, running_for(task, now), note, fresh)
        if known is not None and known.entry.body == card:
            return known._replace(task=task)
        height = 2 if self._roomy and second(task, where, note) else 1
        return _Made(Entry(task.id, card, height), task, where, live, fresh)

    @staticmethod
    def _laid(lanes: Mapping[str, list[Entry]]) -> list[Entry]:
        out: list[Entry] = []
        for name, found in lanes.items():
            if found:
                air = bool(out)
                out.append(Entry(f"lane {name}", Head(name, len(found), air), 1 + air, selectable=False))
                out += found
        return out


def named(task: TaskRow) -> str:
    """A task's title, harmless; its key when it has none."""
    return safe(task.title or task.key or task.id)
