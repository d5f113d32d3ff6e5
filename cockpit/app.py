"""The cockpit: a Textual application over the view rows of one ledger. It reads, and puts commands into the inbox.

It follows the ledger by polling a number that changes with every commit; what changed is pulled at most ten times a
second and told to the screen on top. Idle, it does nothing.
"""

from __future__ import annotations

import asyncio
import gc
import locale
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual.app import App, ScreenStackError
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.timer import Timer

from cockpit.cli.authority import Author
from cockpit.cli.inbox import Order
from cockpit.client import Client, hourly, midnight, spent_since, totals
from cockpit.colours import THEMES, chosen, registered, variables
from cockpit.compat import ParsedOnce, QuietCrash, TerminalGuard, styled, terminal_is_there, with_guard
from cockpit.preferences import Preferences
from cockpit.pulse import Pulse
from cockpit.screens.base import Dirty, View
from cockpit.screens.words import safe
from engine.errors import CockpitError
from engine.home import Home
from themes.load import BUILT_IN, load
from widgets.palette import Palette

LOOK_S = 0.05
"""How often the ledger is asked whether anything changed."""
LEAVE_S = 0.02
"""The first picture is on its way to the terminal for so long: what is read meanwhile would hold it up."""
LEASE_S = 2
"""Seconds after which it is seen that an engine died."""
RATE_S = 0.1
"""The least time between two pulls."""
ACCOUNT_S = 5.0
"""How long after a charge the shape of the day is drawn anew."""
CHARGES = 500
"""The account of the last hours looks at no more charges than this."""
Json = dict[str, Any]


def wall_ms() -> int:
    """Now, in milliseconds UTC."""
    return time.time_ns() // 1_000_000


