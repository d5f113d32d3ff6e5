"""What a worker received, or would receive now: the package of each attempt, and why each thing is in it or out."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.timer import Timer

from cockpit.screens.base import Dirty, Key
from cockpit.screens.context.ahead import Ahead
from cockpit.screens.context.layout import ContextLayout, Sight
from cockpit.screens.context.package import Package
from cockpit.screens.context.paint import Head
from cockpit.screens.context.store import Stop, Store, at, before, first, stops
from cockpit.screens.words import safe
from engine.errors import CockpitError
from engine.views.models import TaskRow

AGAIN_S = 2.0
"""The least time between two looks at what the next attempt would receive, and between two at the account."""
SOON_S = 0.05


class ContextPane(ContextLayout):
    """The packages of a mission, at an attempt of `task` first."""

    BINDING_GROUP_TITLE = "context"
    FOOT = (
        Key("context.pane", "tab", "pane"),
        Key("list.next", "j k", "item"),
        Key("context.before", "[ ]", "attempt"),
        Key("context.diff", "d", "diff"),
        Key("context.search", "/", "search"),
        Key("context.copy", "y", "copy"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "walk(-1)", "before", show=False, id="context.before", tooltip="attempt before"),
        Binding("right_square_bracket", "walk(1)", "after", show=False, id="context.after", tooltip="next attempt"),
        Binding("d", "diff", "diff", show=False, id="context.diff", tooltip="what changed since the attempt before"),
        Binding("escape", "end_diff", "text", show=False, id="context.end-diff", tooltip="end the search or the diff"),
    ]

    def __init__(self, slug: str, task: str | None = None) -> None:
        super().__init__()
        self._slug = slug
        self._store = Store(slug)
        self._stops: list[Stop] = []
        self._stop: Stop | None = None
        self._subject = task or ""
        self._coming: Ahead | None = None
        self._again: Timer | None = None
        self._reading: Timer | None = None
        self._compared: tuple[str, tuple[str, ...]] | None = None
        """With which attempt, and how it differs."""

    # -- what is known

    @property
    def _tasks(self) -> dict[str, TaskRow]:
        return self.cockpit.client.views.tasks.get(self._slug, {})

    @property
    def _ahead(self) -> Ahead:
        """What next attempts would receive."""
        if self._coming is None:
            self._coming = Ahead(self.cockpit.home, self._slug)
        return self._coming

    @property
    def stop(self) -> Stop | None:
        """The attempt that is shown; its `attempt` is empty for the next one."""
        return self._stop

    @property
    def package(self) -> Package | None:
        """The package that is shown; None while it is not there."""
        stop = self._stop
        if stop is None:
            return None
        if not stop.attempt:
            return self._ahead.package(stop.task)
        return self._past(stop)

    def _past(self, stop: Stop) -> Package | None:
        read: list[Package | None] = []
        self._read(lambda: read.append(self._store.read(self.cockpit.client, stop)))
        return read[0] if read else None

    def _read(self, work: Callable[[], object]) -> None:
        """Read from the ledger; what stands in the way is said, what was read before stays."""
        try:
            work()
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")

    # -- being told

    def show(self, dirty: Dirty | None) -> None:
        """Take in new attempts, and look again at what the next one would receive."""
        if dirty is not None and not any(name.partition("/")[0] == self._slug for _kind, name in dirty):
            return
        if dirty is None or any(kind in {"task", "card"} for kind, _name in dirty):
            self._read(lambda: self._store.refresh(self.cockpit.client))
            self._follow()
        if self._reading is None:
            self._reading = self.set_timer(AGAIN_S if self._store.charges else SOON_S, self._account)

    def _account(self) -> None:
        """What earlier attempts read and wrote, once the screen stands."""
        self._reading = None
        if self.is_attached and self.display:
            self._read(lambda: self._store.account(self.cockpit.client))
            self._fill()

    def _follow(self) -> None:
        """Stay where one is: at the same attempt, or at the next one of the same task."""
        self._stops = stops(self._store.compiled, self._tasks)
        old = self._stop
        if old is None:
            self._go(first(self._subject, self._stops, self._tasks))
            return
        same = [stop for stop in self._stops if (stop.task, stop.attempt) == (old.task, old.attempt)]
        of_task = [stop for stop in self._stops if stop.task == old.task]
        found = same or of_task or self._stops
        now = found[-1] if found else None
        if now is not None and now == old:
            self._look_again()
            self._fill()
        else:
            self._go(now)

    def point(self, subject: str) -> None:
        """Go to an attempt or a task."""
        self._subject = subject
        if (found := at(subject, self._stops, self._tasks)) is not None:
            self._go(found)

    def _go(self, stop: Stop | None) -> None:
        moved = stop is None or self._stop is None or (stop.task, stop.attempt) != (self._stop.task, self._stop.attempt)
        self._stop = stop
        if moved:
            self._compared = None
        if stop is not None and not stop.attempt:
            self._look_again()
        self._fill()

    # -- what the next attempt would receive

    def _look_again(self) -> None:
        """Ask a process of its own, unless nothing happened in the mission since the last time."""
        stop = self._stop
        if stop is None or stop.attempt or self._ahead.asking or self._again is not None:
            return
        known = self._ahead.height(stop.task)
        if known is None:
            self._ask()
        elif known != self._height():
            self._again = self.set_timer(AGAIN_S, self._ask)

    def _height(self) -> int:
        found = [0]
        self._read(lambda: found.append(self._store.head(self.cockpit.client)))
        return found[-1]

    def _ask(self) -> None:
        self._again = None
        stop = self._stop
        idle = not self._ahead.asking and self.is_attached and self.display
        if stop is not None and not stop.attempt and idle:
            self.run_worker(self._asked(stop.task, self._height()), group="context-next", exit_on_error=False)

    async def _asked(self, task: str, height: int) -> None:
        await self._ahead.ask(task, height)
        if self.is_attached:
            self._fill()
            self._look_again()

    async def on_unmount(self) -> None:
        """No process outlives the screen."""
        if self._coming is not None:
            await self._coming.end()

    # -- what is shown

    def _fill(self) -> None:
        stop, store = self._stop, self._store
        if stop is None:
            self.put(Sight())
            return
        said, trouble = self._said(stop)
        branches = self.cockpit.client.views.branches.get(self._slug, {}).values()
        about = Head(
            stop,
            self._tasks.get(stop.task),
            self.package,
            store.carried(stop),
            store.paid(stop),
            said,
            trouble,
        )
        since, changes = self._compared or ("", None)
        self.put(Sight(about, store.names, {row.id.rpartition("/")[2]: row.key for row in branches}, since, changes))

    def _said(self, stop: Stop) -> tuple[str, bool]:
        """What the text is, or why there is none; and whether that is trouble."""
        if stop.attempt:
            package = self.package
            gone = package is None or package.text is None
            return ("its text was erased", False) if gone else ("byte for byte what the worker got", False)
        found = self._ahead.package(stop.task)
        if found is None:
            trouble = self._ahead.trouble(stop.task)
            return (safe(trouble), True) if trouble else ("compiling what it would get now", False)
        if found.infeasible:
            return f"does not fit: {safe(found.infeasible)}", True
        if self._ahead.height(stop.task) != self._height():
            return "as it was a moment ago; the mission has moved on", False
        row = self._tasks.get(stop.task)
        if row is not None and row.kind not in {"", "work"}:
            return "what it is asked about is added when it starts", False
        return "byte for byte what the worker will get", False

    def tick(self) -> None:
        """Nothing here holds the time; whether the mission has moved on is asked."""
        self._look_again()

    # -- what keys do

    def action_walk(self, by: int) -> None:
        """The attempt before, or the one after."""
        if self._stop in self._stops:
            place = self._stops.index(self._stop) + by
            if 0 <= place < len(self._stops):
                self._go(self._stops[place])
            else:
                self.cockpit.say("this is the first" if by < 0 else "this is the last")

    def action_diff(self) -> None:
        """What changed since the attempt before; again: the text."""
        from cockpit.cli.context_diff import differences

        if self._compared is not None:
            self._compared = None
            self._fill()
            return
        stop, package = self._stop, self.package
        other = before(stop, self._stops, self._tasks) if stop else None
        old = self._past(other) if other else None
        if package is None or old is None or package.text is None or old.text is None:
            self.cockpit.say("there is no earlier package to compare it with")
            return
        one, this = (each.told for each in (old, package))
        self._compared = (old.short, tuple(differences(one, this)))
        self._fill()
        self.turn_to("text")

    def action_end_diff(self) -> None:
        """End the search, then the diff; without either, this is somebody else's key."""
        if self.prompt.display:
            self.action_end_search()
        elif self._compared is not None:
            self.action_diff()
        else:
            raise SkipAction
