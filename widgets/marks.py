"""Glyphs, bars, sparklines and intervals: the small drawings of the interface, each one cell high. Pure.

Every glyph is one cell wide and has an ASCII form for terminals and fonts without it; the table is that of the design.
"""

from __future__ import annotations

from collections.abc import Sequence

from widgets.ink import Run, Voice

GLYPHS: dict[str, str] = {
    "running": "●",
    "open": "●",
    "attempting": "●",
    "verifying": "◐",
    "waiting": "◷",
    "needs you": "⚑",
    "accepted": "✓",
    "kept": "✓",
    "finished": "✓",
    "ok": "✓",
    "done": "✓",
    "useful": "✓",
    "pruned": "✕",
    "rejected": "✕",
    "cancelled": "✕",
    "stopped": "✕",
    "failed": "!",
    "lost": "!",
    "in_doubt": "!",
    "paused": "‖",
    "parked": "‖",
    "draft": "○",
    "proposed": "○",
    "ready": "○",
    "retried": "↺",
    "reserved": "╍",
    "claimed": "◇",
}
"""State to glyph."""
ASCII = str.maketrans(
    {
        "●": "*",
        "◐": "%",
        "◷": "~",
        "⚑": "?",
        "✓": "+",
        "✕": "x",
        "‖": "=",
        "○": "o",
        "◇": "c",
        "•": ".",
        "≠": "#",
        "↺": "r",
        "━": "=",
        "╸": "-",
        "╺": "-",
        "╍": "~",
        "─": "-",
        "▌": ">",
        "▁": ".",
        "▂": ":",
        "▃": "-",
        "▄": "=",
        "▅": "+",
        "▆": "*",
        "▇": "#",
        "┊": ":",
        "│": "|",
        "├": "|",
        "└": "`",
        "…": "~",
        "—": "-",
        "·": ".",
        "⏎": "<",
        "↑": "^",
        "↓": "v",
        "→": ">",
        "≤": "<",
        "×": "x",
        "╌": "-",
    }
    | {chr(0x2800 + dots): " " if not dots else "." if dots.bit_count() == 1 else "*" for dots in range(256)}
)
"""One cell for one cell, so that nothing moves."""
SPARKS = "▁▂▃▄▅▆▇"
PAST = frozenset({"pruned", "finished", "stopped", "cancelled", "rejected"})


def voice_of(state: str) -> Voice:
    """The voice in which a state's glyph is drawn."""
    if state in {"running", "open", "attempting"}:
        return "accent"
    if state == "needs you":
        return "needs-you"
    if state in {"failed", "lost", "in_doubt"}:
        return "wrong"
    if state == "kept":
        return "proven"
    if state in PAST or state in {"parked", "accepted", "done", "useful"}:
        return "past"
    return "text"


def glyph(state: str) -> Run:
    """The glyph of a state in its voice."""
    return Run(GLYPHS.get(state, "·"), voice_of(state))


def bar(columns: int, used: int, reserved: int, whole: int, voice: Voice = "bright") -> tuple[Run, ...]:
    """A bar of used `━`, reserved `╍` and free `─`, to half a cell; it always stands beside its figure."""
    if whole <= 0 or columns <= 0:
        return (Run("─" * max(columns, 0), "track"),)
    halves = min(2 * columns, -(-2 * columns * max(used, 0) // whole)) if used > 0 else 0
    full, half = divmod(halves, 2)
    shown = "━" * full + ("╸" if half else "")
    held = min(columns - len(shown), -(-columns * reserved // whole)) if reserved > 0 else 0
    runs = [Run(shown, voice)] if shown else []
    if held:
        runs.append(Run("╍" * held, "text"))
    free = columns - len(shown) - held
    return (*runs, Run("─" * free, "track")) if free else tuple(runs)


def spark(series: Sequence[int], columns: int, most: int | None = None) -> str:
    """The newest values as a sparkline at the right edge of so many columns; `most` is the scale of values >= 0."""
    shown = list(series)[-columns:]
    scale = max([most if most is not None else 0, *shown], default=0)
    if scale <= 0:
        return " " * (columns - len(shown)) + SPARKS[0] * len(shown)
    steps = "".join(SPARKS[min(6, (7 * value - 1) // scale if value > 0 else 0)] for value in shown)
    return " " * (columns - len(shown)) + steps


def percent(part: int, whole: int) -> str:
    """`8%`; below a half percent but not nothing `<1%`; a dash when there is no whole."""
    if whole <= 0:
        return "—"
    value = (200 * part + whole) // (2 * whole)
    return "<1%" if part > 0 and value == 0 else f"{value}%"


def count(number: int) -> str:
    """Thousands with a gap: `3 812`."""
    return f"{number:,}".replace(",", " ")
