"""T9: what is over stays over. Late ends change nothing but the bill, and no restart does finished work again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.ledger.protocol import FencedError
from engine.state.model import MissionState
from engine.values import DAY
from tests.engine.loop.standing import Yard, plan

TWO = plan(models=2, commands=1, humans=0, after=0)
JUDGED = plan(models=1, commands=0, humans=0, after=0).replace("{max_words: 99}}]", "human}], attempts: 9")
BILL = {"attempt.superseded", "charge.corrected"}


def work(state: MissionState) -> Any:
    """Everything about a mission that a late end must leave alone: all but what it cost."""
    return (
        state.status,
        {task.id: (task.state, task.accepted, task.attempts, task.allowed) for task in state.tasks.values()},
        {attempt.id: (attempt.state, attempt.handoff, attempt.summary) for attempt in state.attempts.values()},
        sorted(state.attention),
        sorted(state.items),
        sorted(state.artifacts),
        sorted(state.evidence),
        [branch.state for branch in state.branches.values()],
        state.used_attempts,
    )


async def twin(yard: Yard) -> Yard:
    """The engine hangs, another one leads; what the first one started still runs."""
    frozen = Yard(yard.folder, yard.memory)
    frozen.engine, frozen.store, frozen.worker = yard.engine, yard.store, yard.worker
    yard.memory.lock.drop(yard.store)
    yard.lead("another")
    assert await yard.engine.start()
    await yard.settled()
    return frozen


@pytest.mark.parametrize("end", ["stop", "done", "running"])
async def test_t9_a_late_end_changes_nothing_but_the_bill(end: str, tmp_path: Path) -> None:
    yard = await Yard(tmp_path).begin(TWO)
    (mission,) = yard.states()
    frozen = await twin(yard)
    if end == "stop":
        assert (await yard.give("stop", {}, mission)).state == "done"
    elif end == "done":
        for orders in yard.worker.told.values():
            orders.put_nowait("done")
        await yard.settled()
        await yard.answer("done", "finish")
    state = yard.states()[mission]
    before, height, spent = work(state), state.height, state.spent
    lost = [a for a in state.attempts.values() if a.state == "lost"]
    assert len(lost) == 3
    jobs = len(yard.worker.jobs)
    for orders in list(frozen.worker.told.values()):
        orders.put_nowait("done")
    await frozen.breathe()
    await yard.settled()
    assert work(state) == before
    assert {event.kind for event in (await yard.events())[height:]} == BILL
    assert all(a.superseded for a in lost)
    assert state.spent < spent, "what was set aside for them is known now"
    assert state.reserved == sum(a.reserved for a in state.attempts.values() if a.state == "dispatched")
    assert len(yard.worker.jobs) == jobs, "nobody was asked anything more"
    started = len(frozen.worker.jobs)
    with pytest.raises(FencedError):
        await frozen.engine.beat()
    assert len(frozen.worker.jobs) == started
    await yard.engine.close()


async def test_t9_no_restart_does_finished_work_again(tmp_path: Path) -> None:
    yard = await Yard(tmp_path).begin(TWO)
    (mission,) = yard.states()
    first = {job.attempt: job for job in yard.worker.jobs}
    yard.worker.told[f"{mission}/A1.1"].put_nowait("done")
    await yard.settled()
    assert yard.task("t0").state == "accepted"
    delivered = {first["A1.1"].package}
    for turn in range(2):
        await yard.die()
        asked = {job.key for job in yard.worker.jobs}
        assert asked == {"t1", "t2"}, f"restart {turn}: what was accepted is not asked for again"
        assert delivered.isdisjoint(job.package for job in yard.worker.jobs)
    for orders in list(yard.worker.told.values()):
        orders.put_nowait("done")
    await yard.settled()
    await yard.answer("done", "finish")
    height = yard.states()[mission].height
    yard.pass_(3 * DAY)
    await yard.die()
    assert yard.worker.jobs == []
    assert len(await yard.events()) == height
    await yard.engine.close()


async def test_t9_what_goes_on_gets_a_continuation_and_never_the_package_that_was_delivered(tmp_path: Path) -> None:
    yard = await Yard(tmp_path).begin(JUDGED)
    (mission,) = yard.states()
    packages = []
    for reason in ("too long for anybody", "still too long", "nearly"):
        await yard.die()  # what was lost was not delivered, and may be given once more
        job = yard.worker.jobs[-1]
        assert job.package not in packages, "what was delivered and rejected is not asked for again as it was"
        packages.append(job.package)
        yard.worker.told[f"{mission}/{job.attempt}"].put_nowait("done")
        await yard.settled()
        await yard.die()
        assert yard.worker.jobs == [], "while a human judges it nobody works on it"
        await yard.answer("human:", f"reject: {reason}")
        assert reason in yard.worker.jobs[-1].package
    await yard.engine.close()
