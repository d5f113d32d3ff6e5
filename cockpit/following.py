"""An application that follows one ledger: it asks twenty times a second whether anybody committed anything, pulls what
changed at most ten times a second, tells the screen on top, and keeps an engine going. Idle, it does nothing.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable

from textual.app import ScreenStackError
from textual.timer import Timer

from cockpit.client import Client, totals
from cockpit.client.client import BUSY_MS
from cockpit.client.day import spent
from cockpit.compat import QuietCrash, terminal_is_there
from cockpit.keeper import Keeper
from cockpit.pulse import Pulse
from cockpit.screens.base import Dirty, View
from cockpit.screens.words import safe
from engine.errors import CockpitError
from engine.home import Home

LOOK_S = 0.05
"""How often the ledger is asked whether anything changed."""
LEASE_S = 2
"""Seconds after which it is seen that an engine died."""
RATE_S = 0.1
"""The least time between two pulls."""
QUARTER = 15
"""Minutes after which what was spent today is counted anew, though nothing was charged: a day may have ended."""


class Following(QuietCrash):
    """Follows the ledger of `home`. `clock` tells wall time; `start` starts an engine in its own process, or is None
    where that is not wanted.
    """

    def __init__(
        self, home: Home, clock: Callable[[], int], start: Callable[[], None] | None, *, ansi_color: bool | None
    ) -> None:
        super().__init__(ansi_color=ansi_color)
        self.home, self.clock = home, clock
        self.client = Client(home, clock=clock)
        self._pulse = Pulse(LOOK_S, self._look, self._handle_exception)
        self._keeper = Keeper()
        self._start = start
        self._pulled_at = 0.0
        self._arming: Timer | None = None
        self._charged = False
        """Whether anything was charged since the shape of the day was counted."""
        self._minute = 0
        self._beats = 0
        self.trouble = ""
        """Why nothing can be read now; empty mostly."""
        self.spent_today = 0
        self.spent_hours: tuple[int, ...] = ()
        """What all missions spent in each of the last eight hours, the running one last."""

    def follow(self) -> None:
        """Read what there is, and go on doing so; start an engine where none lives."""
        self._take_in()
        self._pulse.start()
        self.set_interval(1.0, self._tick)
        self.set_timer(0.5, self._account)
        if self._start is not None and not self.client.views.engine.alive:
            self._keeper.due(self.client.views.engine, time.monotonic())  # this start counts
            self.start_engine()

    def start_engine(self) -> None:
        """Start one in its own process; what hinders it is said."""
        if self._start is not None:
            self.run_worker(self._starting(self._start), group="engine", exit_on_error=False)

    async def _starting(self, start: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(start)
        except CockpitError as error:
            self.say(str(error), severity="error")

    @property
    def starts_engines(self) -> bool:
        """Whether a command may start an engine."""
        return self._start is not None

    def on_unmount(self) -> None:
        """Close the reading connection."""
        self._pulse.stop()
        self.client.close()

    def _look(self) -> None:
        """Whether anybody committed anything; if so, pull soon, and not more often than `RATE_S`."""
        if self._arming is not None:
            return
        try:
            changed = self.client.changed()
        except CockpitError as error:
            self._cannot_read(error)
            return
        if changed:
            wait = self._pulled_at + RATE_S - time.monotonic()
            if wait <= 0:
                self._take_in()
            else:
                self._arming = self.set_timer(wait, self._take_in)

    def _take_in(self) -> None:
        self._arming = None
        before = totals(self.client.views).spent
        dirty = self._pull()
        if (more := totals(self.client.views).spent - before) and self.spent_hours:
            self.spent_today += more  # until it is counted anew: what was spent and what was spent today go together
            self.spent_hours = (*self.spent_hours[:-1], self.spent_hours[-1] + more)
            self._charged = True
        if dirty and (top := self._top) is not None:
            top.show(dirty)

    def _account(self) -> None:
        """Today's spend and that of the last hours, counted anew."""
        self._charged = False
        self.run_worker(self._counting(), group="account", exclusive=True, exit_on_error=False)

    async def _counting(self) -> None:
        try:
            day = await asyncio.to_thread(spent, self.home.ledger, self.now, busy_ms=BUSY_MS)
        except CockpitError as error:
            self._cannot_read(error)
            return
        self.spent_today, self.spent_hours = day
        if (top := self._top) is not None:
            top.redraw("fact")

    def _pull(self) -> Dirty:
        self._pulled_at = time.monotonic()
        try:
            dirty = self.client.pull()
        except CockpitError as error:
            self._cannot_read(error)
            return frozenset()
        if self.trouble:
            self.trouble = ""
            return dirty | {("engine", "")}
        return dirty

    def _cannot_read(self, error: CockpitError) -> None:
        if str(error) != self.trouble:
            self.trouble = str(error)
            self.say(self.trouble, severity="error")

    def _tick(self) -> None:
        """Once a second."""
        if not self.is_headless and not terminal_is_there():  # not every terminal that goes sends a signal
            self.exit(None, 128 + signal.SIGHUP)
            return
        self._beats += 1
        if self._beats % LEASE_S == 0:  # that an engine died changes no file
            self._take_in()
            if self._start is not None and self._keeper.due(self.client.views.engine, time.monotonic()):
                self.say("the engine had ended without a word; it is started again", severity="warning")
                self.start_engine()
        minute = self.clock() // 60_000
        top = self._top
        if top is not None and (minute != self._minute or top.wants_seconds):
            if minute != self._minute and (self._charged or minute % QUARTER == 0):
                self._account()
            self._minute = minute
            top.tick()

    @property
    def _top(self) -> View | None:
        """The screen on top, if it is one of ours and there is something on it; none while the application ends."""
        if not self.is_running:  # its widgets are being taken away, the innermost first
            return None
        try:
            screen = self.screen
        except ScreenStackError:
            return None
        return screen if isinstance(screen, View) and screen.is_mounted else None

    @property
    def now(self) -> int:
        """Wall time in milliseconds."""
        return self.clock()

    def say(self, text: str, *, severity: str = "information") -> None:
        """A toast. Whatever stands in it is made harmless."""
        self.notify(safe(text), severity=severity, timeout=6, markup=False)  # type: ignore[arg-type]
