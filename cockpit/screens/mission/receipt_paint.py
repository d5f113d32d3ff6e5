"""A receipt's Markdown as lines: headings, quotes and tables in the voices of the screen. Pure.

Every foreign text in it was escaped by the renderer; here the escapes are taken back and the text is made harmless.
"""

from __future__ import annotations

import html
import re

from cockpit.screens.words import safe
from widgets.ink import BLANK, Line, Run, cells, cut, fit, spread, wrap

WIDEST = 110
_ESCAPE = re.compile(r"\\([\\`*\[\]|~$#+=:.\-_/@)0-9])")
_BORDER = re.compile(r"\|[\s:|-]+\|")
_CELLS = re.compile(r"(?<!\\)\|")
_TAIL = 8


def answer(state: str, height: int, stale: bool, columns: int) -> Line:
    """`receipt   so far      as of event 1 217 of the mission`."""
    begin: Line = (Run("receipt", "bright", bold=True), Run(f"   {state}", "muted"))
    word = "being computed …" if stale else f"as of its event {height}" if height else ""
    return spread(begin, (Run(word, "muted"),), columns) if word and columns >= 50 else fit(begin, columns)


def lines(text: str, columns: int) -> list[Line]:
    """The receipt for a width."""
    out: list[Line] = []
    table: list[list[str]] = []
    for raw in [*text.rstrip("\n").split("\n"), ""]:
        if raw.startswith("|"):
            if not _BORDER.fullmatch(raw.strip()):
                table.append([plain(cell.strip()) for cell in _CELLS.split(raw.strip().strip("|"))])
            continue
        if table:
            out += _table(table, columns)
            table = []
        out += _paragraph(raw, columns)
    while out and not out[-1]:
        out.pop()
    return [fit(line, columns) for line in out]


def plain(text: str) -> str:
    """Markdown text as the words that were written, made harmless."""
    shown = _ESCAPE.sub(r"\1", text.replace("**", ""))
    if len(shown) > 1 and shown[0] == shown[-1] == "*":
        shown = shown[1:-1]
    return safe(html.unescape(shown))


def _paragraph(raw: str, columns: int) -> list[Line]:
    size = max(min(columns, WIDEST), 8)
    if not raw.strip():
        return [BLANK]
    if raw.startswith("# "):
        return [(Run(part, "bright", bold=True),) for part in wrap(plain(raw[2:]), size)]
    if raw.startswith("#"):
        return [(Run(part, "muted", bold=True),) for part in wrap(plain(raw.lstrip("# ")), size)]
    if raw.strip() == "---":
        return [(Run("─" * size, "rule"),)]
    if raw.startswith(">"):
        return [(Run("│ ", "muted"), Run(part, "text")) for part in wrap(plain(raw[1:].strip()), max(size - 2, 8))]
    if raw.startswith("- "):
        parts = wrap(plain(raw[2:]), max(size - 2, 8))
        return [(Run("· " if place == 0 else "  ", "muted"), Run(part)) for place, part in enumerate(parts)]
    return [(Run(part, "text"),) for part in wrap(plain(raw.strip()), size)]


def _table(rows: list[list[str]], columns: int) -> list[Line]:
    """Columns as wide as their widest cell; where the row is too wide, the widest of them gives way."""
    count = max(len(row) for row in rows)
    rows = [row + [""] * (count - len(row)) for row in rows]
    sizes = [max(cells(row[place]) for row in rows) for place in range(count)]
    while sum(sizes) + 2 * (count - 1) > columns and max(sizes) > _TAIL:
        widest = sizes.index(max(sizes))
        sizes[widest] = max(_TAIL, sizes[widest] - (sum(sizes) + 2 * (count - 1) - columns))
    figures = [all(_figure(row[place]) for row in rows[1:]) for place in range(count)]
    out: list[Line] = []
    for number, row in enumerate(rows):
        line: list[Run] = []
        for place, cell in enumerate(row):
            shown = cut(cell, sizes[place])
            blank = " " * (sizes[place] - cells(shown))
            text = blank + shown if figures[place] and len(rows) > 1 else shown + blank
            line.append(Run(text if place == count - 1 else f"{text}  ", "muted" if number == 0 else "text"))
        out.append(fit(line, columns))
    return out


def _figure(cell: str) -> bool:
    return bool(re.fullmatch(r"[-$]?[\d$.,  ]+%?|—|", cell))
