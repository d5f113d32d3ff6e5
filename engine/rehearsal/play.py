"""One rehearsal: the engine's own loop over a ledger in memory, from the first command until it ends or waits.

Clock, workers, human, outlet and sources are simulated; contract, plan, routes, packages, reservations, verdicts, rules
and the fold are the engine's. The same scene and seed give the same events, byte for byte.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.contract.case import Provided
from engine.errors import SaysNoError
from engine.ledger.bodies import Body
from engine.ledger.memory import Memory, MemoryStore
from engine.ledger.protocol import Command, Event
from engine.loop.decide.rest import moments
from engine.loop.engine import NO_EVENT, Engine
from engine.loop.handoffs import promised_metrics
from engine.loop.surroundings import Surroundings
from engine.rehearsal.clock import VirtualLoop
from engine.rehearsal.leaning import Leaning
from engine.rehearsal.mending import mend
from engine.rehearsal.notebook import Notebook
from engine.rehearsal.numbers import Numbers
from engine.rehearsal.outages import Outages
from engine.rehearsal.outside import SANDBOX, Outlet, Sources
from engine.rehearsal.person import Person
from engine.rehearsal.run import Held, Run, read_run
from engine.rehearsal.toolcalls import ToolCalls
from engine.rehearsal.worker import AssumedWorker
from engine.routing.catalogue import Candidate
from engine.state.fold import fold
from engine.state.model import OVER, Attention, MissionState
from engine.values import DAY, HOME, Sha256, sha256
from engine.views.liveness import stuck
from engine.workers.human import HumanWorker

NOWHERE = Path(os.devnull) / "rehearsal"
"""The workspace of rehearsed attempts: a place in which nothing can be made."""
LONGEST = 400 * DAY
"""Mission time after which a mission that has not ended is stuck."""
TICKS = 40_000
"""Ticks after which a mission that has not ended does not come to rest."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that all runs of one rehearsal share; a plain value, so that it can be sent to another process."""

    source: bytes
    """The contract's file."""
    name: str
    inputs: Mapping[str, Mapping[str, object]]
    """What a start command names, and below the blobs that hold it."""
    files: Mapping[str, Mapping[str, object]]
    blobs: Mapping[str, bytes]
    numbers: Numbers
    catalogue: tuple[Candidate, ...]
    outlets: Mapping[str, Outlet]
    base: int
    """Wall time at which it starts, milliseconds UTC."""
    zone: str = ""
    home: tuple[Body, ...] = ()
    """What stands in the home beyond its missions, as facts of the home stream."""
    assumed: bytes = b""
    """`assume:` as it is in force, where more is known than the contract says: JSON."""


@dataclass(frozen=True, slots=True)
class Played:
    """A run, and the events it left."""

    run: Run
    state: MissionState
    events: tuple[Event, ...] = field(default=(), repr=False)


def play(scene: Scene, seed: int, *, keep: bool = False) -> Played:
    """Play one seed to its end. `keep`: the events are wanted too. Raises `SaysNoError` for what cannot start."""
    loop = VirtualLoop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(_Rehearsal(scene, seed, loop.time, keep=keep).play())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _raise(_mission: str, error: Exception) -> None:
    raise error


