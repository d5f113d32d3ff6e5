"""Jobs that are told to end: each attempt leaves its result, at whatever moment it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from engine.ledger.protocol import Job, Result, Store
from engine.loop.jobs import LocalExecutor
from engine.values import MissionId, Tokens
from engine.workers.protocol import AttemptJob, Finished, Handoff, Worker, WorkerEvent, WorkerIO

GTM = MissionId("gtm")
JOB = "gtm/A1.1"


class Thinking:
    """A worker that thinks for ever, once it has begun."""

    def __init__(self) -> None:
        self.begun = 0

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        self.begun += 1
        await asyncio.Event().wait()
        yield Finished(handoff=Handoff(summary="never"))


class Bench:
    """An executor with one attempt that was just started; `results` by job."""

    def __init__(self) -> None:
        self.worker, self.results = Thinking(), dict[str, dict[str, Any]]()
        self.executor = LocalExecutor(
            cast("Store", self),
            workers={"model": cast("Worker", self.worker)},
            connectors={},
            source=cast("Any", None),
            suppressed=lambda person: False,
            leads=cast("Any", None),
            work=Path("/nowhere"),
            clock=lambda: 0,
            sleep=cast("Any", None),
        )
        spec = AttemptJob(
            attempt="A1.1", task="T1", key="draft", mission=GTM, branch="main", role="writer", worker="model"
        )
        self.executor.start(Job(JOB, "attempt", GTM, spec.model_dump(mode="json")))

    async def put_result(self, result: Result, wall: int) -> None:
        self.results[result.job] = dict(result.body)

    async def turns(self, count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)


async def test_p12_an_attempt_that_is_told_to_end_before_its_first_turn_leaves_its_result() -> None:
    bench = Bench()
    bench.executor.cancel(JOB)
    await bench.turns(5)
    assert bench.worker.begun == 0
    assert bench.results[JOB]["end"] == "cancelled"
    assert bench.results[JOB]["usage"] == Tokens().model_dump(mode="json"), "what never began used nothing"
    assert bench.executor.alive() == {JOB}, "until somebody has taken its result in"
    bench.executor.taken(JOB)
    assert not bench.executor.alive()


async def test_p12_an_engine_that_ends_leaves_a_result_of_what_it_had_not_begun() -> None:
    bench = Bench()
    await bench.executor.close()
    assert bench.worker.begun == 0
    assert bench.results[JOB]["end"] == "cancelled"


@pytest.mark.parametrize("turns", [1, 2, 3])
async def test_p12_one_that_thinks_already_leaves_its_result_and_its_usage_is_unknown(turns: int) -> None:
    bench = Bench()
    await bench.turns(turns)
    bench.executor.cancel(JOB)
    bench.executor.cancel(JOB)
    await bench.turns(5)
    assert bench.worker.begun == 1
    assert bench.results[JOB] == {"end": "cancelled", "reason": "told to end", "usage": None}
