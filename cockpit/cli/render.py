"""Plain text: what commands print when nobody asked for JSON. Standard library only, for it stands before every answer.

Whatever a model, a tool, a file or a web page wrote passes through `safe` before it reaches a terminal.
"""

from __future__ import annotations

import os
import re
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

GUTTER = "│"
"""Stands before every line that somebody else wrote."""

GLYPHS = {
    "running": "●",
    "verifying": "◐",
    "waiting": "◷",
    "needs you": "⚑",
    "accepted": "✓",
    "pruned": "✕",
    "failed": "!",
    "paused": "‖",
    "open": "●",
    "ready": "○",
    "draft": "○",
    "kept": "✓",
    "finished": "✓",
    "stopped": "✕",
    "cancelled": "✕",
    "rejected": "✕",
    "in_doubt": "!",
    "parked": "‖",
    "ok": "✓",
    "warn": "!",
    "fail": "✕",
    "retried": "↺",
    "": "·",
}
"""State to glyph; the word always stands beside it."""
_ASCII = {
    "●": "*",
    "◐": "%",
    "◷": "~",
    "⚑": "?",
    "✓": "+",
    "✕": "x",
    "!": "!",
    "‖": "=",
    "○": "o",
    "↺": "r",
    "·": ".",
    "│": "|",
}

_FILLERS = (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)
_INVISIBLE = frozenset([*_FILLERS, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000)])
"""Characters without ink that Python counts as printable: fillers, joiners, variation selectors."""
MARKS = 4
"""So many marks may stand over one letter; more would be drawn over the lines around it."""
_FLOOD = re.compile(f"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{{{MARKS + 1},}}")
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"))


def safe(text: object) -> str:
    """One line in which nothing is hidden and nothing steers the terminal: such characters become `<U+202E>`.

    Line breaks and tabs are made visible too; `block` keeps lines.
    """
    line = text if isinstance(text, str) else str(text)
    if line.isascii() and line.isprintable():
        return line
    shown = _FLOOD.sub(_named, line) if _FLOOD.search(line) else line
    return "".join(char if _shown(char) else f"<U+{ord(char):04X}>" for char in shown)


def _named(flood: re.Match[str]) -> str:
    """The first marks of a flood, and the number of the others."""
    return f"{flood[0][:MARKS]}<{len(flood[0]) - MARKS} marks>"


def _shown(char: str) -> bool:
    if ord(char) in _INVISIBLE:
        return False
    return char.isprintable() or unicodedata.category(char) == "Zs"


def block(text: str) -> list[str]:
    """Several lines that somebody else wrote, each behind the gutter."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [f"{mark(GUTTER)} {safe(line)}" if line else mark(GUTTER) for line in lines]


def mark(glyph: str) -> str:
    """A glyph of ours as this terminal can show it."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return glyph if encoding.startswith("utf") else _ASCII.get(glyph, glyph)


def state(word: str, said: str = "") -> str:
    """`● running`: glyph and word, never one alone; `said`: another word for the same glyph."""
    return f"{mark(GLYPHS.get(word, '·'))} {safe(said or word)}"


def rehearsed(row: dict[str, Any]) -> str:
    """The mark that a rehearsed mission carries wherever its title stands."""
    return "REHEARSED " if row.get("rehearsed") else ""


def money(micro_usd: int) -> str:
    """`$12.34`; below one cent four digits: `$0.0042`. As `engine.values.money`, without its imports."""
    sign, amount = ("-" if micro_usd < 0 else ""), abs(micro_usd)
    if 0 < amount < 10_000:
        return f"{sign}$0.{_rounded(amount, 100):04d}"
    cents = _rounded(amount, 10_000)
    return f"{sign}${cents // 100:,}.{cents % 100:02d}"


def _rounded(amount: int, unit: int) -> int:
    """Half to even, as decimals are formatted."""
    whole, rest = divmod(amount, unit)
    return whole + (2 * rest > unit or (2 * rest == unit and whole % 2 == 1))