class CockpitApp(QuietCrash):
    """The application. `clock` tells wall time; `author` is who decides here; `start` starts an engine in its own
    process, or is None where that is not wanted.
    """

    CSS_PATH = "../themes/app.tcss"
    TITLE = "cockpit"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                str(n),
                f"mission({n})",
                "mission",
                show=False,
                id=f"app.mission-{n}",
                tooltip="a mission, by its number",
            )
            for n in range(1, 10)
        ),
        Binding("0", "bridge", "bridge", show=False, id="app.bridge", tooltip="all missions side by side"),
        Binding("n", "next_item", "next for you", show=False, id="app.next", tooltip="the next item that needs you"),
        Binding("N", "new_mission", "new mission", show=False, id="app.new", tooltip="a new mission, step by step"),
        Binding("s", "spend", "spend", show=False, id="app.spend", tooltip="what all missions spend, live"),
        Binding(
            "ctrl+p", "command_palette", "commands", show=False, id="app.commands", tooltip="every command, by its name"
        ),
        Binding("question_mark", "help", "help", show=False, id="app.help", tooltip="what works here"),
        Binding("ctrl+z", "suspend_process", show=False, id="app.aside", tooltip="put aside; fg brings it back"),
        Binding(
            "ctrl+q", "quit", "quit", show=False, priority=True, id="app.quit", tooltip="close; missions go on"
        ),  # also over a dialog
        Binding("q", "quit", "quit", show=False, id="app.close", tooltip="close; missions go on"),
    ]

    def __init__(
        self,
        home: Home,
        author: Author,
        *,
        clock: Callable[[], int] = wall_ms,
        preferences: Preferences | None = None,
        start: Callable[[], None] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        environ = os.environ if environ is None else environ
        self.preferences = preferences or Preferences()
        theme, self._complaint = chosen(self.preferences.theme, home)
        self._plain = bool(environ.get("NO_COLOR"))
        self._ascii = environ.get("COCKPIT_ASCII", "") not in {"", "0"} or not _utf8(environ)
        self.palette = Palette(theme, plain=self._plain, ascii_only=self._ascii)
        self._guard = TerminalGuard()
        super().__init__(ansi_color=True if self._plain or theme.ansi else None)
        for each in (*(load(name) for name in BUILT_IN), theme):
            self.register_theme(registered(each))
        # Not through the attribute: that would parse the style sheet a second time before the first picture.
        self.set_reactive(App.theme, f"cockpit-{theme.name}")
        self.stylesheet = ParsedOnce(variables=self.get_css_variables())
        self.home, self.author, self.clock = home, author, clock
        self.client = Client(home, clock=clock)
        self._pulse = Pulse(LOOK_S, self._look, self._handle_exception)
        self._start = start
        self._pulled_at = 0.0
        self._arming: Timer | None = None
        self._accounting: Timer | None = None
        self._minute = 0
        self._beats = 0
        self.trouble = ""
        """Why nothing can be read now; empty mostly."""
        self.spent_today = 0
        self.spent_hours: tuple[int, ...] = ()
        """What all missions spent in each of the last eight hours, the running one last."""
        self.keymap: dict[str, str] = dict(self.preferences.keys)

    # -- life

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and the guard behind them."""
        return with_guard(super().get_line_filters(), self._guard)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Every semantic name, so that the style sheet parses with any theme."""
        return variables(load("dark"))

    def delay_update(self, delay: float = 0.0) -> None:
        """Nothing is held back when another screen comes to the front: ours are whole with their first picture."""

    def on_mount(self) -> None:
        """Read what a first picture needs, and show the bridge."""
        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):  # the terminal is to be left as it was
                asyncio.get_running_loop().add_signal_handler(number, self.exit, None, 128 + number)
        if self.keymap:
            self.set_keymap(self.keymap)
        try:
            self.client.glance()
        except CockpitError as error:
            self._cannot_read(error)
        self.add_mode("bridge", self._bridge)
        self.switch_mode("bridge")

    def on_ready(self) -> None:
        """The first picture that counts: what was drawn while the application was made ready never left it."""
        self.screen.refresh()
        self.call_after_refresh(self.set_timer, LEAVE_S, self._begun)

    def _bridge(self) -> View:
        from cockpit.screens.bridge.screen import BridgeScreen

        return styled(BridgeScreen(), self)

    def _begun(self) -> None:
        """The first picture is there: read the rest, then follow."""
        if not self.is_headless:
            gc.freeze()  # what was loaded stays: it is not gone through again each time
            gc.enable()
        self._take_in()
        self._pulse.start()
        self.set_interval(1.0, self._tick)
        self.set_timer(0.5, self._account)
        for complaint in filter(None, (self.preferences.trouble, self._complaint)):
            self.say(complaint, severity="warning")
        if self._start is not None and not self.client.views.engine.alive:
            self.run_worker(self._start_engine(self._start), group="engine", exit_on_error=False)

    async def _start_engine(self, start: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(start)
        except CockpitError as error:
            self.say(str(error), severity="error")

    def on_unmount(self) -> None:
        """Close the reading connection."""
        self._pulse.stop()
        self.client.close()

    def own_themes(self) -> list[str]:
        """The names of the user's own themes."""
        return sorted(path.stem for path in (self.home.config.parent / THEMES).glob("*.toml"))

    def choose_theme(self, name: str) -> None:
        """Other colours, at once; a theme that cannot be used changes nothing and says why."""
        wanted, complaint = chosen(name, self.home)
        if complaint:
            self.say(complaint, severity="warning")
            return
        # The palette first: what Textual draws anew because the theme has changed is drawn with it.
        self.palette = Palette(wanted, plain=self._plain, ascii_only=self._ascii)
        self.register_theme(registered(wanted))
        self.ansi_color = True if self._plain or wanted.ansi else None
        self.theme = f"cockpit-{name}"

    # -- following

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
        if self._accounting is None and any(kind == "spend" for kind, _name in dirty):
            self._accounting = self.set_timer(ACCOUNT_S, self._account)
        if dirty and (top := self._top) is not None:
            top.show(dirty)

    def _account(self) -> None:
        """Today's spend and that of the last hours, by wall time; seldom, as it is a glance at the shape of a day."""
        self._accounting = None
        now = self.now
        start = min(midnight(now), now - 8 * 3_600_000)
        try:
            charges = self.client.charges(None, limit=CHARGES, since=start)
        except CockpitError as error:
            self._cannot_read(error)
            return
        self.spent_today, self.spent_hours = spent_since(charges, midnight(now)), hourly(charges, now)
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
        if not self.is_headless and not terminal_is_there():  # not every terminal that goes sends a signal
            self.exit(None, 128 + signal.SIGHUP)
            return
        self._beats += 1
        if self._beats % LEASE_S == 0:  # that an engine died changes no file
            self._take_in()
        minute = self.clock() // 60_000
        top = self._top
        if top is not None and (minute != self._minute or top.wants_seconds):
            if (
                self._accounting is None and minute != self._minute and minute % 15 == 0
            ):  # an hour or a day may have ended
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

    # -- going places

    def open_mission(self, slug: str, tab: str = "", subject: str = "") -> None:
        """Show a mission; each has a mode of its own, so that it is found as it was left. `tab` and `subject` (an id)
        go to a place in it; from a screen that stands on another one, it is laid on top and `go_back` uncovers it.
        """
        from cockpit.screens.mission.screen import MissionScreen

        if slug not in self.client.views.cards:
            return
        self._leave()
        if tab and len(self.screen_stack) > 1:  # looked up from another screen: the way back leads there
            top = self.screen
            if isinstance(top, MissionScreen) and top.slug == slug and top.is_mounted:
                top.open_tab(tab, subject)
            else:
                self.push_screen(MissionScreen(slug, tab, subject))
            return
        mode = f"mission-{slug}"
        if mode not in self._modes:
            self.add_mode(mode, lambda: styled(MissionScreen(slug, tab or "board", subject), self))
        self.switch_mode(mode)
        screen = self.screen_stack[0]
        if tab and isinstance(screen, MissionScreen) and screen.is_mounted:
            screen.open_tab(tab, subject)

    def open_item(self, item: str | None = None) -> None:
        """Show the queue, at an item or at the first."""
        from cockpit.screens.attention.screen import AttentionScreen

        self._leave()
        if not isinstance(self.screen, AttentionScreen):
            self.push_screen(AttentionScreen(item))

    def _leave(self) -> None:
        """What one only looked into on the way is not come back to."""
        while len(self.screen_stack) > 1 and isinstance(self.screen, View) and self.screen.passing:
            self.pop_screen()

    def go_back(self) -> None:
        """The screen below this one, and at last the bridge."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            self.switch_mode("bridge")

    def action_mission(self, number: int) -> None:
        """Show the n-th mission."""
        cards = list(self.client.views.cards)
        if number <= len(cards) and isinstance(self.screen, View):
            self.open_mission(cards[number - 1])

    def action_bridge(self) -> None:
        """All missions side by side."""
        if isinstance(self.screen, View):
            while len(self.screen_stack) > 1:
                self.pop_screen()
            self.switch_mode("bridge")

    def action_next_item(self) -> None:
        """The next item that needs a human."""
        if not self.client.views.attention:
            self.say("nothing needs you")
        elif isinstance(self.screen, View):
            self.open_item()

    @property
    def starts_engines(self) -> bool:
        """Whether a command may start an engine."""
        return self._start is not None

    def action_new_mission(self) -> None:
        """From a template or a file."""
        from cockpit.screens.new.screen import NewMission

        if isinstance(self.screen, View):
            self.push_screen(NewMission())

    def action_spend(self) -> None:
        """What all missions spend."""
        from cockpit.screens.spend.screen import SpendScreen

        self._leave()
        if isinstance(self.screen, View) and not isinstance(self.screen, SpendScreen):
            self.push_screen(SpendScreen(None))

    def action_command_palette(self) -> None:
        """Every command, by its name."""
        from cockpit.screens.palette import CommandScreen

        if isinstance(self.screen, View):
            self.push_screen(CommandScreen())

    def action_help(self) -> None:
        """What works here."""
        from cockpit.screens.help import HelpScreen

        if isinstance(self.screen, View):
            self.push_screen(HelpScreen(self.screen))

    # -- acting

    async def give(self, order: Order) -> Json:
        """Put a command into the inbox and wait for the engine's answer. Raises `CockpitError` with its reason."""
        from cockpit.cli.inbox import submit

        return await asyncio.to_thread(submit, self.home, order, self.author, start_engine=self._start is not None)


def _utf8(environ: Mapping[str, str]) -> bool:
    """Whether this terminal's locale can show more than ASCII."""
    kind, language = environ.get("LC_CTYPE", ""), environ.get("LANG", "")
    if kind in {"C.UTF-8", "C.utf8", "UTF-8"} and language in {"C", "POSIX"}:
        kind = ""  # Python itself has set it, in place of the language that was asked for
    said = environ.get("LC_ALL") or kind or language or locale.getpreferredencoding(do_setlocale=False)
    return "utf" in said.lower() or environ.get("PYTHONUTF8") == "1"
