"""What was spent today and in the last hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.client import midnight
from cockpit.client.day import Day, spent
from tests.cockpit.ledger import Ledger

HOUR = 3_600_000
NOW = midnight(1_800_000_000_000) + 14 * HOUR + 5


def charged(ledger: Ledger, *charges: tuple[int, int]) -> Path:
    """A ledger with charges: so long ago, so many micro-dollars."""
    for number, (ago, micro) in enumerate(charges):
        kind = "charge.corrected" if micro < 0 else "charge.settled"
        body = {"attempt": f"A{number}.1", "micro_usd": micro}
        ledger.event(("gtm", "hero")[number % 2], kind, body, at=NOW - ago)
    ledger.event("gtm", "charge.reserved", {"attempt": "A99.1", "micro_usd": 5_000}, at=NOW)
    return ledger.home.ledger


def test_spending_by_the_hour_ends_with_the_running_one(ledger: Ledger) -> None:
    path = charged(ledger, (0, 1), (HOUR - 1, 2), (HOUR, 4), (3 * HOUR - 1, 8), (3 * HOUR, 16), (5, -3))
    assert spent(path, NOW, hours=3).hours == (8, 4, 0)
    assert spent(path, NOW).hours == (0, 0, 0, 0, 16, 8, 4, 0)


def test_today_begins_at_midnight_and_a_clock_that_was_set_back_loses_nothing(ledger: Ledger) -> None:
    path = charged(ledger, (14 * HOUR + 5, 1), (14 * HOUR + 6, 2), (-HOUR, 4))
    assert spent(path, NOW) == Day(5, (0,) * 8)


def test_more_charges_than_any_page_are_counted(ledger: Ledger) -> None:
    assert spent(charged(ledger, *[(number, 3) for number in range(1_200)]), NOW).today == 3_600


def test_without_a_ledger_nothing_was_spent(tmp_path: Path) -> None:
    assert spent(tmp_path / "ledger.db", NOW) == Day(0, (0,) * 8)


@pytest.mark.parametrize("now", [1_800_000_000_000, 1_767_225_600_000])
def test_midnight_is_at_most_a_day_and_an_hour_ago(now: int) -> None:
    assert 0 <= now - midnight(now) <= 25 * HOUR
    assert midnight(midnight(now)) == midnight(now)
