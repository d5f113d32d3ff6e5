"""One simulated history: engines that live and die over one SQLite file, a human, a sink, an inbox; from one seed."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.contract.case import Provided
from engine.effects.mail import Identity
from engine.effects.protocol import Refused
from engine.evidence.sources import Inbox
from engine.governance.courtesy import Limits
from engine.ledger.lease import LocalLock
from engine.ledger.protocol import Command, Event, FencedError
from engine.ledger.sqlite import SqliteStore
from engine.loop.engine import TICK, Engine
from engine.loop.surroundings import Surroundings
from engine.state.fold import fold
from engine.state.model import OVER, MissionState
from engine.values import DAY, HOME, MissionId, Sha256, sha256
from engine.views.liveness import stuck
from engine.workers.human import HumanWorker
from engine.workers.protocol import AttemptJob
from engine.workers.rehearsed import RehearsedWorker
from tests.world.human import Human
from tests.world.loop import SimLoop
from tests.world.missions import Setting, draw
from tests.world.models import SimModels, Vendors
from tests.world.outside import PLACES, Crash, End, Life, Mailbox, Mortal, SimConnector, Sink
from tests.world.tools import Web

BASE = 1_750_000_000_000
LIMIT = 200 * DAY / 1000
"""Virtual seconds after which a mission that has not ended never will."""
QUIET = DAY / 4000
"""Virtual seconds after which an engine looks around although nothing woke it."""
IDENTITY = Identity(name="Sim", address="sim@sender.example", postal="1 Virtual Street")
PROVIDED = Provided(connectors=frozenset({"sink"}))
FAULTS = ((0.05, "fail"), (0.08, "broken"), (0.14, "unknown-usage"), (0.18, "reject"), (0.2, "crash"))
"""What goes wrong in an attempt, and below which draw."""


@dataclass
class Told:
    """One mission as its events tell it, and as the last engine had it in memory."""

    events: list[Event]
    state: MissionState
    live: MissionState | None


@dataclass
class History:
    """Everything that a run left behind, for the invariants."""

    seed: int
    setting: Setting
    missions: dict[MissionId, Told]
    home_events: list[Event]
    sink: Sink
    mail: Mailbox
    vendors: Vendors
    web: Web
    results: dict[str, dict[str, Any]]
    """What every job left, by its id."""
    blobs: dict[Sha256, bytes]
    answers: dict[str, str]
    human: Human
    lives: list[Life]
    unfenced: list[str]
    """Frozen engines that did not step down when another one led."""
    finished: bool
    rests: int = 0
    """How often an engine had nothing left to do: each time every mission was looked at."""
    stuck: tuple[str, ...] = ()
    """What nothing would have freed at such a moment."""


def run(
    seed: int,
    *,
    ends: Sequence[End] | None = None,
    calm: bool = False,
    tiny: bool = False,
    reaches_back: bool = False,
    setting: Setting | None = None,
) -> History:
    """Play a whole history. `ends`: where each life ends; None draws them from the seed, as `setting` is."""
    loop = SimLoop(seed)
    try:
        asyncio.set_event_loop(loop)
        with tempfile.TemporaryDirectory(prefix="cockpit-world-", dir=fast_folder()) as folder:
            world = _World(seed, loop, Path(folder), ends, setting or draw(seed, calm=calm, tiny=tiny), calm=calm)
            world.sink.reaches_back = reaches_back
            return loop.run_until_complete(world.play())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def fast_folder() -> str | None:
    """Where files that nobody keeps are made: in memory, where the system has such a place; None for its usual one."""
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() else None


def _raise(_mission: str, error: Exception) -> None:
    raise error


def _drawn(dice: random.Random) -> list[End]:
    """Where the lives of a seed end: anywhere, or at one of the rarer places."""
    if dice.random() < 0.35:
        first = End(1, dice.choice(["on the wire", "after the wire", "after the wire"]))
        return [first, End(1, "look-up", freezes=dice.random() < 0.3)] if dice.random() < 0.5 else [first]
    ends = []
    for _ in range(dice.choice([0, 1, 1, 2, 3])):
        anywhere = dice.random() < 0.5
        at, place = (dice.randrange(1, 160), "") if anywhere else (dice.choice([1, 1, 2, 3]), dice.choice(PLACES))
        ends.append(End(at, place, freezes=dice.random() < 0.35))
    return ends


class _World:
    def __init__(
        self, seed: int, loop: SimLoop, folder: Path, ends: Sequence[End] | None, setting: Setting, *, calm: bool
    ) -> None:
        self._seed, self._loop, self._folder, self._calm = seed, loop, folder, calm
        self._dice = random.Random(f"world {seed}")
        self._setting = setting
        drawn = _drawn(self._dice)
        self._ends = list(drawn if ends is None else ends)
        self._chaos, self._moods = random.Random(f"chaos {seed}"), random.Random(f"moods {seed}")
        self.sink = Sink(
            refuse=lambda: self._mishap(0.05),
            busy=self._busy,
            garble=lambda: self._mishap(0.06),
            silent=lambda: self._mishap(0.6),
            recorded=self._recorded,
        )
        self._mail, self._lives = Mailbox(), list[Life]()
        self._vendors = Vendors(seed, lambda: self._loop.now, calm=calm)
        self._web = Web(seed, lambda: self._loop.now)
        self._lock = LocalLock()
        self._stores: list[SqliteStore] = []
        self._store = self._open()
        self._engine: Engine | None = None
        self._frozen: list[asyncio.Task[None]] = []
        self._unfenced: list[str] = []
        self._led = asyncio.Event()
        """Set, and replaced, when an engine begins to lead."""
        self._rests, self._stuck = 0, dict[str, None]()

    def _patience(self) -> float | None:
        """In some seeds everything is stopped early, while workers are at work."""
        dice = random.Random(f"patience {self._seed}")
        return None if self._calm or dice.random() > 0.1 else 2 + dice.random() * dice.choice([4, 12, 40])

    def _mishap(self, chance: float) -> bool:
        return not self._calm and self._chaos.random() < chance

    def _busy(self) -> Refused | None:
        mood = 1.0 if self._calm else self._moods.random()
        return Refused("not now", temporary=True, whole=mood < 0.03) if mood < 0.06 else None

    def _stall(self) -> float:
        return self._chaos.random() if self._mishap(0.05) else 0.0

    def _open(self) -> SqliteStore:
        store = SqliteStore.open(self._folder / "ledger.db", threaded=False, synchronous="OFF", lock=self._lock)
        self._stores.append(store)
        return store

    async def _recorded(self, key: str) -> bool:
        events = self._store.read(mission=MissionId(key.split("/")[0]))
        return key in [event.body["key"] async for event in events if event.kind == "effect.attempting"]

    def _clock(self) -> int:
        return BASE + int(self._loop.now * 1000)

    async def play(self) -> History:
        """From the first command to the last engine's end."""
        setting = self._setting
        for number, (name, terms) in enumerate(setting.missions.items()):
            source, leads = sha256(terms.contract), sha256(setting.leads)
            await self._store.put_blobs({source: terms.contract, leads: setting.leads})
            given = {"leads": {"sha": leads, "filename": "leads.csv", "bytes": len(setting.leads)}}
            body = {"source": source, "name": f"{name}.yaml", "rehearse": False, "seed": self._seed, "inputs": given}
            await self._store.submit(Command(f"start{number}", "start", HOME, body, "human:sim"), wall=self._clock())
        human = Human(
            self._open(),
            random.Random(f"human {self._seed}"),
            self._clock,
            list(setting.missions),
            calm=self._calm,
            sent=lambda key: any(d.key == key for d in self.sink.deliveries),
            amends=random.Random(f"amends {self._seed}"),
        )
        living = [asyncio.ensure_future(human.live())]
        if (after := self._patience()) is not None:
            living.append(asyncio.ensure_future(human.lose_patience(after)))
        finished = await self._lead()
        self._led.set()
        for task in living:
            task.cancel()
        await asyncio.gather(*living, *self._frozen, return_exceptions=True)
        return await self._history(human, finished=finished)

    async def _lead(self) -> bool:
        """One engine after the other, until the missions are over and nothing is in doubt."""
        while self._loop.now < LIMIT:
            life = Life(self._ends.pop(0) if self._ends else None)
            self._lives.append(life)
            engine = self._engine = self._born(life)
            beating = asyncio.ensure_future(self._live(engine, life))
            freezing = asyncio.ensure_future(life.froze.wait())
            await asyncio.wait({beating, freezing}, return_when=asyncio.FIRST_COMPLETED)
            freezing.cancel()
            if not beating.done():
                self._frozen.append(asyncio.ensure_future(self._thaw(life, engine, beating)))
            elif not isinstance(beating.exception(), Crash):
                return beating.result()
            else:
                await engine.executor.close()
            self._lock.drop(None)
            asleep = 3 * DAY / 1000 if self._mishap(0.1) else 30
            await asyncio.sleep(self._dice.random() * asleep)
        return False

    async def _thaw(self, life: Life, engine: Engine, beating: asyncio.Task[bool]) -> None:
        """A frozen engine wakes up when another one leads: it learns so at its next commit, and steps down."""
        moment = self._loop.now
        while (self._engine is None or self._engine.epoch <= engine.epoch) and self._loop.now < LIMIT:
            await self._led.wait()
            while moment <= self._loop.now:  # it looks every five seconds
                moment += 5
            await asyncio.sleep(moment - self._loop.now)
        await asyncio.sleep(self._dice.random() * self._dice.choice([40, 600, 90_000]))
        life.thawed.set()
        try:
            await beating
            if not life.place.endswith("release"):
                self._unfenced.append(f"{life.place}: it went on to the end")
        except FencedError:
            await engine.close()
        except Exception as error:  # noqa: BLE001 - anything else is the finding
            self._unfenced.append(f"{life.place}: {type(error).__name__}: {error}")

    def _born(self, life: Life) -> Engine:
        def faults(job: AttemptJob) -> str:
            draw = random.Random(f"fault {self._seed} {job.mission} {job.attempt}").random()
            return "" if self._calm else next((fault for limit, fault in FAULTS if draw < limit), "")

        async def sleep(ms: int) -> None:
            await life.point("a worker thinks")
            await asyncio.sleep(ms / 1000)
            await life.point("a worker has thought")

        async def read(_path: Path) -> list[Any]:
            self._mail.answer(self.sink, self._seed)
            return list(self._mail.messages)

        wire = random.Random(f"wire {self._seed}")
        around = Surroundings(
            store=Mortal(self._store if len(self._lives) == 1 else self._open(), life, self._stall),
            clock=self._clock,
            sleep=sleep,
            workers={
                "rehearsed": RehearsedWorker(pace=Decimal(1), faults=faults),
                "command": RehearsedWorker(pace=Decimal(1), faults=faults),
                "human": HumanWorker(),
                "model": SimModels(self._vendors, sleep, lambda: life.dead or life.frozen),
            },
            catalogue=self._vendors.catalogue,
            tools=self._web.opener(sleep),
            connectors=dict.fromkeys(  # what rehearsed workers make goes to the sandbox: here it is the sink
                ("sink", "sandbox"), SimConnector("sink", self._setting.delivery, self.sink, life, self._clock, wire)
            ),
            source=Inbox(self._folder / "inbox", read),
            work=self._folder / "work",
            identity=lambda: IDENTITY,
            limits=lambda: self._setting.limits or Limits(),
            slots=lambda: self._setting.slots,
            provided=PROVIDED,
            fault=_raise,
        )
        return Engine(around, f"sim:{len(self._lives)}")

    async def _live(self, engine: Engine, life: Life) -> bool:
        """One life of an engine; whether everything was over at its end."""
        if not await engine.start():
            raise RuntimeError("the lease was not free")
        self._led.set()
        self._led = asyncio.Event()
        said = -LIMIT
        while self._loop.now < LIMIT:
            await life.awake()
            moved = await engine.tick()
            if not moved and not life.frozen:
                self._look(engine)
            await self._begun(engine)
            if self._over(engine) and not moved:
                await engine.close()
                return True
            if self._loop.now - said > 2 * QUIET:
                await engine.beat()
                said = self._loop.now
            if not moved:
                wake, now = engine.next_wake(), self._clock()
                pause = QUIET if wake is None else max(0.05, min(QUIET, (wake - now) / 1000))
                await engine._store.wait(2**62, pause if engine.idle() else TICK)
        return False

    def _look(self, engine: Engine) -> None:
        """P21, at every moment at which an engine rests."""
        self._rests += 1
        for runner in engine.runners.values():
            if not runner.stale:
                self._stuck.update((f"{thing.id}: {thing.why}", None) for thing in stuck(runner.state))

    async def _begun(self, engine: Engine) -> None:
        """A world in which no mission starts proves nothing, so it says so."""
        for number in range(len(engine.runners), len(self._setting.missions)):
            answer = await self._store.answer(f"start{number}")
            if answer is not None and answer.state == "refused":
                raise AssertionError(f"the world's own contract was refused: {answer.error}")

    def _over(self, engine: Engine) -> bool:
        states = [runner.state for runner in engine.runners.values()]
        ended = len(states) == len(self._setting.missions) and all(s.status in OVER and not s.attention for s in states)
        return ended and engine.idle() and all(task.done() for task in self._frozen)

    async def _history(self, human: Human, *, finished: bool) -> History:
        missions = {}
        for name in self._setting.missions:
            events = [event async for event in self._store.read(mission=name)]
            runner = self._engine.runners.get(name) if self._engine is not None else None
            missions[name] = Told(events, fold(name, events), runner.state if runner is not None else None)
        home = [event async for event in self._store.read(mission=HOME)]
        answers = {}
        for key in human.said:
            answer = await self._store.answer(key)
            answers[key] = answer.state if answer else "none"
        for store in self._stores:
            await store.close()
        with closing(sqlite3.connect(self._folder / "ledger.db")) as rows:
            results = {job: json.loads(body) for job, body in rows.execute("SELECT job, body FROM results")}
            blobs = {Sha256(sha): content for sha, content in rows.execute("SELECT sha, content FROM blobs")}
        return History(
            seed=self._seed,
            setting=self._setting,
            missions=missions,
            home_events=home,
            sink=self.sink,
            mail=self._mail,
            vendors=self._vendors,
            web=self._web,
            results=results,
            blobs=blobs,
            answers=answers,
            human=human,
            lives=self._lives,
            unfenced=self._unfenced,
            finished=finished,
            rests=self._rests,
            stuck=tuple(self._stuck),
        )
