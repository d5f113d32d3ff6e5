"""When an engine that ended without a word is started again."""

from __future__ import annotations

from itertools import pairwise

from cockpit.client import EngineState
from cockpit.keeper import FIRST_S, MOST_S, Keeper

ALIVE, DEAD, RESIGNED = EngineState(alive=True, version="0.1.0"), EngineState(version="0.1.0"), EngineState()


def starts(keeper: Keeper, seconds: int, engine: EngineState = DEAD, since: int = 0) -> list[int]:
    """The seconds at which one is started, asked once a second."""
    return [now for now in range(since, since + seconds) if keeper.due(engine, float(now))]


def test_a_living_engine_and_one_that_resigned_are_left_alone() -> None:
    assert starts(Keeper(), 100, ALIVE) == starts(Keeper(), 100, RESIGNED) == []


def test_one_that_ends_again_and_again_is_started_more_and_more_seldom() -> None:
    times = starts(Keeper(), 6_000)
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps[:5] == [FIRST_S * 2**number for number in range(5)]
    assert gaps[-1] == MOST_S


def test_one_that_lived_for_long_is_started_at_once() -> None:
    keeper = Keeper()
    assert starts(keeper, 100) == [0, 15, 45]
    assert starts(keeper, 1_000, ALIVE, since=100) == []
    assert starts(keeper, 20, since=1_100) == [1_100, 1_115]
