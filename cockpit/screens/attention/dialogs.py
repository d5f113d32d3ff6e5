"""The questions before a decision: the code, a text, and a page to read. Modal, and none of them answers to a paste."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key as KeyEvent
from textual.events import Paste
from textual.screen import ModalScreen

from cockpit.screens.attention.arming import DRAWN_S, QUIET_S
from cockpit.screens.attention.asking import Asking, Clock
from cockpit.screens.base import keys_line
from cockpit.screens.words import safe
from widgets.ink import BLANK, Line, Run, fit, wrap
from widgets.panel import Panel

TYPED_S = 0.06
"""Nobody types four characters in less: that was a paste."""


class CodeDialog(ModalScreen[str | None]):
    """Asks for the code, and gives it back or None. Stands on cancel; deaf for its first half second."""

    CSS = "CodeDialog #code { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False, id="code.cancel", tooltip="approve nothing"),
    ]

    def __init__(
        self,
        asks: str,
        about: Sequence[str],
        code: str,
        clock: Clock,
        typed: Callable[[], None],
        *,
        nothing: str = "nothing is approved",
    ) -> None:
        super().__init__()
        self._nothing = nothing
        self._asks, self._about, self._code = asks, tuple(about), code
        self._clock, self._report = clock, typed
        self._opened: float | None = None
        self._last = float("-inf")
        self._keys: list[tuple[str, float]] = []
        self._said = ""
        self._wrong = False
        """A wrong code was just typed."""
        self._given = False

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical(classes="dialog"):
            yield Panel(self._paint, id="code")

    def on_mount(self) -> None:
        """What was typed before it was drawn is not for it."""
        self.on_resize()
        self.call_after_refresh(self._drawn)

    def on_resize(self) -> None:
        """As high as its sentences need."""
        columns, rows = self.app.size
        asks, about = self._sentences(min(64, max(columns - 8, 8)))
        self.query_one("#code", Panel).styles.height = min(len(asks) + len(about) + 7, max(rows * 9 // 10 - 4, 5))

    def _drawn(self) -> None:
        self._opened = self._last = self._clock()

    def _sentences(self, columns: int) -> tuple[list[Line], list[Line]]:
        """What is asked, and what is to be known of it, whole."""
        asks: list[Line] = [(Run(part, "bright", bold=True),) for part in wrap(safe(self._asks), max(columns, 8))[:4]]
        about = [part for text in self._about for part in wrap(safe(text), max(columns, 8))[:4]]
        return asks, [(Run(part, "muted"),) for part in about]

    def _paint(self, columns: int, rows: int) -> list[Line]:
        asks, about = self._sentences(columns)
        typed = "".join(char for char, _at in self._keys)
        shown = [Run("type ", "text"), Run(self._code, "bright", bold=True), Run("   ", "text")]
        shown += [Run(f"{char} ", "bright" if char != "_" else "muted", bold=True) for char in f"{typed:_<4}"]
        stands: Line = (Run("▌ ", "accent"), Run("cancel", "bright", bold=True), Run(f", {self._nothing}", "muted"))
        keys = keys_line((("⏎ esc", "cancel"),), columns)
        air = [BLANK] if rows >= len(asks) + len(about) + 7 else []  # where it is low, words come before air
        below: list[Line] = [*air, tuple(shown), (Run(self._said, "text"),), *air, stands, *air, keys]
        above = [*asks[: max(rows - len(below) - len(about), 1)], *about][: max(rows - len(below), 1)]
        return [fit(line, columns) for line in (*above, *below)]

    def on_key(self, event: KeyEvent) -> None:
        """Four characters, typed one by one."""
        now = self._clock()
        quiet, self._last = now - self._last, now
        self._report()
        if self._given or self._opened is None or now - self._opened < DRAWN_S:
            return
        if event.key == "enter":
            self._entered(quiet)
            return
        char = (event.character or "").lower()
        if event.key == "backspace":
            self._keys = self._keys[:-1]
        elif len(char) == 1 and char.isprintable():
            self._said, self._wrong = "", False
            self._keys = [*self._keys, (char, now)][:4]
        if len(self._keys) == len(self._code):
            self._complete()
        self.query_one(Panel).redraw()

    def _entered(self, quiet: float) -> None:
        """Enter stands on cancel; right after a wrong code it is no answer to what it says, and only says it again."""
        if self._wrong:
            self._said, self._wrong = f"not the code; type {self._code}, or press ⏎ again to cancel", False
        elif quiet >= QUIET_S:
            self.dismiss(None)
            return
        elif not self._said:
            self._said = "that came too fast; ⏎ cancels"
        self.query_one(Panel).redraw()

    def _complete(self) -> None:
        typed, took = "".join(char for char, _at in self._keys), self._keys[-1][1] - self._keys[0][1]
        if took < TYPED_S:
            self._said = "that was no typing; type it by hand"
        elif typed != self._code:
            self._said, self._wrong = f"not the code; type {self._code}", True
        else:
            self._given = True
            self.set_timer(QUIET_S, self._give)
            return
        self._keys = []

    def _give(self) -> None:
        """A key after the last character was not meant for this: the code is typed anew."""
        if self._clock() - self._last < QUIET_S:
            if self._last > self._keys[-1][1]:
                self._given, self._keys, self._said = False, [], "keys came too fast; type it anew"
                self.query_one(Panel).redraw()
            else:
                self.set_timer(QUIET_S / 5, self._give)
            return
        self.dismiss(self._code)

    def on_paste(self, event: Paste) -> None:
        """A paste is never a decision."""
        event.stop()
        self._said, self._keys = "paste is not taken here; type it by hand", []
        self.query_one(Panel).redraw()

    def action_cancel(self) -> None:
        """Nothing is approved."""
        if not self._given:
            self.dismiss(None)


class TextDialog(Asking[str | None]):
    """Asks for a text, and gives it back or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False, id="text.cancel", tooltip="leave it as it is"),
    ]

    def __init__(
        self,
        asks: str,
        about: Sequence[str],
        does: str,
        clock: Clock,
        typed: Callable[[], None],
        *,
        required: bool = True,
    ) -> None:
        super().__init__(asks, clock, typed)
        self._about, self._does, self._required = tuple(about), does, required

    def question(self, columns: int) -> list[Line]:
        """The question, and what it is about."""
        lines: list[Line] = [(Run(part, "bright", bold=True),) for part in wrap(safe(self._asks), columns)[:4]]
        for text in self._about:
            lines += [(Run(part, "muted"),) for part in wrap(safe(text), columns)[:4]]
        return [*lines, BLANK]

    def keys(self, columns: int) -> Line:
        """What its keys do."""
        return keys_line((("⏎", self._does), ("esc", "cancel")), columns)

    def take(self, text: str) -> None:
        """Give it back."""
        if self._required and not text:
            self.tell("it needs a text")
        else:
            self.dismiss(text)

    def action_cancel(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)


class PageDialog(ModalScreen[None]):
    """A few lines to read; any of its keys closes it."""

    CSS = "PageDialog #page { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,w,q", "close", "close", show=False, id="page.close", tooltip="back"),
    ]

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self._title, self._lines = title, tuple(lines)

    def compose(self) -> ComposeResult:
        """The lines."""
        with Vertical(classes="dialog"):
            yield Panel(self._paint, id="page")

    def on_mount(self) -> None:
        """As high as it needs to be."""
        self.query_one("#page", Panel).styles.height = min(len(self._lines) + 4, max(self.app.size.height - 6, 3))

    def _paint(self, columns: int, rows: int) -> list[Line]:
        keys = keys_line((("esc", "back"),), columns)
        shown = [fit(line, columns) for line in self._lines[: max(rows - 4, 1)]]
        return [fit((Run(safe(self._title), "bright", bold=True),), columns), BLANK, *shown, BLANK, keys]

    def action_close(self) -> None:
        """Back to the item."""
        self.dismiss(None)
