"""How figures and times are written on the screens. Pure, given the time; what others wrote is made harmless here."""

from __future__ import annotations

import time

from cockpit.cli.render import age, code, money, safe, span
from engine.views.models import AttentionRow, Card
from widgets.ink import Line, Run, cut
from widgets.marks import glyph

__all__ = ["age", "code", "deadline", "money", "safe", "span"]
DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000


def hour(ms: int) -> str:
    """`14:02` in this machine's zone."""
    return time.strftime("%H:%M", time.localtime(ms / 1000))


def moment(ms: int, now: int) -> str:
    """`14:30` today, `Thu 18:02` within a week, `22 Nov` beyond."""
    then, today = time.localtime(ms / 1000), time.localtime(now / 1000)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    return time.strftime("%a %H:%M" if abs(ms - now) < 6 * DAY else "%d %b", then)


def second(ms: int) -> str:
    """`14:01:52`."""
    return time.strftime("%H:%M:%S", time.localtime(ms / 1000))


def deadline(at: int | None, now: int) -> str:
    """`in 1d 4h`, `in 12m`, `in <1m`, `now`, or an em dash for none. Counted in whole minutes, as screens are drawn."""
    if not at:
        return "—"
    if at <= now:
        return "now"
    left_over = (at - now // MINUTE * MINUTE) // MINUTE * MINUTE
    return f"in {span(left_over)}" if left_over else "in <1m"


def now_in(card: Card | None, wall: int) -> int:
    """Mission time now: a rehearsed clock has jumped ahead, and stands still while nothing happens."""
    if card is None:
        return wall
    return max(card.now, wall + card.skew) if not card.rehearsed else card.now


def title(card: Card, most: int = 80) -> Line:
    """The mission's name in at most so many columns; what is rehearsed says so wherever its name stands."""
    if not card.rehearsed:
        return (Run(cut(safe(card.id), most), "bright", bold=True),)
    return (Run(cut(safe(card.id), max(most - 11, 3)), "bright", bold=True), Run("  REHEARSED", "muted"))


def day_of(card: Card, wall: int) -> tuple[int, int | None]:
    """Which day of how many, counted from 1; None for a contract without a time."""
    now = card.ended_at or now_in(card, wall)
    day = (now - card.started_at) // DAY + 1 if card.started_at else 1
    return int(day), -(-card.time_ms // DAY) if card.time_ms else None


def phase_runs(card: Card, wall: int) -> Line:
    """What a mission does, for its corner: `● running  ⚑ 2`, `◷ waiting in 9h 18m`, `⚑ 2 need you`.

    Where something is checked every few seconds, what it waits for is what comes after.
    """
    if card.attention and (card.held or card.phase == "needs you"):
        return (Run("⚑", "needs-you"), Run(f" {need(card.attention)}", "text"))
    word = card.phase
    runs: list[Run] = [glyph(word), Run(f" {word}", "text")]
    now = now_in(card, wall)
    wakes = [up.at for up in card.upcoming if up.at - now > MINUTE or not up.text.startswith("check ")]
    wakes += [card.next_wake] if card.next_wake and card.next_wake - now > MINUTE else []
    wake = min(wakes, default=card.next_wake)
    if word == "waiting" and wake:
        runs.append(Run(f" {deadline(wake, now)}", "text"))
    if card.attention:
        runs += [Run("  ⚑", "needs-you"), Run(f" {card.attention}", "text")]
    return tuple(runs)


def need(count: int) -> str:
    """`1 needs you`, `4 need you`."""
    return "1 needs you" if count == 1 else f"{count} need you"


def minutes(rows: list[AttentionRow]) -> int:
    """How long clearing them takes, about."""
    return sum(row.takes_minutes for row in rows)


def figure(micro_usd: int) -> str:
    """Money for a column: `$0.42  `, `$0.0042`; aligned at the decimal point."""
    text = money(micro_usd)
    return text if len(text.partition(".")[2]) == 4 else f"{text}  "
