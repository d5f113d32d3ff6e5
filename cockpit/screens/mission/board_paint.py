"""The board as lines: what is done, the list of tasks, and all that is known of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cockpit.screens.mission.board import ASKS, FIELDS, LANES, Card, Head, named, running_for, second
from cockpit.screens.mission.quote import labelled, quoted
from cockpit.screens.words import code, deadline, figure, moment, money, safe, span
from engine.views.models import AttentionRow, Progress, TaskRow
from widgets.ink import BLANK, Line, Run, Voice, beside, cells, cut, fit, left, right, spread, width
from widgets.listing import EDGE, Entry, Shown
from widgets.marks import count as thousands
from widgets.marks import glyph

WIDE, MIDDLE, NARROW = 140, 100, 56
"""Widths of the list from which on it shows all columns, most, few; below it shows the name and one figure."""


def answer(counts: Mapping[str, int], accepted: int, money_of: tuple[int, int], columns: int) -> Line:
    """`12 of 31 accepted   ⚑ 1 for you   2 running      $0.42 spent   ≤$0.03 reserved`; empty without tasks.

    `money_of` is what the mission spent and what it has reserved.
    """
    spent, reserved = money_of
    total = sum(counts.values())
    if not total:
        return ()
    parts: list[Line] = [
        (Run(thousands(accepted), "bright", bold=True), Run(f" of {thousands(total)} accepted", "muted"))
    ]
    if counts.get("needs you"):
        parts.append((Run(f"⚑ {thousands(counts['needs you'])}", "needs-you"), Run(" for you", "muted")))
    for name in LANES[1:-1]:
        if counts.get(name):
            lit: Line = (Run(thousands(counts[name]), "wrong" if name == "failed" else "text"),)
            parts.append((*lit, Run(f" {name}", "muted")))
    told: Line = (Run(money(spent), "text"), Run(" spent", "muted"))
    if reserved:
        told += (Run(f"   ≤{money(reserved)}", "text"), Run(" reserved", "muted"))
    line: list[Run] = []
    room = columns - (width(told) + 3 if columns >= 70 else 0)
    for place, part in enumerate(parts):
        if width(line) + width(part) + 3 > room:
            break
        line += [Run("   ")] if place else []
        line += part
    return spread(line, told, columns) if columns >= 70 else tuple(line)


def near(caps: Sequence[str], columns: int) -> Line:
    """`84 % of the money of the mission: $4.10 used and $0.10 set aside of $5.00, and 1 more`; empty without caps."""
    if not caps:
        return ()
    more = f", and {len(caps) - 1} more" if len(caps) > 1 else ""
    return fit((Run(cut(safe(caps[0]), max(1, columns - cells(more))), "muted"), Run(more, "muted")), columns)


class Columns:
    """Where the columns of the list stand, by its width without the edge."""

    def __init__(self, columns: int) -> None:
        self.whole = columns
        wide, middle, narrow = columns >= WIDE, columns >= MIDDLE, columns >= NARROW
        self.branch = 18 if wide else 15 if middle else 13 if narrow else 0
        self.role = 14 if wide else 12 if middle else 0
        self.worker = 11 if wide else 0
        self.route = 20 if wide else 16 if middle else 0
        self.tries = 8 if middle else 0
        self.age = 8 if narrow else 0
        self.spent = 10 if narrow else 8
        self.rest = self.branch + self.role + self.worker + self.route + self.tries
        self.title = max(columns - 2 - self.rest - self.age - self.spent, 4)

    def header(self) -> Line:
        """The names of the columns, directly on their rows."""
        return (
            Run(left("  tasks", self.title + 2 + EDGE), "muted", bold=True),
            Run(left("branch", self.branch), "muted"),
            Run(left("role", self.role), "muted"),
            Run(left("worker", self.worker), "muted"),
            Run(left("model", self.route), "muted"),
            Run(left("tries", self.tries), "muted"),
            Run(right("age", self.age) if self.age else "", "muted"),
            Run(right("spent  ", self.spent) if self.age else "", "muted"),
        )


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One task, or the name of a lane."""
    body = entry.body
    if isinstance(body, Head):
        head: Line = (Run(body.lane, "muted", bold=True), Run(f"  {thousands(body.size)}", "muted"))
        head = fit(head, shown.columns)
        return [BLANK, head] if body.air else [head]
    assert isinstance(body, Card)
    columns = Columns(shown.columns)
    lines = [_first(body, shown, columns, alone=entry.height == 1)]
    if entry.height > 1:
        lines.append(_second(body, columns))
    return lines


