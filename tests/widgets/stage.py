"""One widget alone on a screen."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import App, ComposeResult
from textual.widget import Widget


class Alone(App[None]):
    """An application that shows widgets, one above the other."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self._shown: Iterable[Widget] = widgets

    def compose(self) -> ComposeResult:
        """The widgets."""
        yield from self._shown


def rows(app: App[None]) -> list[str]:
    """What is on the screen."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
