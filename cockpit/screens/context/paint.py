"""A context package as lines: its head, what is in and what is out as one ledger, and its text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cockpit.screens.context.package import Block, In, Out, Package, Row, section_of, why_out
from cockpit.screens.context.store import Carried, Stop
from cockpit.screens.words import code, money, safe
from engine.views.models import TaskRow
from widgets.ink import BLANK, Line, Run, Voice, chop, cut, cut_path, fit, left, right, rule, spread, width, wrap
from widgets.listing import Entry, Shown
from widgets.marks import count

INDENT = 8
"""Columns for an item's id before its words."""
WIDEST = 76
"""Text stops here."""
NEVER = "never carried"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a package."""

    stop: Stop
    task: TaskRow | None
    package: Package | None
    carried: Carried | None
    paid: int | None
    said: str
    """What the text is: byte for byte what the worker gets; or why there is none."""
    trouble: bool = False


def head(about: Head, columns: int) -> list[Line]:
    """Two lines: which attempt of what, and how large; labels and digest at the right."""
    task, stop, package = about.task, about.stop, about.package
    name = task.title if task else stop.task
    role, model = (task.role if task else ""), _model(about)
    title: list[Run] = [
        Run(safe(name), "bright", bold=True),
        Run("   attempt ", "muted"),
        Run(f"{stop.number}", "text"),
        Run(f" of {stop.of}" if stop.attempt else ", ", "muted"),
        Run("" if stop.attempt else "next", "text"),
        Run(f", {safe(_state(about))}" if stop.attempt and _state(about) else "", "muted"),
    ]
    if role:
        title += [Run("   "), Run(safe(role) + (f" → {safe(model)}" if model else ""), "muted")]
    if task and task.branch_key not in {"", "main"}:
        title += [Run("   "), Run(safe(task.branch_key), "muted")]
    end: list[Run] = []
    if package is not None:
        if columns >= 60 and package.labels:
            end += [Run(safe(package.labels), "text"), Run("   ")]
        if package.digest and columns >= 46:
            end += [Run("package ", "muted"), Run(code(package.digest), "bright", bold=True)]
    said = Run(about.said, "wrong" if about.trouble else "muted")
    first = _name_first(title, end, columns)
    if package is None:
        return [first, fit((said,), columns)]
    return [first, spread(_size(about, package, columns), (said,) if columns >= 100 else (), columns, gap=3)]


def _name_first(title: list[Run], end: list[Run], columns: int) -> Line:
    """Both ends on one line; the name of the task is cut before anything else is."""
    spare = columns - width(title) - width(end) - 3
    if spare < 0:
        room = max(width((title[0],)) + spare, 12)
        title = [title[0]._replace(text=fit((title[0],), room)[0].text), *title[1:]]
    return spread(title, end, columns, gap=3)


def _model(about: Head) -> str:
    route = about.package.route if about.package else {}
    name = str(route.get("model") or route.get("name") or (about.task.route if about.task else ""))
    return name.rpartition("/")[2]


def _state(about: Head) -> str:
    task = about.task
    return task.state if task and task.attempt == about.stop.attempt else ""


def _size(about: Head, package: Package, columns: int) -> list[Run]:
    runs = [
        Run(count(package.tokens), "bright", bold=True),
        Run(f" of {count(package.budget)} tok", "muted"),
    ]
    told = about.carried
    if told is not None and told.tokens > package.tokens > 0 and columns >= 76:
        least = "at least " if told.least else ""
        words = (
            f"{count(told.tokens)} tok that earlier attempts read and wrote, "
            if columns >= 130
            else f"{count(told.tokens)} tok, "
        )
        runs += [
            Run(f"   in place of {least}{words}", "muted"),
            Run(f"{_times(told.tokens, package.tokens)} × smaller", "text"),
        ]
    if about.paid is not None and columns >= 120:
        runs += [Run("   "), Run(money(about.paid), "text"), Run(" charged", "muted")]
    amount, calls = package.aside
    if not package.attempt and (amount or calls) and columns >= 100:
        said = f" set aside, {calls} call{'' if calls == 1 else 's'} at most" if calls else " set aside"
        runs += [Run("   up to ", "muted"), Run(money(amount), "text"), Run(said, "muted")]
    return runs


def _times(whole: int, part: int) -> str:
    tenths = whole * 10 // part
    return str(tenths // 10) if tenths >= 100 else f"{tenths // 10}.{tenths % 10}"


# -- in and out


class Columns:
    """Where the columns of both ledgers stand, by the whole width; the edge of a list takes two of it."""

    def __init__(self, columns: int) -> None:
        inner = columns - 2
        self.id = 10 if columns >= 54 else 8 if columns >= 34 else 6
        self.tokens = 9 if columns >= 52 else 7
        self.reason = min(60, max(16, inner * 2 // 5)) if columns >= 52 else 0
        self.title = max(4, inner - self.id - self.tokens - self.reason - (2 if self.reason else 0))


def lid(name: str, items: int, columns: int, *, focused: bool, later: int = 0) -> list[Line]:
    """The rule and the names of the columns, of `in` or `out`; `later` is what was asked for besides."""
    fields = Columns(columns)
    more = f", {later} pulled later" if later else ""
    title: Line = (Run(name, "bright", bold=True), Run(f"   {items} item{'' if items == 1 else 's'}{more}", "muted"))
    size = 2 + fields.id + fields.title
    shown = fit(title, size)
    return [
        rule(columns, lit=focused),
        fit(
            (
                *shown,
                Run(" " * (size - width(shown))),
                Run(right("tok", fields.tokens), "muted"),
                Run(f"  why it is {name}" if fields.reason else "", "muted"),
            ),
            columns,
        ),
    ]


def ins(package: Package) -> list[Entry]:
    """What is in, in the order of the text, and after it what its worker asked for later."""
    order = {block.item: place for place, block in reversed(list(enumerate(package.blocks)))}
    listed = sorted(package.included, key=lambda item: order.get(item.id, len(order)))
    found = [Entry(f"in {n} {item.id}", (item, package.titles.get(item.id, ""))) for n, item in enumerate(listed)]
    return found + [Entry(f"later {n} {item.id}", (item, item.kind)) for n, item in enumerate(package.pulled)]


def outs(
    package: Package, names: Mapping[str, str], branches: Mapping[str, str], carried: Carried | None
) -> list[Entry]:
    """What is out, and at the end what is never carried."""
    found = [
        Entry(f"out {n} {item.id}", (item, names.get(item.id.partition(" ")[0], item.kind), why_out(item, branches)))
        for n, item in enumerate(package.excluded)
    ]
    if carried is not None and carried.tokens:
        what = f"transcripts of {carried.attempts} attempt{'' if carried.attempts == 1 else 's'}"
        found.append(Entry("never", (carried, what), selectable=False))
    return found


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One line of either ledger."""
    fields = Columns(shown.columns + 2)
    body = entry.body
    if isinstance(body[0], Carried):
        return [_row(fields, shown, "—", body[1], body[0].tokens, NEVER, "past", "past")]
    if isinstance(body[0], In):
        item, title = body
        reason = item.reason if item.form == "full" else f"{item.reason}, as a {item.form}"
        return [_row(fields, shown, item.id, title, item.tokens, reason, "text", "muted")]
    out, title, why = body
    assert isinstance(out, Out)
    return [_row(fields, shown, out.id, title, out.tokens, why, "past", "past")]


