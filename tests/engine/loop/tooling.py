"""A whole engine over one mission whose workers do what a test says, with tools that a test decides about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.contract.case import Provided
from engine.effects.canonical import batch_digest
from engine.ledger.memory import Memory, MemoryStore
from engine.ledger.protocol import Answer, Command
from engine.loop.engine import Engine
from engine.loop.surroundings import Surroundings
from engine.state.model import Attention, MissionState
from engine.tools.protocol import Answer as Told
from engine.tools.protocol import Ask, Grant, Provider, ToolDownError, Tools
from engine.values import HOME, MissionId, sha256
from engine.workers.protocol import AttemptJob, Failed, Finished, Handoff, WorkerEvent, WorkerIO
from tests.builders import LEADS
from tests.engine.loop.outage_play import ADA
from tests.engine.tools.fakes import Sink

GTM = MissionId("gtm")
BROWSER = "browser: {builtin: http, stance: allow, verbs: [research], roles: [clerk], hosts: [docs.example.org]}"
MAILER = "mailer: {mcp: {command: [mailer]}, stance: allow, verbs: [publish], roles: [clerk], hosts: [post.example]}"
TASK = "{id: t0, role: clerk, verb: research, criteria: [{text: x, check: {max_words: 99}}], budget: 1 USD}"
LEADING = TASK.replace("verb: research", "verb: research, context: [leads]")
PAGE = '{"url": "https://docs.example.org/"}'
AWAY = '{"url": "https://elsewhere.example.net/?q=1"}'
Script = Callable[[AttemptJob, WorkerIO], Awaitable[str]]


def text(*tools: str, tasks: tuple[str, ...] = (TASK,), leads: str = "{path: leads.csv}", more: str = "") -> str:
    """A contract with these tools."""
    return (
        "mission: Find out\nid: gtm\ntarget: {statement: we know}\nbudget: {money: 50 USD}\n"
        "actions: {allowed: [research, draft, read], restricted: [publish, delete]}\n"
        f"inputs: {{leads: {leads}}}\nroles:\n  clerk: {{worker: model, privacy: any}}\n"
        "tools:\n"
        + "".join(f"  {tool}\n" for tool in tools)
        + more
        + "plan:\n  tasks:\n"
        + "".join(f"    - {task}\n" for task in tasks)
    )


class Scripted:
    """A model worker that runs a script of the test; what the script returns is its summary."""

    def __init__(self) -> None:
        self.script: Script | None = None
        self.jobs: list[AttemptJob] = []

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        """Run the script once."""
        self.jobs.append(job)
        if self.script is None:
            yield Failed(reason="nothing to do", retryable=False)
            return
        said = await self.script(job, io)
        yield Finished(handoff=Handoff(summary=said or "done"))


class House:
    """An engine and everything around it. Time passes when somebody sleeps, and when a test says so."""

    def __init__(self, folder: Path, contract: str, *, files: dict[str, bytes] | None = None, **sinks: Sink) -> None:
        self.files = files or {}
        self.store, self.worker, self.sinks, self.at = MemoryStore(Memory()), Scripted(), sinks, 1_000
        self.grants: list[Grant] = []
        self._contract, self._count, self._folder = contract, 0, folder
        self.engine = self._engine("one")

    def _engine(self, owner: str) -> Engine:
        around = Surroundings(
            self.store,
            lambda: self.at,
            self._sleep,
            {"model": self.worker},
            {},
            self._source,
            self._folder,
            catalogue=lambda: (replace(ADA, tools=True),),
            provided=Provided(),
            tools=self._open,
        )
        return Engine(around, owner)

    async def _source(self, _body: Any) -> tuple[list[dict[str, Any]], dict[Any, bytes], str]:
        return [], {}, ""

    async def _sleep(self, ms: int) -> None:
        self.at += ms
        await asyncio.sleep(0)

    def _open(self, grant: Grant, workspace: Path) -> Provider:
        self.grants.append(grant)
        if grant.tool not in self.sinks:
            raise ToolDownError(f"there is no {grant.tool}", "install it")
        return self.sinks[grant.tool].provider(grant.tool)

    async def begin(self) -> House:
        """Start the engine and the mission."""
        assert await self.engine.start()
        content = self._contract.encode()
        await self.store.put_blobs({sha256(content): content, sha256(LEADS): LEADS})
        await self.store.put_blobs({sha256(data): data for data in self.files.values()})
        files = {key: {"sha": sha256(data)} for key, data in self.files.items()}
        body = {"source": sha256(content), "inputs": {"leads": {"sha": sha256(LEADS)}}, "files": files}
        answer = await self.give("start", body, mission=HOME)
        assert answer.state == "done", answer
        return self

    async def give(self, kind: str, body: dict[str, Any], mission: MissionId = GTM, who: str = "ada") -> Answer:
        """A command, until it is answered."""
        self._count += 1
        key = f"{kind}:{self._count}"
        await self.store.submit(Command(key, kind, mission, body, f"human:{who}"), wall=self.at)
        for _ in range(1_000):
            await self.turn()
            answer = await self.store.answer(key)
            if answer is not None and answer.state != "pending":
                return answer
        raise AssertionError(f"{kind} is not answered")

    async def turn(self) -> bool:
        """One tick, and a moment for everything that runs."""
        moved = await self.engine.tick()
        for _ in range(5):
            await asyncio.sleep(0)
        return moved

    async def rest(self, most: int = 3_000) -> House:
        """Go on until nothing moves and nothing runs."""
        for _ in range(most):
            moved = await self.turn()
            if not moved and not self.engine.executor.running():
                return self
        raise AssertionError("it does not come to rest")

    async def until(self, what: Callable[[], object], most: int = 3_000) -> None:
        """Go on until something holds."""
        for _ in range(most):
            if what():
                return
            await self.turn()
        raise AssertionError("it never came to that")

    async def die(self) -> None:
        """The engine ends, and another one takes over."""
        await self.engine.close()
        self.engine = self._engine(f"next {self._count}")
        assert await self.engine.start()

    @property
    def state(self) -> MissionState:
        """The mission as the engine knows it."""
        return self.engine.runners[GTM].state

    def asked(self, about: str) -> list[Attention]:
        """Open items about something."""
        return [item for item in self.state.attention.values() if item.about.startswith(about)]

    async def kinds(self, *kinds: str) -> list[dict[str, Any]]:
        """Bodies of events of these kinds, in order."""
        return [dict(e.body) async for e in self.store.read(mission=GTM) if e.kind in kinds]

    async def approve(self, item: Attention, who: str = "ada") -> Answer:
        """What `a` does: approve exactly what the item shows."""
        digest = batch_digest([self.state.wanted[ref].digest for ref in item.refs])
        return await self.give("approve", {"attention": item.id, "digest": digest}, who=who)


async def ask(tools: Tools, name: str, arguments: str = PAGE, id_: str = "c1") -> Told:
    """One call."""
    return await tools.call(Ask(id=id_, name=name, arguments=arguments))
