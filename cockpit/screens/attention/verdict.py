"""The line of decisions, alone above the keys: what each key does, and above it what the last one did. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit.cli.orders import asks_for_code
from cockpit.screens.attention.arming import LOCKED
from cockpit.screens.attention.head import Look
from cockpit.screens.words import safe
from widgets.ink import BLANK, Line, Run, Voice, cells, fit, rule, width

LEAST = (60, 16)
"""Columns and rows below which nothing is approved."""
SMALL = f"too small to approve: below {LEAST[0]} columns or {LEAST[1]} rows the bytes cannot be read"
SHORT = f"too small to approve: needs {LEAST[0]}x{LEAST[1]}"


@dataclass(frozen=True, slots=True)
class State:
    """How the pane stands: `armed` once a key would decide; `said` is what the last one did."""

    armed: bool = False
    locked: bool = False
    busy: bool = False
    small: bool = False
    said: str = ""
    voice: Voice = "text"


def lines(look: Look | None, state: State, columns: int, rows: int) -> list[Line]:
    """A rule, which carries what was said last, and the decisions."""
    below = decisions(look, state, columns) if look is not None else BLANK
    if rows < 2:
        return [fit(_said(state), columns) if state.said else below]
    if not state.said:
        return [rule(columns), below]
    told = fit(_said(state), columns - 4)
    rest = columns - width(told) - 4
    return [(Run("── ", "rule"), *told, Run(f" {'─' * max(rest, 0)}", "rule")), below]


def _said(state: State) -> Line:
    glyph = {"wrong": "! ", "proven": "✓ "}.get(state.voice, "")
    voice: Voice = "bright" if state.voice == "proven" else state.voice
    return (Run(glyph, state.voice), Run(safe(state.said), voice))


def decisions(look: Look, state: State, columns: int) -> Line:
    """The decisions of an item, with what follows from each."""
    if state.locked:
        return fit((Run("l ", "accent", bold=True), Run(LOCKED, "bright")), columns)
    if state.busy:
        return (Run("asking the engine …", "muted"),)
    return _approve(look, state, columns) if look.row.kind == "approve" else _answer(look, state, columns)


def _key(key: str, word: str, *, armed: bool = True, bold: bool = False) -> Line:
    return (
        Run(key, "accent" if armed else "muted", bold=True),
        Run(f" {word}", ("bright" if bold else "text") if armed else "muted", bold=bold and armed),
    )


def _approve(look: Look, state: State, columns: int) -> Line:
    sheet, count = look.sheet, look.left
    tail = [_key("r", "reject, becomes a rule"), _key("e", "edit")]
    if sheet is not None and sheet.call:
        tail = [_key("r", "reject, its worker hears why")]
    elif sheet is not None and sheet.letters:
        short = sheet.letters[min(look.place, len(sheet.letters) - 1)].short
        tail.append(_key("v", "take the veto back" if short in look.vetoed else "veto this one"))
    begin: list[Run] = []
    if state.small:
        begin.append(Run(SMALL if columns > len(SMALL) else SHORT, "bright"))
    elif sheet is not None and sheet.broken:
        broken = len(sheet.broken)
        which = "its bytes are not whole" if len(sheet.letters) == 1 else f"the bytes of {broken} are not whole"
        begin += [Run("! ", "wrong"), Run(f"cannot be approved, {which}", "bright")]
    elif not count:
        begin.append(Run("everything is vetoed: reject it instead", "bright"))
    else:
        begin += _key("a", f"approve {count}", armed=state.armed, bold=True)
        if look.row.people > 1:
            said = look.row.said_yes
            begin.append(Run(f"   {len(said)} of {look.row.people} said yes", "text"))
            begin.append(Run("".join(f" · {safe(who)}" for who in said), "muted"))
        if why := asks_for_code(look.row.verb, count):
            begin += [Run("   then type ", "muted"), Run(look.code, "bright", bold=True)]
            if columns >= 100:
                begin.append(Run(f", {why}", "muted"))
    return _both(begin, tail, columns)


def _answer(look: Look, state: State, columns: int) -> Line:
    choices = look.row.choices
    if not choices:
        return _both(list(_key("⏎", "answer in your own words", armed=state.armed, bold=True)), [], columns)
    begin: list[Run] = []
    for number, choice in enumerate(choices[:9], start=1):
        begin += [Run("   " if begin else ""), *_key(str(number), safe(choice), armed=state.armed, bold=True)]
    return _both(begin, [_key("⏎", "takes the selected one"), _key(":", "with a reason")], columns)


def _both(begin: list[Run], tail: list[Line], columns: int) -> Line:
    """What decides, and the rest where there is room for it, never half a key."""
    line: list[Run] = list(fit(begin, columns))
    for keys in tail:
        if width(line) + 3 + width(keys) <= columns:
            line += [Run("   "), *keys]
    return tuple(line)


def tabs(names: tuple[str, ...], current: str, columns: int) -> list[Line]:
    """The panes of a narrow screen, and the one accent rule below the open one."""
    runs: list[Run] = []
    under: list[Run] = []
    for name in names:
        gap = "   " if runs else ""
        lit = name == current
        runs += [Run(gap), Run(name, "bright" if lit else "muted", bold=lit)]
        under += [Run("─" * len(gap), "rule"), Run(("━" if lit else "─") * cells(name), "accent" if lit else "rule")]
    rest = columns - width(runs)
    return [fit(runs, columns), fit((*under, Run("─" * max(rest, 0), "rule")), columns)]
