"""A block of lines from a painter: no selection, no focus. Only lines that changed are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from widgets.ink import BLANK, Line
from widgets.look import palette_of
from widgets.palette import Ground

Painter = Callable[[int, int], Sequence[Line]]
"""From columns and rows to lines."""


class Panel(Widget):
    """Lines drawn by `paint`. Call `redraw` when what it shows may have changed; equal lines cost nothing."""

    DEFAULT_CSS = "Panel { width: 1fr; height: 1; }"

    def __init__(
        self,
        paint: Painter,
        *,
        id: str | None = None,  # noqa: A002 (Textual's name)
        classes: str | None = None,
        ground: Ground = "bg",
    ) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self._paint, self._ground = paint, ground
        self._lines: Sequence[Line] | None = None
        self._of: tuple[int, int] = (0, 0)

    def redraw(self) -> None:
        """Paint anew and draw the lines that differ."""
        size = (self.size.width, self.size.height)
        if self._lines is None or size != self._of or not all(size):
            self._lines = None
            self.refresh()
            return
        before, self._lines = self._lines, self._paint(*size)
        rows = max(len(before), len(self._lines))
        for row in range(min(rows, size[1])):
            if _at(before, row) != _at(self._lines, row):
                self.refresh(Region(0, row, size[0], 1))

    def render_line(self, y: int) -> Strip:
        """One line; the whole block is painted once per size."""
        size = (self.size.width, self.size.height)
        if self._lines is None or self._of != size:
            self._of, self._lines = size, self._paint(*size)
        return palette_of(self).strip(_at(self._lines, y), size[0], self._ground)

    def notify_style_update(self) -> None:
        """A theme changed: nothing that was drawn is right any more."""
        super().notify_style_update()
        self._lines = None


def _at(lines: Sequence[Line], row: int) -> Line:
    return lines[row] if row < len(lines) else BLANK
