"""Sums over charges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit.client import ChargeLine, hourly, midnight, spent_since

HOUR = 3_600_000
NOW = 100 * HOUR + 5


def charge(ago: int, micro_usd: int) -> ChargeLine:
    return ChargeLine(
        1, NOW - ago, "gtm", "gtm/T1", "draft", "main", "gtm/A1.1", "writer", "model", "m", "work", "useful",
        (0, 0, 0, 0, 0), micro_usd, "reported",
    )  # fmt: skip


def test_spending_by_the_hour_ends_with_the_running_one() -> None:
    charges = [charge(0, 1), charge(HOUR - 1, 2), charge(HOUR, 4), charge(3 * HOUR - 1, 8), charge(3 * HOUR, 16)]
    assert hourly(charges, NOW, hours=3) == (8, 4, 3)
    assert hourly([*charges, charge(-HOUR, 99), replace(charge(0, 50), reserved=True)], NOW, hours=2) == (4, 3)
    assert hourly([], NOW) == (0,) * 8


def test_a_rehearsed_charge_counts_when_it_was_really_made() -> None:
    ahead = replace(charge(-900 * HOUR, 7), wall=NOW - HOUR)
    assert hourly([ahead], NOW, hours=2) == (7, 0)
    assert (spent_since([ahead], NOW - HOUR), spent_since([ahead], NOW)) == (7, 0)


def test_what_was_spent_since_a_moment_leaves_reservations_out() -> None:
    charges = [charge(10, 1), charge(5, -2), charge(4, 4), replace(charge(1, 50), reserved=True)]
    assert spent_since(charges, NOW - 5) == 2


@pytest.mark.parametrize("now", [1_800_000_000_000, 1_767_225_600_000])
def test_midnight_is_at_most_a_day_and_an_hour_ago(now: int) -> None:
    assert 0 <= now - midnight(now) <= 25 * HOUR
    assert midnight(midnight(now)) == midnight(now)
