"""Text with a voice: what painters produce and widgets draw. Knows cells, never colours. Pure.

A `Run` is a piece of text in one voice of the palette; a `Line` is a row of runs. Painters are plain functions from
view models and a width to lines, so that a screen can be tested without a terminal. Text that somebody else wrote is
made harmless before it becomes a run (`cockpit.cli.render.safe`); a filter of the application is the second wall.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from rich.cells import cell_len

Voice = Literal[
    "bright",
    "text",
    "muted",
    "past",
    "accent",
    "needs-you",
    "wrong",
    "proven",
    "rule",
    "track",
]
"""The semantic names of the palette: names and deciding figures, values, labels, what is over, here and now, a human
must act, wrong, verified, hairlines, the free part of a bar.
"""


class Run(NamedTuple):
    """A piece of text in one voice. `under` has one meaning: bytes that only this item has."""

    text: str
    voice: Voice = "text"
    bold: bool = False
    under: bool = False


Line = tuple[Run, ...]
BLANK: Line = ()


@lru_cache(maxsize=8192)
def cells(text: str) -> int:
    """Columns that a text takes."""
    return len(text) if text.isascii() and text.isprintable() else cell_len(text)


def width(line: Iterable[Run]) -> int:
    """Columns that a line takes."""
    return sum(cells(run.text) for run in line)


def cut(text: str, most: int) -> str:
    """A text in at most so many columns; what does not fit ends in `…`."""
    if cells(text) <= most:
        return text
    if most <= 1:
        return "…" if most == 1 else ""
    return chop(text, most - 1).rstrip() + "…"


def chop(text: str, most: int) -> str:
    """The beginning of a text that fits so many columns."""
    if text.isascii() and text.isprintable():
        return text[: max(most, 0)]
    used = 0
    for place, char in enumerate(text):
        used += cell_len(char)
        if used > most:
            return text[:place]
    return text


def cut_path(text: str, most: int) -> str:
    """A path or id that keeps its last part."""
    if cells(text) <= most:
        return text
    if most <= 1:
        return "…" if most == 1 else ""
    tail = text
    while tail and cells(tail) > most - 1:
        tail = tail[1:]
    return "…" + tail


def left(text: str, columns: int) -> str:
    """A text cut and padded to exactly so many columns."""
    shown = cut(text, columns)
    return shown + " " * (columns - cells(shown))


def right(text: str, columns: int) -> str:
    """A text at the right edge of so many columns; a figure that does not fit is never cut."""
    return " " * max(0, columns - cells(text)) + text


def fit(line: Sequence[Run], columns: int) -> Line:
    """A line cut to at most so many columns."""
    room, out = columns, []
    for run in line:
        size = cells(run.text)
        if size <= room:
            out.append(run)
            room -= size
        else:
            if room > 0:
                out.append(run._replace(text=cut(run.text, room)))
            break
    return tuple(out)


def pad(line: Sequence[Run], columns: int) -> Line:
    """A line of exactly so many columns, filled with blanks."""
    fitted = fit(line, columns)
    missing = columns - width(fitted)
    return (*fitted, Run(" " * missing)) if missing > 0 else fitted


def spread(begin: Sequence[Run], end: Sequence[Run], columns: int, gap: int = 2) -> Line:
    """One line with something at each edge. When both do not fit, the beginning is cut: figures stand at the end."""
    size = width(end)
    if size + gap >= columns:
        return fit(end, columns)
    head = fit(begin, columns - size - gap)
    return (*head, Run(" " * (columns - size - width(head))), *end)


def beside(columns: Sequence[tuple[Sequence[Line], int]], gap: int) -> list[Line]:
    """Blocks of lines side by side, each in its width, with a gutter between them."""
    tall = max((len(block) for block, _size in columns), default=0)
    out: list[Line] = []
    for row in range(tall):
        line: list[Run] = []
        for place, (block, size) in enumerate(columns):
            if place:
                line.append(Run(" " * gap))
            line += pad(block[row] if row < len(block) else BLANK, size)
        out.append(tuple(line))
    return out


def wrap(text: str, columns: int) -> list[str]:
    """A text over several lines, broken at spaces where there are any."""
    out: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            while cells(word) > columns > 0:
                head = chop(word, columns - cells(line) - (1 if line else 0))
                if not head and line:
                    out.append(line)
                    line = ""
                    continue
                if not head:  # a wide character, and one column: it cannot be shown at all
                    out.append("…")
                    word = word[1:]  # noqa: PLW2901
                    continue
                out.append(f"{line} {head}" if line else head)
                line, word = "", word[len(head) :]  # noqa: PLW2901
            grown = f"{line} {word}" if line else word
            if cells(grown) <= columns:
                line = grown
            else:
                out.append(line)
                line = word
        out.append(line)
    return out


def rule(columns: int, *, lit: bool = False) -> Line:
    """A hairline; the one accent rule of a screen is `lit`."""
    return (Run("━" * columns, "accent"),) if lit else (Run("─" * columns, "rule"),)
