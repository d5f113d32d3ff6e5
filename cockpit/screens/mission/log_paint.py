"""The log as lines, and one event in full. Pure."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cockpit.client import Happening
from cockpit.screens.mission.quote import labelled, quoted
from cockpit.screens.words import safe, second
from widgets.ink import BLANK, Line, Run, Voice, cut, fit, left, right, spread
from widgets.listing import Entry, Shown
from widgets.marks import count, glyph

WIDE, NARROW = 110, 56
WEIGHTY = frozenset({"needs you", "failed", "in_doubt", "lost"})
BODY = 64_000
"""Characters of an event's body that are shown."""


def entries(lines: Sequence[Happening], now: int) -> list[Entry]:
    """Happenings as entries, newest first; `now` is mission time."""
    today = time.localtime(now / 1000)[:3]
    return [Entry(str(line.seq), (line, today), 1) for line in lines]


def answer(shown: int, *, more: bool, everything: bool, word: str, columns: int) -> Line:
    """`log   following      32 of 1 217 shown`."""
    paused = word != "following"
    begin: Line = (
        Run("log", "bright", bold=True),
        Run("   "),
        Run(word, "bright" if paused else "muted", bold=paused),
    )
    kind = "everything" if everything else "what matters"
    end: Line = (Run(f"{count(shown)}{'+' if more else ''} shown", "text"), Run(f"   {kind}", "muted"))
    return spread(begin, end, columns) if columns >= NARROW else fit(begin, columns)


def header(columns: int) -> Line:
    """The names of the columns, directly on their rows."""
    if columns < NARROW:
        return fit((Run("  what happened", "muted"),), columns)
    end: Line = (Run("kind", "muted"), Run(right("seq", 26 - 4 + 9), "muted")) if columns >= WIDE else ()
    return spread((Run(f"  {right('at', 12)}  ", "muted"), Run("what happened", "muted")), end, columns, 0)


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One happening."""
    line, today = entry.body
    assert isinstance(line, Happening)
    columns = shown.columns
    loud = line.state in WEIGHTY
    voice: Voice = "bright" if shown.selected else "text" if loud or line.state in {"running", "verifying"} else "muted"
    mark = glyph(line.state)
    if mark.voice in {"needs-you", "accent"}:  # it was so then: amber and accent are for what is so now
        mark = mark._replace(voice="text")
    text = safe(line.text)
    if columns < NARROW:
        return [fit((mark, Run(" "), Run(text, voice, shown.selected)), columns)]
    at = Run(f"{right(_at(line.at, today), 12)}  ", "muted")
    tail: Line = ()
    if columns >= WIDE:
        tail = (Run(left(cut(safe(line.kind), 24), 26), "past"), Run(right(count(line.seq), 9), "past"))
    room = columns - 16 - sum(len(run.text) for run in tail) - 2
    return [fit((at, mark, Run(" "), Run(left(text, room), voice, shown.selected), Run("  "), *tail), columns)]


def _at(at: int, today: tuple[int, ...]) -> str:
    try:
        same = time.localtime(at / 1000)[:3] == today
        return second(at) if same else time.strftime("%a ", time.localtime(at / 1000)) + second(at)
    except (ValueError, OverflowError, OSError):
        return "—"


def pretty(body: object) -> str:
    """A body as indented JSON, in the order in which it was recorded, no longer than `BODY`."""
    text = json.dumps(body, indent=2, ensure_ascii=False, default=str)
    return text if len(text) <= BODY else f"{text[:BODY]}\n… {count(len(text) - BODY)} characters more"


def event(recorded: Mapping[str, Any], now: int, columns: int) -> list[Line]:
    """One event in full: what it is, who caused it, when, and its body behind the gutter."""
    at, wall = int(recorded["at"]), int(recorded["wall"])
    today = time.localtime(now / 1000)[:3]
    times = _at(at, today) + ("" if at == wall else f", on the wall {_at(wall, today)}")
    facts = (
        ("kind", f"{recorded['kind']}, version {recorded['version']}"),
        ("seq", f"{count(int(recorded['seq']))}, height {count(int(recorded['height']))} of {recorded['mission']}"),
        ("actor", str(recorded["actor"])),
        ("time", times),
        ("hash", str(recorded["hash"])),
    )
    lines: list[Line] = []
    for label, value in facts:
        if value:
            lines += labelled(label, value, columns, indent=8)
    return [*lines, BLANK, *quoted(pretty(recorded["body"]), columns, most=2_000)]
