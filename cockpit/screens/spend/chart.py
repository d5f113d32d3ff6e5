"""Money left over time: a hard line for what happened, dots for what comes if it goes on like this. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cockpit.screens.words import DAY, money
from widgets.ink import BLANK, Line, Run, Voice, fit

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a braille cell by column and row."""
_LABEL = 6
_END = 8


@dataclass(frozen=True, slots=True)
class Course:
    """What the chart shows. Times are mission time in ms, money micro-dollars; `burn` is micro-dollars an hour."""

    budget: int
    start: int
    now: int
    end: int | None
    """When the contract's time is over; None for a contract without one."""
    known: int
    """The charges before this moment were not all read, so nothing is drawn there."""
    spent: Callable[[int], int]
    """What was spent up to a moment."""
    burn: int
    over: bool = False
    """Whether the mission is over: then the line ends where it did."""


def chart(course: Course, columns: int, rows: int) -> list[Line]:
    """The chart in so many columns and rows: at least 30 and 7, else nothing."""
    if columns < 30 or rows < 7 or course.budget <= 0 or course.now < course.start:
        return []
    forecast = course.end is not None and course.end > course.now and course.burn > 0
    title: Line = (
        Run("left to spend", "muted", bold=True),
        Run("   line actual, dots forecast" if forecast else "   line actual", "muted"),
    )
    across, tall = columns - _LABEL - 1 - _END, min(rows - 4, 11)
    plot = _Plot(course, across, tall, forecast=forecast)
    lines: list[Line] = [fit(title, columns), BLANK]
    for row in range(tall):
        label = money(course.budget) if row == 0 else money(course.budget // 2) if row == tall // 2 and tall > 4 else ""
        head = Run(f"{label.removesuffix('.00'):>{_LABEL}} ", "muted")
        tail = Run(f" {plot.ends[row]}", "text") if row in plot.ends else Run("")
        lines.append(fit((head, *plot.row(row), tail), columns))
    lines.append((Run(f"{'$0':>{_LABEL}} ", "muted"), Run("─" * across, "track")))
    lines.append((Run(" " * (_LABEL + 1 - 4)), *plot.days()))
    return [fit(line, columns) for line in lines]


class _Plot:
    """The dots of one chart."""

    def __init__(self, course: Course, across: int, tall: int, *, forecast: bool) -> None:
        self._course, self._across, self._tall = course, across, tall
        self._end = course.end if course.end is not None and course.end > course.now else course.now
        self._actual: dict[tuple[int, int], int] = {}
        self._dots: dict[tuple[int, int], int] = {}
        self.ends: dict[int, str] = {}
        """Row to the amount that is left at the end of the dots."""
        self._now_at = self._column(course.now)
        self._draw(forecast=forecast)

    def _moment(self, dot: int) -> int:
        wide = 2 * self._across - 1
        return self._course.start + (self._end - self._course.start) * dot // max(wide, 1)

    def _column(self, moment: int) -> int:
        """The dot column of a moment."""
        span = self._end - self._course.start
        return (2 * self._across - 1) * (moment - self._course.start) // span if span > 0 else 2 * self._across - 1

    def _height(self, amount: int) -> int:
        """The dot row of an amount, from the top."""
        high = 4 * self._tall - 1
        return min(high, max(0, high - amount * high // self._course.budget))

    def _draw(self, *, forecast: bool) -> None:
        course, before = self._course, None
        for dot in range(self._now_at + 1):
            moment = min(self._moment(dot), course.now)
            if moment < course.known and moment < course.now:
                continue
            height = self._height(course.budget - course.spent(moment))
            for step in range(min(height, before if before is not None else height), height + 1):
                self._set(self._actual, dot, step)
            before = height
        if not forecast:
            return
        remains = course.budget - course.spent(course.now)
        for dot in range(self._now_at + 3, 2 * self._across, 3):
            left = remains - course.burn * (self._moment(dot) - course.now) // 3_600_000
            if left < 0:
                return
            self._set(self._dots, dot, self._height(left))
        left = remains - course.burn * (self._end - course.now) // 3_600_000
        if left >= 0:
            self.ends[self._height(left) // 4] = money(left)

    def _set(self, canvas: dict[tuple[int, int], int], dot: int, height: int) -> None:
        place = (dot // 2, height // 4)
        canvas[place] = canvas.get(place, 0) | _DOTS[dot % 2][height % 4]

    def row(self, row: int) -> list[Run]:
        """One line of the plot."""
        runs: list[Run] = []
        now = self._now_at // 2
        below = max((at for cell, at in self._actual if cell == now), default=-1)
        for cell in range(self._across):
            voice: Voice = "bright"
            bits = self._actual.get((cell, row), 0)
            if not bits:
                bits, voice = self._dots.get((cell, row), 0), "muted"
            text = chr(0x2800 + bits) if bits else " "
            if not bits and cell == now and row > below and self._course.now < self._end:
                text, voice = "┊", "track"
            if runs and runs[-1].voice == voice:
                runs[-1] = runs[-1]._replace(text=runs[-1].text + text)
            else:
                runs.append(Run(text, voice))
        return runs

    def days(self) -> list[Run]:
        """`day 1    now    14` below the axis."""
        course = self._course
        line = [" "] * (self._across + 4)
        last = (self._end - course.start - 1) // DAY + 1 if self._end > course.start else 1
        end = str(last) if course.end is not None and course.end > course.now else "now"
        if course.over:
            end = str(last)
        now_at = 4 + self._now_at // 2 - 1
        line[:5] = "day 1"
        stop = len(line) - len(end)
        line[stop:] = end
        bright = None
        if end != "now" and not course.over and now_at >= 7 and now_at + 5 <= stop:
            line[now_at : now_at + 3] = "now"
            bright = now_at
        text = "".join(line)
        if bright is None:
            return [Run(text, "muted")]
        return [Run(text[:bright], "muted"), Run("now", "text"), Run(text[bright + 3 :], "muted")]
