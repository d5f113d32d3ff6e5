"""A mission played by hand: deciding, enacting, absorbing and commanding without a store, a clock or a worker.

What the loop's rooms are tested on. A test says which workers answer what, and when; everything else follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.contract.case import Provided
from engine.contract.load import load
from engine.contract.model import Contract
from engine.effects.canonical import batch_digest
from engine.effects.mail import Identity
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command, Job, Result
from engine.loop.absorb import absorb
from engine.loop.commands import handle
from engine.loop.decide import decide
from engine.loop.enact import Step, blobs_for, enact
from engine.loop.intents import Intent
from engine.loop.starting import create
from engine.loop.world import World
from engine.routing.catalogue import REHEARSED
from engine.routing.record import Record
from engine.state.fold import evolve
from engine.state.model import Attention, MissionState, Task
from engine.values import Sha256, Tokens, canonical, sha256
from engine.workers.protocol import ArtifactOut, CriterionVerdict, EffectOut, Handoff
from tests.engine.receipt.story import GTM, Story

IDENTITY = Identity(name="Ada Example", address="ada@yours.example", postal="1 Example Street, Example Town")
WORLD = World(
    epoch=1,
    identity=IDENTITY,
    connectors={"maildir": "lookup", "sandbox": "lookup"},
    catalogue=REHEARSED,
    record=Record(),
)
LEADS = b"name,email\nBob,bob@post.example\nEve,eve@post.example\nCarl,carl@post.example\n"
USUAL = Tokens(input=1000, output=100)
"""What an attempt uses when a test does not care."""
EVERYTHING = Provided(connectors=frozenset({"maildir", "blind"}))


def contract(text: str) -> Contract:
    """A contract that must load."""
    loaded = load(text.encode(), "gtm.mission.yaml")
    assert loaded.contract is not None, [str(problem) for problem in loaded.problems]
    return loaded.contract


def terms(plan: str, *, money: str = "100 USD", branches: int = 3, more: str = "") -> str:
    """A contract that may send, whose plan (and whatever else) the test writes."""
    return f"""\
mission: Find a channel
id: gtm
zone: Europe/Berlin
target: {{statement: One channel with signal}}
budget: {{money: {money}, branches: {branches}}}
actions: {{allowed: [research, draft, review], restricted: [send]}}
approvals: {{send: {{expires: 3d, undo: 10s}}}}
lawful: {{country: US, basis: business contact, source: leads.csv}}
inputs: {{leads: leads.csv}}
tools: {{mail: {{need: required, verbs: [send], connector: maildir}}}}
roles:
  writer: {{worker: rehearsed, tier: cheap}}
  reviewer: {{worker: rehearsed, tier: standard, different_family_from: writer}}
{more}
plan:
{plan}"""


DRAFT = """\
  branches:
    - {id: cold, hypothesis: people answer, share: 50%}
  tasks:
    - {id: write, branch: cold, role: writer, context: [leads], proposes: [send], budget: 2 USD,
       criteria: [{text: short, check: {max_words: 60}}]}
