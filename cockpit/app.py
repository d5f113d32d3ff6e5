"""The cockpit: a Textual application over the view rows of one ledger. It reads, and puts commands into the inbox.

How it looks, and where one goes in it; that it follows its ledger is in `following`.
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

from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter

from cockpit.cli.authority import Author
from cockpit.cli.inbox import Order
from cockpit.colours import THEMES, chosen, registered, variables
from cockpit.compat import ParsedOnce, TerminalGuard, styled, with_guard
from cockpit.following import Following
from cockpit.preferences import Preferences
from cockpit.screens.base import View
from engine.errors import CockpitError
from engine.home import Home
from themes.load import BUILT_IN, load
from widgets.palette import Palette

LEAVE_S = 0.02
"""The first picture is on its way to the terminal for so long: what is read meanwhile would hold it up."""
Json = dict[str, Any]


def wall_ms() -> int:
    """Now, in milliseconds UTC."""
    return time.time_ns() // 1_000_000


class CockpitApp(Following):
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
        super().__init__(home, clock, start, ansi_color=True if self._plain or theme.ansi else None)
        for each in (*(load(name) for name in BUILT_IN), theme):
            self.register_theme(registered(each))
        # Not through the attribute: that would parse the style sheet a second time before the first picture.
        self.set_reactive(App.theme, f"cockpit-{theme.name}")
        self.stylesheet = ParsedOnce(variables=self.get_css_variables())
        self.author = author
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
        self.follow()
        for complaint in filter(None, (self.preferences.trouble, self._complaint)):
            self.say(complaint, severity="warning")

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
