"""The happenings of a mission as they come: newest first, and never more of them at once than a page. Pure but reading.

It follows while the newest one is selected. Otherwise nothing moves: what is new is only counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cockpit.client import Happening

Json = Mapping[str, Any]
Read = Callable[[int, int | None], Sequence[Json]]
"""From how many and before which seq to events, newest last."""
Tell = Callable[[Sequence[Json], bool], Sequence[Happening]]
"""From events, and whether quiet ones are wanted, to happenings in their order."""

PAGE = 100
KEPT = 4 * PAGE
"""So many are kept while it follows; beyond that the older half goes, and comes back when it is scrolled to."""
MOST = 20_000
"""No more are held by whoever scrolls back."""
LOOKS = 8
"""Pages of events that are looked through for the loud ones of one page."""


class News(NamedTuple):
    """What a look brought."""

    grown: bool
    """Whether the lines changed."""
    missed: bool
    """More came than a page: what lies between was skipped, and the lines begin anew."""


class LogTail:
    """Lines newest first. `read` and `tell` look at the ledger; whatever they raise passes through."""

    def __init__(self, read: Read, tell: Tell) -> None:
        self._read, self._tell = read, tell
        self.lines: list[Happening] = []
        self.everything = False
        self.waiting = 0
        """How many came since it stopped to follow."""
        self.more = True
        """Whether there may be older ones."""
        self.overflow = False
        """Whether more came than were counted."""
        self._newest = 0
        self._oldest: int | None = None

    def start(self, *, everything: bool | None = None) -> None:
        """Begin anew with the newest page."""
        if everything is not None:
            self.everything = everything
        self.lines, self.waiting, self.more, self.overflow, self._oldest = [], 0, True, False, None
        events = self._read(PAGE, None)
        self._newest = max([0, *(event["seq"] for event in events)])
        self._take_older(events, PAGE)
        if len(self.lines) < PAGE // 2:
            self.older()

    def older(self) -> bool:
        """Take in the page before the last line; whether there was anything."""
        before = len(self.lines)
        for _look in range(LOOKS):
            if not self.more or len(self.lines) - before >= PAGE // 2:
                break
            self._take_older(self._read(2 * PAGE, self._oldest), 2 * PAGE)
        return len(self.lines) > before

    def _take_older(self, events: Sequence[Json], asked: int) -> None:
        self.more = len(events) >= asked and len(self.lines) < MOST
        if events:
            self._oldest = int(events[0]["seq"])
            self.lines += reversed(self._tell(events, self.everything))

    def look(self, *, follow: bool) -> News:
        """Take in what is new, at most a page of it; not to `follow`, only count it."""
        events = [event for event in self._read(PAGE, None) if event["seq"] > self._newest]
        if not events:
            return News(follow and self._caught_up(), missed=False)
        if not follow:
            self._count(events)
            return News(grown=False, missed=False)
        missed = len(events) >= PAGE
        if missed or self.waiting:
            self.start()
            return News(grown=True, missed=missed)
        new = self._tell(events, self.everything)
        self._newest = int(events[-1]["seq"])
        self.lines = [*reversed(new), *self.lines]
        if len(self.lines) > KEPT:
            del self.lines[KEPT // 2 :]
            self._oldest, self.more = self.lines[-1].seq, True
        return News(bool(new), missed=False)

    def _count(self, events: Sequence[Json]) -> None:
        self.overflow = self.overflow or len(events) >= PAGE
        self.waiting += len(self._tell(events, self.everything))
        self._newest = int(events[-1]["seq"])

    def _caught_up(self) -> bool:
        if not self.waiting:
            return False
        self.start()
        return True

    def word(self, *, follow: bool) -> str:
        """`following`, or `following paused, 12 new`."""
        if follow:
            return "following"
        if not self.waiting:
            return "following paused"
        return f"following paused, {self.waiting}{'+' if self.overflow else ''} new"
