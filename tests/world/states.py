"""Every state of a small mission: each answer of a worker, a connector, a mailbox and a human, a death, passing time.

Nothing is drawn here: from each state at rest every act of a small abstract environment is played, through the real
`decide`, `enact`, `absorb`, `handle` and the fold. States that differ in nothing a decision looks at are one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine.contract.case import Provided
from engine.effects.canonical import batch_digest
from engine.effects.mail import Identity
from engine.ledger import bodies as b
from engine.ledger.door import clean
from engine.ledger.protocol import Command, Event, Job, Result
from engine.loop.absorb import absorb
from engine.loop.commands import handle
from engine.loop.decide import decide
from engine.loop.enact import blobs_for, enact
from engine.loop.starting import create
from engine.loop.world import World
from engine.routing.breaker import Bar
from engine.routing.catalogue import REHEARSED, Candidate
from engine.routing.record import Record
from engine.state.fold import evolve
from engine.state.model import FINAL_TASK, OVER, MissionState
from engine.values import MINUTE, MissionId, Price, Sha256, Tokens, canonical, sha256
from engine.views.liveness import stuck
from engine.workers.protocol import CriterionVerdict, EffectOut, Handoff
from tests.world.places import Place, clone, key, next_moment

SIM = MissionId("sim")
ROUNDS = 400
USUAL = Tokens(input=1000, output=100)
MODEL = Candidate(
    "ada", "model", model="ada", family="ada", provider="of-ada", price=Price(input=100_000, output=100_000),
    max_output=500, rounds=2,
)  # fmt: skip
IDENTITY = Identity(name="Sim", address="sim@sender.example", postal="1 Virtual Street")
CUTS = 2
"""An attempt in an outage counts against no limit: so many are played."""
Act = tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """One small mission and the world around it."""

    contract: str
    delivery: str = "lookup"
    catalogue: tuple[Candidate, ...] = (*REHEARSED, MODEL)
    whims: int = 2
    """So many acts that no one was asked for may happen on one path: a death, a pause, a pruning, an outage."""


@dataclass
class Found:
    """What an exploration saw."""

    states: int = 0
    acts: int = 0
    whole: bool = True
    """Whether every state was looked at, none left out for the limit."""
    stuck: list[str] = field(default_factory=list)
    endless: list[str] = field(default_factory=list)
    """Paths to states from which no way leads to the mission's end, `stop` by hand left out."""
    kinds: set[str] = field(default_factory=set)
    """What happened, so that an exploration in which nothing happens is noticed."""


