"""The exact bytes of an item, behind the gutter, and what stands below them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit.screens.attention.sheet import Check, Letter, Sheet, difference
from cockpit.screens.attention.strict import fold, runs, strict
from cockpit.screens.words import safe
from widgets.ink import BLANK, Line, Run, Voice, cut, fit, left, spread, width

WIDEST = 76
"""A text is no wider than this, however wide the screen."""
GUTTER: Line = (Run("│  ", "muted"),)
HEADER = 10
RAW = 1_000_000
"""Bytes of a raw message that are drawn; mails are smaller."""


def letter_lines(letter: Letter, columns: int) -> list[Line]:
    """From, To, Subject and the text, as they will leave."""
    size = min(columns - 3, WIDEST)
    effect = letter.effect
    out: list[Line] = []
    if not effect.intact:
        out += [
            (Run("! these are not the bytes that the digest was made of; they cannot be approved", "wrong"),),
            BLANK,
        ]
    for label, value, own, bold in (
        ("From", effect.sender, (), False),
        ("To", effect.to, ((0, len(effect.to)),) if letter.own_to else (), False),
        ("Subject", effect.subject, letter.own_subject, True),
    ):
        if value or label == "To":
            lines = strict(value.replace("\n", "␊"), max(size - HEADER, 8), own, bold=bold) or [BLANK]
            for place, line in enumerate(lines):
                out.append((Run(left("" if place else label, HEADER), "muted"), *line))
    if effect.addressed and effect.to and effect.to.lower() not in effect.addressed.lower():
        lines = strict(effect.addressed, max(size - HEADER, 8))
        out += [(Run(left("", HEADER)), Run("the message says ", "wrong"), *line) for line in lines]
    text = effect.text.replace("\r\n", "\n").rstrip("\n")
    return [*out, BLANK, *strict(text, size, letter.own)]


def raw_lines(letter: Letter, columns: int) -> list[Line]:
    """The whole message, headers too, as it is stored."""
    text = letter.effect.raw[:RAW].decode("utf-8", "backslashreplace")
    return strict(text, min(columns - 3, 2 * WIDEST))


def diff_lines(sheet: Sheet, letter: Letter, columns: int) -> list[Line]:
    """What is different from what its worker wrote, where a human has edited it; else from the last batch that was
    approved in this branch.
    """
    before = letter.written or sheet.earlier
    if before is None:
        return [(Run("nothing was approved in this branch before", "muted"),)]
    size = min(columns - 5, WIDEST)
    batch = safe(str(before.event.get("batch", "")).removeprefix("G"))
    against = (
        f"{safe(before.effect)}, as its worker wrote it" if letter.written else f"{before.effect} of batch {batch}"
    )
    out: list[Line] = [(Run(f"against {against}", "muted"),), BLANK]
    if letter.written and before.subject != letter.effect.subject:
        old, new = (
            f"Subject: {before.subject}\n\n{before.text}",
            f"Subject: {letter.effect.subject}\n\n{letter.effect.text}",
        )
    else:
        old, new = before.text, letter.effect.text
    for mark, line in difference(old, new):
        voice: Voice = "bright" if mark == "+" else "past" if mark == "-" else "text"
        for piece in fold([run._replace(voice=voice) for run in runs(line)], size):
            out.append((Run(f"{mark} ", voice), *piece))
    return out


# -- what stands below the bytes


def nature(letter: Letter, *, short: bool = False) -> Line:
    """`text/plain only · 0 attachments · 0 hidden characters`, computed; `short` counts only what is hidden."""
    if short:
        return (Run(f"{letter.hidden} hidden", "wrong" if letter.hidden else "muted"),)
    effect = letter.effect
    kinds = list(dict.fromkeys(effect.kinds))
    attached = max(len(effect.kinds) - 1, 0)
    parts = safe(f"{kinds[0]} only" if len(kinds) == 1 else ", ".join(kinds) or "no mail, raw bytes")
    plain = kinds in (["text/plain"], [])
    noun = "character" if letter.hidden == 1 else "characters"
    return (
        Run(parts, "muted" if plain else "bright"),
        Run(f" · {attached} attachment{'' if attached == 1 else 's'}", "bright" if attached else "muted"),
        Run(f" · {letter.hidden} hidden {noun}", "wrong" if letter.hidden else "muted"),
    )


def check_grid(checks: Sequence[Check], columns: int, rows: int) -> list[Line]:
    """What the verdicts looked at, in up to three columns; what does not hold comes first, the rest is told by `w`."""
    if not checks or rows <= 0 or columns < 20:
        return []
    across = 3 if columns >= 66 else 2 if columns >= 44 else 1
    size = columns // across
    room = rows * across
    shown = list(checks) if len(checks) <= room else list(checks[: room - 1])
    cellsof: list[Line] = []
    for check in shown:
        glyph = Run("✓ " if check.ok else "✕ ", "proven" if check.ok else "wrong")
        cellsof.append((glyph, Run(cut(safe(check.text), size - 4), "text" if check.ok else "bright")))
    if len(shown) < len(checks):
        cellsof.append((Run(f"{len(checks) - len(shown)} more with ", "muted"), Run("w", "accent", bold=True)))
    lines: list[Line] = []
    for start in range(0, len(cellsof), across):
        line: list[Run] = []
        for place, cell in enumerate(cellsof[start : start + across]):
            line += [Run(" " * (place * size - width(line))), *cell]
        lines.append(tuple(line))
    return lines


def room_of(lines: Sequence[Line], rows: int, below: Sequence[Line]) -> int:
    """How many of the rows show lines: `below` has its own, and a hint takes one where nothing is below."""
    under = min(len(below), max(rows - 3, 0))
    if under:
        return rows - under - (1 if rows > 12 else 0)
    return rows if len(lines) <= rows else max(rows - 1, 0)


def most_offset(lines: Sequence[Line], rows: int, below: Sequence[Line]) -> int:
    """How far the lines can be scrolled."""
    return max(len(lines) - room_of(lines, rows, below), 0)


def window(lines: Sequence[Line], offset: int, columns: int, rows: int, below: Sequence[Line]) -> list[Line]:
    """The visible lines behind the gutter, `below` under them; what is further down is counted."""
    room = room_of(lines, rows, below)
    more = len(lines) - offset - room
    across = min(columns, WIDEST + 3)  # the hint stands where the text ends, not at the edge of a wide screen
    hint: Line = (Run(f"{more} more line{'' if more == 1 else 's'} ↓", "text"),) if more > 0 else ()
    shown: list[Line] = [fit((*GUTTER, *line), columns) for line in lines[offset : offset + room]]
    under = list(below)[: max(rows - 3, 0)]
    if not under:
        return [*shown, spread((), hint, across)] if hint else shown
    if rows > len(under) + room:  # the air between holds the hint
        return [*shown, spread((), hint, across) if hint else BLANK, *(fit(line, columns) for line in under)]
    return [*shown, spread(under[0], hint, columns) if hint else fit(under[0], columns), *under[1:]]