class _Rehearsal:
    def __init__(self, scene: Scene, seed: int, seconds: Callable[[], float], *, keep: bool) -> None:
        self._scene, self._seed, self._seconds, self._keep = scene, seed, seconds, keep
        self._leaning = Leaning()
        memory = Memory()
        self._store, self._desk = MemoryStore(memory) if keep else Notebook(memory), MemoryStore(memory)
        self._person = Person(scene.numbers, seed, self._leaning)
        about: dict[str, Any] = {"state": lambda: self._state, "clock": self._clock}
        self._tools = ToolCalls(scene.numbers, self._leaning, self._desk, **about)
        outages = Outages(scene.numbers.models, scene.catalogue, seed, self._leaning)
        worker = AssumedWorker(
            scene.numbers, seed, self._leaning, outages=outages, tools=self._tools, clock=self._clock
        )
        sources = Sources(scene.numbers, seed, self._leaning, self._desk, **about)
        around = Surroundings(
            store=self._store,
            clock=self._clock,
            sleep=lambda ms: asyncio.sleep(ms / 1000),
            workers={"rehearsed": worker, "human": HumanWorker()},
            connectors=scene.outlets,
            source=sources,
            work=NOWHERE,
            catalogue=lambda: scene.catalogue,
            provided=Provided(connectors=frozenset(scene.outlets) - {SANDBOX}),
            fault=_raise,
            drawn=False,
        )
        self._engine = Engine(around, "rehearsal")
        self._seen: dict[str, Attention] = {}

    def _clock(self) -> int:
        return self._scene.base + round(self._seconds() * 1000)

    @property
    def _state(self) -> MissionState:
        return next(iter(self._engine.runners.values())).state

    async def play(self) -> Played:
        await self._begin()
        why = await self._live()
        state = self._state
        run = read_run(
            state,
            self._seed,
            seen=list(self._seen.values()),
            held=why,
            leaned=self._leaning.met,
            calls=self._tools.made,
        )
        events = tuple([event async for event in self._store.read(mission=state.id)]) if self._keep else ()
        await self._engine.close()
        return Played(run, fold(state.id, events) if self._keep else state, events)

    async def _begin(self) -> None:
        scene = self._scene
        await self._furnish()
        await self._store.put_blobs({Sha256(sha): content for sha, content in scene.blobs.items()})
        body = {
            "source": sha256(scene.source),
            "name": scene.name,
            "inputs": scene.inputs,
            "files": scene.files,
            "rehearse": True,
            "seed": self._seed,
            "zone": scene.zone,
        }
        blobs = {sha256(scene.source): scene.source}
        if scene.assumed:
            blobs[sha256(scene.assumed)] = scene.assumed
            body["assumed"] = sha256(scene.assumed)
        await self._store.put_blobs(blobs)
        await self._desk.submit(
            Command("start", "start", HOME, json.loads(json.dumps(body)), "human:rehearsal"), wall=self._clock()
        )
        if not await self._engine.start():
            raise RuntimeError("a ledger of its own has a free lease")
        await self._engine.tick()
        answer = await self._desk.answer("start")
        if answer is None or answer.state != "done":
            raise SaysNoError.told(answer.error if answer else "the contract was not taken", "cockpit check FILE")

    async def _furnish(self) -> None:
        """What stands in the home is there before the mission begins."""
        if self._scene.home:
            wall = self._clock()
            epoch = await self._desk.acquire("home", version="0", wall=wall) or 0
            events = [body.event(at=wall, actor="human:rehearsal") for body in self._scene.home]
            await self._desk.append(HOME, 0, events, epoch=epoch, wall=wall)
            await self._desk.release(epoch)

    async def _live(self) -> list[Held]:
        """Until the mission is over; else what it waits for."""
        for _ in range(TICKS):
            moved = await self._engine.tick()
            state, now = self._state, self._clock()
            self._seen |= state.attention
            self._person.see(state, now)
            for command in self._person.decide(state, now):
                await self._desk.submit(command, wall=now)
                moved = True
            if moved:
                continue
            if state.status in OVER and self._engine.idle():
                return []
            due = [self._engine.next_wake(), self._person.next_due(state)]
            wake = min((at for at in due if at is not None), default=None)
            if self._engine.idle() and self._rests(state, wake) and not self._looks_again(state, now):
                return self._stuck(state)
            if wake is None or wake - now > DAY:
                wake = now + DAY
            await self._store.wait(NO_EVENT, max(0.001, (wake - now) / 1000))
            if self._clock() - self._scene.base > LONGEST:
                return self._stuck(state)
        return [Held("deciding does not come to rest")]

    def _rests(self, state: MissionState, wake: int | None) -> bool:
        """Whether nothing is left to come: or nothing but the end of its time, while it waits for an answer that nobody
        has.
        """
        if wake is None or state.status in OVER:
            return True
        end = state.started_at + (state.terms.budget.time or 0)
        now = self._engine.runners[state.id].now
        comes = any(moment > now and moment != end for moment in moments(state))
        return not comes and bool(self._person.open(state)) and self._person.next_due(state) is None

    def _looks_again(self, state: MissionState, now: int) -> bool:
        """Whether time alone may still change a condition: only one that counts days, until its time is used up."""
        terms = state.terms
        rules = [terms.target.met_when or "", *(r.when for r in terms.judge), *(r.when for r in terms.stop)]
        end = state.started_at + (state.terms.budget.time or LONGEST)
        return state.active and any(".days" in rule for rule in rules) and now + state.skew < end

    def _stuck(self, state: MissionState) -> list[Held]:
        """What it waits for, the first thing that was asked first."""
        waiting = self._person.open(state)
        asked = [Held(self._words(state, one), asked=True, mend=mend(state, one)) for one in waiting]
        return asked or [Held(f"{one.id.partition('/')[2] or one.id}: {one.why}") for one in stuck(state)]

    def _words(self, state: MissionState, item: Attention) -> str:
        """What is asked; where a number is missing for an answer, which."""
        if item.about.startswith("judge:") and item.branch in state.branches:
            return f"your verdict on {state.branches[item.branch].key}: no rule decides"
        attempt, title = state.attempts.get(item.attempt), item.title.strip().removesuffix(":")
        task = state.tasks.get(attempt.task if attempt is not None else item.task)
        names = promised_metrics(state, task) if task is not None else ()
        units = state.terms.evidence
        silent = [n for n in names if units[n].unit != "text" and self._scene.numbers.metric(n).value is None]
        if not silent:
            return title
        what = task.title if task is not None and task.kind != "grade" else f"a grade for {silent[0]}"
        return f"{what}: nothing is assumed of {', '.join(silent)}"
