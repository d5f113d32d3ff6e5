"""Slots of a cadence: when evidence is looked at next. Pure; a day-based rule with a time of day follows the
mission's zone.

A local time that a change of the clocks skips moves to the next valid moment; one that occurs twice is taken once,
the first time (PEP 495 `fold=0`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.contract.model import Cadence
from engine.values import DAY


def next_slot(after: int, cadence: Cadence, zone: str | None) -> int:
    """The slot after `after` (milliseconds UTC): so many days later at the time of day, or simply `every` later."""
    if cadence.at is None or cadence.every < DAY:
        return after + cadence.every
    tz = ZoneInfo(zone or "UTC")
    local = datetime.fromtimestamp(after / 1000, tz)
    hour, minute = (int(part) for part in cadence.at.split(":"))
    day = local.date() + timedelta(days=max(1, cadence.every // DAY))
    slot = datetime(day.year, day.month, day.day, hour, minute, tzinfo=tz).astimezone(UTC)
    return int(slot.timestamp() * 1000)


def slots_after(due: int, now: int, cadence: Cadence, zone: str | None) -> tuple[int, int]:
    """How many slots after a due one have passed too (they collapse into the one check that is made), and the next."""
    missed, slot = 0, next_slot(due, cadence, zone)
    while slot <= now and missed < 10_000:
        missed, slot = missed + 1, next_slot(slot, cadence, zone)
    return missed, max(slot, now + 1)
