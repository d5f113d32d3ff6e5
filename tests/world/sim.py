"""One simulated history: engines that live and die over one real SQLite file, a human, a sink, an inbox; all from one seed."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.contract.case import Provided
from engine.effects.mail import Identity
from engine.evidence.sources import Inbox
from engine.ledger.lease import LocalLock
from engine.ledger.protocol import Command, Event
from engine.ledger.sqlite import SqliteStore
from engine.loop.engine import Engine, Surroundings
from engine.state.fold import fold
from engine.state.home import HomeState, evolve_home
from engine.state.model import OVER, MissionState
from engine.values import DAY, HOME, sha256
from engine.workers.human import HumanWorker
from engine.workers.protocol import AttemptJob
from engine.workers.rehearsed import RehearsedWorker
from tests.world.human import SIM, Human
from tests.world.loop import SimLoop
from tests.world.missions import Setting, draw
from tests.world.outside import Crash, Life, Mailbox, Mortal, SimConnector, Sink

BASE = 1_750_000_000_000
IDENTITY = Identity(name="Sim", address="sim@sender.example", postal="1 Virtual Street")
PROVIDED = Provided(connectors=frozenset({"sink"}))


@dataclass
class History:
    """Everything that a run left behind, for the invariants."""

    seed: int
    setting: Setting
    events: list[Event]
    home: HomeState
    home_events: list[Event]
    state: MissionState
    live: MissionState | None
    sink: Sink
    answers: dict[str, str]
    wrong: Sequence[str]
    lives: list[Life]
    finished: bool
    blobs: dict[str, bytes] = field(default_factory=dict)


def run(seed: int, *, crashes: Sequence[int] | None = None, calm: bool = False) -> History:
    """Play a whole history. `crashes`: at which point each life dies; None draws them from the seed."""
    loop = SimLoop(seed)
    try:
        asyncio.set_event_loop(loop)
        with tempfile.TemporaryDirectory(prefix="cockpit-world-", dir=_fast_folder()) as folder:
            return loop.run_until_complete(_World(seed, loop, Path(folder), crashes, calm=calm).play())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _fast_folder() -> str | None:
    shared = Path("/dev/shm")  # noqa: S108 - memory, where there is one
    return str(shared) if shared.is_dir() else None


def _raise(_mission: str, error: Exception) -> None:
    raise error


class _World:
    def __init__(self, seed: int, loop: SimLoop, folder: Path, crashes: Sequence[int] | None, *, calm: bool) -> None:
        self._seed, self._loop, self._folder, self._calm = seed, loop, folder, calm
        self._dice = random.Random(f"world {seed}")
        self._setting = draw(seed, calm=calm)
        drawn = [self._dice.randrange(1, 160) for _ in range(self._dice.choice([0, 1, 2, 3]))]
        self._crashes = list(drawn if crashes is None else crashes)
        chaos = random.Random(f"chaos {seed}")
        self._sink = Sink(
            refuse=lambda: not calm and chaos.random() < 0.03,
            garble=lambda: not calm and chaos.random() < 0.03,
        )
        self._mail, self._lives = Mailbox(), []
        self._store: Any = None
        self._lock = LocalLock()
        self.engine: Engine | None = None

    def _clock(self) -> int:
        return BASE + int(self._loop.now * 1000)

    async def play(self) -> History:
        path = self._folder / "ledger.db"
        self._store = SqliteStore.open(path, threaded=False, synchronous="OFF", lock=self._lock)
        setting = self._setting
        await self._store.put_blobs({sha256(setting.contract): setting.contract, sha256(setting.leads): setting.leads})
        body = {"source": sha256(setting.contract), "name": "sim.yaml", "rehearse": False, "seed": self._seed,
                "inputs": {"leads": {"sha": sha256(setting.leads), "filename": "leads.csv", "bytes": len(setting.leads)}}}  # fmt: skip
        await self._store.submit(Command("start", "start", HOME, body, "human:sim"), wall=self._clock())
        human = Human(self._store, random.Random(f"human {self._seed}"), self._clock, calm=self._calm,
                      sent=lambda key: any(d.key == key for d in self._sink.deliveries))  # fmt: skip
        living = asyncio.ensure_future(human.live())
        finished = await self._lead()
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        return await self._history(human, finished=finished)

    async def _lead(self) -> bool:
        """One engine after the other, until the mission is over and nothing is in doubt."""
        while self._loop.now < 200 * DAY / 1000:
            life = Life(dies_at=self._crashes.pop(0) if self._crashes else None)
            self._lives.append(life)
            engine = self.engine = self._engine(life)
            try:
                if await self._beat(engine):
                    await engine.close()
                    return True
            except Crash:
                life.dead = True
                self._lock.drop(self._store)
                await self._bury(engine)
                await asyncio.sleep(self._dice.random() * 30)
        return False

    async def _bury(self, engine: Engine) -> None:
        await engine.executor.close()

    def _engine(self, life: Life) -> Engine:
        def faults(job: AttemptJob) -> str:
            if self._calm:
                return ""
            draw = random.Random(f"fault {self._seed} {job.attempt}").random()
            for limit, fault in ((0.05, "fail"), (0.08, "broken"), (0.12, "unknown-usage"), (0.16, "reject"), (0.18, "crash")):
                if draw < limit:
                    return fault
            return ""

        async def sleep(ms: int) -> None:
            life.point("a worker thinks")
            await asyncio.sleep(ms / 1000)
            life.point("a worker has thought")

        async def read(_path: Path) -> list[Any]:
            self._mail.answer(self._sink, self._seed)
            return list(self._mail.messages)

        sink = SimConnector("sink", self._setting.delivery, self._sink, life, self._clock, random.Random(f"wire {self._seed}"))  # type: ignore[arg-type]
        return Engine(
            Surroundings(
                store=Mortal(self._store, life), clock=self._clock, sleep=sleep,
                workers={"rehearsed": RehearsedWorker(pace=Decimal(1), faults=faults), "human": HumanWorker()},
                connectors={"sink": sink}, source=Inbox(self._folder / "inbox", read), work=self._folder / "work",
                identity=lambda: IDENTITY, provided=PROVIDED, fault=_raise,
            ),
            f"sim:{len(self._lives)}",
        )  # fmt: skip

    async def _beat(self, engine: Engine) -> bool:
        if not await engine.start():
            raise RuntimeError("the lease was not free")
        while self._loop.now < 200 * DAY / 1000:
            moved = await engine.tick()
            runner = engine.runners.get(SIM)
            if runner is not None and not moved and engine.idle() and runner.state.status in OVER and not runner.state.attention:
                return True
            if not moved:
                wake, now = engine.next_wake(), self._clock()
                pause = 30.0 if wake is None else max(0.05, min(3600.0, (wake - now) / 1000))
                await self._store.wait(2**62, 0.2 if not engine.idle() else pause)
        return False

    async def _history(self, human: Human, *, finished: bool) -> History:
        events = [event async for event in self._store.read(mission=SIM)]
        home_events = [event async for event in self._store.read(mission=HOME)]
        home = HomeState()
        for event in home_events:
            evolve_home(home, event)
        answers = {}
        for key in human.wrong:
            answer = await self._store.answer(key)
            answers[key] = answer.state if answer else "none"
        live = self.engine.runners[SIM].state if self.engine is not None and SIM in self.engine.runners else None
        await self._store.close()
        return History(self._seed, self._setting, events, home, home_events, fold(SIM, events), live, self._sink, answers, human.wrong,
                       self._lives, finished)  # fmt: skip
