"""Stories of other tools that went wrong, told again: T7 what stands is left alone, T14 rest costs next to nothing."""

from __future__ import annotations

import logging
import os
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.loop import runner
from engine.loop.decide import decide
from engine.loop.engine import LOOK_AGAIN
from engine.values import HOME, HOUR, MINUTE
from tests.engine.loop.standing import Yard, plan

MIXED = plan(models=8, commands=3, humans=1, after=1)
"""Twelve tasks: six models and two commands run, two and one are queued, a human is asked, one waits for another."""
BAD = {"attempt.lost", "attempt.failed", "attempt.cancelled", "task.failed", "task.cancelled", "task.retried"}


@pytest.mark.parametrize("seed", range(6))
async def test_t7_nothing_that_stands_is_ever_taken_for_dead(seed: int, tmp_path: Path) -> None:
    """Queued, idle, stopped for hours, slow and telling: whatever the clocks do, nobody ends it or says it is lost."""
    dice, yard = random.Random(seed), await Yard(tmp_path).begin(MIXED)
    slow = sorted(yard.worker.told)[:2]
    jumps = 0
    for _ in range(60):
        match dice.choice(("tick", "tick", "second", "hour", "set", "sleep", "back", "note")):
            case "second":
                yard.pass_(1_000)
            case "hour":
                yard.pass_(dice.randrange(HOUR))
            case "set":  # the clock is set, nothing slept
                yard.wall, jumps = yard.wall + 8 * HOUR, jumps + 1
            case "sleep":
                yard.pass_(8 * HOUR, asleep=True)
                jumps += 1
            case "back":
                yard.wall, jumps = yard.wall - 8 * HOUR, jumps + 1
            case "note":
                for name in slow:
                    yard.worker.told[name].put_nowait("note")
        await yard.tick()
    kinds = await yard.kinds()
    assert not BAD & kinds.keys()
    (state,) = yard.states().values()
    assert Counter(a.state for a in state.attempts.values()) == {"dispatched": 8, "parked": 1}
    assert Counter(t.state for t in state.tasks.values()) == {"running": 9, "open": 4}
    assert kinds["attention.raised"] == 1, "one condition is one item, however often it is looked at"
    assert [item.kind for item in state.attention.values()] == ["answer"]
    assert not yard.faults
    assert [e.kind async for e in yard.store.read(mission=HOME)].count("clock.jump") == jumps
    while yard.worker.told:  # and all of it goes on where it stood
        for orders in list(yard.worker.told.values()):
            orders.put_nowait("done")
        await yard.settled()
    finished = Counter(t.state for t in state.tasks.values() if t.role != "human")
    assert finished == {"accepted": 12}
    assert len(state.attempts) == 13, "nobody was asked a second time"
    await yard.engine.close()


ALONE = plan(models=1, commands=0, humans=0, after=0)
ALARMS = {
    "nobody can be asked": (plan(models=3, commands=0, humans=0, after=0), "route:clerk"),
    "its time is over": (ALONE.replace("branches: 3", "time: 2h"), "time"),
    "its tokens do not suffice": (ALONE.replace("branches: 3", "tokens: 99"), "cap:"),
}


@pytest.mark.parametrize("name", ALARMS)
async def test_t7_a_condition_that_lasts_is_one_alarm(name: str, tmp_path: Path) -> None:
    contract, about = ALARMS[name]
    yard = Yard(tmp_path)
    if about == "route:clerk":
        yard.catalogue = ()
    await yard.begin(contract)
    for turn in range(120):
        yard.pass_((1_000, MINUTE, HOUR)[turn % 3], asleep=turn % 7 == 0)
        await yard.tick()
    (state,) = yard.states().values()
    raised = [e.body["about"] for e in await yard.events() if e.kind == "attention.raised"]
    assert len(raised) == len(state.attention) == 1
    assert str(raised[0]).startswith(about)
    await yard.engine.close()


async def _day(yard: Yard, hours: int, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> dict[str, int]:
    """A day in which nothing changes: looked at every second for a while of each hour, and after the rest of it."""
    rounds = Counter[str]()

    def counted(*args: Any) -> Any:
        rounds["decided"] += 1
        return decide(*args)

    def spawned(*_args: object, **_more: object) -> None:
        raise AssertionError("a process was started for a look")

    monkeypatch.setattr(runner, "decide", counted)
    monkeypatch.setattr(subprocess, "Popen", spawned)
    monkeypatch.setattr(os, "fork", spawned)
    held, changed = len(yard.memory.events), yard.memory.number
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    for _ in range(hours):
        for _ in range(20):
            yard.pass_(1_000)
            for orders in list(yard.worker.told.values())[:5]:
                orders.put_nowait("note")
            rounds["ticks"] += 1
            assert not await yard.tick(), "nothing was done, and yet something moved"
        yard.pass_(HOUR - 20_000)
    rounds["events"], rounds["appends"] = len(yard.memory.events) - held, yard.memory.number - changed
    rounds["lines"] = len([line for line in caplog.records if line.name.startswith("cockpit")])
    return rounds


async def _t14(yard: Yard, missions: int, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    await yard.begin(MIXED, missions)
    await yard.settled()
    running = sum(a.state == "dispatched" for s in yard.states().values() for a in s.attempts.values())
    assert running == 8 * missions
    said = await _day(yard, 24, monkeypatch, caplog)
    looks = 24 * (HOUR // LOOK_AGAIN)
    assert said["decided"] <= missions * min(looks, 26), said
    assert said["events"] == said["appends"] == said["lines"] == 0, said
    await yard.engine.close()


async def test_t14_a_day_of_rest_costs_a_look_a_minute_and_not_one_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    await _t14(Yard(tmp_path), 6, monkeypatch, caplog)


@pytest.mark.thorough
async def test_t14_two_hundred_workers_rest_as_cheaply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    await _t14(Yard(tmp_path), 25, monkeypatch, caplog)


async def test_t14_commands_that_are_refused_over_and_over_cost_one_line_each(tmp_path: Path, caplog: Any) -> None:
    yard = await Yard(tmp_path).begin(MIXED)
    (mission,) = yard.states()
    before, held = len(await yard.events()), yard.states()[mission].height
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    for _ in range(100):
        answer = await yard.give("answer", {"attention": "Q99", "text": "yes"}, mission)
        assert answer.state == "refused"
    assert len(await yard.events()) == before
    assert yard.states()[mission].height == held
    assert len([line for line in caplog.records if line.name.startswith("cockpit")]) <= 100
    await yard.engine.close()


async def test_t14_one_mission_that_breaks_the_engine_is_one_line_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = await Yard(tmp_path).begin(MIXED, 3)
    broken, *others = yard.states()

    def breaks(state: Any, *args: Any) -> Any:
        if state.id == broken:
            raise RuntimeError("planted")
        return decide(state, *args)

    monkeypatch.setattr(runner, "decide", breaks)
    for _ in range(200):
        yard.pass_(MINUTE)
        await yard.tick()
    assert len(yard.faults) == 1
    about = [item.about for item in yard.states()[broken].attention.values()]
    assert sum(name.startswith("fault:") for name in about) == 1
    for name, orders in list(yard.worker.told.items()):
        if not name.startswith(f"{broken}/"):
            orders.put_nowait("done")
    await yard.settled()
    for mission in others:
        assert sum(t.state == "accepted" for t in yard.states()[mission].tasks.values()) == 8
    await yard.engine.close()
