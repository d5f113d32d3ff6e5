"""What every screen shares: the fact line on top, the keys at the foot, and being told what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from widgets.ink import BLANK, Line, Run, cells, fit
from widgets.panel import Panel

if TYPE_CHECKING:
    from cockpit.app import CockpitApp

Dirty = frozenset[tuple[str, str]]
"""What changed: pairs of kind and id, as `Client.pull` returns them."""

WIDTHS: list[tuple[int, str]] = [(0, "-tiny"), (60, "-narrow"), (110, "-middle"), (150, "-wide")]
HEIGHTS: list[tuple[int, str]] = [(0, "-low"), (16, "-short"), (30, "-tall")]
"""Where the layout changes: 40x12, 80x24, 120x40 and 160x45 each lie well inside one class."""


class Key(NamedTuple):
    """A key in the footer: its binding's id (so that a remapped key is shown), how it is drawn, and what it does."""

    binding: str
    shown: str
    label: str


def keys_line(keys: Iterable[tuple[str, str]], columns: int, gap: int = 3) -> Line:
    """`1-9 mission   tab column`: at most eight, as many as fit, never half a key; the last, the way on, stays."""
    listed = list(keys)[:8]
    sizes = [cells(shown) + 1 + cells(label) for shown, label in listed]
    while len(listed) > 1 and sum(sizes) + gap * (len(sizes) - 1) > columns:
        del listed[-2], sizes[-2]
    runs: list[Run] = []
    for shown, label in listed if sum(sizes) <= columns else ():
        runs += [Run(" " * gap)] if runs else []
        runs += [Run(shown, "accent", bold=True), Run(f" {label}", "muted")]
    return tuple(runs)


class View(Screen[None]):
    """A screen. Subclasses say `body`, `fact`, `FOOT` and `show`; the application calls `show` with what is dirty.

    A screen that is not on top is not told; it catches up when it comes back.
    """

    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    FOOT: ClassVar[Sequence[Key]] = ()
    passing = False
    """Whether it is left behind when one goes anywhere from it, as help is."""
    wants_seconds = False
    """Whether something on it shows seconds."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False, id="view.back", tooltip="back to where you came from"),
    ]

    @property
    def cockpit(self) -> CockpitApp:
        """The application, by its own type."""
        return cast("CockpitApp", self.app)

    def compose(self) -> ComposeResult:
        """Fact line, body, foot."""
        yield Panel(lambda columns, _rows: [fit(self.fact(columns), columns)], id="fact")
        yield from self.body()
        yield Panel(lambda columns, _rows: [self.foot(columns)], id="foot")

    def body(self) -> Iterable[Widget]:
        """What stands between the fact line and the foot."""
        return ()

    def fact(self, columns: int) -> Line:
        """The fact line."""
        del columns
        return BLANK

    def foot(self, columns: int) -> Line:
        """The keys that work here, as they are mapped now."""
        keymap = self.cockpit.keymap
        return keys_line(((keymap.get(key.binding, key.shown), key.label) for key in self.FOOT), columns)

    def show(self, dirty: Dirty | None) -> None:
        """Bring what is on the screen up to date; None means everything."""

    def tick(self) -> None:
        """A second or a minute has passed: texts that hold the time are drawn anew."""
        self.redraw("fact")

    def redraw(self, *names: str) -> None:
        """Draw panels anew, by their ids."""
        for name in names:
            panel = self.query_one_optional(f"#{name}")
            if isinstance(panel, Panel):
                panel.redraw()

    def on_mount(self) -> None:
        """Fill it for the first time."""
        self.show(None)

    def on_screen_resume(self) -> None:
        """Catch up with what changed while another screen was on top."""
        if self.is_mounted:
            self.show(None)
            self.redraw("fact", "foot")

    def action_back(self) -> None:
        """Back to where you came from."""
        self.cockpit.go_back()