def span(ms: int) -> str:
    """`1d 4h`, `10m`, `42s`: the two largest units that are not zero."""
    if ms < 1_000:
        return "0s"
    parts: list[str] = []
    for size, unit in _UNITS:
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count}{unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)


def age(ms: int) -> str:
    """How long ago, in one unit: `4m`."""
    return span(ms).split(" ")[0]


def deadline(at: int | None, now: int) -> str:
    """`in 1d 4h`, `now`, or an em dash for none."""
    if not at:
        return "—"
    return f"in {span(at - now)}" if at > now else "now"


def clock(ms: int) -> str:
    """`Thu 18:02:11` in this machine's zone."""
    try:
        return time.strftime("%a %H:%M:%S", time.localtime(ms / 1000))
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms"


def code(digest: str) -> str:
    """The form in which people compare digests: `a3f9 1c07`."""
    return f"{digest[:4]} {digest[4:8]}"


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    width = 0
    for char in text:
        if not unicodedata.combining(char):
            width += 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
    return width


def columns(rows: Iterable[Sequence[str]], right: Iterable[int] = (), indent: str = "") -> list[str]:
    """Rows as aligned lines, two spaces between fields; `right` names the columns of numbers."""
    listed = [list(row) for row in rows]
    if not listed:
        return []
    count = max(len(row) for row in listed)
    widths = [max((cells(row[i]) for row in listed if i < len(row)), default=0) for i in range(count)]
    numbers = frozenset(right)
    lines = []
    for row in listed:
        fields = []
        for place, text in enumerate(row):
            padding = " " * (widths[place] - cells(text))
            fields.append(padding + text if place in numbers else text + padding)
        lines.append((indent + "  ".join(fields)).rstrip())
    return lines


def say(*lines: str, file: TextIO | None = None) -> None:
    """Print lines. At a terminal, one that is too long goes on below the place where its text began."""
    out = file or sys.stdout
    width = terminal_width(out)
    shown = (part for line in lines for part in fold(line, width)) if width else lines
    out.write("".join(f"{line}\n" for line in shown))


def terminal_width(out: TextIO) -> int:
    """The columns of the terminal behind a stream; 0 where there is none, or none that says so."""
    try:
        return os.get_terminal_size(out.fileno()).columns if out.isatty() else 0
    except (OSError, ValueError, AttributeError):
        return 0


def fold(line: str, width: int) -> list[str]:
    """A line as lines of at most `width` cells.

    What stands behind the gutter stays behind it, so that nobody else's text ever begins where ours does; other lines
    go on below their last column.
    """
    if width < 20 or cells(line) <= width or " " not in line or "\n" in line:
        return [line]
    gutter = mark(GUTTER) + " "
    lead = gutter if line.startswith(gutter) else " " * _column(line, width // 2)
    rest, lines, head = line, [], ""
    while cells(head + rest) > width:
        cut = _cut(rest, width - cells(head))
        lines.append(head + (rest[:cut] if lead == gutter else rest[:cut].rstrip()))
        rest, head = rest[cut:] if lead == gutter else rest[cut:].lstrip(), lead
    return [*lines, head + rest]


def _column(line: str, most: int) -> int:
    """Where the last column of an aligned line begins, a glyph before its text not counted; at most `most`."""
    start = max((found.end() for found in re.finditer(r"^ +|  +", line) if found.end() <= most), default=0)
    return start + 2 if line[start + 1 : start + 2] == " " and not line[start].isalnum() else start


def _cut(text: str, room: int) -> int:
    """After how many characters a line ends: behind its last space, or where the room does."""
    count = used = 0
    for char in text:
        used += cells(char)
        if used > room:
            break
        count += 1
    space = text.rfind(" ", count // 2, count)
    return space + 1 if space > 0 else max(count, 1)


def emit(value: object) -> None:
    """Print JSON: indented, in ASCII, so that no terminal is steered by what it quotes."""
    import json

    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True).replace("\x7f", "\\u007f") + "\n")


def emit_line(value: object) -> None:
    """Print JSON on one line, for streams."""
    import json

    sys.stdout.write(json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("\x7f", "\\u007f") + "\n")
