"""One mission in an engine: its folded state, and the one way in which it changes.

`commit` is that way: it evolves the state, computes the view rows that changed, and appends all of it in one
durable commit. When the append fails, the state is thrown away and read anew: memory never runs ahead of the
ledger.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.context.candidates import branches_of
from engine.context.found import Found, query_of
from engine.contract.case import Provided
from engine.governance.money import settle
from engine.ledger import bodies as b
from engine.ledger.door import clean
from engine.ledger.protocol import Answer, Answered, Command, Event, Job, NewEvent, Result, Store, ViewRow
from engine.loop.absorb import absorb
from engine.loop.amending import amend
from engine.loop.arriving import IMPORTED, arrived
from engine.loop.commands import blobs_of, handle
from engine.loop.decide import decide
from engine.loop.enact import Step, blobs_for, enact
from engine.loop.intents import Dispatch, Intent
from engine.loop.outcome import Outcome
from engine.loop.starting import source_blobs
from engine.loop.world import World
from engine.recall.index import TOP, Index
from engine.state.fold import evolve, fold
from engine.state.model import MissionState
from engine.values import MissionId, Sha256
from engine.views.board import Board
from engine.views.rows import KINDS, changed

log = logging.getLogger("cockpit.engine")

ROUNDS = 2_000
"""Rounds of deciding in one go; more means that deciding does not come to rest, which is a bug worth an exception."""
ENDING = (b.MissionStopped, b.MissionFinished, b.TaskCancelled)
"""Facts after which attempts that run have nothing left to do."""


class Runner:
    """A mission that this engine steers. `clock` is wall time in milliseconds."""

    def __init__(
        self,
        store: Store,
        mission: MissionId,
        *,
        epoch: int,
        clock: Callable[[], int],
        start: Callable[[Job], None],
        fault: Callable[[MissionId, Exception], None],
        ended: Callable[[], None] = lambda: None,
        drawn: bool = True,
    ) -> None:
        """`ended` is called when work was called off, before anybody hears that it was: what runs must end first.
        `drawn`: whether view rows are written.
        """
        self._store, self.mission, self._epoch, self._clock, self._start = store, mission, epoch, clock, start
        self._fault, self._called_off, self._drawn = fault, ended, drawn
        self.state = MissionState(mission)
        self._board: Board | None = None
        self.stale = True
        self._mark = 0
        """What the wall clock showed at the last event, or since then when it was set back."""
        self._writing = False
        self._index: Index | None = None

    @property
    def durable(self) -> bool:
        """Whether the state is what the ledger holds: not while a commit is under way, nor after one that failed."""
        return not self._writing and not self.stale

    async def load(self) -> None:
        """Read the mission from the ledger; rows that are not what this release would write are written anew."""
        self.state = fold(self.mission, [event async for event in self._store.read(mission=self.mission)])
        self._index = None  # ids of what was not recorded after all are given again
        self._board = Board(self.state) if self.state.contract is not None else None
        await self._mend()
        self.stale = False
        self._mark = self._clock()

    async def adopt(self, history: Sequence[Event], answered: Answered, actor: str) -> None:
        """Take over a mission that was recorded elsewhere, and what has to follow, in one durable commit."""
        self.state = fold(self.mission, history)
        at, wall = max(self._clock() + self.state.skew, self.state.last_at), self._clock()
        events = [self._event(body, at, actor) for body in arrived(self.state, IMPORTED)]
        for number, event in enumerate(events, self.state.height + 1):
            evolve(self.state, _local(self.mission, number, event, wall, self._epoch))
        self._board = Board(self.state)
        views = changed({}, self._board.rows, self.mission)
        await self._store.append(
            self.mission,
            0,
            events,
            epoch=self._epoch,
            wall=wall,
            views=views,
            answers=(answered,),
            history=history,
        )
        self._mark, self.stale = wall, False

    async def _mend(self) -> None:
        stored = [row for kind in KINDS for row in await self._store.views(kind, self.mission)]
        held = {(row.kind, row.id): dict(row.body) for row in stored if row.body is not None}
        views = changed(held, self._board.rows if self._board else {}, self.mission)
        if views:
            log.info("%s: %d rows are written anew", self.mission, len(views))
            height, wall = self.state.height, self._clock()
            await self._store.append(self.mission, height, [], epoch=self._epoch, wall=wall, views=views)

    def _shown(self, bodies: Sequence[b.Body]) -> list[ViewRow]:
        """The view rows that differ after facts that the state has taken in."""
        if self._board is not None:
            return [ViewRow(*key, self.mission, row) for key, row in self._board.after(bodies)]
        if self.state.contract is None or not self._drawn:
            return []
        self._board = Board(self.state)
        return changed({}, self._board.rows, self.mission)

    @property
    def now(self) -> int:
        """Mission time: the wall's, plus the jumps of a rehearsed clock; never before the last event.

        It goes on from there when the wall clock was set back: a window of three days takes three days.
        """
        wall = self._clock()
        self._mark = min(self._mark, wall)
        return max(wall + self.state.skew, self.state.last_at + wall - self._mark)

    async def commit(
        self,
        step: Step,
        *,
        actor: str = "engine",
        answers: Sequence[Answered] = (),
        seen: Sequence[str] = (),
    ) -> None:
        """Record a step durably, then start its jobs. When the store raises, the state is stale: load it."""
        if step.blobs:
            await self._store.put_blobs(step.blobs)
        at, wall = self.now, self._clock()
        events = [self._event(body, at, actor) for body in step.bodies]
        height = self.state.height
        self._writing = True
        try:
            for number, event in enumerate(events, height + 1):
                evolve(self.state, _local(self.mission, number, event, wall, self._epoch))
            views = self._shown(step.bodies)
            if any(isinstance(body, ENDING) for body in step.bodies):
                self._called_off()  # should the commit fail, what was ended needlessly is tried again
            await self._store.append(
                self.mission,
                height,
                events,
                epoch=self._epoch,
                wall=wall,
                jobs=step.jobs,
                views=views,
                answers=answers,
                seen=seen,
            )
        except BaseException:
            self.stale = True
            raise
        finally:
            self._writing = False
        if events:
            self._mark = wall
        if any(isinstance(body, b.BlobErased) for body in step.bodies):
            self._index = None  # it must not remember what is erased
        for job in step.jobs:
            self._start(job)

    def _event(self, body: b.Body, at: int, actor: str) -> NewEvent:
        moment = body.to if isinstance(body, b.ClockAdvanced) else at
        event = body.event(at=moment, actor=actor)
        return NewEvent(event.kind, clean(event.kind, event.body), actor, moment, event.version)

    async def take(self, command: Command, world: World, provided: Provided | None = None) -> None:
        """Decide about a command and answer it, in one commit. `provided` is what this installation can run."""
        try:
            if command.kind == "amend":
                given = {sha: await self._store.blob(sha) for sha in dict.fromkeys(source_blobs(command.body))}
                outcome = amend(
                    self.state,
                    command,
                    self.now,
                    contents=given,
                    provided=provided or Provided(),
                    redactor=world.redactor,
                )
            else:
                contents: dict[Sha256, bytes] = {}
                while missing := blobs_of(self.state, command, contents):
                    contents |= {sha: await self._store.blob(sha) or b"" for sha in sorted(missing)}
                outcome = handle(self.state, command, self.now, world, contents)
        except Exception as error:  # noqa: BLE001 - a command must get an answer, whatever it hit
            self._fault(self.mission, error)
            outcome = Outcome(
                answer=Answer(
                    "refused", f"the engine failed on this command ({type(error).__name__}); its log says where"
                )
            )
        if outcome.answer.error:
            log.info("%s %s refused: %s", self.mission, command.kind, outcome.answer.error)
        answered = Answered(command.key, outcome.answer)
        await self.commit(Step(outcome.bodies, outcome.blobs), actor=command.actor, answers=(answered,))

    async def take_result(self, result: Result) -> None:
        """Record what a result means."""
        await self.commit(Step(absorb(self.state, result)), seen=(result.job,))

    async def refuse_result(self, result: Result, because: str) -> None:
        """Take in a result that cannot be used: its attempt failed, and costs its reservation."""
        attempt = self.state.attempts.get(result.job.partition("/")[2])
        bodies: tuple[b.Body, ...] = ()
        if result.kind == "attempt" and attempt is not None and attempt.state == "dispatched":
            bodies = (
                b.AttemptFailed(attempt=attempt.id, because=because),
                settle(self.state, attempt, None, "failed"),
            )
        await self.commit(Step(bodies), seen=(result.job,))

    async def settle(self, world: Callable[[], World]) -> bool:
        """Decide until nothing is left to do; whether anything was done."""
        moved = False
        for _ in range(ROUNDS):
            around = world()
            progressed = False
            for intent in decide(self.state, self.now, around):
                step = await self._enact(intent, around)
                if step.bodies or step.jobs:
                    await self._record(step)
                    progressed = moved = True
                    break
            if not progressed:
                return moved
        raise RuntimeError(f"{self.mission}: deciding does not come to rest")

    async def _record(self, step: Step) -> None:
        if step.bodies:
            await self.commit(step)
        else:
            for job in step.jobs:
                self._start(job)

    async def recalled(self, query: str, branches: Sequence[str], top: int = TOP) -> Found:
        """What fits a query now, of what this mission knows and received: `top` things at most."""
        while True:
            index = self._index = self._index or Index()
            contents = {sha: await self._store.blob(sha) for sha in sorted(index.missing(self.state))}
            if index is self._index:  # while contents were read, something may have been erased
                index.update(self.state, {sha: found for sha, found in contents.items() if found is not None})
                return index.search(query, branches, top)

    async def _enact(self, intent: Intent, world: World) -> Step:
        if isinstance(intent, Dispatch):
            task = self.state.tasks[intent.task]
            found = await self.recalled(query_of(self.state, task), branches_of(self.state, task))
            intent = replace(intent, found=found)
        contents: dict[Sha256, bytes] = {}
        while missing := blobs_for(self.state, intent, contents):
            for sha in sorted(missing):
                contents[sha] = await self._store.blob(sha) or b""
        return enact(self.state, intent, self.now, world, contents)


def _local(mission: MissionId, height: int, event: NewEvent, wall: int, epoch: int) -> Event:
    """The event as the fold sees it before the store has numbered and chained it."""
    none = Sha256("")
    return Event(
        0, mission, height, event.kind, event.version, event.body, none, "", none, event.at, wall, event.actor, epoch
    )
