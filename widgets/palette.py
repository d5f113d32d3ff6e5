"""From voices to terminal styles: the one place that knows colours, filled from a theme's data.

Three grounds: the page, a linked selection (`surface`), the selected row (`raised`). On `raised` what is past is drawn
muted, as its own colour would not be readable there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from themes.load import Theme
from widgets.ink import Run, cells
from widgets.marks import ASCII

Ground = Literal["bg", "surface", "raised"]
_ANSI = {
    "bright": "default",
    "text": "default",
    "muted": "default",
    "past": "default",
    "accent": "blue",
    "needs-you": "yellow",
    "wrong": "red",
    "proven": "green",
    "rule": "default",
    "track": "default",
}
_DIM = frozenset({"muted", "past", "rule", "track"})


class Palette:
    """The styles of one theme. `plain`: no colour at all (NO_COLOR); `ascii`: no glyph beyond ASCII."""

    def __init__(self, theme: Theme, *, plain: bool = False, ascii_only: bool = False) -> None:
        self.theme, self.plain, self.ascii = theme, plain, ascii_only
        self._styles: dict[tuple[str, bool, bool, Ground], Style] = {}

    def style(self, run: Run, ground: Ground = "bg") -> Style:
        """The style of a run on a ground."""
        key = (run.voice, run.bold, run.under, ground)
        known = self._styles.get(key)
        if known is None:
            known = self._styles[key] = self._made(run, ground)
        return known

    def ground(self, ground: Ground = "bg") -> Style:
        """The style of empty cells."""
        return self.style(Run(" "), ground)

    def _made(self, run: Run, ground: Ground) -> Style:
        if self.plain or self.theme.ansi:
            colour = None if self.plain else _ANSI[run.voice]
            return Style(
                color=colour,
                bgcolor=None if self.plain else "default",
                bold=run.bold or run.voice == "bright" or None,
                dim=run.voice in _DIM or None,
                underline=run.under or None,
                reverse=ground == "raised" or None,
            )
        voice = "muted" if run.voice == "past" and ground == "raised" else run.voice
        return Style(
            color=self.theme.colour(voice),
            bgcolor=self.theme.colour(ground),
            bold=run.bold or None,
            underline=run.under or None,
        )

    def strip(self, line: Sequence[Run], columns: int, ground: Ground = "bg") -> Strip:
        """A line as exactly so many cells."""
        segments: list[Segment] = []
        room = columns
        for run in line:
            text = run.text.translate(ASCII) if self.ascii and not run.text.isascii() else run.text
            size = cells(text)
            if size > room:
                strip = Strip([Segment(text, self.style(run, ground))], size).crop(0, room)
                segments += list(strip)
                room = 0
                break
            segments.append(Segment(text, self.style(run, ground)))
            room -= size
            if not room:
                break
        if room:
            segments.append(Segment(" " * room, self.ground(ground)))
        return Strip(segments, columns)


def plain_text(lines: Iterable[Sequence[Run]]) -> str:
    """Lines as text, for tests and for copying."""
    return "\n".join("".join(run.text for run in line).rstrip() for line in lines)
