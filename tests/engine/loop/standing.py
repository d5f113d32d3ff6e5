"""An engine over many missions whose workers stand until a test moves them, on a clock that a test sets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from engine.contract.case import Provided
from engine.ledger.memory import Memory, MemoryStore
from engine.ledger.protocol import Answer, Command, Event, Result
from engine.loop.engine import Engine
from engine.loop.surroundings import Surroundings
from engine.routing.catalogue import Candidate
from engine.state.model import MissionState, Task
from engine.values import HOME, MissionId, Tokens, sha256
from engine.workers.human import HumanWorker
from engine.workers.protocol import AttemptJob, Finished, Handoff, Note, WorkerEvent, WorkerIO
from tests.builders import LEADS, terms
from tests.engine.loop.outage_play import ADA, CLERK

RUNNER = "  runner: {worker: command, command: [make]}"
START = 1_750_000_000_000


def plan(*, models: int, commands: int, humans: int, after: int) -> str:
    """A contract with so many tasks for each worker, and so many that wait for the first of them."""
    short = "criteria: [{text: x, check: {max_words: 99}}]"
    asked = [f"    - {{id: h{n}, role: human, budget: 1 USD, {short}}}\n" for n in range(humans)]
    roles = ["clerk"] * models + ["runner"] * commands
    lines = asked + [f"    - {{id: t{n}, role: {role}, budget: 1 USD, {short}}}\n" for n, role in enumerate(roles)]
    late = [f"    - {{id: late{n}, role: clerk, budget: 1 USD, needs: [t0], {short}}}\n" for n in range(after)]
    return terms("  tasks:\n" + "".join(lines + late), more=f"{CLERK}\n{RUNNER}")


class Standing:
    """A worker that stands still until somebody says what it does next: `note`, or `done`."""

    def __init__(self) -> None:
        self.told: dict[str, asyncio.Queue[str]] = {}
        self.jobs: list[AttemptJob] = []

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        """Wait, tell, end."""
        name = f"{job.mission}/{job.attempt}"
        self.jobs.append(job)
        orders = self.told[name] = asyncio.Queue()
        try:
            while (order := await orders.get()) == "note":
                yield Note(text="still at it")
        finally:
            del self.told[name]
        assert order == "done"
        yield Finished(handoff=Handoff(summary="done"), usage=Tokens(input=100, output=10), calls=1)


class Mortal(MemoryStore):
    """A store of an engine that may be killed: what runs in it then leaves nothing."""

    dead = False

    async def put_result(self, result: Result, *, wall: int) -> bool:
        """Nothing is left by the dead."""
        return not self.dead and await super().put_result(result, wall=wall)


class Yard:
    """An engine, its ledger, and the three clocks of its machine."""

    def __init__(self, folder: Path, memory: Memory | None = None) -> None:
        self.memory, self.folder, self._count = memory or Memory(), folder, 0
        self.store, self.worker = Mortal(self.memory), Standing()
        self.wall, self.passed, self.awake = START, 0, 0
        self.faults: list[Exception] = []
        self.catalogue: tuple[Candidate, ...] = (ADA,)
        self.engine = self._engine("one")

    def _engine(self, owner: str) -> Engine:
        async def source(_body: Any) -> tuple[list[dict[str, Any]], dict[Any, bytes], str]:
            return [], {}, ""

        async def sleep(ms: int) -> None:
            await asyncio.sleep(0)

        around = Surroundings(
            self.store,
            lambda: self.wall,
            sleep,
            {"model": self.worker, "command": self.worker, "human": HumanWorker()},
            {},
            source,
            self.folder,
            catalogue=lambda: self.catalogue,
            provided=Provided(connectors=frozenset({"maildir"})),
            steady=lambda: (self.passed, self.awake),
            fault=lambda _mission, error: self.faults.append(error),
        )
        return Engine(around, owner)

    async def begin(self, contract: str, missions: int = 1) -> Yard:
        """Start the engine and so many missions."""
        assert await self.engine.start()
        for _ in range(missions):
            await self.start(contract)
        return self

    async def start(self, contract: str) -> None:
        """One more mission."""
        content = contract.encode()
        await self.store.put_blobs({sha256(content): content, sha256(LEADS): LEADS})
        body = {"source": sha256(content), "inputs": {"leads": {"sha": sha256(LEADS)}}}
        answer = await self.give("start", body, HOME)
        assert answer.state == "done", answer

    async def give(self, kind: str, body: dict[str, Any], mission: MissionId) -> Answer:
        """A command, and its answer."""
        self._count += 1
        key = f"{kind}:{self.engine.epoch}:{self._count}"
        await self.store.submit(Command(key, kind, mission, body, "human:ada"), wall=self.wall)
        await self.settled()
        answer = await self.store.answer(key)
        assert answer is not None
        return answer

    async def answer(self, about: str, text: str) -> None:
        """A human answers the one item of the only mission that is about something."""
        ((mission, state),) = self.states().items()
        (item,) = (item for item in state.attention.values() if item.about.startswith(about))
        answer = await self.give("answer", {"attention": item.id, "text": text}, mission)
        assert answer.state == "done", answer

    async def tick(self) -> bool:
        """One tick, and a moment for everything that runs."""
        moved = await self.engine.tick()
        await self.breathe()
        return moved

    async def breathe(self) -> None:
        """A moment for everything that runs."""
        for _ in range(6):
            await asyncio.sleep(0)

    async def settled(self) -> None:
        """Tick until nothing moves, twice: what a worker says is heard by the next tick."""
        quiet = 0
        for _ in range(500):
            quiet = 0 if await self.tick() else quiet + 1
            if quiet == 2:
                return
        raise AssertionError("it does not come to rest")

    def pass_(self, ms: int, *, asleep: bool = False) -> None:
        """Time passes, awake or asleep."""
        self.wall, self.passed = self.wall + ms, self.passed + ms
        self.awake += 0 if asleep else ms

    async def die(self) -> None:
        """The engine ends as by a kill: what ran leaves nothing. Another one takes over."""
        self.store.dead = True
        await self.engine.executor.close()
        await self.store.release(self.engine.epoch)
        self.lead("another")
        assert await self.engine.start()
        await self.settled()

    def lead(self, owner: str) -> None:
        """Another engine with workers of its own over the same ledger, not started yet."""
        self.store, self.worker = Mortal(self.memory), Standing()
        self.engine = self._engine(owner)

    def states(self) -> dict[MissionId, MissionState]:
        """Every mission."""
        return {mission: runner.state for mission, runner in self.engine.runners.items()}

    def task(self, key: str) -> Task:
        """A task of the only mission."""
        (state,) = self.states().values()
        return next(task for task in state.tasks.values() if task.key == key)

    async def events(self, mission: MissionId | None = None) -> list[Event]:
        """What the missions' ledgers hold."""
        names = [mission] if mission else list(self.engine.runners)
        return [event for name in names async for event in self.store.read(mission=name)]

    async def kinds(self) -> Counter[str]:
        """How often each kind of event was recorded."""
        return Counter(event.kind for event in await self.events())
