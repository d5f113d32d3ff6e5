"""Telling sleep and set clocks from time that passes: three clocks are compared between two looks. Pure."""

from __future__ import annotations

from typing import NamedTuple

from engine.ledger.bodies import ClockJump

JUMP = 60_000
"""Milliseconds of sleep, or between the wall clock and the time that passed, that are worth an event."""


class Clocks(NamedTuple):
    """What three clocks show, in milliseconds: the wall's, all time that passed, and time awake."""

    wall: int
    passed: int
    awake: int


def jump(before: Clocks | None, now: Clocks) -> ClockJump | None:
    """What happened between two looks besides that time passed; mostly nothing."""
    if before is None:
        return None
    passed = now.passed - before.passed
    slept, by = passed - (now.awake - before.awake), now.wall - before.wall - passed
    slept, by = slept if slept >= JUMP else 0, by if abs(by) >= JUMP else 0
    return ClockJump(by=by, slept=slept) if slept or by else None
