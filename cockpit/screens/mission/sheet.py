"""A sheet: a full box over the screen that shows more of one thing than fits beside the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from cockpit.screens.base import keys_line
from widgets.ink import Line, Run, fit, spread
from widgets.listing import EDGE, Entry, Listing, Shown
from widgets.panel import Panel

Text = Callable[[int], Sequence[Line]]
"""From a width to lines."""
LINES = 20_000
"""Lines that a sheet shows at most."""


class Lines(Listing):
    """A text to scroll through: the keys of a list, without a selection."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(lambda entry, _shown: [entry.body], id=id, marked=False)

    def put(self, lines: Sequence[Line]) -> None:
        """Show these lines."""
        self.fill([Entry(str(row), line, selectable=False) for row, line in enumerate(lines[:LINES])])

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """What lies below is another number of lines."""
        super().watch_scroll_y(old_value, new_value)
        if isinstance(self.screen, Sheet):
            self.screen.below()

    def action_move(self, by: int) -> None:
        """A line on or back."""
        self.scroll_relative(y=by, animate=False, force=True, immediate=True)

    def action_page(self, by: int) -> None:
        """A page on or back."""
        self.scroll_relative(y=by * max(self.size.height - 1, 1), animate=False, force=True, immediate=True)

    def action_edge(self, side: int) -> None:
        """To the beginning or the end."""
        self.scroll_to(y=0 if side < 0 else self.max_scroll_y, animate=False, force=True, immediate=True)


class Sheet(ModalScreen[None]):
    """Shows `title` and what `text` makes of a width. `say` replaces the text later."""

    DEFAULT_CSS = """
    Sheet > Vertical { width: 92; max-width: 96%; height: auto; max-height: 88%; background: $bg; border: solid $accent;
        padding: 0 1; }
    Sheet #sheet-title { height: 2; }
    Sheet #sheet-lines { height: auto; max-height: 100%; }
    Sheet #sheet-keys { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "close", show=False, id="sheet.close", tooltip="back to the list"),
    ]

    KEYS: ClassVar[Sequence[tuple[str, str]]] = (("j k", "line"), ("^d ^u", "page"), ("esc", "close"))

    def __init__(self, title: Line, text: Text) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """Title, lines, keys."""
        with Vertical():
            yield Panel(lambda columns, _rows: [fit(self._title, columns)], id="sheet-title")
            yield Lines(id="sheet-lines")
            yield Panel(self._keys, id="sheet-keys")

    def _keys(self, columns: int, rows: int) -> list[Line]:
        """The keys, and how much lies below the last line."""
        lines = self.query_one(Lines)
        below = round(lines.max_scroll_y - lines.scroll_y)
        more: Line = (Run(f"{below} more line{'s'[: below > 1]} ↓", "muted"),) if below > 0 else ()
        return [(), spread(keys_line(self.KEYS, columns - 18), more, columns)][-rows:]

    def below(self) -> None:
        """Say anew how much lies below."""
        for panel in self.query("#sheet-keys").results(Panel):
            panel.redraw()

    def on_mount(self) -> None:
        """Show the text at the width there is."""
        self.query_one(Lines).focus()
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        """Another width breaks lines elsewhere."""
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        if not self.is_mounted:
            return
        lines = self.query_one(Lines)
        shown = self._text(max(lines.size.width - EDGE, 8))
        lines.styles.height = max(1, min(len(shown), int(self.size.height * 0.88) - 6))
        lines.put(shown)
        self.call_after_refresh(self.below)

    def say(self, text: Text) -> None:
        """Show another text."""
        self._text = text
        self._fill()

    def action_close(self) -> None:
        """Back to the list."""
        self.dismiss()


def plain(text: str) -> Text:
    """A sentence of ours as a text."""
    return lambda _columns: [(Run(text, "muted"),)]


__all__ = ["Lines", "Sheet", "Shown", "Text", "plain"]
