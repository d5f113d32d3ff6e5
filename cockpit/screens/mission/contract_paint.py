"""The contract as lines: its file with coverage in the margin, the clause that is selected, its revisions. Pure."""

from __future__ import annotations

from cockpit.screens.mission.contract_read import Reading, Revision, Row
from cockpit.screens.mission.quote import labelled
from cockpit.screens.words import moment, safe
from widgets.ink import BLANK, Line, Run, Voice, fit, left, right, spread, wrap
from widgets.listing import Entry, Shown

NARROW = 56
MARGIN, NUMBER = 10, 5
_LETTER = {"enforced": "e", "checked": "c", "advisory": "○"}


def entries(reading: Reading, now: int) -> list[Entry]:
    """Every line of the file, then the clauses without a line, then the revisions, newest first."""
    found = [Entry(f"L{row.number}" if row.number else f"C{row.text}", row) for row in reading.rows]
    if reading.revisions:
        found.append(Entry("gap", None, selectable=False))
        found.append(Entry("revisions", "amended", selectable=False))
    for revision in reversed(reading.revisions):
        height = 1 + len(revision.changes)
        found.append(Entry(f"R{revision.rev}", (revision, moment(revision.at, now)), height))
    return found


def answer(reading: Reading, columns: int) -> Line:
    """`contract   rev 2   14 enforced · 3 checked · 2 advisory`."""
    counts = reading.counts()
    begin: Line = (
        Run("contract", "bright", bold=True),
        Run("   rev ", "muted"),
        Run(str(reading.rev), "bright", bold=True),
    )
    covered = f"{counts['enforced']} enforced · {counts['checked']} checked · {counts['advisory']} advisory"
    end: Line = (Run(covered, "text"),)
    return spread(begin, end, columns) if columns >= NARROW else fit(begin, columns)


def notice(reading: Reading, columns: int) -> Line:
    """What the file does not say any more, or that it is gone; nothing mostly."""
    if reading.source and not reading.text:
        return fit((Run("the bytes of the file were erased: these are its clauses", "muted"),), columns)
    changed = [path for revision in reading.on_top for path, _before, _after in revision.changes]
    if changed:
        words = f"amended in the queue since this file: {safe(', '.join(changed))}"
        return fit((Run(words, "text"),), columns)
    return BLANK


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One line of the file, or one revision."""
    if entry.body is None:
        return [BLANK]
    if isinstance(entry.body, str):
        return [fit((Run(entry.body, "muted", bold=True),), shown.columns)]
    if isinstance(entry.body, Row):
        return [_row(entry.body, shown)]
    revision, at = entry.body
    return [fit(line, shown.columns) for line in _revision(revision, at, shown)]


def _row(row: Row, shown: Shown) -> Line:
    names = [clause.coverage for clause in row.clauses]
    weakest = next((word for word in ("advisory", "checked", "enforced") if word in names), "")
    voice: Voice = "bright" if shown.selected else "text" if row.number else "muted"
    margin_voice: Voice = "text" if weakest == "advisory" else "muted"
    if shown.columns < NARROW:
        return fit((Run(left(_LETTER.get(weakest, ""), 2), margin_voice), Run(safe(row.text), voice)), shown.columns)
    mark = f"○ {weakest}" if weakest == "advisory" else weakest
    margin = Run(left(mark, MARGIN + 2), margin_voice)
    number = Run(f"{right(str(row.number) if row.number else '', NUMBER)}  ", "past" if not shown.selected else "muted")
    body: Line = (Run(safe(row.text), voice, shown.selected),)
    if row.text.lstrip().startswith("#"):
        body = (Run(safe(row.text), "muted", shown.selected),)
    return fit((margin, number, *body), shown.columns)


def _revision(revision: Revision, at: str, shown: Shown) -> list[Line]:
    voice: Voice = "bright" if shown.selected else "text"
    because = f"   {safe(revision.because)}" if revision.because else ""
    who: Line = (
        Run(left(f"rev {revision.rev}", MARGIN + 2), voice, shown.selected),
        Run(f"{at}   {safe(revision.actor)}{because}", "muted"),
    )
    return [who, *(_change(*change) for change in revision.changes)]


def _change(path: str, before: str, after: str) -> Line:
    return (
        Run(f"{'':{MARGIN + 2}}{safe(path)}  ", "muted"),
        Run(safe(before) or "—", "past"),
        Run("  →  ", "muted"),
        Run(safe(after) or "—", "text"),
    )


def foot(entry: Entry | None, reading: Reading, columns: int, rows: int) -> list[Line]:
    """Who holds the clauses of the selected line to their word, and what would where nobody does."""
    body = entry.body if entry is not None else None
    lines: list[Line] = []
    if isinstance(body, Row):
        for clause in sorted(body.clauses, key=lambda clause: clause.coverage):  # advisory first
            lines += labelled(clause.coverage, f"{clause.name}: {clause.by}", columns)
            if clause.teeth:
                lines += labelled("teeth", clause.teeth, columns)
        if not body.clauses:
            lines = [(Run("nothing of its own is promised on this line", "muted"),)]
    elif isinstance(body, tuple):
        revision: Revision = body[0]
        lines = [_change(*change) for change in revision.changes]
        lines += [(Run(part, "muted"),) for part in wrap(safe(revision.because), max(columns, 8))]
    elif not reading.rows:
        lines = [(Run("the contract is not there yet", "muted"),)]
    return [fit(line, columns) for line in lines[:rows]]


def whole(entry: Entry, reading: Reading, columns: int) -> list[Line]:
    """A line of the file in full, with all its clauses; or a revision."""
    told = foot(entry, reading, columns, 200)
    if not isinstance(entry.body, Row):
        return told
    return [*((Run(part, "bright"),) for part in wrap(safe(entry.body.text), max(columns, 8))), BLANK, *told]


def weak(reading: Reading) -> list[str]:
    """The entries that hold an advisory clause, in their order."""
    return [
        f"L{row.number}" if row.number else f"C{row.text}"
        for row in reading.rows
        if any(clause.coverage == "advisory" for clause in row.clauses)
    ]
