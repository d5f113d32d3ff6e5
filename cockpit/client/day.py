"""What was spent today and in each of the last hours, over all missions, by wall time. SQLite itself adds it up, so
that it can be asked for in a thread while the screen answers keys.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cockpit.client.account import CORRECTED, SETTLED, midnight
from engine.ledger.reader import Reader

HOUR = 3_600_000
_SPENT = """
SELECT MAX(?1 - wall, 0) / 3600000, wall >= ?2, wall <= ?1, SUM(json_extract(body, '$.micro_usd')) FROM events
WHERE kind IN (?3, ?4) AND wall >= ?5 GROUP BY 1, 2, 3
"""


class Day(NamedTuple):
    """Micro-dollars since midnight, and in each of the last hours, the running one last. Reservations are not spent."""

    today: int
    hours: tuple[int, ...]


def spent(ledger: Path, now: int, *, hours: int = 8, busy_ms: int | None = None) -> Day:
    """Add it up, on a connection of its own. `now` is wall time in milliseconds UTC; raises `StoreError`."""
    start = midnight(now)
    sums, today = [0] * hours, 0
    if not ledger.exists():
        return Day(0, tuple(sums))
    with Reader.open(ledger, busy_ms=busy_ms) as reader:
        found = reader.query(_SPENT, now, start, SETTLED, CORRECTED, min(start, now - hours * HOUR))
    for ago, of_today, there, micro in found:
        today += micro * of_today
        if there and ago < hours:
            sums[hours - 1 - ago] += micro
    return Day(today, tuple(sums))
