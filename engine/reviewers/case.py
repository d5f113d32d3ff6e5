"""One seeded artifact before a reviewer: a mission of its own in memory, in which everything but the letter's author is
the engine's. Pure.

Deciding, packing, routing and reading the answer are those of every mission, so that a reviewer is measured on the
package, the instructions and the checks that real reviews have. Nothing in it says that it is measured, and two cases
differ in the facts and the text alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Literal

from engine.contract.load import load
from engine.ledger import bodies as b
from engine.ledger.protocol import Event, Job
from engine.loop.decide import decide
from engine.loop.enact import blobs_for, enact
from engine.loop.intents import Intent
from engine.loop.world import World
from engine.reviewers.artifacts import Seeded
from engine.reviewers.letters import CRITERIA, RULE
from engine.routing.catalogue import Candidate
from engine.state.fold import evolve
from engine.state.model import Mint, MissionState
from engine.values import MissionId, Sha256, canonical, sha256
from engine.workers.protocol import ArtifactOut, AttemptJob, Handoff

LETTERS = MissionId("letters")
AT = 1_767_225_600_000
"""The moment at which every case plays, milliseconds UTC: a package says nothing of when it was made."""
Verdict = Literal["passed", "sent back", "unusable"]
_ROUNDS = 60
_CONTRACT = """\
mission: Letters to workshops
id: letters
zone: UTC
target: {statement: Every workshop on our list has a letter that can be sent as it is.}
budget: {money: 900000 USD}
actions: {allowed: [draft, review], restricted: [send]}
roles:
  writer: {worker: human}
  reviewer: {worker: model, tier: cheap}
plan:
  tasks:
    - id: letter
      title: the letter
      role: writer
      verb: draft
      produces: [letter.txt]
      verify: [checks, review]
      reviewer: reviewer
      budget: 800000 USD
      criteria:
"""


class Case:
    """One artifact, up to the reviewer's job; then its answer, read as every review is."""

    def __init__(self, one: Seeded, reviewer: Candidate) -> None:
        self._state, self._contents = MissionState(LETTERS), dict[Sha256, bytes]()
        self._jobs: dict[str, Job] = {}
        self._world = World(epoch=1, wall=AT, catalogue=(reviewer,))
        self._begin(one)
        self._author(one.text)
        self._go(until=lambda: bool(self._jobs))
        self.job = AttemptJob.model_validate_json(canonical(next(iter(self._jobs.values())).body))

    def judged(self, handoff: Handoff) -> tuple[Verdict, str]:
        """What a review comes to, and why: the words of the first no, or what makes it no review."""
        judged = next(attempt for attempt in self._state.attempts.values() if attempt.role == "writer")
        self._deliver(self.job.attempt, handoff)
        self._go()
        given = [verdict for verdict in judged.verdicts if verdict.stage == "review"]
        if not given:
            refused = self._state.attempts[self.job.attempt].verdicts
            lines = [line.detail for verdict in refused for line in verdict.lines if not line.ok]
            return "unusable", (lines or ["it answers nothing"])[0]
        wrong = [f"{line.criterion}: {line.detail}" for line in given[-1].lines if not line.ok]
        return ("passed", "") if given[-1].ok else ("sent back", (wrong or [""])[0])

    def _begin(self, one: Seeded) -> None:
        self._record(*_started())
        self._go(until=lambda: bool(self._state.tasks))
        branch, mint = next(iter(self._state.branches)), Mint(self._state)
        for subject, said in one.facts.decisions:
            self._record(
                b.ItemRecorded(
                    item=mint("D"),
                    kind="decision",
                    text=said,
                    branch=branch,
                    subject=subject,
                    origin="human",
                    trust="human",
                    privacy="public",
                )
            )
        self._record(b.RuleAdopted(rule=mint("R"), text=RULE))

    def _author(self, text: str) -> None:
        """The letter is written, by nobody in particular."""
        task = next(iter(self._state.tasks.values()))
        attempt, content = Mint(self._state).attempt(task), text.encode()
        self._record(b.AttemptDispatched(attempt=attempt, task=task.id, role=task.role, worker="human"))
        made = ArtifactOut(name="letter.txt", sha=self._keep(content), bytes=len(content))
        self._deliver(attempt, Handoff(summary="the letter", artifacts=(made,)))

    # -- the loop

    def _deliver(self, attempt: str, handoff: Handoff) -> None:
        self._jobs.pop(f"{LETTERS}/{attempt}", None)
        name = self._keep(canonical(handoff.model_dump(mode="json")))
        self._record(b.AttemptDelivered(attempt=attempt, handoff=name, summary=handoff.summary))

    def _go(self, until: Callable[[], bool] = lambda: False) -> None:
        """Decide until nothing is left to do, or until something has come about."""
        for _ in range(_ROUNDS):
            world = replace(self._world, alive=frozenset(self._jobs))
            if not any(self._enacted(intent, world) for intent in decide(self._state, AT, world)) or until():
                return
        raise RuntimeError("a case does not come to rest")

    def _enacted(self, intent: Intent, world: World) -> bool:
        contents: dict[Sha256, bytes] = {}
        while missing := blobs_for(self._state, intent, contents):
            contents |= {sha: self._contents[sha] for sha in missing}
        step = enact(self._state, intent, AT, world, contents)
        self._contents |= step.blobs
        self._record(*step.bodies)
        self._jobs |= {job.id: job for job in step.jobs}
        return bool(step.bodies or step.jobs)

    def _record(self, *bodies: b.Body) -> None:
        none = Sha256("")
        for body in bodies:
            event, height = body.event(at=AT), self._state.height + 1
            evolve(
                self._state,
                Event(0, LETTERS, height, event.kind, event.version, event.body, none, "", none, AT, AT, "engine", 1),
            )

    def _keep(self, content: bytes) -> Sha256:
        self._contents[sha256(content)] = content
        return sha256(content)


@cache
def _started() -> tuple[b.Body, ...]:
    """How every case begins: the same contract."""
    lines = (f"        - {{text: {json.dumps(line)}, check: review}}\n" for line in CRITERIA)
    source = (_CONTRACT + "".join(lines)).encode()
    loaded = load(source, "letters.mission.yaml")
    if loaded.contract is None:
        raise ValueError(str(loaded.problems[0]))
    contract = json.loads(canonical(loaded.contract.normalised()))
    created = b.MissionCreated(title=loaded.contract.mission, contract=contract, source=sha256(source))
    return created, b.MissionStarted()
