"""The engine: one heartbeat over all missions of a ledger. The only writer of events, for as long as it holds the
lease.

Each tick: commands → results → decide until nothing is left. Everything is decided from state, so a tick may be
lost, repeated or interrupted anywhere. Everything impure is handed in: store, clock, workers, connectors, sources.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from engine.contract.case import Provided
from engine.errors import StoreError
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Answered, Command, ConflictError, FencedError, Job
from engine.loop import pinning
from engine.loop.clocks import Clocks, jump
from engine.loop.decide.outward import recalled
from engine.loop.decide.pace import SANDBOX, next_contact
from engine.loop.decide.rest import moments
from engine.loop.enact import Step
from engine.loop.forgetting import forget, sweep
from engine.loop.homestream import RULED, HomeStream
from engine.loop.importing import archive_of
from engine.loop.jobs import LocalExecutor
from engine.loop.outcome import RefusedError
from engine.loop.outlook import Outlook
from engine.loop.runner import Runner
from engine.loop.starting import create, source_blobs
from engine.loop.surroundings import Surroundings
from engine.loop.toolroom import ToolRoom
from engine.loop.wellformed import malformed
from engine.loop.world import World, attempt_job
from engine.state.home import HomeState
from engine.state.model import OVER, Mint
from engine.values import HOME, MissionId, Sha256

log = logging.getLogger("cockpit.engine")

TICK = 1.0
"""Seconds after which an engine looks around even if nothing woke it."""
NO_EVENT = 2**62
"""A seq that no event passes: this engine is the only writer of events, so only the inbox and results may wake it."""
_LOOK = "cockpit doctor looks at the ledger, and the log folder of the home says more"
LOOK_AGAIN = 60_000
"""Milliseconds after which a mission at rest is looked at again: some facts, such as days, change by themselves."""


class Engine:
    """One engine process, or one simulated one. `start` takes the lease, `tick` does all there is to do, `close` ends
    it.
    """

    def __init__(self, around: Surroundings, owner: str) -> None:
        self._around, self._owner = around, owner
        self._store = around.store
        self.epoch = 0
        self._home = HomeStream(around.store, around.clock)
        self.runners: dict[MissionId, Runner] = {}
        self._next_contact: dict[MissionId, int | None] = {}
        """When a mission at rest may send what it holds back, in mission time."""
        self._rest: dict[MissionId, tuple[object, int]] = {}
        """What a mission came to rest on, and until when: it is not looked at before either changes."""
        self._clocks: Clocks | None = None
        self._broken: dict[MissionId, int] = {}
        """Missions on which deciding failed, at the height where it did: tried again when something has changed."""
        self.executor = LocalExecutor(
            around.store,
            workers=around.workers,
            connectors=around.connectors,
            source=around.source,
            suppressed=lambda person: person in self.home.suppressed,
            leads=self.beat,
            work=around.work,
            clock=around.clock,
            sleep=around.sleep,
            recalled=self._recalled,
            redactor=around.redactor,
            tools=self._tool_room(),
        )
        self._outlook = Outlook(around, self._home, self.runners, self.executor)

    def _tool_room(self) -> ToolRoom | None:
        around = self._around
        if around.tools is None:
            return None
        return ToolRoom(
            around.tools,
            store=around.store,
            work=around.work,
            clock=around.clock,
            sleep=around.sleep,
            leads=self.beat,
            runner=lambda mission: self.runners.get(MissionId(mission)),
            redactor=around.redactor,
        )

    @property
    def home(self) -> HomeState:
        """What belongs to no mission, as it is known now."""
        return self._home.state

    async def start(self) -> bool:
        """Take the lease and read the ledger; False while another engine lives."""
        epoch = await self._store.acquire(self._owner, version=self._around.version, wall=self._around.clock())
        if epoch is None:
            return False
        self.epoch = epoch
        await self._home.load(epoch)
        for mission in await self._store.missions():
            if mission != HOME:
                await self._load(mission)
        await sweep(self._store, self._home, self.runners)
        return True

    async def _load(self, mission: MissionId) -> Runner:
        runner = self._runner(mission)
        await runner.load()
        self.runners[mission] = runner
        return runner

    def _runner(self, mission: MissionId) -> Runner:
        return Runner(
            self._store,
            mission,
            epoch=self.epoch,
            clock=self._around.clock,
            start=self.executor.start,
            fault=self._around.fault,
            ended=lambda: self._cancel_ended(mission),
            drawn=self._around.drawn,
        )

    def world(self, mission: MissionId) -> World:
        """The surroundings of a decision about one mission."""
        return self._outlook.world(mission, self.epoch)

    def _recalled(self, job: Job) -> str:
        runner = self.runners[job.mission]
        self._outlook.look()
        effect, n = str(job.body["effect"]), int(str(job.body["n"]))
        return recalled(runner.state, effect, n, runner.now, self.world(job.mission))

    async def tick(self) -> bool:
        """Do all there is to do now; whether anything was done. Raises `FencedError` when another engine leads."""
        for runner in self.runners.values():
            if runner.stale:
                await runner.load()
        self._outlook.look()
        await self._note_jump()
        moved = await self._commands()
        if any(runner.state.active and not runner.state.rehearsed for runner in self.runners.values()):
            await self._around.learn()
        moved |= await self._results()
        moved |= await self._home.share([r.state for r in self.runners.values() if not r.stale])
        self._outlook.moved()
        for mission, runner in list(self.runners.items()):
            if self._broken.get(mission) != runner.state.height and not self._rests(mission, runner):
                moved |= await self._settle(mission, runner)
            self._cancel_ended(mission)
        return moved

    async def _note_jump(self) -> None:
        """Record that the machine slept, or that its clock was set; then every mission is looked at again."""
        if self._around.steady is None:
            return
        before, self._clocks = self._clocks, Clocks(self._around.clock(), *self._around.steady())
        if found := jump(before, self._clocks):
            log.info("the machine slept %d ms, its clock was set by %d ms", found.slept, found.by)
            self._rest.clear()
            await self._home.append((found,))

    async def _settle(self, mission: MissionId, runner: Runner) -> bool:
        began = runner.now  # what falls due while deciding must be looked at again
        try:
            moved = await runner.settle(lambda: self.world(mission))
        except ConflictError:
            log.warning("%s: somebody appended in between; reading it anew", mission)
            runner.stale = True
            return True
        except (StoreError, FencedError):
            raise
        except Exception as error:  # noqa: BLE001 - one broken mission must not end the others
            await self._fault(mission, runner, error)
            return False
        self._outlook.moved()  # what it began may be a probe
        waits = any(effect.state == "approved" for effect in runner.state.effects.values())
        held = next_contact(runner.state, began, self.world(mission)) if waits else None
        self._next_contact[mission] = held
        due = [moment for moment in (*moments(runner.state), held) if moment is not None and moment > began]
        self._rest[mission] = (self._seen(mission, runner), min([*due, began + LOOK_AGAIN]))
        return moved

    def _seen(self, mission: MissionId, runner: Runner) -> object:
        """Everything but time that a decision about a mission depends on."""
        alive = frozenset(job for job in self.executor.alive() if job.startswith(f"{mission}/"))
        outlook = self._outlook
        return runner.state.height, runner.stale, alive, self.home.height, outlook.bars, outlook.set_up

    def _rests(self, mission: MissionId, runner: Runner) -> bool:
        rest = self._rest.get(mission)
        return rest is not None and runner.now < rest[1] and rest[0] == self._seen(mission, runner)

    async def _fault(self, mission: MissionId, runner: Runner, error: Exception) -> None:
        """Deciding failed: a line in the log, a question in the queue, and no further try until something changes."""
        self._around.fault(mission, error)
        if runner.stale:
            await runner.load()
        if not any(item.about.startswith("fault:") for item in runner.state.attention.values()):
            question = b.AttentionRaised(
                attention=Mint(runner.state)("Q"),
                kind="tool",
                title="the engine cannot go on with this mission",
                detail=f"{type(error).__name__}; the engine's log says where",
                choices=("stop", "try again"),
                about=f"fault:{runner.state.height}",
            )
            await runner.commit(Step((question,)))
        self._broken[mission] = runner.state.height

    def _cancel_ended(self, mission: MissionId) -> None:
        """Attempts of an ended mission, or of a task that is no longer wanted, are told to end."""
        if (runner := self.runners.get(mission)) is None:
            return
        for attempt in runner.state.attempts.values():
            task = runner.state.tasks[attempt.task]
            if attempt.state == "dispatched" and (runner.state.status in OVER or task.state == "cancelled"):
                self.executor.cancel(attempt_job(mission, attempt.id))

    # -- commands

    async def _commands(self) -> bool:
        pending = await self._store.pending()
        for command in pending:
            runner = self.runners.get(command.mission)
            if secret := self._around.redactor.find(str(dict(command.body)), certain_only=True):
                said = f"it holds {secret[0].what}: it was not taken, and its words are not kept"
                await self._home.answer(command, Answer("refused", said))
            elif wrong := malformed(command.body):
                await self._home.answer(command, Answer("refused", wrong))
            elif command.mission == HOME:
                await self._home_command(command)
            elif runner is None:
                await self._home.answer(
                    command, Answer("refused", f"there is no mission {command.mission}; cockpit ls lists them")
                )
            else:
                pins = pinning.known(runner.state)
                await runner.take(command, self.world(command.mission), self._provided)
                await self._home.pinned(runner.state, pins)
        return bool(pending)

    async def _home_command(self, command: Command) -> None:
        try:
            if command.kind == "start":
                await self._create(command)
            elif command.kind == "import":
                await self._import(command)
            elif command.kind in {"suppress", "restore"}:
                await self._home.suppression(command)
            elif command.kind == "forget":
                await forget(self._store, self._home, self.runners, command)
            elif command.kind == "mended":
                await self._home.mended(command)
            elif command.kind == "measured":
                await self._home.measured(command)
            elif command.kind in RULED:
                await self._home.ruled(command)
            else:
                raise RefusedError(
                    f"this engine does not know the command {command.kind}",
                    "start an engine of this release: cockpit engine --stop, then ask again",
                )
        except RefusedError as refusal:
            await self._home.answer(command, Answer("refused", str(refusal)))
        except (StoreError, ConflictError, FencedError):
            raise
        except Exception as error:  # noqa: BLE001 - a command must get an answer, whatever it hit
            self._around.fault(HOME, error)
            await self._home.answer(
                command,
                Answer(
                    "refused",
                    f"the engine failed on this command ({type(error).__name__}); {_LOOK}",
                ),
            )

    @property
    def _provided(self) -> Provided:
        """What contracts may name: what this version has, and the connectors that are configured now."""
        known = self._around.provided
        return replace(known, connectors=known.connectors | (set(self._around.connectors) - {SANDBOX}))

    async def _import(self, command: Command) -> None:
        """Take over an exported mission; who must not be contacted is known before anything else."""
        name = Sha256(str(command.body.get("events", "")))
        content = await self._store.blob(name)
        history = archive_of(content, command.body)
        mission = history[0].mission
        if mission in {*self.runners, *(await self._store.missions())}:
            raise RefusedError(
                f"there is a mission {mission} already", f"a mission is imported once; cockpit show {mission} shows it"
            )
        await self._home.suppress_imported(command, mission)
        runner = self._runner(mission)
        await runner.adopt(history, Answered(command.key, Answer("done", ids=(mission,))), command.actor)
        self.runners[mission] = runner
        await self._store.erase((name,), epoch=self.epoch)  # they are events now

    async def _create(self, command: Command) -> None:
        shas = source_blobs(command.body)
        contents = {sha: await self._store.blob(sha) for sha in dict.fromkeys(shas)}
        taken = {*self.runners, *(await self._store.missions())}
        slug, bodies = create(command.body, contents, taken, self._provided, self._around.redactor)
        runner = self._runner(slug)
        runner.stale = False
        await runner.commit(
            Step(bodies), actor=command.actor, answers=(Answered(command.key, Answer("done", ids=(slug,))),)
        )
        self.runners[slug] = runner

    # -- results

    async def _results(self) -> bool:
        results = await self._store.unseen()
        for result in results:
            runner = self.runners.get(result.mission)
            if runner is None:
                await self._home.append((), seen=(result.job,))
                self.executor.taken(result.job)
                continue
            await self._home.suppress_first(runner.state, result)
            await self._home.learn_first(runner.state, result, self._outlook.set_up.catalogue)
            pins = pinning.known(runner.state)
            try:
                await runner.take_result(result)
            except (StoreError, ConflictError, FencedError):
                raise
            except Exception as error:  # noqa: BLE001 - one unreadable result must not end the engine
                self._around.fault(result.mission, error)
                await runner.load()
                await runner.refuse_result(result, f"its result cannot be used ({type(error).__name__})")
            if result.kind == "look":
                await self._home.pinned(runner.state, pins)
            self.executor.taken(result.job)
        return bool(results)

    # -- waiting

    def idle(self) -> bool:
        """Nothing runs; only timers and humans can change anything."""
        return not self.executor.running()

    def asks_models(self) -> bool:
        """Whether an active mission has a role that one of the configured models may work as."""
        return bool(self._around.catalogue()) and any(
            role.worker == "model"
            for runner in self.runners.values()
            if runner.state.active and not runner.state.rehearsed
            for role in runner.state.terms.roles.values()
        )

    def next_wake(self) -> int | None:
        """Wall time in milliseconds of the next thing that happens by itself."""
        found: list[int] = []
        for runner in self.runners.values():
            state = runner.state
            if not state.active:
                continue
            due = (*moments(state), self._next_contact.get(state.id))
            found += [moment - state.skew for moment in due if moment is not None and moment > runner.now]
        return min(found, default=None)

    async def wait(self) -> None:
        """Wait until something may have changed: a command, a result, another process, or a timer."""
        wake, now = self.next_wake(), self._around.clock()
        seconds = TICK if wake is None or wake <= now else min(TICK, (wake - now) / 1000)
        await self._store.wait(NO_EVENT, max(0.001, seconds))

    async def beat(self) -> None:
        """Say that this engine lives."""
        await self._store.beat(self.epoch, wall=self._around.clock(), idle=self.idle())

    async def close(self) -> None:
        """End everything that runs and give the lease back."""
        await self.executor.close()
        await self._store.release(self.epoch)
