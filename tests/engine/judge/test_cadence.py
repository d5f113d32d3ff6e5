"""When evidence is looked at next, whatever the clocks on the wall do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.model import Cadence
from engine.judge.cadence import next_slot, slots_after
from engine.values import DAY, HOUR, MINUTE, SECOND

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe", "UTC")
moments = st.integers(ms := 1_262_304_000_000, ms + 40 * 365 * DAY)


def cadence(every: str = "1d", at: str | None = "09:00") -> Cadence:
    return Cadence.model_validate({"check": ["m"], "every": every, "at": at}, strict=False)


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def local(ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(ms / 1000, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("every", "at", "zone", "after", "slot"),
    [
        ("6h", None, "Europe/Berlin", "2026-03-28T23:00", "2026-03-29T05:00"),
        ("6h", "09:00", "Europe/Berlin", "2026-06-01T00:00", "2026-06-01T06:00"),
        ("1d", None, "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00"),
        ("1d", "09:00", "Europe/Berlin", "2026-06-01T10:00", "2026-06-02T07:00"),
        ("2d", "09:00", "Europe/Berlin", "2026-06-01T10:00", "2026-06-03T07:00"),
        ("1d", "09:00", "Europe/Berlin", "2026-03-28T10:00", "2026-03-29T07:00"),
        ("1d", "09:00", "Europe/Berlin", "2026-10-24T10:00", "2026-10-25T08:00"),
        ("1d", "09:00", "Asia/Kolkata", "2026-06-01T10:00", "2026-06-02T03:30"),
        ("1d", "09:00", None, "2026-06-01T10:00", "2026-06-02T09:00"),
        ("1d", "09:00", "UTC", "2028-02-28T10:00", "2028-02-29T09:00"),
        ("1d", "09:00", "UTC", "2026-12-31T10:00", "2027-01-01T09:00"),
    ],
)
def test_the_next_slot(every: str, at: str | None, zone: str | None, after: str, slot: str) -> None:
    assert next_slot(utc(after), cadence(every, at), zone) == utc(slot)


@pytest.mark.parametrize(
    ("zone", "after", "at", "moved"),
    [
        ("Europe/Berlin", "2026-03-28T12:00", "02:30", "2026-03-29T01:30"),
        ("America/New_York", "2026-03-07T12:00", "02:30", "2026-03-08T07:30"),
        ("Pacific/Apia", "2011-12-29T22:00", "09:00", "2011-12-30T19:00"),
    ],
)
def test_a_local_time_that_the_clocks_skip_moves_on(zone: str, after: str, at: str, moved: str) -> None:
    slot = next_slot(utc(after), cadence("1d", at), zone)
    assert slot == utc(moved)
    assert local(slot, zone).strftime("%H:%M") >= at


@pytest.mark.parametrize(
    ("zone", "after", "at", "first"),
    [
        ("Europe/Berlin", "2026-10-24T12:00", "02:30", "2026-10-25T00:30"),
        ("America/New_York", "2026-10-31T12:00", "01:30", "2026-11-01T05:30"),
    ],
)
def test_a_local_time_that_comes_twice_is_taken_once(zone: str, after: str, at: str, first: str) -> None:
    slot = next_slot(utc(after), cadence("1d", at), zone)
    assert slot == utc(first)
    assert next_slot(slot, cadence("1d", at), zone) - slot == 25 * HOUR


@given(moments, st.integers(1, 10), st.integers(0, 23), st.integers(0, 59), st.sampled_from(ZONES))
def test_a_slot_lies_ahead_at_the_wanted_time_of_day(after: int, days: int, hour: int, minute: int, zone: str) -> None:
    slot = next_slot(after, cadence(f"{days}d", f"{hour:02}:{minute:02}"), zone)
    assert slot > after
    there, here = local(slot, zone), local(after, zone)
    wanted = datetime(here.year, here.month, here.day, hour, minute) + timedelta(days=days)  # noqa: DTZ001
    skipped = there.replace(tzinfo=None) - wanted
    assert skipped in {timedelta(0), timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)}
    if skipped:
        again = wanted.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
        assert again.replace(tzinfo=None) != wanted, "a time that exists is never moved"
    assert there.fold == 0


@given(moments, st.integers(1, 10), st.integers(0, 23), st.sampled_from(ZONES))
def test_slots_never_come_closer_than_their_days_allow(after: int, days: int, hour: int, zone: str) -> None:
    every = cadence(f"{days}d", f"{hour:02}:00")
    first = next_slot(after, every, zone)
    gap = next_slot(first, every, zone) - first
    assert days * DAY - 25 * HOUR <= gap <= days * DAY + 25 * HOUR


@given(moments, st.integers(1, 400))
def test_a_plain_interval_is_exact(after: int, minutes: int) -> None:
    assert next_slot(after, cadence(f"{minutes}m", None), "Europe/Berlin") == after + minutes * MINUTE


def test_slots_that_passed_are_counted_once_each() -> None:
    due, daily = utc("2026-06-01T07:00"), cadence()
    assert slots_after(due, due, daily, "Europe/Berlin")[0] == 0
    assert slots_after(due, due + DAY - 1, daily, "Europe/Berlin")[0] == 0
    assert slots_after(due, due + DAY, daily, "Europe/Berlin")[0] == 1
    assert slots_after(due, due + 8 * DAY + HOUR, daily, "Europe/Berlin")[0] == 8


def test_counting_what_was_missed_ends_for_any_sleep() -> None:
    assert slots_after(0, 10**15, cadence("1s", None), None)[0] == 10_000


@given(moments, st.integers(0, 30 * DAY), st.sampled_from(ZONES))
def test_what_was_missed_lies_between_due_and_now(due: int, sleep: int, zone: str) -> None:
    missed, slot = slots_after(due, due + sleep, cadence(), zone)[0], due
    for _ in range(missed):
        slot = next_slot(slot, cadence(), zone)
        assert slot <= due + sleep
    assert next_slot(slot, cadence(), zone) > due + sleep


def test_a_second_is_the_least_interval() -> None:
    with pytest.raises(ValueError, match="greater than or equal"):
        cadence("0s", None)
    assert next_slot(0, cadence("1s", None), None) == SECOND
