"""The items of a batch as a list and as a strip of glyphs, and the choices of a question with what each does. Pure."""

from __future__ import annotations

from cockpit.screens.attention.head import Look
from cockpit.screens.attention.sheet import Letter
from cockpit.screens.words import safe
from widgets.ink import Line, Run, Voice, cells, cut_path, fit, right, spread, wrap
from widgets.listing import Entry, Shown

DOES = {
    "sent": "it counts as sent; it is never sent again",
    "not sent": "it counts as not sent",
    "send again": "it counts as not sent, and the same bytes are asked about once more",
    "ask again": "the same bytes come back for your approval",
    "drop": "they are withdrawn for good",
    "keep": "the branch counts as proven; its budget goes on",
    "prune": "the branch ends; what it did not spend goes back",
    "extend": "one more evidence window",
    "go on": "the mission goes on as before",
    "stop": "the mission ends here; nothing more leaves",
    "finish": "the mission counts as finished",
    "try again": "the engine tries to go on",
    "retry": "two more attempts for the task",
    "skip": "the task is cancelled; what needs it goes without",
    "human": "you do the task yourself",
    "accept": "the work is accepted; what waits for it starts",
    "reject": "the work goes back with your reason",
    "make an exception": "the task is tried once more, without the rules that it broke",
    "keep the newer": "the older rule binds nobody any more",
    "keep the older": "the newer rule binds nobody any more",
    "keep both": "both stay, and workers are told both",
    "refuse": "it stays refused; nothing else changes",
}
"""What follows from a choice, by its word."""
_PLAN = {
    "accept": "the plan is in force; its first tasks start",
    "reject": "its planner hears your reason, once; then nothing changes",
    "ask again": "its planner proposes another one",
}
"""What follows where a plan is proposed."""
NARROW = 36
"""Columns for what a choice does."""
GRAVE = frozenset({"stop", "finish", "prune", "drop", "reject"})
"""Choices that ask once more, with a reason."""


def entries(look: Look) -> list[Entry]:
    """The items of a batch, or the choices of a question."""
    sheet = look.sheet
    if look.row.kind != "approve":
        plan = look.row.kind == "plan"
        return [
            Entry(f"choice-{n}", (n, choice, *consequence(choice, plan=plan)), 1 + len(consequence(choice, plan=plan)))
            for n, choice in enumerate(look.row.choices, start=1)
        ]
    if sheet is None:
        return []
    count = len(sheet.letters)
    return [
        Entry(
            letter.short,
            (place + 1, count, state_of(look, letter), safe(letter.effect.to or letter.short), letter.odd),
        )
        for place, letter in enumerate(sheet.letters)
    ]


def state_of(look: Look, letter: Letter) -> str:
    """The glyph of an item: vetoed, seen, not seen."""
    if letter.short in look.vetoed:
        return "✕"
    return "•" if letter.short in look.seen else "○"


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One item, or one choice."""
    if entry.height > 1:
        return _choice(entry, shown)
    number, count, glyph, to, odd = entry.body
    digits = max(2, len(str(count)))
    voice: Voice = "bright" if shown.selected else "muted" if glyph == "•" else "past" if glyph == "✕" else "text"
    head: Line = (
        Run(right(str(number), digits), "muted"),
        Run(f" {glyph} ", "accent" if shown.selected and shown.focused and glyph == "•" else voice),
    )
    note = f"≠ {odd}" if odd else "vetoed" if glyph == "✕" else ""
    room = shown.columns - digits - 3 - (cells(note) + 2 if note else 0)
    name = Run(cut_path(to, max(room, 6)), voice, bold=shown.selected)
    if not note:
        return [fit((*head, name), shown.columns)]
    return [spread((*head, name), (Run(note, "bright" if odd else "past"),), shown.columns)]


def _choice(entry: Entry, shown: Shown) -> list[Line]:
    number, choice, *does = entry.body
    voice: Voice = "bright" if shown.selected else "text"
    return [
        fit((Run(f" {number}  ", "accent", bold=True), Run(safe(choice), voice, bold=shown.selected)), shown.columns),
        *(fit((Run("    "), Run(line, "muted")), shown.columns) for line in does),
    ]


def consequence(choice: str, *, plan: bool = False) -> list[str]:
    """What follows from a choice, in lines that fit the list."""
    word = choice.partition(":")[0].strip().casefold()
    told = (_PLAN if plan else DOES).get(word) or DOES.get(word, "is recorded as your answer")
    return wrap(told, NARROW)


def strip(look: Look, columns: int) -> Line:
    """All items of a batch on one line: `item 3 of 25    ••▌○○○≠○    3 seen   3 stand out`."""
    letters = look.sheet.letters if look.sheet else ()
    if not letters or look.row.kind != "approve":
        return choices_line(look, columns)
    seen = sum(letter.short in look.seen for letter in letters)
    odd = len(look.sheet.odd) if look.sheet else 0
    tail: list[Run] = [Run(f"{seen} seen", "muted")]
    if look.vetoed:
        tail.append(Run(f"   {len(look.vetoed)} vetoed", "bright"))
    if odd:
        tail.append(Run(f"   {odd} stand{'s' if odd == 1 else ''} out", "text"))
    head: list[Run] = [
        Run(f"item {look.place + 1}", "bright", bold=True),
        Run(f" of {len(letters)}    ", "muted"),
    ]
    room = columns - sum(cells(run.text) for run in (*head, *tail)) - 3
    first = max(0, min(look.place - room // 2, len(letters) - room))
    for place, letter in list(enumerate(letters))[first : first + max(room, 0)]:
        head.append(_glyph(look, place, letter))
    return spread(head, tail, columns)


def _glyph(look: Look, place: int, letter: Letter) -> Run:
    if place == look.place:
        return Run("▌", "accent", bold=True)
    glyph = state_of(look, letter)
    if glyph != "✕" and letter.odd:
        return Run("≠", "bright")
    return Run(glyph, "muted")


def choices_line(look: Look, columns: int) -> Line:
    """The choices of a question on one line."""
    runs: list[Run] = []
    for number, choice in enumerate(look.row.choices, start=1):
        runs += [Run("   " if runs else ""), Run(f"{number} ", "accent", bold=True), Run(safe(choice), "text")]
    return fit(runs or [Run("an answer in your own words", "muted")], columns)
