"""A mission over models, played by hand: what its attempts say of them is heard before it goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.ledger import bodies as b
from engine.ledger.protocol import Event, Result
from engine.loop.absorb import absorb, ended
from engine.routing.breaker import barred, learnt
from engine.routing.catalogue import Candidate
from engine.state.home import HomeState, evolve_home
from engine.values import HOME, MICRO, Price, Sha256
from tests.builders import WORLD, Play, terms

PRICE = Price(input=MICRO // 10, output=MICRO // 10)
CLERK = "  clerk: {worker: model}"
QUIET = "  clerk: {worker: model, privacy: local}"
SHORT = "{text: x, check: {max_words: 99}}"
LONG = ", ".join(f"{{text: {'word ' * 390}{n}, check: {{max_words: 99}}}}" for n in range(3))
"""Criteria that need more room than a small window leaves."""


def model(name: str, *, dearer: int = 1, provider: str = "", **more: Any) -> Candidate:
    price = Price(input=PRICE.input * dearer, output=PRICE.output * dearer)
    given: dict[str, Any] = {"provider": provider or f"of-{name}", "family": name, "max_output": 500, "rounds": 2}
    return Candidate(name, "model", model=name, price=price, **(given | more))


ADA, BOB = model("ada"), model("bob", dearer=2)
HEARTH = model("hearth", dearer=3, local=True)


class Models(Play):
    """A mission over models: what its attempts say of them is heard before it goes on, as the engine does it."""

    def __init__(self, *catalogue: Candidate, roles: str = CLERK, tasks: int = 1, **task: Any) -> None:
        plan = "  tasks:\n" + "".join(
            f"    - {{id: t{n}, role: clerk, criteria: [{task.get('criteria', SHORT)}], "
            f"budget: {task.get('budget', '1 USD')}, attempts: {task.get('attempts', 2)}, "
            f"fallback: {task.get('fallback', 'ask')}}}\n"
            for n in range(tasks)
        )
        self.house = HomeState()
        text = terms(plan, more=roles, money=task.get("money", "100 USD"))
        super().__init__(text, world=replace(WORLD, catalogue=catalogue))
        self.go()

    @property
    def world(self) -> Any:
        trying: dict[str, list[int]] = {}
        for job in self.jobs.values():
            attempt = self._state.attempts.get(job.id.partition("/")[2])
            if attempt is not None and attempt.state == "dispatched":
                trying.setdefault(attempt.model, []).append(attempt.at)
        bars = barred(self.house, self.base.catalogue, self.at, trying)
        return replace(super().world, home=self.house, barred=bars)

    def hear(self, *bodies: b.Body) -> Models:
        for body in bodies:
            new, none, height = body.event(at=self.at), Sha256(""), self.house.height + 1
            evolve_home(
                self.house,
                Event(height, HOME, height, new.kind, 1, new.body, none, "", none, self.at, self.at, "engine", 1),
            )
        return self

    def ends(self, attempt: str, fault: str = "", **more: Any) -> Models:
        """An attempt ends: with a handoff, or by a fault of its model."""
        body: dict[str, Any] = {"end": "failed", "reason": f"{fault}!", "fault": fault, "usage": {}} | more
        if not fault:
            sha = self.keep(b'{"summary":"done"}')
            body = {"end": "handoff", "handoff": sha, "summary": "done", "usage": {"input": 5, "output": 5}}
        job = self.jobs.pop(f"gtm/{attempt}")
        result, of = Result(job.id, self.mission, "attempt", body), self._state.attempts[attempt]
        who = next((c for c in self.base.catalogue if c.name == of.model), None)
        if who is not None:
            self.hear(*learnt(self.house, who, ended(of, result), self.at))
        self.record(*absorb(self._state, result)).go()
        return self

    def fails(self, fault: str, **more: Any) -> Models:
        """The attempt that runs fails."""
        (job,) = self.jobs
        return self.ends(job.partition("/")[2], fault, **more)

    def on(self) -> str:
        """The model that is asked now."""
        (job,) = self.jobs.values()
        return str(job.body["model"])

    def only(self) -> Any:
        return self.newest("t0")
