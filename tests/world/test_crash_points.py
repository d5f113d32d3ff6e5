"""P12: killed once at every point it passes, a mission ends as if nothing had happened, losses and doubts aside."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.world.check import crash_points
from tests.world.invariants import outcome, violations
from tests.world.outside import PLACES, End
from tests.world.sim import run

CHUNKS = 6
TINY, BIGGER = 3, (5, 16)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_p12_killed_at_every_point(chunk: int) -> None:
    """One small mission, every point of it, in chunks; each kind of place was a place of death."""
    assert list(crash_points(TINY, tiny=True, every=CHUNKS, offset=chunk)) == []


@pytest.mark.parametrize("seed", BIGGER)
def test_p12_killed_here_and_there_in_a_bigger_mission(seed: int) -> None:
    """Several branches, reviews and batches: every seventeenth point."""
    assert list(crash_points(seed, every=17, offset=seed % 17)) == []


def test_p12_crash_points_cover_the_catalogue() -> None:
    """Every place of the catalogue is one that the small mission passes and dies at, the look-up in its second life."""
    calm = run(TINY, ends=[], calm=True, tiny=True)
    places = set(calm.lives[0].passed) | {"look-up"}
    assert places == set(PLACES)
    died: Counter[str] = Counter()
    for place in sorted(places - {"look-up"}):
        killed = run(TINY, ends=[End(1, place)], calm=True, tiny=True)
        assert [*violations(killed), *_differs(killed.lives[0].place, outcome(calm), outcome(killed))] == []
        died[killed.lives[0].place] += 1
    for wire in ("on the wire", "after the wire"):
        killed = run(TINY, ends=[End(1, wire), End(1, "look-up")], calm=True, tiny=True)
        assert [*violations(killed), *_differs(wire, outcome(calm), outcome(killed))] == []
        died[killed.lives[1].place] += 1
    assert set(died) == set(PLACES)


def _differs(place: str, expected: dict[str, object], got: dict[str, object]) -> list[str]:
    return [
        f"P12 killed {place}: {name} is {got[name]}, not {value}"
        for name, value in expected.items()
        if got[name] != value
    ]


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(10))
def test_p12_every_point_of_many_missions(seed: int) -> None:
    """Every point of ten missions of any size."""
    assert list(crash_points(seed)) == []
