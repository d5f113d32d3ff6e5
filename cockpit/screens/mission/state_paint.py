"""What a mission knows as lines: the list by kind, and one item with what it rests on. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit.screens.mission.quote import labelled, quoted
from cockpit.screens.mission.state import WORDS, Curated, Known
from cockpit.screens.words import moment, safe
from widgets.ink import BLANK, Line, Run, Voice, cut, fit, left, right, spread
from widgets.listing import Entry, Shown
from widgets.marks import count

WIDE, NARROW = 110, 56
ID, BRANCH, WHENCE, AT = 6, 16, 24, 12

Branches = Mapping[str, str]
"""From the full id of a branch to its key."""


def entries(curated: Curated, branches: Branches, now: int, *, past: bool) -> list[Entry]:
    """Everything known as entries: a heading for each kind, then its items."""
    found: list[Entry] = []
    for kind, rows in curated.sections(past=past):
        if found:
            found.append(Entry(f"gap:{kind}", None, selectable=False))
        found.append(Entry(f"kind:{kind}", (WORDS.get(kind, kind), len(rows)), selectable=False))
        found += [Entry(row.id, (row, branches.get(row.row["branch"], ""), moment(row.row["at"], now))) for row in rows]
    return found


def answer(curated: Curated, *, past: bool, columns: int) -> Line:
    """`state   24 hold   1 contested   2 proposed      3 superseded or retracted, not shown`."""
    hold, unsure, over = curated.counts()
    begin: Line = (
        Run("state", "bright", bold=True),
        Run(f"   {count(hold)}", "bright", bold=True),
        Run(" hold", "muted"),
    )
    for name, number in unsure.items():
        begin = (*begin, Run(f"   {count(number)}", _voice(name), bold=True), Run(f" {name}", "muted"))
    hidden = "shown in their places" if past else "not shown"
    end: Line = (Run(count(over), "text"), Run(f" superseded or retracted, {hidden}", "muted")) if over else ()
    if curated.cut:
        end = (*end, Run("   only the newest are shown", "muted"))
    return spread(begin, end, columns) if end and columns >= NARROW else fit(begin, columns)


def header(columns: int) -> Line:
    """The names of the columns, directly on their rows."""
    if columns < NARROW:
        return fit((Run("what is known", "muted"),), columns)
    tail: Line = (Run(left("branch", BRANCH), "muted"), Run(right("at", AT), "muted"))
    if columns >= WIDE:
        tail = (Run(left("from", WHENCE), "muted"), *tail)
    return spread((Run(left("", ID), "muted"), Run("what is known", "muted")), tail, columns, 0)


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One heading, or one item."""
    columns = shown.columns
    if entry.body is None:
        return [BLANK]
    if not entry.selectable:
        word, size = entry.body
        return [fit((Run(word, "muted", bold=True), Run(f"  {count(size)}", "muted")), columns)]
    known, branch, at = entry.body
    assert isinstance(known, Known)
    voice: Voice = "bright" if shown.selected else "past" if known.past else "text"
    muted: Voice = "muted" if shown.selected or not known.past else "past"
    name = Run(left(safe(known.id), ID), muted)
    text = safe(known.row["text"])
    if columns < NARROW:
        return [fit((name, Run(text, voice, shown.selected)), columns)]
    tail: Line = (Run(left(cut(safe(branch), BRANCH - 2), BRANCH), muted), Run(right(at, AT), muted))
    if columns >= WIDE:
        tail = (Run(left(cut(safe(whence(known)), WHENCE - 2), WHENCE), muted), *tail)
    standing, lit = "", muted
    if not known.holds:
        standing = f"{safe(known.row['status'])} {safe(known.row['because'])}".strip()
        lit = muted if known.past else _voice(known.row["status"])
    elif columns < WIDE and known.row.get("grade") == "claimed":  # wider, it stands in the column of where it is from
        standing = "◇ claimed"
    room = columns - ID - sum(len(run.text) for run in tail) - 2
    if standing:
        standing = cut(standing, max(room // 2, 1))
        body: Line = (
            Run(left(text, max(room - len(standing) - 2, 1)), voice, shown.selected),
            Run(f"  {standing}", lit),
        )
    else:
        body = (Run(left(text, room), voice, shown.selected),)
    return [fit((name, *body, Run("  "), *tail), columns)]


def _voice(standing: str) -> Voice:
    """Only a contradiction asks for a human; what is suspect or proposed may stay so."""
    return "needs-you" if standing == "contested" else "text"


def whence(known: Known) -> str:
    """How far it is to be trusted, and who or what it comes from: `checked, writer`."""
    row = known.row
    return ", ".join(dict.fromkeys(str(row[name]) for name in ("grade", "trust", "origin") if row.get(name)))


def foot(known: Known | None, curated: Curated, branches: Branches, now: int, columns: int, rows: int) -> list[Line]:
    """The selected item, whole as far as there is room, and what it rests on."""
    if known is None:
        return []
    return sheet(known, curated, branches, now, columns)[:rows]


def sheet(known: Known, curated: Curated, branches: Branches, now: int, columns: int) -> list[Line]:
    """All that is known of one item: its words behind the gutter, its standing, what it rests on and carries."""
    row = known.row
    facts: list[tuple[str, str]] = []
    if not known.holds:
        facts += [("standing", _step(step)) for step in curated.chain(known.id)]
    facts += [("rests on", _named(name, curated)) for name in row.get("rests_on", ())]
    facts += [("carries", f"{other.id}  {other.row['text']}") for other in curated.carries(known.id)]
    made = [str(row[name]) for name in ("task", "attempt") if row.get(name)]
    facts.append(("from", ", ".join(filter(None, [whence(known), *made]))))
    where = branches.get(row["branch"], "") or "the mission"
    facts.append(("where", f"{where}, {moment(row['at'], now)}"))
    facts += [(label, str(row[label])) for label in ("privacy", "sha", "note") if row.get(label)]
    lines: list[Line] = [*quoted(str(row["text"]), columns), BLANK]
    for label, value in facts:
        if value:
            lines += labelled(label, value, columns)
    return lines


def _step(step: Mapping[str, object]) -> str:
    since = f" since #{step['since']}" if step["since"] else ""
    return f"{step['id']} is {step['status']}{since}: {step['why']}"


def _named(name: str, curated: Curated) -> str:
    found = curated.named(name)
    if found is None:
        return name
    standing = f", {found.row['status']}" if not found.holds else ""
    return f"{name}  {found.row['text']}{standing}"