def mark(task: TaskRow, where: str) -> Run:
    """The glyph of a task."""
    return glyph("needs you" if where == "needs you" else "draft" if where == "not executable" else task.state)


def _first(card: Card, shown: Shown, columns: Columns, *, alone: bool) -> Line:
    task, over = card.task, card.lane == "done"
    name = named(task)
    voice: Voice = "bright" if shown.selected else "past" if over else "text"
    quiet: Voice = "past" if over else "muted"
    drawn = mark(task, card.lane)
    missing = f"{FIELDS - len(task.missing)}/{FIELDS}  " if task.missing and alone else ""
    begin: Line = (
        drawn._replace(bold=True) if card.fresh else drawn,
        Run(" "),
        Run(missing, "bright"),
        Run(left(cut(name, columns.title - 2 - cells(missing)), columns.title - cells(missing)), voice, shown.selected),
    )
    if not columns.age:
        return fit((*begin, Run(right(_figure(card), columns.spent), "past" if over else "text")), columns.whole)
    tries = f"{task.attempts} of {task.allowed}" if task.allowed and task.attempts else "—"
    return fit(
        (
            *begin,
            Run(_field(task.branch_key if task.branch_key != "main" else "—", columns.branch), quiet),
            Run(_field(task.role, columns.role), quiet),
            Run(_field(task.worker, columns.worker), quiet),
            Run(_field(task.route.rpartition("/")[2] or "—", columns.route), quiet),
            Run(left(tries, columns.tries), "text" if task.attempts > 1 and not over else quiet),
            Run(right(span(card.age * 1000) if card.age else "", columns.age), "text"),
            Run(right(figure(task.spent) if task.spent else "—  ", columns.spent), "past" if over else "text"),
        ),
        columns.whole,
    )


def _figure(card: Card) -> str:
    if card.age:
        return span(card.age * 1000).split(" ")[0]
    return money(card.task.spent) if card.task.spent else ""


def _field(text: str, columns: int) -> str:
    return left(cut(safe(text), max(columns - 2, 0)), columns)


def _second(card: Card, columns: Columns) -> Line:
    told = safe(second(card.task, card.lane, card.note).partition("\n")[0])
    estimate = f"~{figure(card.note.micro_usd)}" if card.note and card.note.micro_usd else ""
    if card.lane == "running" and not card.note and card.task.reserved:
        estimate = f"≤{figure(card.task.reserved)}"
    foreign = card.lane == "running" and card.note is not None
    size = columns.whole - 2 - max(columns.spent, cells(estimate)) - 2
    lead = Run("  │ " if foreign else "  ", "muted")
    text = Run(left(cut(told, size - (2 if foreign else 0)), size - (2 if foreign else 0)), "muted")
    return fit((lead, text, Run("  "), Run(right(estimate, columns.spent), "muted")), columns.whole)


# -- one task


Fact = tuple[str, str]