"""


def mails(*names: str, body: str = "Shall we talk?") -> Handoff:
    """A handoff that proposes one mail for each name."""
    effects = tuple(EffectOut(verb="send", to=f"{name}@post.example", subject="Hello", body=body) for name in names)
    return Handoff(summary="drafted", effects=effects)


class Play(Story):
    """One mission. `jobs` holds what was started and has not answered yet."""

    def __init__(self, text: str, *, world: World = WORLD, rehearsed: bool = False, seed: int = 0) -> None:
        super().__init__(GTM)
        self._state = MissionState(GTM)
        self.base, self.jobs, self.contents = world, dict[str, Job](), dict[Sha256, bytes]()
        source, leads = self.keep(text.encode()), self.keep(LEADS)
        body = {"source": source, "inputs": {"leads": {"sha": leads}}, "rehearse": rehearsed, "seed": seed}
        _, bodies = create(body, self.contents, (), EVERYTHING)
        self.record(*bodies, actor="human:ada")

    def add(self, body: b.Body, *, actor: str = "engine", after: int = 0) -> Play:
        if isinstance(body, b.ClockAdvanced):
            self.at = body.to
        super().add(body, actor=actor, after=after)
        evolve(self._state, self.events[-1])
        return self

    def state(self) -> MissionState:
        return self._state

    @property
    def world(self) -> World:
        """The surroundings now: what was started and has not answered is alive."""
        return replace(self.base, alive=frozenset(self.jobs))

    def keep(self, content: bytes) -> Sha256:
        """Store a blob."""
        self.contents[sha256(content)] = content
        return sha256(content)

    def record(self, *bodies: b.Body, actor: str = "engine") -> Play:
        """Record facts, as the moment is."""
        for body in bodies:
            self.add(body, actor=actor)
        return self

    def wait(self, ms: int) -> Play:
        """Let time pass."""
        self.at += ms
        return self

    def decide(self) -> list[Intent]:
        """What the mission wants now."""
        return decide(self._state, self.at, self.world)

    def enact(self, intent: Intent) -> Step:
        """The commit that an intent asks for, not made yet."""
        known: dict[Sha256, bytes] = {}
        while missing := blobs_for(self._state, intent, known):
            known |= {sha: self.contents.get(sha, b"") for sha in missing}
        return enact(self._state, intent, self.at, self.world, known)

    def go(self) -> Play:
        """Decide until nothing is left to do, as the engine does."""
        for _ in range(500):
            step = next((s for s in map(self.enact, self.decide()) if s.bodies or s.jobs), None)
            if step is None:
                return self
            self.contents |= step.blobs
            self.record(*step.bodies)
            self.jobs |= {job.id: job for job in step.jobs}
        raise AssertionError("deciding does not come to rest")

    # -- answers of workers, connectors and sources

    def result(self, job: str, body: Mapping[str, Any], *, kind: str = "attempt") -> Play:
        """A job's result comes in, and what follows is decided."""
        found = self.jobs.pop(f"{self.mission}/{job}", None)
        said = Result(f"{self.mission}/{job}", self.mission, found.kind if found else kind, body)
        return self.record(*absorb(self._state, said)).go()

    def hand_off(self, attempt: str, handoff: Handoff, usage: Tokens | None = USUAL) -> Play:
        """A worker delivers."""
        sha = self.keep(canonical(handoff.model_dump(mode="json")))
        said = {"end": "handoff", "handoff": sha, "summary": handoff.summary, "effects": len(handoff.effects)}
        return self.result(attempt, said | {"usage": usage.model_dump(mode="json") if usage is not None else None})

    def fail(self, attempt: str, reason: str = "no idea") -> Play:
        """A worker fails."""
        return self.result(attempt, {"end": "failed", "reason": reason, "usage": {"input": 10}})

    def review(self, attempt: str, *, ok: bool = True, detail: str = "") -> Play:
        """A reviewer answers for everything it was asked."""
        asked = self.job(attempt)["criteria"]
        verdicts = tuple(CriterionVerdict(criterion=c, ok=ok, detail=detail) for c in asked)
        return self.hand_off(attempt, Handoff(summary="reviewed", verdicts=verdicts))

    def connected(self, effect: str, outcome: str = "delivered", *, n: int = 1, said: str = "ref") -> Play:
        """A connector answers."""
        return self.result(f"{effect}.{n}", {"effect": effect, "n": n, "outcome": outcome, "said": said}, kind="effect")

    def job(self, name: str) -> Mapping[str, Any]:
        """What a job was given."""
        return self.jobs[f"{self.mission}/{name}"].body

    def artifact(self, name: str, content: bytes) -> ArtifactOut:
        """A file that a worker left."""
        return ArtifactOut(name=name, sha=self.keep(content), bytes=len(content))

    # -- the human

    def say(self, kind: str, *, actor: str = "human:ada", **body: Any) -> Answer:
        """A command, its answer, and what follows from it."""
        outcome = handle(self._state, Command("k", kind, self.mission, body, actor), self.at, self.world, self.contents)
        self.contents |= outcome.blobs
        self.record(*outcome.bodies, actor=actor).go()
        return outcome.answer

    def asked(self, kind: str = "", about: str = "") -> Attention:
        """The one thing that waits for the human (of a kind, about something)."""
        waiting = self._state.attention.values()
        found = [item for item in waiting if kind in {"", item.kind} and item.about.startswith(about)]
        assert len(found) == 1, found
        return found[0]

    def shown(self, item: str) -> str:
        """The digest that the human sees at an approval."""
        refs = (self._state.effects[ref] for ref in self._state.attention[item].refs)
        return batch_digest([effect.digest for effect in refs if effect.state == "awaiting"])

    def yes(self, item: str, **more: Any) -> Answer:
        """The human approves what is shown."""
        return self.say("approve", attention=item, digest=self.shown(item), **more)

    def newest(self, key: str) -> Task:
        """The newest task of a key."""
        return [task for task in self._state.tasks.values() if task.key == key][-1]

    def kinds(self, since: int = 0) -> list[str]:
        """The kinds of the events after a height."""
        return [event.kind for event in self.events[since:]]


def drafted(**more: Any) -> Play:
    """A mission whose two mails wait for approval as F1 and F2."""
    play = Play(terms(DRAFT), **more).go()
    return play.hand_off("A1.1", mails("bob", "eve"))


def approved() -> Play:
    """A mission whose two mails were approved and stand in their undo window."""
    play = drafted()
    assert play.yes(play.asked("approve").id).state == "done"
    return play
