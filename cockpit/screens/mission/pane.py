"""What a tab of a mission's screen is: a widget that the screen mounts when it is first opened, and keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.message import Message
from textual.widget import Widget

from cockpit.screens.base import Dirty, Key
from widgets.panel import Panel

if TYPE_CHECKING:
    from cockpit.app import CockpitApp


class Pane(Widget):
    """The content of a tab: everything below the tabs, from the answer of the tab on its first line to the foot.

    It brings its own bindings and focusable parts. The screen calls `show` when it is opened (with None: everything)
    and then, while it is visible, with what is dirty; hidden, it is told nothing and catches up with None. It holds a
    focusable widget at any time, which `enter` focuses. With `SCOPED_CSS = False` its own `DEFAULT_CSS` may ask for the
    size of the screen (`.-short MyPane #list`).
    """

    DEFAULT_CSS = "Pane { width: 1fr; height: 1fr; layout: vertical; }"
    FOOT: ClassVar[Sequence[Key]] = ()
    """Its keys in the footer while it is visible: at most eight."""
    wants_seconds = False
    """Whether something on it shows seconds: then `tick` comes every second, else every minute."""

    class Ready(Message):
        """It is mounted, with all its parts."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    class Leave(Message):
        """Another tab is wanted, at something."""

        def __init__(self, tab: str, subject: str) -> None:
            super().__init__()
            self.tab, self.subject = tab, subject

    _panels: tuple[Panel, ...] = ()

    def on_mount(self) -> None:
        """Say so: what it shows comes with the first `show`."""
        self.post_message(self.Ready(self))

    def leave(self, tab: str, subject: str) -> None:
        """Open another tab (`context`, `board`, `log` ...) at what is called so."""
        self.post_message(self.Leave(tab, subject))

    @property
    def cockpit(self) -> CockpitApp:
        """The application, by its own type."""
        return cast("CockpitApp", self.app)

    def show(self, dirty: Dirty | None) -> None:
        """Bring it up to date; None means everything. Called only while it is visible and mounted."""

    def redraw(self) -> None:
        """Draw its panels anew: they are looked for once, as a screen of many parts is asked ten times a second."""
        if not self._panels or not all(panel.is_attached for panel in self._panels):
            self._panels = tuple(self.query(Panel)) if self.is_mounted else ()
        for panel in self._panels:
            panel.redraw()

    def tick(self) -> None:
        """A second or a minute has passed: texts that hold the time are drawn anew."""

    def point(self, subject: str) -> None:
        """Go to what is called so (a task's full id, an attempt's, a branch's), if this pane has something on it."""

    def enter(self) -> None:
        """Give the focus to the part that was last used, or to the first that can take it."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus(scroll_visible=False)
                return
