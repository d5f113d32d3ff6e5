"""What the spend of a mission, or of all, comes to now: from rows, the account that was read, and the time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cockpit.client import ChargeLine, Views, in_flight
from cockpit.screens.spend import groups, limits, paint
from cockpit.screens.spend.account import Account
from cockpit.screens.spend.chart import Course, chart
from cockpit.screens.words import day_of, now_in
from engine.views.models import Card, SpendRow
from widgets.ink import BLANK, Line, rule

LIMITS = "limits"
"""The last of the groupings, where the contract names limits: all of them, whatever the size of the screen."""
OVER = frozenset({"finished", "stopped"})
_CHART = 16
"""Lines that the chart would like to have."""
_SMALL = 9
"""Lines that it takes where limits stand above it."""


@dataclass(frozen=True, slots=True)
class Spending:
    """One moment of it. `wall` is wall time in ms."""

    views: Views
    account: Account
    wall: int

    @property
    def mission(self) -> str | None:
        """Whose it is; None for all missions."""
        return self.account.mission

    @property
    def card(self) -> Card | None:
        """The mission's card; None for all."""
        return self.views.cards.get(self.mission or "")

    @property
    def over(self) -> bool:
        """Whether nothing will be charged any more."""
        return self.card is not None and self.card.state in OVER

    @property
    def now(self) -> int:
        """Time on the mission's clock; where it ended for one that is over."""
        card = self.card
        return (card.ended_at if card and card.ended_at else None) or now_in(card, self.wall)

    @property
    def rows(self) -> list[SpendRow]:
        """The accounts."""
        return [row for name, row in self.views.spend.items() if self.mission in {None, name}]

    @property
    def total(self) -> int:
        """What was spent."""
        return sum(row.total for row in self.rows)

    @property
    def reserved(self) -> list[ChargeLine]:
        """Calls that run now."""
        return in_flight(self.views, self.mission)

    @property
    def hours(self) -> tuple[int, ...]:
        """What was spent in each of the last hours."""
        return () if self.over else self.account.sums.hours(self.now, paint.HOURS)

    @property
    def burn(self) -> int:
        """Micro-dollars an hour; nothing burns in a mission that is over."""
        first = self.card.started_at if self.card else self.account.sums.first
        return paint.burn_of(self.hours, self.now - (first or self.now))

    @property
    def choices(self) -> Sequence[str]:
        """By what it can be grouped."""
        found = groups.groupings(self.mission, self.account.sums, whole=self.account.whole)
        return (*found, LIMITS) if self.card is not None and self.card.limits else found

    def groups(self, by: str) -> list[groups.Group]:
        """What the money went to."""
        sums, whole = self.account.sums, self.account.whole
        return groups.groups(by, self.rows, self.views.tasks, sums, whole=whole, alone=self.mission is not None)

    # -- lines

    def answer(self, columns: int) -> Line:
        """The first line."""
        rows, (waste, share) = self.rows, groups.wasted(self.groups("outcome"))
        budget, held = sum(self._within(row) for row in rows), sum(row.reserved for row in rows)
        spent, burn = self.total, self.burn
        calls = len(self.reserved)
        cap = self._cap(budget - spent - held, burn)
        return paint.answer(paint.Answer(spent, held, calls, budget, self.hours, burn, waste, share, cap), columns)

    def _within(self, row: SpendRow) -> int:
        """The budget of a mission; among others, what one that is over did cost."""
        card = self.views.cards.get(row.mission) if self.mission is None else None
        return row.budget if card is None else card.within

    def _cap(self, rest: int, burn: int) -> str:
        card = self.card
        if card is None or self.over:
            return ""
        end = card.started_at + card.time_ms if card.started_at and card.time_ms else None
        return paint.cap_words(rest, burn, self.now, end, day_of(card, self.wall)[1])

    def side(self, by: str, columns: int, rows: int, *, lit: bool) -> list[Line]:
        """The sums, below them what the contract limits besides, and what is left over time."""
        choices = self.choices
        by = by if by in choices else choices[0]
        if by == LIMITS and self.card is not None:
            named = limits.section(self.card.limits, columns, rows - 2, headed=False)
            return [rule(columns, lit=lit), groups.header(by, choices, columns), *named]
        bound = limits.section(self.card.limits if self.card else (), columns, max(rows // 4, 2))
        room = rows - (len(bound) + 1 if bound else 0)
        spare = len(bound) + _SMALL if bound else _CHART
        most = max(rows - 1 - spare, min(room - 1, 14))
        lines = [rule(columns, lit=lit)]
        lines += groups.side(by, choices, self.groups(by), self.groups("outcome"), columns, most)
        lines += [BLANK, *bound] if bound else []
        course = self.course()
        if course is not None and (drawn := chart(course, columns, rows - len(lines) - 1)):
            lines += [BLANK, *drawn]
        return lines[:rows]

    def course(self) -> Course | None:
        """What is left over time; None before the first charge, and for all missions, which share no clock."""
        card, account = self.card, self.account
        if card is None or not card.started_at or account.sums.first is None:
            return None
        unread = self.total - account.sums.total  # charges that were not read yet, or cannot all be
        return Course(
            budget=card.budget,
            start=card.started_at,
            now=max(self.now, card.started_at),
            end=card.started_at + card.time_ms if card.time_ms and not self.over else None,
            known=card.started_at if account.whole else account.sums.first,
            spent=lambda moment: unread + account.sums.until(moment),
            burn=self.burn,
            over=self.over,
        )

    def foot(self, shown: Sequence[ChargeLine], columns: int, rows: int, *, some: bool) -> list[Line]:
        """What the tail leaves out and the sum of all; of `some`, the sum of what is shown."""
        part, account = sum(line.micro_usd for line in shown), self.account
        if some:
            words = ("earlier", f"sum of {len(shown)} charge{'' if len(shown) == 1 else 's'} shown")
            lines = paint.foot(columns, hidden=account.earlier, hidden_amount=None, total=part, words=words)
        else:
            hidden, total = account.earlier + account.new, self.total
            words = ("other" if account.new else "earlier", "total")
            lines = paint.foot(columns, hidden=hidden, hidden_amount=total - part, total=total, words=words)
        return [*[BLANK] * (rows - len(lines)), *lines][:rows]
