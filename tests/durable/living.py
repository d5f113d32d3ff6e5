"""A real engine in the test's own process: a real file, rehearsed workers, a sandbox, a clock that the test turns."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.contract.load import read
from engine.contract.template import write as write_template
from engine.effects.mail import Identity
from engine.effects.maildir import MaildirConnector
from engine.evidence.sources import Inbox
from engine.home import Home
from engine.ledger.lease import FileLock
from engine.ledger.protocol import Answer, Command
from engine.ledger.reader import Reader
from engine.ledger.sqlite import SqliteStore
from engine.loop.engine import Engine
from engine.loop.surroundings import Surroundings
from engine.state.model import MissionState
from engine.values import HOME, MissionId, sha256
from engine.workers.human import HumanWorker
from engine.workers.rehearsed import RehearsedWorker

NOON = 1_793_188_800_000
"""2026-10-28 12:00 UTC."""
IDENTITY = Identity(name="Ada", address="ada@yours.example", postal="1 Example Street")
OVER = ("finished", "stopped")


class Living:
    """One home and the engine that lives in it. `now` is the wall clock, in milliseconds."""

    def __init__(self, root: Path, *, now: int = NOON, synchronous: str = "OFF") -> None:
        self.home = Home.at(root)
        self.now = now
        self._synchronous = synchronous
        self.steady: Callable[[], tuple[int, int]] | None = None
        """Time that passed, and time awake."""
        self._keys = itertools.count()
        self._owners = itertools.count(1)
        self.store: SqliteStore
        self.engine: Engine

    async def open(self) -> Living:
        """Begin a life of an engine."""
        self.home.ensure()
        self.store = SqliteStore.open(
            self.home.ledger,
            threaded=False,
            synchronous="FULL" if self._synchronous == "FULL" else "OFF",
            lock=FileLock(self.home.lock),
        )
        around = Surroundings(
            self.store,
            lambda: self.now,
            self._sleep,
            {"rehearsed": RehearsedWorker(), "human": HumanWorker()},
            {
                name: MaildirConnector(self.home.outbox / name, name=name, run=_at_once)
                for name in ("maildir", "sandbox")
            },
            Inbox(self.home.inbox),
            self.home.work,
            identity=lambda: IDENTITY,
            version="test",
            steady=self.steady,
        )
        self.engine = Engine(around, f"here:{next(self._owners)}:test")
        assert await self.engine.start()
        return self

    async def _sleep(self, ms: int) -> None:
        del ms
        await asyncio.sleep(0)

    async def close(self) -> None:
        """End this life as an engine does that is told to."""
        await self.engine.close()
        await self.store.close()

    async def __aenter__(self) -> Living:
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def state(self, mission: str) -> MissionState:
        """A mission as the engine knows it."""
        return self.engine.runners[MissionId(mission)].state

    async def say(self, kind: str, mission: str, **body: Any) -> Answer:
        """A command, and what the engine answers."""
        key = f"{kind}:{next(self._keys)}:{self.now}"
        await self.store.submit(Command(key, kind, MissionId(mission), body, "human:ada"), wall=self.now)
        answer = Answer("pending")
        for _ in range(5):  # a disk may be full for a moment
            await self.engine.tick()
            answer = await self.store.answer(key) or answer
            if answer.state != "pending":
                break
        return answer

    async def begin(self, file: Path, *, seed: int = 0, rehearse: bool = True) -> str:
        """Start the mission of a contract file; its slug."""
        loaded = read(file)
        assert loaded.contract is not None, loaded.problems
        blobs = {sha256(loaded.source): loaded.source}
        inputs = {}
        for name, given in loaded.contract.inputs.items():
            content = (file.parent / given.path).read_bytes()
            blobs[sha256(content)] = content
            inputs[name] = {"sha": sha256(content), "filename": Path(given.path).name, "bytes": len(content)}
        await self.store.put_blobs(blobs)
        body = {"source": sha256(loaded.source), "name": file.name, "inputs": inputs, "rehearse": rehearse}
        answer = await self.say("start", HOME, **body, seed=seed, zone="UTC")
        assert answer.state == "done", answer
        return answer.ids[0]

    async def begin_template(self, folder: Path, name: str = "gtm-channel", *, seed: int = 0) -> str:
        """Start a rehearsal of a template; its slug."""
        folder.mkdir(exist_ok=True)
        file = folder / f"{name}.yaml"
        if not file.exists():
            write_template(name, file)
        return await self.begin(file, seed=seed)

    async def work(
        self, until: Callable[[], bool] = lambda: False, *, decide: bool = True, turns: int = 20_000
    ) -> None:
        """Have the engine work, time passing whenever nothing else happens, until something holds or all rests."""
        for _ in range(turns):
            if until():
                return
            moved = await self.engine.tick()
            await asyncio.sleep(0)
            if moved or self.engine.executor.running():
                continue
            if decide and await self._decided():
                continue
            wake = self.engine.next_wake()
            if wake is None or until():
                return
            self.now = max(self.now + 1, wake)
        raise AssertionError("it does not come to rest")

    async def _decided(self) -> bool:
        """Answer the first thing that waits: approve bytes, take the first choice."""
        with Reader.open(self.home.ledger) as reader:
            rows = [row for row in reader.views("attention") if self.state(row["mission"]).status == "active"]
        if not rows:
            return False
        row = rows[0]
        item, mission = row["id"].partition("/")[2], row["mission"]
        if row["kind"] == "approve":
            answer = await self.say("approve", mission, attention=item, digest=row["digest"], **{"except": []})
        else:
            text = (row["choices"] or ["as you see fit"])[0]
            answer = await self.say("answer", mission, attention=item, text=text)
        assert answer.state == "done", (row, answer)
        return True

    def over(self, mission: str) -> bool:
        """Whether a mission has ended."""
        return self.state(mission).status in OVER


async def _at_once(work: Callable[[], Any]) -> Any:
    return work()
