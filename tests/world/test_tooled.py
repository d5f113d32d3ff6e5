"""Tools whose calls cost, fail, hang and ask, through deaths of the engine: each is told, bounded and approved."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.world.check import chaos
from tests.world.invariants import violations
from tests.world.missions import SIM
from tests.world.sim import run
from tests.world.tooled import tooled

SEEN = (
    "tool.begun",
    "tool.called",
    "tool.refused",
    "tool.asked",
    "tool.approved",
    "tool.attempting",
    "tool.unanswered",
    "context.pulled",
)


def test_p3_p6_p12_calls_of_tools_are_told_bounded_and_approved() -> None:
    """Few seeds, in which all of it happens; `--thorough` plays many."""
    kinds, codes = Counter[str](), Counter[str]()
    for seed in (2, 11, 12, 13):
        history = run(seed, setting=tooled(seed))
        assert violations(history) == []
        events = history.missions[SIM].events
        kinds += Counter(event.kind for event in events)
        codes += Counter(code for event in events if event.kind == "tool.refused" for code in event.body["codes"])
        kinds["failed"] += sum(event.kind == "tool.called" and not event.body["ok"] for event in events)
    assert [kind for kind in (*SEEN, "failed") if not kinds[kind]] == []
    assert codes["calls"], "an attempt reaches its number of calls"


@pytest.mark.thorough
def test_p3_p6_p12_hold_in_many_histories_of_tools() -> None:
    assert list(chaos(range(2_000), tooled)) == []
