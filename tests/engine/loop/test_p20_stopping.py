"""P20: no call begins once a stop was acknowledged, not even before the engine itself goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from engine.contract.case import Provided
from engine.ledger.memory import Memory, MemoryStore
from engine.ledger.protocol import Command
from engine.loop.engine import Engine
from engine.loop.surroundings import Surroundings
from engine.values import HOME, MissionId, sha256
from engine.workers.protocol import AttemptJob, Failed, WorkerEvent, WorkerIO
from tests.builders import LEADS, terms
from tests.engine.loop.outage_play import ADA, CLERK

PLAN = "  tasks:\n" + "".join(
    f"    - {{id: t{n}, role: clerk, criteria: [{{text: x, check: {{max_words: 9}}}}], budget: 1 USD}}\n"
    for n in range(3)
)
GTM = MissionId("gtm")


class Slow(MemoryStore):
    """A store whose commits are heard of by everybody before the engine that made them goes on."""

    async def append(self, *args: Any, **more: Any) -> Any:
        made = await super().append(*args, **more)
        for _ in range(20):
            await asyncio.sleep(0)
        return made


class Caller:
    """A worker that makes one short call after the other, until it is told to end."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.calls: list[bool] = []
        """Of every call, whether the stop had been acknowledged when it began."""
        self.ended = 0

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        try:
            while True:
                answer = await self._store.answer("halt")
                self.calls.append(answer is not None and answer.state == "done")
                await asyncio.sleep(0)
        finally:
            self.ended += 1
        yield Failed(reason=f"{job.attempt} never ends by itself")


async def test_p20_no_call_begins_after_a_stop_was_acknowledged(tmp_path: Path) -> None:
    store = Slow(Memory())
    caller = Caller(store)

    async def source(_body: Any) -> tuple[list[dict[str, Any]], dict[Any, bytes], str]:
        return [], {}, ""

    async def sleep(ms: int) -> None:
        await asyncio.sleep(ms / 1000)

    around = Surroundings(
        store,
        lambda: 1_000,
        sleep,
        {"model": caller},
        {},
        source,
        tmp_path,
        catalogue=lambda: (ADA,),
        provided=Provided(connectors=frozenset({"maildir"})),
    )
    engine = Engine(around, "test")
    assert await engine.start()
    contract = terms(PLAN, more=CLERK).encode()
    await store.put_blobs({sha256(contract): contract, sha256(LEADS): LEADS})
    body = {"source": sha256(contract), "inputs": {"leads": {"sha": sha256(LEADS)}}}
    await store.submit(Command("start", "start", HOME, body, "human:ada"), wall=1)
    while len(caller.calls) < 30:
        await engine.tick()
        await asyncio.sleep(0)
    assert engine.executor.running()
    await store.submit(Command("halt", "stop", GTM, {}, "human:ada"), wall=2)
    while (await store.answer("halt")).state != "done":  # type: ignore[union-attr]
        await engine.tick()
    while await engine.tick() or engine.executor.running():
        await asyncio.sleep(0)
    assert not any(caller.calls), "a call began after the stop was acknowledged"
    state = engine.runners[GTM].state
    assert {attempt.state for attempt in state.attempts.values()} == {"cancelled"}
    assert caller.ended == len(state.attempts) == 3
    assert state.reserved == 0
    await engine.close()