def facts(task: TaskRow, note: Progress | None, now: int) -> list[Fact]:
    """Labels and values of all that is known of a task; what is not known is left out."""
    age, attempt = running_for(task, now), task.attempt.rpartition("/")[2]
    found: list[Fact | None] = [
        ("state", f"{task.state}, {span(age * 1000)}" if age else task.state),
        ("branch", task.branch_key),
        ("role", task.role),
        ("does", f"{task.verb}, {task.kind}" if task.kind not in {"", "work"} else task.verb),
        ("worker", task.worker),
        ("model", task.route),
        ("tries", f"{task.attempts} of {task.allowed}" if task.allowed else ""),
        (
            "attempt",
            f"{attempt}, {moment(task.since, now)}" if attempt and task.since else attempt,
        ),
        ("spent", f"{money(task.spent)} of {money(task.budget)}" if task.budget else money(task.spent)),
        ("reserved", f"≤{money(task.reserved)}" if task.reserved else ""),
        ("estimate", f"~{money(note.micro_usd)}" if note and note.micro_usd and task.state == "running" else ""),
        ("fields", f"{FIELDS - len(task.missing)}/{FIELDS}" if task.missing else ""),
    ]
    return [fact for fact in found if fact is not None and fact[1]]


def _said(task: TaskRow, where: str, note: Progress | None, columns: int) -> list[Line]:
    """Its words: what it lacks, waits for, failed of, and the latest word of its worker."""
    lines: list[Line] = []
    if task.missing:
        lines += labelled("missing", ", ".join(task.missing), columns, voice="bright", indent=10)
    if task.waiting_for and not task.missing:
        human = task.waiting_for.startswith(ASKS)
        waits = task.waiting_for.removeprefix("nothing: ")
        lines += labelled("waits for", waits, columns, voice="needs-you" if human else "text", indent=10)
    if task.reason:
        lines += labelled("reason", task.reason, columns, voice="wrong" if where == "failed" else "text", indent=10)
    if note is not None and note.note:
        lines += [(Run("last word", "muted"),), *quoted(note.note, columns, most=6)]
    return lines


def _asked(items: Iterable[AttentionRow], now: int, columns: int) -> list[Line]:
    lines: list[Line] = []
    for item in items:
        due = f"   {deadline(item.expires_at, now)}" if item.expires_at else ""
        end: Line = (Run(f"   {code(item.digest)}" if item.digest else "", "muted"), Run(due, "text"))
        lines.append(spread((Run("⚑", "needs-you"), Run(f" {safe(item.title)}", "text")), end, columns))
    return lines


def detail(
    task: TaskRow, where: str, note: Progress | None, items: Iterable[AttentionRow], now: int, columns: int
) -> list[Line]:
    """All that is known of a task, one fact a line: for a sheet."""
    lines: list[Line] = []
    for label, value in facts(task, note, now):
        lines += labelled(label, value, columns)
    more = [*_said(task, where, note, columns), *_asked(items, now, columns)]
    return [*lines, BLANK, *more] if more else lines


def foot(
    task: TaskRow, where: str, note: Progress | None, items: Iterable[AttentionRow], now: int, columns: int, rows: int
) -> list[Line]:
    """The selected task below the list: its facts in columns, its words beside them."""
    head: Line = (
        Run(named(task), "accent", bold=True),
        Run("   "),
        mark(task, where),
        Run(f" {where}", "text"),
        Run(f"   {safe(task.id)}", "muted"),
    )
    told = [(label, value) for label, value in facts(task, note, now) if label != "state"]
    across = 2 if columns >= 90 else 1
    size = 34 if columns >= 130 else 30
    each = max(rows - 1, 1)
    blocks: list[tuple[list[Line], int]] = []
    for place in range(0, min(len(told), each * across), each):
        block = [
            fit((Run(left(label, 10), "muted"), Run(safe(value), "text")), size) for label, value in told[place:][:each]
        ]
        blocks.append((block, size))
    used = (size + 4) * len(blocks)
    words = columns - used
    if words >= 20:
        blocks.append(([*_asked(items, now, words), *_said(task, where, note, words)][:each], words))
    return [fit(line, columns) for line in (head, *beside(blocks, 4))][:rows]
