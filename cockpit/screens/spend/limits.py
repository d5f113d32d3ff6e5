"""The limits that the contract names beside the mission's money, the tightest first. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit.screens.words import money, safe
from engine.views.models import Limited
from widgets.ink import Line, Run, Voice, cells, fit, left, right
from widgets.marks import bar, count, percent

_BAR = 10
_SHARE = 6


def tightest(limits: Sequence[Limited]) -> list[Limited]:
    """In the order in which they will bind; of equals in the contract's order."""
    return sorted(limits, key=lambda one: -((one.used + one.aside) * 1_000_000 // max(one.cap, 1)))


def section(limits: Sequence[Limited], columns: int, most: int, *, headed: bool = True) -> list[Line]:
    """A header, unless it is not wanted, and at most `most` lines: what is limited, how much was used and set aside, of
    how much. The first of those that find no room are the loosest; a last line counts them.
    """
    if not limits or most <= 0:
        return []
    found = tightest(limits)
    shown = found if len(found) <= most else found[: most - 1]
    used, cap = [_amount(one, one.used) for one in shown], [_amount(one, one.cap) for one in shown]
    wide, whole = max(map(cells, used), default=0), max(map(cells, cap), default=0)
    rest = columns - wide - whole - 6 - _SHARE
    drawn = _BAR if rest - _BAR - 2 >= max(cells(_named(one)) for one in shown) else 0
    name = max(4, rest - (drawn + 2 if drawn else 0))
    lines = [fit((Run("limits", "muted", bold=True),), columns)] if headed else []
    for one, told, of in zip(shown, used, cap, strict=True):
        lit: Voice = "bright" if one.used + one.aside >= one.cap else "text"
        runs: list[Run] = [Run(left(_named(one), name), "text")]
        if drawn:
            runs += [Run("  "), *bar(drawn, one.used, one.aside, one.cap)]
        runs += [
            Run("  " + right(told, wide), lit),
            Run(" of ", "muted"),
            Run(right(of, whole), "muted"),
            Run(right(percent(one.used, one.cap), _SHARE), "muted"),
        ]
        lines.append(fit(runs, columns))
    if len(shown) < len(found):
        lines.append(fit((Run(f"{len(found) - len(shown)} more are wider: g shows them", "muted"),), columns))
    return lines


def _named(one: Limited) -> str:
    whose = "" if one.level == "mission" else f", {safe(one.name)}"
    return f"{one.dimension}{whose}"


def _amount(one: Limited, value: int) -> str:
    return money(value) if one.dimension == "money" else count(value)
