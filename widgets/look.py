"""Where widgets find the palette: on the application, or a default one when a widget is shown alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, runtime_checkable

from textual.widget import Widget

from themes.load import load
from widgets.palette import Palette


@runtime_checkable
class HasPalette(Protocol):
    """An application that says how things look."""

    palette: Palette


@lru_cache(maxsize=1)
def _default() -> Palette:
    return Palette(load("dark"))


def palette_of(widget: Widget) -> Palette:
    """The palette to draw a widget with."""
    app = widget.app
    return app.palette if isinstance(app, HasPalette) else _default()
