"""The attention strip: what needs a human, why it ranks there, until when, and how long it takes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cockpit.screens.queue import StillQueue
from cockpit.screens.words import age, code, deadline, hour, now_in, safe
from engine.views.models import AttentionRow, BranchRow, Card
from widgets.ink import Line, Run, Voice, cut, fit, left, right
from widgets.listing import Entry, Shown

VERBS = {
    "approve": "open",
    "answer": "answer",
    "review": "review",
    "conflict": "resolve",
    "doubt": "settle",
    "budget": "decide",
    "tool": "mend",
    "plan": "decide",
}
"""What `⏎` does to an item."""
ABOUT = {
    "answer": "a question that only you can answer",
    "review": "a result that only you can judge",
    "conflict": "two findings contradict each other",
    "doubt": "nobody knows whether it happened",
    "budget": "a limit is reached",
    "tool": "a tool is missing, or is not what it was",
    "plan": "nothing of it begins before you accept it",
}
"""What an item without words of its own is."""
_POINTS = re.compile(r" \(\d+\)")
_UNTIL = re.compile(r"\bexpires in [\dhd ]*\d[hd]")
NEW = "—new—"


def entries(
    queue: StillQueue,
    rows: Mapping[str, AttentionRow],
    cards: Mapping[str, Card],
    branches: Mapping[str, Mapping[str, BranchRow]],
    *,
    selected: str | None,
    wall: int,
    unfold: bool,
) -> list[Entry]:
    """The queue as entries; the selected one unfolds to two lines, unless there is no room for that."""
    shown = [name for name in queue.order if name in rows]
    chosen = selected if selected in rows else (shown[0] if shown else None)
    out: list[Entry] = []
    fresh = queue.fresh
    for number, name in enumerate(shown, start=1):
        if fresh and name == fresh[0]:
            out.append(Entry(NEW, "", 1, selectable=False))
        row = rows[name]
        branch = branches.get(row.mission, {}).get(row.branch)
        now = now_in(cards.get(row.mission), wall)
        body = (f"{number:>{len(str(len(shown)))}} ", row, branch.key if branch else "", now // 60_000)
        out.append(Entry(name, body, 2 if unfold and name == chosen else 1))
    return out


def why(row: AttentionRow) -> tuple[str, str]:
    """Why it ranks where it does: the first reasons, and the rest. Until when stands in a column of its own."""
    parts = safe(_UNTIL.sub("it expires", _POINTS.sub("", row.why))).split(" · ")
    return ", ".join(parts[:2]), ", ".join(parts[2:])


class Columns:
    """Where the columns of the strip stand, by its whole width; the edge of the list takes two of it."""

    def __init__(self, columns: int, number: int = 2) -> None:
        full, some = columns >= 100, columns >= 58
        self.number = number
        self.takes, self.due = 7 if some else 0, 11
        self.waiting = 9 if full else 0
        self.holds = 7 if some and not full else 0
        self.action = 12 if full else 0
        rest = max(0, columns - 2 - self.number - self.due - self.waiting - self.takes - self.holds - self.action)
        self.why = min(60, rest * 3 // 8) if columns >= 130 else 0
        self.title = (rest - self.why) * (54 if self.why else 62) // 100 if some else rest
        self.where = rest - self.why - self.title

    def header(self) -> Line:
        """The names of the columns, directly on their rows."""
        return (
            Run(left("⚑ needs you", 2 + self.number + self.title), "needs-you", bold=True),
            Run(left("mission / branch" if self.where > 22 else "mission", self.where), "muted"),
            Run(left("ranked here because", self.why) if self.why else "", "muted"),
            Run(right("holds", self.holds) if self.holds else "", "muted"),
            Run(right("deadline", self.due), "muted"),
            Run(right("waiting", self.waiting) if self.waiting else "", "muted"),
            Run(right("takes", self.takes) if self.takes else "", "muted"),
        )


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One item of the strip."""
    if entry.id == NEW:
        return [(Run("new", "muted"),)]
    number, row, branch, minute = entry.body
    assert isinstance(row, AttentionRow)
    columns, now = Columns(shown.columns + 2, len(number)), minute * 60_000
    first, second = why(row)
    where = safe(row.mission) + (f" / {safe(branch)}" if branch and branch != "main" and columns.where > 22 else "")
    late = row.expires_at is not None and row.expires_at - now < 3 * 3_600_000
    voice: Voice = "bright" if shown.selected else "text"
    verb: Voice = "accent" if shown.selected and shown.focused else "muted"
    held = str(row.holds) if row.holds else "—"
    lines = [
        fit(
            (
                Run(number, voice),
                Run(_cell(safe(row.title), columns.title), voice, bold=shown.selected),
                Run(_cell(where, columns.where), "text"),
                Run(_cell(first, columns.why), "muted"),
                Run(right(held, columns.holds) if columns.holds else "", "muted"),
                Run(right(deadline(row.expires_at, now), columns.due), "bright" if late else "text", bold=late),
                Run(right(age(max(now - row.raised_at, 0)), columns.waiting) if columns.waiting else "", "muted"),
                Run(right(f"{row.takes_minutes}m", columns.takes) if columns.takes else "", "muted"),
                Run(f"   ⏎ {VERBS.get(row.kind, 'open')}" if columns.action else "", verb),
            ),
            shown.columns,
        )
    ]
    if entry.height > 1:
        lines.append(_unfolded(row, columns, second, shown.columns))
    return lines


def _unfolded(row: AttentionRow, columns: Columns, rest: str, size: int) -> Line:
    detail = _about(row) if row.items or not row.detail else row.detail.replace("\n", " ")
    digest = f"digest {code(row.digest)}" if row.digest else row.id
    due = hour(row.expires_at) if row.expires_at else ""
    return fit(
        (
            Run(" " * columns.number),
            Run(_cell(safe(detail), columns.title), "muted"),
            Run(_cell(safe(digest), columns.where), "muted"),
            Run(_cell(rest, columns.why), "muted"),
            Run(" " * columns.holds),
            Run(right(due, columns.due), "muted"),
        ),
        size,
    )


def _about(row: AttentionRow) -> str:
    """What an item without words of its own is about: `send via smtp, 25 items`."""
    if not row.items:
        return ABOUT.get(row.kind, row.kind)
    first = row.items[0].preview
    return f"{first.partition(', 1 of ')[0]}, {len(row.items)} items" if len(row.items) > 1 else first


def _cell(text: str, columns: int) -> str:
    """A field with two columns of air at its end."""
    return left(cut(text, columns - 2), columns) if columns > 2 else ""
