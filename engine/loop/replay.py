"""Deciding again from the ledger alone: the same state and the same inputs must give the same facts, to the byte. Pure.

What is computed is computed again and compared: whom an attempt was routed to and why, its package, its reservation,
the verdicts of checks, what an accepted handoff became, and how every rule about branches and the mission came out.
What models and humans said is recorded and taken as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.context.found import NOTHING, Found
from engine.context.pulling import needed, wish_of
from engine.contract.model import Role
from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.loop.absorb_tools import pulled_by, tupled
from engine.loop.decide.judging import of_branch, of_mission
from engine.loop.decide.work import choose
from engine.loop.enact import Step, blobs_for, enact
from engine.loop.intents import Accept, Dispatch, Intent, TakeDown, Verify
from engine.loop.shelf import answered, told_of
from engine.loop.world import World
from engine.plan.ready import role_of
from engine.routing.breaker import Bar
from engine.routing.catalogue import Candidate, read
from engine.routing.record import read as outcomes
from engine.routing.route import NoRoute, candidates
from engine.state.fold import evolve
from engine.state.model import MissionState
from engine.values import MissionId, Sha256, canonical

Blobs = Callable[[Sha256], bytes | None]


@dataclass(frozen=True, slots=True)
class Again:
    """One decision that was made again. `same` is None when what it needs is not there any more; `why` says more."""

    what: str
    """`route and package`, `pull`, `verdict`, `items`, `acceptance` or `judgement`."""
    height: int
    same: bool | None
    why: str = ""


class _LackingError(Exception):
    """A blob, or an input that an older release did not record."""


def replay(mission: MissionId, events: Sequence[Event], blobs: Blobs) -> Iterator[Again]:
    """Every computed decision of a mission, made again at the height where it was made."""
    state = MissionState(mission)
    taken: set[str] = set()
    judged = 0
    pulls = _pulls(events)
    for index, event in enumerate(events):
        body = b.decode(event)
        following = events[index : index + 400]
        if isinstance(body, b.AttemptDispatched) and len(following) > 1:
            make = partial(_dispatched, state, body, following, blobs)
            yield _again("route and package", event, following, make)
        elif isinstance(body, b.VerdictGiven) and body.stage == "checks":
            yield _again("verdict", event, following, partial(_verdict, state, body.attempt, blobs))
        elif isinstance(body, b.ItemRecorded) and body.proposed and body.attempt not in taken:
            taken.add(body.attempt)
            yield _again("items", event, following, partial(_made, state, TakeDown(body.attempt), blobs))
        elif isinstance(body, b.TaskAccepted) and body.attempt:
            yield _again("acceptance", event, following, partial(_made, state, Accept(body.attempt), blobs))
        elif isinstance(body, b.ConditionEvaluated) and index >= judged:
            made = _judged(state, body.branch, event.at, following)
            judged = index + len(made.bodies)
            yield _again("judgement", event, following, partial(Step, made.bodies))
        evolve(state, event)
        for place, said in pulls.get(state.height, ()):
            yield _again("pull", events[place], events[place : place + 1], partial(_pulled, state, said, blobs))


def _pulls(events: Sequence[Event]) -> dict[int, list[tuple[int, b.ContextPulled]]]:
    """Answers to workers by the height that they were given at, each with its place among the events: an answer is
    recorded later than it is given.
    """
    found: dict[int, list[tuple[int, b.ContextPulled]]] = {}
    for place, event in enumerate(events):
        if event.kind == b.ContextPulled.KIND and isinstance(said := b.decode(event), b.ContextPulled):
            found.setdefault(said.height, []).append((place, said))
    return found


def _pulled(state: MissionState, said: b.ContextPulled, blobs: Blobs) -> Step:
    """The answer that a worker was given, made again."""
    wish = wish_of(said.operation, json.loads(_blob(said.arguments, blobs)))
    found = NOTHING if said.found is None else Found.decoded(_blob(said.found, blobs))
    contents = {sha: _blob(sha, blobs) for sha in sorted(needed(state, said.attempt, wish, found))}
    made = answered(state, said, wish, found, contents)
    noted = told_of(made, height=state.height, room=said.room, found=said.found)
    return Step((pulled_by(said, tupled(noted)),))


def _again(what: str, event: Event, following: Sequence[Event], make: Callable[[], Step]) -> Again:
    try:
        step = make()
    except _LackingError as lacking:
        return Again(what, event.height, None, str(lacking))
    for offset, body in enumerate(step.bodies):
        made = body.event(at=0)
        if offset >= len(following):
            return Again(what, event.height, same=False, why=f"{made.kind} would follow, and nothing does")
        told = following[offset]
        if made.kind == told.kind == b.PlanProposed.KIND and made.body.get("policy") != told.body.get("policy"):
            return Again(what, event.height, None, "an older release linted and priced plans in another way")
        if (made.kind, made.version) != (told.kind, told.version):
            return Again(what, event.height, same=False, why=f"{made.kind} would stand where {told.kind} stands")
        if canonical(_timeless(made.kind, made.body)) != canonical(_timeless(made.kind, told.body)):
            where = f"{made.kind} at {told.height}: {_different(made.body, told.body)}"
            return Again(what, event.height, same=False, why=where)
    if not step.bodies:
        return Again(what, event.height, same=False, why="nothing would be recorded")
    return Again(what, event.height, same=True)


def _judged(state: MissionState, branch: str, now: int, following: Sequence[Event]) -> Step:
    """What the rules say of a branch, or of the mission, with what was known of its budget then."""

    def spent() -> bool:
        return (_told(following) or [_latest(state)]) == ["true"]

    if not branch:
        return Step(of_mission(state, now, spent))
    return Step(of_branch(state, state.branches[branch], now, spent))


def _told(following: Sequence[Event]) -> list[str]:
    """Whether the mission was exhausted, as the evaluations recorded together say."""
    found = []
    for event in following:
        if event.kind != b.ConditionEvaluated.KIND:
            break
        found += [text for name, text in event.body.get("facts", {}).items() if name == "mission.exhausted"]
    return found[:1]


def _latest(state: MissionState) -> str:
    known = [last for last in state.latest.values() if "mission.exhausted" in last.facts]
    return max(known, key=lambda last: last.height).facts["mission.exhausted"] if known else "false"


def _timeless(kind: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A body without what only tells the time: between deciding and recording some milliseconds may pass."""
    if kind == b.ConditionEvaluated.KIND:
        facts = {name: text for name, text in body.get("facts", {}).items() if not name.endswith(".days")}
        return {**body, "facts": facts}
    if kind in {b.BranchExtended.KIND, b.TimerSet.KIND}:
        return {name: value for name, value in body.items() if name not in {"until", "due"}}
    return body


