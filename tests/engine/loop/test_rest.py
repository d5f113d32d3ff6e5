"""A mission at rest is left alone until something it depends on changes, or something falls due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from engine.contract.load import load
from engine.governance.courtesy import Limits
from engine.ledger.lease import LocalLock
from engine.ledger.sqlite import SqliteStore
from engine.loop import outlook
from engine.loop.decide.pace import SANDBOX
from engine.loop.engine import LOOK_AGAIN, Engine
from engine.loop.runner import Runner
from engine.loop.surroundings import Surroundings
from engine.loop.world import World
from engine.state.model import MissionState, Timer
from engine.values import DAY, MINUTE, MissionId
from tests.engine.loop.test_pace import approved, deliver, people
from tests.world.missions import SIM, draw


class Deciding:
    """A runner whose deciding takes so many milliseconds."""

    def __init__(self, takes: int, due: int) -> None:
        self.now, self._takes, self.stale = 1_000, takes, False
        self.state = MissionState(SIM, contract=load(draw(0, calm=True).missions[SIM].contract, "sim.yaml").contract)
        self.state.timers["W1"] = Timer("W1", due, "check", "B1", 0)

    async def settle(self, world: Callable[[], World]) -> bool:
        del world
        self.now += self._takes
        return False


async def _source(_body: Any) -> tuple[list[dict[str, Any]], dict[Any, bytes], str]:
    return [], {}, ""


@pytest.fixture
async def engine(tmp_path: Path) -> Any:
    store = SqliteStore.open(tmp_path / "ledger.db", threaded=False, synchronous="OFF", lock=LocalLock())

    async def sleep(ms: int) -> None:
        await asyncio.sleep(ms / 1000)

    around = Surroundings(store, lambda: 0, sleep, {}, {}, _source, tmp_path, limits=lambda: Limits(per_day=1))
    yield Engine(around, "test")
    await store.close()


async def test_what_is_configured_and_barred_is_looked_at_once_in_a_tick_however_many_missions_rest(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = {"limits": 0, "barred": 0}

    def limits() -> Limits:
        looked["limits"] += 1
        return Limits(per_day=1)

    def barred(*_given: Any) -> dict[str, Any]:
        looked["barred"] += 1
        return {}

    engine._outlook._around = replace(engine._around, limits=limits)
    monkeypatch.setattr(outlook, "barred", barred)
    assert await engine.start()
    for number in range(5):
        runner = Deciding(takes=1, due=10_000_000)
        engine.runners[MissionId(f"m{number}")] = cast("Runner", runner)
    await engine.tick()  # all of them are settled, and come to rest
    looked.update(limits=0, barred=0)
    await engine.tick()
    assert looked == {"limits": 1, "barred": 1}


async def _rests(engine: Engine, runner: Deciding, later: int = 0) -> bool:
    mission = MissionId("sim")
    await engine._settle(mission, cast("Runner", runner))
    runner.now += later
    return engine._rests(mission, cast("Runner", runner))


async def test_nothing_due_is_rest_for_a_minute(engine: Engine) -> None:
    assert await _rests(engine, Deciding(takes=1, due=10_000_000))
    assert not await _rests(engine, Deciding(takes=1, due=10_000_000), later=LOOK_AGAIN)


async def test_what_is_due_ends_the_rest(engine: Engine) -> None:
    assert await _rests(engine, Deciding(takes=1, due=5_000))
    assert not await _rests(engine, Deciding(takes=1, due=5_000), later=4_000)


async def test_what_falls_due_while_deciding_is_looked_at_again_at_once(engine: Engine) -> None:
    assert not await _rests(engine, Deciding(takes=10, due=1_005))


async def test_a_change_of_the_mission_ends_the_rest(engine: Engine) -> None:
    runner = Deciding(takes=1, due=10_000_000)
    assert await _rests(engine, runner)
    runner.state.height += 1
    assert not engine._rests(SIM, cast("Runner", runner))


async def test_an_engine_wakes_when_a_contact_that_was_held_back_may_be_made(engine: Engine) -> None:
    play = deliver(approved(*people(2), per_day=1))
    runner = Deciding(takes=1, due=10_000_000)
    runner.state, runner.now = play.state(), play.at
    mission = play.state().id
    engine.runners[mission] = cast("Runner", runner)
    moment = play.state().effects["F1"].attempted_at + DAY
    await engine._settle(mission, cast("Runner", runner))
    assert engine.next_wake() == moment
    runner.now = moment - MINUTE // 2
    await engine._settle(mission, cast("Runner", runner))
    runner.now = moment
    assert not engine._rests(mission, cast("Runner", runner))


async def test_what_one_mission_put_into_the_sandbox_keeps_no_other_from_writing(engine: Engine) -> None:
    play = approved("bob@post.example")
    effect = play.state().effects["F1"]
    runner = Deciding(takes=1, due=10_000_000)
    runner.state = play.state()
    engine.runners[play.state().id] = cast("Runner", runner)
    assert engine._outlook.contacted(SIM)[0] == {effect.persons[0]: "gtm/B2"}
    effect.connector, runner.state.height = SANDBOX, runner.state.height + 1
    assert engine._outlook.contacted(SIM)[0] == {}
