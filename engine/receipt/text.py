"""How values become Markdown: `safe` for text that others wrote, figures, and tables that also read well unrendered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Context, Decimal

from engine.values import duration

_HTML = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_ALWAYS = frozenset("\\`*[]|~$")
_LEAD = re.compile(r"^(?:[#+=:-]|\d+(?=[.)](?:\s|$)))")
_AUTOLINK = re.compile(r"(?i)(?<=:)//|(?<=\bwww)\.|(?<=\S)@(?=\S)")
_INSIDE = re.compile(r"(?<=[0-9A-Za-z])_(?=[0-9A-Za-z])")
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
LONGEST = 2_000
"""Longer text is cut with `…`: the receipt's JSON has all of it."""
STATES = {
    "finished": "finished",
    "stopped": "stopped",
    "active": "is under way",
    "paused": "is paused",
    "draft": "is a draft",
}
"""How a sentence says the state of a mission."""


def safe(value: object, longest: int = LONGEST) -> str:
    """Text of a worker, a tool or a page as one line of Markdown that is text and nothing else.

    Spaces and line breaks collapse; control, format and direction-changing characters are named (`U+202E`); what could
    open markup, HTML, a table cell, a heading, a list or a link is escaped. Renders as what was written.
    """
    raw = " ".join(str(value).split())
    if len(raw) > longest:
        raw = raw[: longest - 1] + "…"
    lead = _LEAD.match(raw)
    split = lead.end() if lead and lead[0][0].isdigit() else 0
    out = []
    for place, char in enumerate(raw):
        if unicodedata.category(char) in _HIDDEN or char in "\u115f\u1160\u3164\uffa0":
            out.append(f"(U+{ord(char):04X})")
        elif char in _HTML:
            out.append(_HTML[char])
        elif char in _ALWAYS or (lead and place == split):
            out.append("\\" + char)
        elif char == "_" and not _INSIDE.match(raw, place):
            out.append("\\_")
        elif _AUTOLINK.match(raw, place):
            out.append("\\" + char)
        elif char == "/" and raw[place - 2 : place] == ":/":
            out.append("\\/")
        else:
            out.append(char)
    return "".join(out)


def number(value: object) -> str:
    """A whole number. Raises TypeError for anything else, so that text never passes as a figure."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{type(value).__name__} where a whole number belongs")
    return str(value)


def plural(count: object, noun: str) -> str:
    """`1 charge`, `5 charges`."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def when(ms: object) -> str:
    """`2026-11-22 18:02` UTC; `—` for a time that has not come."""
    if not isinstance(ms, int) or ms <= 0:
        return "—"
    try:
        return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return safe(ms)


def span(ms: object) -> str:
    """`1d 4h`; `—` for none."""
    return duration(ms) if isinstance(ms, int) and ms > 0 else "—"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """A Markdown table, padded so that its columns also stand in the source. `right` names right-aligned columns."""
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]
    widths = [min(max(width, 3), 60) for width in widths]

    def line(cells: Sequence[str]) -> str:
        padded = (c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True)))
        return "| " + " | ".join(padded) + " |"

    rule = (("-" * (w - 1) + ":") if i in right else "-" * w for i, w in enumerate(widths))
    return [line(head), "| " + " | ".join(rule) + " |", *(line(row) for row in rows)]


def wilson(k: int, n: int) -> tuple[int, int] | None:
    """The 95 % interval of `k` of `n` in parts per thousand (Wilson 1927, z = 1.959964); None when there is none.

    Computed in 40-digit decimal arithmetic, so that every machine shows the same figure.
    """
    if n <= 0 or not 0 <= k <= n:
        return None
    c = Context(prec=40)
    z2 = c.power(Decimal("1.959964"), 2)
    centre = c.add(Decimal(k), c.divide(z2, Decimal(2)))
    spread = c.divide(Decimal(k * (n - k)), Decimal(n))
    half = c.sqrt(c.multiply(z2, c.add(spread, c.divide(z2, Decimal(4)))))
    scale = c.divide(Decimal(1000), c.add(Decimal(n), z2))
    low, high = (c.multiply(c.add(centre, side), scale) for side in (-half, half))
    return max(int(low.to_integral_value(context=c)), 0), min(int(high.to_integral_value(context=c)), 1000)


def permille(value: int) -> str:
    """Parts per thousand as percent: `9.1%`."""
    return f"{value // 10}.{value % 10}%"


def percent(amount: int, total: int) -> str:
    """A share to a tenth of a percent; `—` where there is none."""
    if total <= 0 or amount < 0:
        return "—"
    tenths = (2000 * amount + total) // (2 * total)
    return permille(tenths)


def share(k: int, n: int) -> str:
    """`4 of 44 · 9.1% (3.6–21.2%)`: the ratio, its value, and its 95 % interval."""
    said = f"{number(k)} of {number(n)}"
    interval = wilson(k, n)
    if interval is None:
        return said
    value = (2000 * k + n) // (2 * n)
    return f"{said} · {permille(value)} ({permille(interval[0])[:-1]}–{permille(interval[1])})"
