"""The account as a screen holds it: the newest charges line by line, older ones in pages, sums over what was read.

A flush takes in one page of the newest charges at most, however many there are; what lies between is read afterwards,
a page at a time, so that nothing ever waits for a long account. Knows nothing of Textual.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import accumulate
from typing import Protocol

from cockpit.client import ChargeLine

PAGE = 200
"""Charges that are read at once."""
PART = 50
"""Charges that are read at once of what the sums lack: no key waits longer for it."""
KEPT = 2 * PAGE
"""Lines of the tail that are kept while it follows."""
MOST = 20_000
"""Charges that the sums are made of; of a longer account they say that they begin later."""
WASTE = ("failed", "lost", "cancelled")
"""Outcomes of which nothing came. A correction is late news of such a call, and the account counts it as lost."""
HOUR = 3_600_000


class Charges(Protocol):
    """Where charges are read: the client."""

    def charges(self, mission: str | None, *, limit: int, before: int | None = None) -> list[ChargeLine]:
        """The last `limit` charges with seq < `before`, newest last."""

    def charged(self, mission: str | None, *, after: int = 0, before: int | None = None) -> int:
        """How many charges have after < seq < before."""


def outcome_of(charge: ChargeLine) -> str:
    """The outcome under which the account counts a charge."""
    return "lost" if charge.outcome == "corrected" else charge.outcome


def wasted(charge: ChargeLine) -> bool:
    """Whether nothing came of it."""
    return not charge.reserved and outcome_of(charge) in WASTE


class Sums:
    """What was spent when, how many calls that were, and what each worker cost, over the charges read so far.

    When is told by the mission's clock, or `by_wall` where several missions share no other.
    """

    def __init__(self, *, by_wall: bool = False) -> None:
        self._by_wall = by_wall
        self.calls: dict[str, Counter[str]] = defaultdict(Counter)
        """By grouping and name: calls, not corrections."""
        self.by_worker: Counter[str] = Counter()
        self.total = 0
        self.count = 0
        self._moments: list[int] = []
        self._amounts: list[int] = []
        """What was spent at each of the moments, which ascend."""
        self._until: list[int] | None = None

    def add(self, charges: Iterable[ChargeLine]) -> None:
        """Take charges in, in any order, each once."""
        for charge in charges:
            self.count += 1
            self.total += charge.micro_usd
            self.by_worker[charge.worker or "no worker"] += charge.micro_usd
            moment = charge.wall if self._by_wall else charge.at
            place = bisect_right(self._moments, moment)
            self._moments.insert(place, moment)
            self._amounts.insert(place, charge.micro_usd)
            if charge.basis != "correction":
                for by, name in names_of(charge).items():
                    self.calls[by][name] += 1
        self._until = None

    @property
    def first(self) -> int | None:
        """When the oldest charge that was read was made."""
        return self._moments[0] if self._moments else None

    def until(self, moment: int) -> int:
        """What was spent up to and including a moment, of the charges read."""
        if self._until is None:
            self._until = list(accumulate(self._amounts, initial=0))
        return self._until[bisect_right(self._moments, moment)]

    def hours(self, now: int, count: int) -> tuple[int, ...]:
        """What was spent in each of the last hours, the running one last."""
        return tuple(
            self.until(now - ago * HOUR) - self.until(now - (ago + 1) * HOUR) for ago in reversed(range(count))
        )


def names_of(charge: ChargeLine) -> dict[str, str]:
    """The name of a charge in each grouping, as the account writes it."""
    return {
        "mission": charge.mission,
        "model": charge.model or "no model",
        "branch": f"{charge.mission}/{charge.branch_key}",
        "task": charge.task,
        "role": charge.role,
        "worker": charge.worker or "no worker",
        "purpose": charge.purpose,
        "outcome": outcome_of(charge),
    }


class Account:
    """The charges of a mission, or of all: `lines` newest first, `sums` over all that was read."""

    def __init__(self, mission: str | None) -> None:
        self.mission = mission
        self.lines: list[ChargeLine] = []
        self.sums = Sums(by_wall=mission is None)
        self.earlier = 0
        """Charges before the oldest line."""
        self.following = True
        self.new = 0
        """Charges that came since the tail stopped following."""
        self._newest = 0
        self._gaps: list[tuple[int, int]] = []
        """Ranges of seq that the sums lack, both ends outside, the oldest first."""
        self._begun = False

    @property
    def whole(self) -> bool:
        """Whether the sums hold every charge there is."""
        return self._begun and not self._gaps

    def take_in(self, source: Charges) -> None:
        """What was charged since the last time: at most a page of it now, what lies before that page later."""
        if not self._begun:
            self._begin(source)
            return
        fresh, hole = self._fresh(source)
        if fresh:
            if hole:
                self._gaps.append((self._newest, fresh[-1].seq))
            self._newest = fresh[0].seq
            self.sums.add(fresh)
        if self.following:
            self._show(fresh, source, hole=hole or bool(self.new))
        elif fresh:
            self.new = source.charged(self.mission, after=self.lines[0].seq if self.lines else 0)

    def _begin(self, source: Charges) -> None:
        self.lines = source.charges(self.mission, limit=PAGE)[::-1]
        self._begun = True
        self.sums.add(self.lines)
        if self.lines:
            self._newest = self.lines[0].seq
            self.earlier = self._count(source)
            if self.earlier > 0:
                self._gaps.append((0, self.lines[-1].seq))

    def _count(self, source: Charges) -> int:
        return source.charged(self.mission, before=self.lines[-1].seq) if self.lines else 0

    def _fresh(self, source: Charges) -> tuple[list[ChargeLine], bool]:
        """Charges after the newest known one, newest first, and whether there are more between."""
        count = source.charged(self.mission, after=self._newest)
        found = source.charges(self.mission, limit=min(count, PAGE)) if count else []
        return [charge for charge in reversed(found) if charge.seq > self._newest], count > PAGE

    def _show(self, fresh: list[ChargeLine], source: Charges, *, hole: bool) -> None:
        if hole:  # something lies between: the tail begins anew with the newest page
            self.lines = source.charges(self.mission, limit=PAGE)[::-1]
        else:
            shown = self.lines[0].seq if self.lines else 0
            self.lines = [*(charge for charge in fresh if charge.seq > shown), *self.lines]
        if hole or len(self.lines) > KEPT:
            self.lines = self.lines[:KEPT]
            self.earlier = self._count(source)
        self.new = 0

    def follow(self, source: Charges) -> None:
        """Go on following: what came meanwhile is shown."""
        if not self.following:
            self.following = True
            self.take_in(source)

    def pause(self) -> None:
        """Stay where one is; what comes is only counted."""
        self.following = False

    def older(self, source: Charges) -> bool:
        """Another page at the end of the tail; whether there was one."""
        if not self.lines or self.earlier <= 0:
            return False
        page = source.charges(self.mission, limit=PAGE, before=self.lines[-1].seq)[::-1]
        self.lines += page
        self.earlier = self.earlier - len(page) if page else 0
        return bool(page)

    def complete(self, source: Charges) -> bool:
        """Read one more page of what the sums lack, the newest first; whether anything is still lacking."""
        if not self._gaps or self.sums.count >= MOST:
            return False
        begin, end = self._gaps.pop()
        page = source.charges(self.mission, limit=PART, before=end)
        inside = [charge for charge in page if charge.seq > begin]
        self.sums.add(inside)
        if inside and len(inside) == PART:
            self._gaps.append((begin, inside[0].seq))
        return bool(self._gaps) and self.sums.count < MOST
