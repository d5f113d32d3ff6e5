"""The fact line on top of every screen. Pure."""

from __future__ import annotations

from cockpit.client import Views, totals
from cockpit.screens.words import day_of, hour, money, need, now_in, phase_runs, safe, span, title
from engine.views.models import Card
from widgets.ink import Line, Run, fit, spread, width
from widgets.marks import spark

DOLLAR = 1_000_000
"""In micro-dollars. `engine.values` says so too, and brings pydantic into the first paint."""

TOLD_MS = 12 * 3_600_000
"""So long after it woke, the machine's last sleep stands beside the engine."""


def engine_runs(views: Views, wall: int, columns: int, trouble: str) -> Line:
    """Whether an engine lives, and the time."""
    word = "" if columns < 60 else "live" if columns < 110 else "engine live"
    if views.engine.slept and 0 <= wall - views.engine.woke < TOLD_MS and columns >= 110:
        word += f", slept {span(views.engine.slept)}"
    state: Line = (Run("●", "accent"), Run(f" {word}" if word else "", "muted"))
    if trouble:
        state = (Run("!", "wrong"), Run(" cannot read" if columns >= 60 else "", "wrong"))
    elif not views.engine.alive:
        state = (Run("○", "muted"), Run(" no engine" if columns >= 60 else "", "bright"))
    elif views.engine.silent:
        state = (Run("!", "wrong"), Run(" engine silent" if columns >= 60 else "", "wrong"))
    return (*state, Run(f"   {hour(wall)}", "text"))


def bridge_fact(
    views: Views,
    wall: int,
    columns: int,
    trouble: str = "",
    *,
    today: int = 0,
    hours: tuple[int, ...] = (),
    shown: tuple[int, int] | None = None,
) -> Line:
    """`cockpit   3 missions   ⚑ 4 need you  about 9m   $76.58 of $800   ● engine live   14:02`.

    `shown` says which missions the screen has room for: the first, counted from 0, and how many.
    """
    sums = totals(views)
    count, waiting = sums.missions, sums.attention
    first, room = shown or (0, count)
    part = f"missions {first + 1} to {min(first + room, count)} of {count}"
    whole = f"{count} mission{'' if count == 1 else 's'}" if count else "no missions"
    flag = f"⚑ {need(waiting) if columns >= 60 else waiting}"
    pieces: list[tuple[int, Line]] = [(1, (Run("cockpit   ", "bright", bold=True),))]
    if columns >= 100:
        pieces.append((4, (Run(f"{part if 0 < room < count else whole}   ", "muted"),)))
    if waiting:
        about = f"about {span(sums.minutes * 60_000)}   "
        pieces += [(0, (Run(f"{flag}  ", "needs-you", bold=True),)), (3, (Run(about, "muted"),))]
    if count and columns >= 60:
        air = Run("   ") if columns >= 100 else Run("")
        runs = any(card.ended_at is None for card in views.cards.values())
        within = f" of {_round(sums.budget)}" if runs else " spent"
        told: Line = (air, Run(money(sums.spent), "text"), Run(f"{within}   ", "muted"))
        pieces.append((2, told))
    if any(hours) and columns >= 100:
        pieces.append((5, (Run(money(today), "text"), Run(" today  ", "muted"))))
        pieces.append((6, (Run(spark(hours, 8), "muted"), Run(f"  {money(hours[-1])}/h", "muted"))))
    tail = engine_runs(views, wall, columns, trouble)
    while pieces and sum(width(line) for _rank, line in pieces) + width(tail) > columns - 3:
        pieces.remove(max(pieces, key=lambda piece: piece[0]))
    if columns < 100 and pieces and pieces[-1][0] == 2:  # the money stands beside the engine there
        tail = (*pieces.pop()[1], *tail)
    return spread([run for _rank, line in pieces for run in line], tail, columns, 0)


def _round(micro_usd: int) -> str:
    """An amount at a glance: of a hundred dollars and more without cents."""
    whole = round(micro_usd / DOLLAR) * DOLLAR if micro_usd >= 100 * DOLLAR else micro_usd
    return money(whole).removesuffix(".00")


def mission_fact(number: int, card: Card, views: Views, wall: int, columns: int, trouble: str = "") -> Line:
    """`1  gtm-signal   Find a GTM channel …   ● running   ⚑ 2 need you   $41.27 of $500   day 3 of 14`."""
    day, days = day_of(card, wall)
    tail: list[Run] = [*phase_runs(card, wall)]
    if columns >= 100:
        told = f"day {day}"
        tail += [
            Run("   "),
            Run(money(card.spent), "text"),
            Run(f" of {money(card.budget).removesuffix('.00')}", "muted"),
        ]
        tail += [Run(f"   {told}", "text"), Run(f" of {days}" if days else "", "muted")]
    tail += [Run("   "), *engine_runs(views, wall, columns, trouble)]
    head: list[Run] = [Run(f"{number}  ", "muted"), *title(card, columns - width(tail) - 5)]
    room = columns - width(head) - width(tail) - 6
    if room > 12:
        head += [Run("   "), *fit((Run(safe(card.title), "muted"),), room)]
    return spread(head, tail, columns)


__all__ = ["bridge_fact", "engine_runs", "mission_fact", "now_in"]
