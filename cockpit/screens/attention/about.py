"""What a question is about, as it is read before an answer: all of it is somebody else's text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit.screens.attention.artifact import artifact_lines
from cockpit.screens.attention.asked import Asked, Needed
from cockpit.screens.attention.exact import WIDEST, letter_lines
from cockpit.screens.attention.head import Look
from cockpit.screens.attention.planned import plan_lines
from cockpit.screens.attention.sheet import Check
from cockpit.screens.attention.strict import strict
from cockpit.screens.context.package import Block
from cockpit.screens.words import safe
from widgets.ink import BLANK, Line, Run, cut, fit, wrap

MOST_LINES = 2_000
"""Of a package no more lines are drawn here; `c` shows it whole."""


def about_lines(look: Look, columns: int) -> list[Line]:
    """Its detail, what is to be judged, what follows, the effect in question, what was made and found, the package."""
    size = max(min(columns - 3, WIDEST), 4)
    row, sheet = look.row, look.sheet
    out: list[Line] = []
    if row.plan:
        return plan_lines(row.plan, size)
    if row.detail:
        out += strict(row.detail, size)
    if sheet is None:
        return out
    if sheet.summary and sheet.summary != row.detail:
        out += [*_gap(out), *strict(sheet.summary, size)]
    if sheet.asked is not None:
        out += _task_lines(sheet.asked, {check.text for check in sheet.checks}, size, gap=bool(out))
    if sheet.checks:
        out += _gap(out)
        for check in sheet.checks:
            out += _check_lines(check, size)
    for letter in sheet.letters:
        out += [*_gap(out), _label(f"{safe(letter.short)}, exact bytes")]
        out += letter_lines(letter, columns)
    for artifact in sheet.artifacts:
        out += [*_gap(out), *artifact_lines(artifact, size)]
    if sheet.asked is not None:
        for needed in sheet.asked.needs:
            out += [*_gap(out), *_needed_lines(needed, size)]
        if sheet.asked.blocks:
            out += [*_gap(out), *_package_lines(sheet.asked, size)]
    return out or [(Run("nothing more is known of it; w says why it is asked", "muted"),)]


def _label(text: str) -> Line:
    return (Run(text, "muted", bold=True),)


def _task_lines(asked: Asked, checked: set[str], size: int, *, gap: bool) -> list[Line]:
    """The criteria that nobody has looked at yet, and what an answer leads to."""
    out: list[Line] = []
    open_ones = [(text, how) for text, how in asked.criteria if text not in checked]
    if open_ones:
        out += [*([BLANK] if gap else []), _label("to judge" if asked.follows else "criteria")]
        for text, how in open_ones:
            for place, line in enumerate(strict(text, size - 2)):
                out.append((Run("  " if place else "○ ", "muted"), *(run._replace(voice="bright") for run in line)))
            out += [(Run("  "), Run(part, "muted")) for part in wrap(safe(how), max(size - 2, 4))]
    if asked.follows:
        out += [*([BLANK] if gap or out else []), _label("what your answer does")]
        for sentence in asked.follows:
            out += [(Run(part, "text"),) for part in wrap(safe(sentence), size)]
    return out


def _needed_lines(needed: Needed, size: int) -> list[Line]:
    """Work that this builds on: whose it is, its artifacts, or at least what its worker said."""
    about = ", ".join(filter(None, [safe(needed.task), safe(needed.attempt)]))
    head: Line = (
        Run(cut(safe(needed.title or needed.key), max(size - len(about) - 3, 8)), "bright", bold=True),
        Run(f"   {about}", "muted"),
    )
    out = [fit(head, size)]
    if needed.summary:
        out += strict(needed.summary, size)
    if not needed.artifacts:
        return [*out, (Run("it left no file" if needed.attempt else "it is not done yet", "muted"),)]
    for artifact in needed.artifacts:
        out += [BLANK, *artifact_lines(artifact, size)]
    return out


def _package_lines(asked: Asked, size: int) -> list[Line]:
    """What any worker of this task receives, its own task first."""
    out: list[Line] = [
        (Run("package", "muted", bold=True), Run(f"   {safe(asked.attempt)}, c shows all of it", "muted"))
    ]
    for block in asked.blocks:
        out += _block_lines(block, size)
        if len(out) > MOST_LINES:
            return [*out[:MOST_LINES], (Run("… c shows the rest", "muted"),)]
    return out


def _block_lines(block: Block, size: int) -> list[Line]:
    out: list[Line] = []
    for row in block.rows:
        if not block.item and row.text.startswith("(end of package"):
            continue
        quoted = [Run("│ ", "muted")] if row.quoted else []
        for line in strict(row.text, max(size - 2 * len(quoted), 4)):
            heads = not block.item and row.text.startswith("## ")
            out.append((*quoted, *(run._replace(voice="muted") if heads else run for run in line)))
    return out


def _gap(lines: Sequence[Line]) -> list[Line]:
    return [BLANK] if lines else []


def _check_lines(check: Check, size: int) -> list[Line]:
    glyph = Run("✓" if check.ok else "✕", "proven" if check.ok else "wrong")
    head: list[Line] = [(glyph, Run(" "), *line) for line in strict(check.text, size - 2)]
    if check.detail:
        head += [(Run("  "), *line) for line in strict(check.detail, size - 2)]
    return head
