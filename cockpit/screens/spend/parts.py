"""The two parts that take keys: the tail of charges, and the sums beside it."""

from __future__ import annotations

from typing import ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.events import Blur, Focus

from widgets.listing import Listing
from widgets.panel import Panel


class Tail(Listing):
    """The list of charges. `g` is not its own here."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("g", "pass_on", show=False)]

    def action_pass_on(self) -> None:
        """Somebody else's key."""
        raise SkipAction


class Side(Panel, can_focus=True):
    """The sums beside the tail; alone where there is no room for both."""

    def on_focus(self, _event: Focus) -> None:
        """Its rule is lit."""
        self.redraw()

    def on_blur(self, _event: Blur) -> None:
        """Its rule is a hairline."""
        self.redraw()