def _different(made: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    return ", ".join(sorted(name for name in {**made, **told} if made.get(name) != told.get(name)))


def _dispatched(state: MissionState, body: b.AttemptDispatched, following: Sequence[Event], blobs: Blobs) -> Step:
    task, chosen = state.tasks[body.task], b.decode(following[1])
    packed = b.decode(following[2]) if len(following) > 2 else None
    role = role_of(state, task)
    if role is None or not isinstance(chosen, b.RouteChosen):
        raise _LackingError("no route was recorded")
    world = _world(state, role, chosen, blobs)
    route = choose(state, task, role, world)
    if isinstance(route, NoRoute):
        return Step()
    if not isinstance(packed, b.PackageCompiled):
        raise _LackingError("no package was recorded")
    found = NOTHING
    if packed.found is not None:
        if (content := blobs(packed.found)) is None:
            raise _LackingError(f"blob {packed.found[:12]} is not there")
        found = Found.decoded(content)
    return _made(state, Dispatch(task.id, route, found, packed.policy), blobs, world)


def _world(state: MissionState, role: Role, chosen: b.RouteChosen, blobs: Blobs) -> World:
    """The surroundings that the route was chosen in, as far as it looked at them."""
    if chosen.catalogue is None:
        raise _LackingError("an older release did not record who was considered")
    pool = _read(chosen.catalogue, blobs)
    world = World(
        catalogue=pool,
        barred={
            name: Bar(**{**bar, "reason": str(bar["reason"])})
            for name, bar in chosen.barred.items()
            if isinstance(bar, Mapping)
        },
        record=None if chosen.record is None else outcomes(_blob(chosen.record, blobs)),
    )
    if tuple(candidates(role, rehearsed=state.rehearsed, catalogue=pool)) != pool:
        raise _LackingError("this release simulates with other workers")
    return world


def _verdict(state: MissionState, attempt: str, blobs: Blobs) -> Step:
    """The verdict alone: what the handoff says besides was not always taken down with it."""
    step = _made(state, Verify(attempt), blobs)
    return Step(tuple(body for body in step.bodies if not isinstance(body, b.ItemRecorded)))


def _read(sha: Sha256, blobs: Blobs) -> tuple[Candidate, ...]:
    return read(_blob(sha, blobs))


def _blob(sha: Sha256, blobs: Blobs) -> bytes:
    content = blobs(sha)
    if content is None:
        raise _LackingError(f"blob {sha[:12]} is not there")
    return content


def _made(state: MissionState, intent: Intent, blobs: Blobs, world: World | None = None) -> Step:
    """What an intent gives now."""
    contents: dict[Sha256, bytes] = {}
    while missing := blobs_for(state, intent, contents):
        for sha in sorted(missing):
            contents[sha] = _blob(sha, blobs)
    return enact(state, intent, state.last_at, world or World(), contents)
