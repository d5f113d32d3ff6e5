"""The home stream in an engine: its folded state, and the one way in which it changes.

What belongs to no mission is recorded here, and always before the mission that it follows from goes on: who said
stop, which model failed. Told twice after a crash, it counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from pydantic import ValidationError

from engine.errors import StoreError
from engine.ledger import bodies as b
from engine.ledger.door import clean
from engine.ledger.protocol import Answer, Answered, Command, Event, NewEvent, Result, Store
from engine.loop.absorb import ended, suppressions
from engine.loop.learned import at_home, for_home
from engine.loop.outcome import RefusedError
from engine.loop.pinning import Known, granted_since
from engine.routing.breaker import MENDED, learnt
from engine.routing.catalogue import Candidate
from engine.state.home import HomeState, evolve_home
from engine.state.model import MissionState
from engine.values import HOME, MissionId, Sha256

RULED = frozenset({"rule", "retire", "promote", "dismiss"})
"""Commands about the rules and learnings of all missions."""


class HomeStream:
    """What this engine knows of the home stream. `clock` is wall time in milliseconds."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store, self._clock = store, clock
        self.epoch = 0
        self.state = HomeState()
        self._shared: dict[MissionId, tuple[int, int]] = {}
        """How far each mission and this stream were when they were compared last."""

    async def load(self, epoch: int) -> None:
        """Read the stream, as the leader of this epoch."""
        self.epoch, self.state = epoch, await self._folded()

    async def _folded(self) -> HomeState:
        fresh = HomeState()
        async for event in self._store.read(mission=HOME):
            evolve_home(fresh, event)
        return fresh

    async def append(
        self,
        bodies: Sequence[b.Body],
        actor: str = "engine",
        *,
        answers: tuple[Answered, ...] = (),
        seen: tuple[str, ...] = (),
    ) -> None:
        """Record facts, answers and what was seen in one durable commit."""
        wall = self._clock()
        events = [body.event(at=wall, actor=actor) for body in bodies]
        fresh = self.state.copy()
        for number, event in enumerate(events, fresh.height + 1):
            evolve_home(fresh, self._recorded(number, event, wall))
        height = await self._store.append(
            HOME, self.state.height, events, epoch=self.epoch, wall=wall, answers=answers, seen=seen
        )
        if fresh.height != height:
            raise StoreError("home", f"the stream is at {height}, {fresh.height} was expected", "run cockpit doctor")
        self.state = fresh  # in one step: a delivery may look at the do-not-contact list at any moment

    def _recorded(self, height: int, event: NewEvent, wall: int) -> Event:
        """An event as the fold will read it, before the store has numbered and chained it."""
        none, body = Sha256(""), clean(event.kind, event.body)
        return Event(
            0, HOME, height, event.kind, event.version, body, none, "", none, wall, wall, event.actor, self.epoch
        )

    async def pinned(self, state: MissionState, before: Known) -> None:
        """What a mission has just granted is known to the missions that come to the same tool later."""
        if bodies := granted_since(state, before):
            await self.append(bodies)

    async def answer(self, command: Command, answer: Answer) -> None:
        """Answer a command that changes nothing."""
        await self.append((), command.actor, answers=(Answered(command.key, answer),))

    # -- commands

    async def suppression(self, command: Command) -> None:
        """Put a person on the do-not-contact list, or take one off it. Raises RefusedError."""
        person, because = (
            str(command.body.get("person", "")),
            str(command.body.get("because", "")) or "asked for by hand",
        )
        if not person:
            raise RefusedError("nobody is named", "give the address: cockpit suppress ADDRESS")
        body: b.Body
        if command.kind == "suppress":
            address = command.body.get("address")
            body = b.ContactSuppressed(
                person=person, because=because, address=Sha256(str(address)) if address else None, source=command.actor
            )
        elif person in self.state.suppressed:
            body = b.ContactRestored(person=person, because=because)
        else:
            raise RefusedError(
                "this person is not on the do-not-contact list",
                "nothing holds mails to this address; cockpit suppress ADDRESS would",
            )
        await self.append((body,), command.actor, answers=(Answered(command.key, Answer("done", ids=(person,))),))

    async def suppress_imported(self, command: Command, mission: str) -> None:
        """Whoever must not be contacted where a mission comes from must not be contacted here."""
        told = [one for one in command.body.get("suppressed", ()) if isinstance(one, Mapping)]
        bodies = tuple(
            b.ContactSuppressed(
                person=str(one.get("person", ""))[:64],
                because=f"{str(one.get('because', ''))[:200]} (known from where {mission} was exported)",
                source=command.actor,
            )
            for one in told
            if one.get("person") and one["person"] not in self.state.suppressed
        )
        if bodies:
            await self.append(bodies, command.actor)

    async def share(self, missions: Iterable[MissionState]) -> bool:
        """What humans decided in one mission for all of them stands here before any goes on; whether there was any."""
        told = False
        for state in missions:
            if self._shared.get(state.id) != (state.height, self.state.height):
                if bodies := for_home(state, self.state):
                    await self.append(bodies)
                    told = True
                self._shared[state.id] = (state.height, self.state.height)
        return told

    async def ruled(self, command: Command) -> None:
        """A human makes or retires a rule for all missions, or thinks again about a learning. Raises RefusedError."""
        body = at_home(self.state, command, self._clock())
        name = body.rule if isinstance(body, (b.RuleAdopted, b.RuleRetired)) else body.learning
        await self.append((body,), command.actor, answers=(Answered(command.key, Answer("done", ids=(name,))),))

    async def mended(self, command: Command) -> None:
        """A key was set, or something else that a model needed: what time alone does not heal is tried again."""
        bodies = tuple(
            b.ModelRecovered(name=known.name, provider=known.provider, because=f"{command.actor} mended something")
            for known in self.state.models.values()
            if known.fault in MENDED | {"key_late"}
        )
        names = tuple(body.name for body in bodies)
        await self.append(bodies, command.actor, answers=(Answered(command.key, Answer("done", ids=names)),))

    async def measured(self, command: Command) -> None:
        """What somebody measured of a reviewer. Raises RefusedError for what is no measurement."""
        try:
            body = b.ReviewerMeasured.model_validate_json(str(command.body.get("told", "")))
        except ValidationError:
            raise RefusedError(
                "what was measured cannot be read", "measure again with this release: cockpit doctor --reviewers"
            ) from None
        await self.append((body,), command.actor, answers=(Answered(command.key, Answer("done", ids=(body.name,))),))

    # -- results

    async def suppress_first(self, state: MissionState, result: Result) -> None:
        """Whoever said stop is on the list before anything else is decided from what they wrote."""
        new = {
            person: (because, address)
            for person, because, address in suppressions(state, result)
            if person not in self.state.suppressed
        }
        if new:
            bodies = tuple(
                b.ContactSuppressed(
                    person=person, because=because, address=Sha256(address) if address else None, source=result.job
                )
                for person, (because, address) in new.items()
            )
            await self.append(bodies)

    async def learn_first(self, state: MissionState, result: Result, catalogue: Sequence[Candidate]) -> None:
        """What an attempt says about its model is known before anybody is routed again. A rehearsed worker says
        something only where the catalogue has it: in a forecast.
        """
        attempt = state.attempts.get(result.job.partition("/")[2])
        if result.kind != "attempt" or attempt is None or not attempt.model or attempt.state != "dispatched":
            return
        candidate = next((c for c in catalogue if (c.name, c.worker) == (attempt.model, attempt.worker)), None)
        if candidate is not None and (bodies := learnt(self.state, candidate, ended(attempt, result), self._clock())):
            await self.append(bodies)