def _row(
    fields: Columns, shown: Shown, name: str, title: str, tokens: int | None, reason: str, voice: Voice, low: Voice
) -> Line:
    lit: Voice = "bright" if shown.selected else voice
    told = "—" if tokens is None else count(tokens)
    return fit(
        (
            Run(left(cut(safe(name), fields.id - 2), fields.id), lit, bold=shown.selected),
            Run(left(safe(title), fields.title), lit, bold=shown.selected),
            Run(right(told, fields.tokens), lit),
            Run(f"  {safe(reason)}" if fields.reason else "", low),
        ),
        shown.columns,
    )


def room(package: Package, columns: int) -> Line:
    """`500 tok more would add  E33 (212)  E27 (169)`; nothing where nothing is out for want of room."""
    if not package.would_add:
        return BLANK
    total = sum(tokens for _name, tokens in package.would_add)
    runs: list[Run] = [Run("500 tok more", "bright", bold=True), Run(" would add", "muted")]
    runs += [Run(f"   {safe(name)} ({count(tokens)})", "text") for name, tokens in package.would_add]
    return spread(runs, (Run(f"{count(total)} tok", "muted"),), columns)


# -- the text


@dataclass(frozen=True, slots=True)
class Page:
    """What a listing shows of a text: entries, and every line of it for searching. Widths are without the edge."""

    entries: tuple[Entry, ...]
    lines: tuple[str, ...]
    """What is shown, line by line, as plain text."""


def page(package: Package, columns: int) -> Page:
    """The text of a package: its headings, and its items as entries called `text N ID`."""
    size = max(min(columns, WIDEST), 12)
    entries: list[Entry] = []
    lines: list[str] = []
    for number, block in enumerate(package.blocks):
        pieces = _pieces(block, size)
        lines += [text for _kind, _id, text in pieces]
        entries.append(Entry(f"text {number} {block.item}", pieces, len(pieces), selectable=bool(block.item)))
    return Page(tuple(entries), tuple(lines))


