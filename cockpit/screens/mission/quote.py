"""What somebody else wrote, as lines: harmless, wrapped, behind the gutter. Pure."""

from __future__ import annotations

from cockpit.screens.words import safe
from widgets.ink import Line, Run, Voice, wrap

WIDEST = 76
"""Text blocks stop here."""
MOST = 400
"""Lines of one quoted text."""


def quoted(text: str, columns: int, *, voice: Voice = "text", most: int = MOST) -> list[Line]:
    """A text behind the gutter; what is longer than `most` lines ends in how many were left out."""
    size = max(min(columns, WIDEST) - 2, 1)
    parts = text[: most * WIDEST * 2].replace("\r\n", "\n").split("\n")
    found = [line for part in parts[: most + 1] for line in _indented(safe(part), size)]
    lines: list[Line] = [(Run("│ ", "muted"), Run(line, voice)) for line in found[:most]]
    if len(found) > most:
        lines[-1] = (Run("│ ", "muted"), Run("…", "muted"))
    return lines


def _indented(text: str, size: int) -> list[str]:
    """A line over several ones that all begin where it began."""
    begin = " " * min(len(text) - len(text.lstrip(" ")), size // 2)
    return [begin + line for line in wrap(text.lstrip(" "), max(size - len(begin), 1))]


def labelled(label: str, value: str, columns: int, *, voice: Voice = "text", indent: int = 12) -> list[Line]:
    """`label       value`, a long value over several lines below itself; the value is made harmless here."""
    found = wrap(safe(value), max(min(columns, WIDEST + indent) - indent, 8)) or [""]
    lines: list[Line] = [(Run(label.ljust(indent), "muted"), Run(found[0], voice))]
    return lines + [(Run(" " * indent), Run(line, voice)) for line in found[1:]]
