"""Where widgets find the palette: on the application, or a default one when a widget is shown alone."""

from __future__ import annotations

from functools import lru_cache

from textual.widget import Widget

from themes.load import load
from widgets.palette import Palette


@lru_cache(maxsize=1)
def _default() -> Palette:
    return Palette(load("dark"))


def palette_of(widget: Widget) -> Palette:
    """The palette to draw a widget with: the `palette` of its application. Asked for each line that is drawn."""
    palette = getattr(widget.app, "palette", None)
    return palette if isinstance(palette, Palette) else _default()