Piece = tuple[str, str, str]
"""Kind (`heading`, `fence`, `quoted`, `text`), the id that stands before it, and a line of text."""


def _pieces(block: Block, size: int) -> tuple[Piece, ...]:
    out: list[Piece] = []
    for number, row in enumerate(block.rows):
        kind, before, text = _kind(row, block.item if number == 0 else "")
        indent = INDENT if size >= 40 else 0
        if not indent and before:
            text, before = f"{before} {text}", ""
        for place, piece in enumerate(wrap(safe(text), max(size - indent - (2 if kind == "quoted" else 0), 4))):
            out.append((kind, before if place == 0 else "", piece))
    return tuple(out)


def _kind(row: Row, item: str) -> Piece:
    text = row.text
    if row.quoted:
        return "quoted", "", text
    if text.startswith("## "):
        return "heading", "", text
    if text.startswith(("[begin ", "[end ", "(end of package")):
        return "fence", "", text
    if item and text.startswith(f"- {item}"):
        return "text", item, text[2 + len(item) :].lstrip(": ")
    if item and text.startswith(f"{item} "):
        return "text", item, text[len(item) + 1 :]
    return "text", "", text


def paint_text(entry: Entry, shown: Shown, words: str = "") -> list[Line]:
    """The lines of one entry; what is searched for is bright."""
    indent = INDENT if min(shown.columns, WIDEST) >= 40 else 0
    out: list[Line] = []
    for kind, before, text in entry.body:
        voice: Voice = "muted" if kind in {"heading", "fence"} else "bright" if shown.selected else "text"
        line: list[Run] = [Run(left(cut_path(safe(before), indent - 2), indent) if indent else "", "muted")]
        if kind == "quoted":
            line.append(Run("│ ", "muted"))
        out.append(fit((*line, *_marked(text, words, voice)), shown.columns))
    return out


def _marked(text: str, words: str, voice: Voice) -> list[Run]:
    """A text in which what is searched for stands out."""
    low, wanted = text.lower(), words.lower()
    if not wanted or len(low) != len(text):
        return [Run(text, voice)]
    runs: list[Run] = []
    start = 0
    while (found := low.find(wanted, start)) >= 0:
        runs += [Run(text[start:found], voice), Run(text[found : found + len(wanted)], "accent", bold=True)]
        start = found + len(wanted)
    return [run for run in (*runs, Run(text[start:], voice)) if run.text]


def compared(lines: Sequence[str], columns: int) -> Page:
    """A unified diff behind the gutter, a line an entry."""
    entries: list[Entry] = []
    told: list[str] = []
    for number, line in enumerate(lines):
        shown = safe(line)
        pieces = [shown] if not shown else [*_chunks(shown, max(columns - 2, 8))]
        told += pieces
        entries.append(Entry(f"diff {number}", tuple(pieces), len(pieces)))
    return Page(tuple(entries), tuple(told))


def _chunks(text: str, size: int) -> list[str]:
    """A line of a text as it is, broken only where the room ends."""
    out: list[str] = []
    while text:
        piece = chop(text, size) or text[:1]
        out.append(piece)
        text = text[len(piece) :]
    return out


def paint_diff(entry: Entry, shown: Shown, words: str = "") -> list[Line]:
    """One line of a diff: what came is bright, what went is past; the sign says it too."""
    first = entry.body[0] if entry.body else ""
    named = entry.id in {"diff 0", "diff 1"} or first.startswith("@@")
    voice: Voice = "muted" if named else "bright" if first.startswith("+") else "text"
    if first.startswith("-") and not named:
        voice = "past"
    return [fit((Run("│ ", "muted"), *_marked(piece, words, voice)), shown.columns) for piece in entry.body]


def text_lid(title: str, note: str, first: int, last: int, whole: int, columns: int, *, focused: bool) -> list[Line]:
    """The rule and the title above the text, with which lines are seen."""
    begin: Line = (Run(title, "bright", bold=True), Run(f"   {note}" if note else "", "muted"))
    end: Line = (Run(f"lines {count(first)}-{count(last)} of {count(whole)}" if whole else "", "muted"),)
    return [rule(columns, lit=focused), spread(begin, end, columns), BLANK]


def text_foot(above: int, below: int, columns: int) -> Line:
    """`60 lines above, 76 below`."""
    if not above and not below:
        return BLANK
    return fit((Run(f"  {count(above)} line{'' if above == 1 else 's'} above, {count(below)} below", "past"),), columns)


def lit_section(entry: Entry | None) -> str:
    """The section of the selected item; empty for none."""
    item = entry.body[0] if entry is not None and entry.body else None
    return section_of(item.kind) if isinstance(item, In) else ""


def sentence(text: str, columns: int) -> Line:
    """One muted sentence, where the first line would be."""
    return fit((Run(text, "muted"),), columns)