class Explorer:
    """Explores one setting. `limit` states are looked at, nearest first."""

    def __init__(self, setting: Setting, limit: int) -> None:
        self._setting, self._limit = setting, limit
        self._contents: dict[Sha256, bytes] = {}
        self.found = Found()

    def explore(self) -> Found:
        """All of it."""
        first = self._begun()
        paths: dict[str, tuple[Act, ...]] = {key(first): ()}
        places = {key(first): first}
        back: dict[str, set[str]] = {}
        ended: set[str] = set()
        queue = deque([key(first)])
        self._look(first, ())
        while queue:
            here = queue.popleft()
            place = places.pop(here)
            if place.state.status in OVER:
                ended.add(here)
                continue
            for act, play in self._acts(place):
                there = play(clone(place))
                self.go(there)
                self.found.acts += 1
                name, path = key(there), (*paths[here], act)
                if act[-1] != "stop":
                    back.setdefault(name, set()).add(here)
                if name in paths:
                    continue
                if len(paths) >= self._limit:
                    self.found.whole = False
                    ended.add(name)  # nothing is known of it: it counts for no finding
                    continue
                paths[name] = path
                places[name] = there
                self._look(there, path)
                queue.append(name)
        self.found.states = len(paths)
        self._ends(paths, back, ended)
        return self.found

    def _look(self, place: Place, path: tuple[Act, ...]) -> None:
        self.found.stuck += [f"{thing.id}: {thing.why}; after {say(path)}" for thing in stuck(place.state)]

    def _ends(self, paths: Mapping[str, tuple[Act, ...]], back: Mapping[str, set[str]], ended: set[str]) -> None:
        reached, edge = set(ended), list(ended)
        while edge:
            for earlier in back.get(edge.pop(), ()):
                if earlier not in reached:
                    reached.add(earlier)
                    edge.append(earlier)
        self.found.endless += [say(path) for name, path in paths.items() if name not in reached]

    # -- the engine's part

    def _begun(self) -> Place:
        leads = b"name,email\nBob,bob@post.example\n"
        source = self._keep(self._setting.contract.encode())
        body = {"source": source, "inputs": {"leads": {"sha": self._keep(leads)}}, "seed": 1}
        _, bodies = create(body, self._contents, (), Provided(connectors=frozenset({"sink", "sandbox"})))
        place = Place(MissionState(SIM))
        self._record(place, bodies)
        self.go(place)
        return place

    def _keep(self, content: bytes) -> Sha256:
        self._contents[sha256(content)] = content
        return sha256(content)

    def _record(self, place: Place, bodies: tuple[b.Body, ...], actor: str = "engine") -> None:
        for body in bodies:
            self.found.kinds.add(body.KIND)
            new = body.event(at=place.at, actor=actor)
            none = Sha256("")
            told = clean(new.kind, new.body)
            height = place.state.height + 1
            event = Event(
                0, SIM, height, new.kind, new.version, told, none, "", none, place.at, place.at, actor, place.epoch
            )
            evolve(place.state, event)

    def _world(self, place: Place) -> World:
        bars = {"ada": Bar("the key is refused", mend="cockpit keys")} if place.out else {}
        delivery = self._setting.delivery
        return World(
            epoch=place.epoch,
            identity=IDENTITY,
            connectors={"sink": delivery, "sandbox": delivery},
            catalogue=self._setting.catalogue,
            alive=frozenset(place.jobs),
            barred=bars,
            record=Record(),
        )

    def go(self, place: Place) -> None:
        """Decide until the mission rests. AssertionError when it never does, or starts something after its end."""
        for _ in range(ROUNDS):
            world, over = self._world(place), place.state.status in OVER
            for intent in decide(place.state, place.at, world):
                known: dict[Sha256, bytes] = {}
                while lacking := blobs_for(place.state, intent, known):
                    known |= {sha: self._contents.get(sha, b"") for sha in lacking}
                step = enact(place.state, intent, place.at, world, known)
                if step.bodies or step.jobs:
                    break
            else:
                return
            started = {job.kind for job in step.jobs}
            assert not (over and started & {"attempt", "effect"}), "P20: something new began after the mission's end"
            self._contents |= step.blobs
            self._record(place, step.bodies)
            place.jobs |= {job.id: job for job in step.jobs}
        raise AssertionError("deciding does not come to rest")

    # -- the environment's part

    def _acts(self, place: Place) -> Iterator[tuple[Act, Callable[[Place], Place]]]:
        for name, job in place.jobs.items():
            for word, body in self._ends_of(place, job):
                yield (name, word), partial(self._answered, name=name, body=body)
        for item in place.state.attention.values():
            words = item.choices or (("yes", "no") if item.kind == "approve" else ("fine",))
            for word in words:
                if word.startswith("raise") and place.whims >= self._setting.whims:
                    continue  # caps that are raised again and again have no last state
                yield (item.id, item.about, word), partial(self._decided, item=item.id, word=word)
        if place.state.status == "paused":
            yield ("resume",), partial(self._said, kind="resume")
        if (due := next_moment(place)) is not None:
            yield ("time", str(due - place.at)), partial(_later, due=due)
        if place.out:
            yield ("mended",), partial(_mended, out=False)
        if place.whims < self._setting.whims:
            yield from self._whims(place)

    def _whims(self, place: Place) -> Iterator[tuple[Act, Callable[[Place], Place]]]:
        if place.jobs:
            yield ("death",), _died
        if place.state.status == "active":
            yield ("pause",), partial(self._said, kind="pause", whim=True)
        for branch in place.state.branches.values():
            if branch.key != "main" and branch.state in {"open", "waiting"}:
                for kind in ("prune", "keep"):
                    yield (kind, branch.key), partial(self._said, kind=kind, whim=True, branch=branch.key)
        if "worker: model" in self._setting.contract and not place.out:
            yield ("outage",), partial(_mended, out=True)

    def _ends_of(self, place: Place, job: Job) -> Iterator[tuple[str, dict[str, Any]]]:
        used = USUAL.model_dump(mode="json")
        if job.kind == "attempt" and job.body["worker"] == "human":
            yield "parks", {"end": "parked", "question": "do it", "usage": None}
        elif job.kind == "attempt":
            yield "hands off", self._handoff(place, job, good=True)
            if place.state.tasks[str(job.body["task"])].state in FINAL_TASK:
                return  # whatever it leaves changes nothing
            if job.body["kind"] in {"review", "grade"}:
                yield "says no", self._handoff(place, job, good=False)
            yield "fails", {"end": "failed", "reason": "no idea", "usage": used}
            yield "fails for good", {"end": "failed", "reason": "no idea", "retryable": False, "usage": None}
            yield "costs too much", self._handoff(place, job, good=True) | {"usage": {"output": 40_000_000}}
            if job.body["worker"] == "model" and len(place.state.attempts) <= CUTS:
                yield "is cut", {"end": "failed", "reason": "x", "fault": "cut", "usage": None}
        elif job.kind == "effect":
            said = {"effect": job.body["effect"], "n": job.body["n"]}
            for outcome in ("delivered", "refused", "unknown"):
                yield outcome, said | {"outcome": outcome, "said": "so", "lookup": self._setting.delivery != "blind"}
            yield "is put off", said | {"outcome": "refused", "said": "so", "whole": True}
        elif job.kind == "lookup":
            said = {"effect": job.body["effect"], "n": job.body["n"]}
            for outcome in ("delivered", "not_found", "unknown"):
                yield outcome, said | {"outcome": outcome, "said": "so"}
        else:
            yield "nothing", {"found": [], "error": ""}
            for effect in place.state.effects.values():
                if effect.state == "done":
                    reply: dict[str, Any] = {
                        "branch": effect.branch,
                        "source": "inbox",
                        "effect": effect.id,
                        "kind": "reply",
                    }
                    reply |= {"key": f"r{effect.id}", "person": effect.persons[0], "blob": None}
                    yield "a reply", {"found": [reply], "error": ""}

    def _handoff(self, place: Place, job: Job, *, good: bool) -> dict[str, Any]:
        asked = job.body["criteria"]
        effects: tuple[EffectOut, ...] = ()
        if job.body["proposes"] and good:
            effects = (EffectOut(verb="send", to="bob@post.example", subject="Hello", body="Shall we talk?"),)
        verdicts = tuple(CriterionVerdict(criterion=c, ok=good) for c in asked)
        handoff = Handoff(summary="done", effects=effects, verdicts=verdicts if job.body["kind"] == "review" else ())
        sha = self._keep(canonical(handoff.model_dump(mode="json")))
        used = USUAL.model_dump(mode="json")
        return {"end": "handoff", "handoff": sha, "summary": "done", "effects": len(effects), "usage": used}

    def _answered(self, place: Place, name: str, body: dict[str, Any]) -> Place:
        job = place.jobs.pop(name)
        place.at += MINUTE
        self._record(place, absorb(place.state, Result(name, SIM, job.kind, body)))
        return place

    def _decided(self, place: Place, item: str, word: str) -> Place:
        asked = place.state.attention[item]
        if asked.kind != "approve":
            return self._said(place, kind="answer", attention=item, text=word, whim=word.startswith("raise"))
        shown = batch_digest([e.digest for r in asked.refs if (e := place.state.effects[r]).state == "awaiting"])
        if word == "yes":
            return self._said(place, kind="approve", attention=item, digest=shown)
        return self._said(place, kind="reject", attention=item, because="too pushy")

    def _said(self, place: Place, kind: str, *, whim: bool = False, **body: Any) -> Place:
        place.at += MINUTE
        place.whims += whim
        outcome = handle(place.state, Command("k", kind, SIM, {"because": "so", **body}, "human:sim"), place.at)
        self._contents |= outcome.blobs
        self._record(place, outcome.bodies, "human:sim")
        return place


def _later(place: Place, due: int) -> Place:
    place.at = due
    return place


def _died(place: Place) -> Place:
    place.jobs.clear()
    place.epoch += 1
    place.whims += 1
    return place


def _mended(place: Place, *, out: bool) -> Place:
    place.at += MINUTE
    place.out, place.whims = out, place.whims + out
    return place


def say(path: tuple[Act, ...]) -> str:
    """A path in words."""
    return " / ".join(" ".join(act) for act in path) or "nothing"
