"""The human of a rehearsal: answers what the numbers say an answer to, after the time they say; leaves the rest open.

What no number answers (raise a cap? finish or stop?) is not decided here: the mission is stuck on it, and the forecast
says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.effects.canonical import batch_digest
from engine.ledger.protocol import Command
from engine.loop.handoffs import promised_metrics
from engine.rehearsal.leaning import Leaning
from engine.rehearsal.numbers import Numbers, dice
from engine.rehearsal.worker import measured
from engine.state.model import Attempt, Attention, MissionState
from engine.values import Ratio
from engine.workers.rehearsed import LABEL

AGAIN = 3
"""How often what has expired is asked for anew."""
YES = ("accept", "approve", "yes")
ACTOR = "human:rehearsal"


@dataclass(frozen=True, slots=True)
class Due:
    """A decision that comes at a moment of virtual wall time, in milliseconds; `open`: none comes."""

    at: int
    open: bool = False


class Person:
    """Whoever decides, of one run."""

    def __init__(self, numbers: Numbers, seed: int, leaning: Leaning) -> None:
        self._numbers, self._seed, self._leaning = numbers, seed, leaning
        self._due: dict[str, Due] = {}
        self._told = 0
        self._renewed: dict[str, int] = {}

    def see(self, state: MissionState, now: int) -> None:
        """Look at what waits, and make up one's mind when to decide about it."""
        for name, item in state.attention.items():
            if name not in self._due:
                answerable = self._answerable(state, item)
                self._due[name] = Due(now + (self._after(state, item) if answerable else 0), not answerable)

    def next_due(self, state: MissionState) -> int | None:
        """When the next decision comes."""
        return min((due.at for name in state.attention if not (due := self._due[name]).open), default=None)

    def open(self, state: MissionState) -> list[Attention]:
        """What nobody decides about."""
        return [item for name, item in state.attention.items() if self._due[name].open]

    def decide(self, state: MissionState, now: int) -> Iterator[Command]:
        """The decisions whose time has come."""
        for name, item in list(state.attention.items()):
            due = self._due[name]
            if not due.open and due.at <= now:
                self._due[name] = Due(now, open=True)  # should the engine refuse it, it stays open
                yield from self._decided(state, item)

    def _after(self, state: MissionState, item: Attention) -> int:
        attempt = state.attempts.get(item.attempt)
        if item.about.startswith("parked:") and attempt is not None:
            takes = self._numbers.role(attempt.role).takes
            if takes is not None:
                return int(takes.draw(dice(self._seed, item.id, "takes")))
        answers = self._numbers.person.answers
        if answers is None:
            self._leaning.on("human.answers")
            return 0
        return int(answers.draw(dice(self._seed, item.id, "answers")))

    def _answerable(self, state: MissionState, item: Attention) -> bool:
        about = item.about.partition(":")[0]
        if item.kind == "approve" or about == "human":
            return True
        if about == "parked":
            attempt = state.attempts.get(item.attempt)
            return attempt is not None and self._answer(state, attempt) is not None
        if about == "expired":
            again = self._renewed.get(item.branch, 0) < AGAIN
            self._renewed[item.branch] = self._renewed.get(item.branch, 0) + 1
            return again
        return any(word in item.choices for word in YES)

    def _decided(self, state: MissionState, item: Attention) -> Iterator[Command]:
        about = item.about.partition(":")[0]
        if item.kind == "approve":
            yield from self._approval(state, item)
        elif about == "parked":
            yield self._say(state, "answer", item, text=self._answer(state, state.attempts[item.attempt]) or LABEL)
        elif about == "expired":
            yield self._say(state, "answer", item, text="ask again")
        else:
            word = next((word for word in YES if word in item.choices), "accept")
            yield self._say(state, "answer", item, text=word if self._yes(item) else f"reject: {LABEL} not good enough")

    def _approval(self, state: MissionState, item: Attention) -> Iterator[Command]:
        if not self._yes(item):
            yield self._say(state, "reject", item, because=f"{LABEL} not like this")
            return
        asked = [*(state.effects.get(ref) for ref in item.refs), *(state.wanted.get(ref) for ref in item.refs)]
        waiting = [one for one in asked if one is not None and one.state == "awaiting"]
        digest = batch_digest([one.digest for one in waiting])
        people = state.terms.terms(waiting[0].verb).people if waiting else 1
        for number in range(people):
            actor = ACTOR if number == 0 else f"{ACTOR}-{number + 1}"
            yield self._say(state, "approve", item, actor, digest=digest, **{"except": []})

    def _yes(self, item: Attention) -> bool:
        approves = self._numbers.person.approves
        if approves is None:
            self._leaning.on("human.approves")
            return True
        return dice(self._seed, item.id, "yes").random() < approves.rate(dice(self._seed, "approves"))

    def _answer(self, state: MissionState, attempt: Attempt) -> str | None:
        """What a task of a human is answered with; None where that would be a number that nothing assumes."""
        task = state.tasks[attempt.task]
        if task.kind == "review":
            return "accept"
        names = promised_metrics(state, task)
        if len(names) > 1:
            return None  # one answer gives one number
        for name in names:
            key, known = state.branches[task.branch].key, self._numbers.metric(name)
            unit = state.terms.evidence[name].unit
            rate, draw = (self._seed, key), (self._seed, key, task.key, len(task.attempts))
            value = measured(name, unit, known, self._leaning, rate=rate, draw=draw)
            if value is None and unit != "text":
                return None
            return f"{value.k}/{value.n}" if isinstance(value, Ratio) else value or f"{LABEL} noted"
        return f"{LABEL} done"

    def _say(self, state: MissionState, kind: str, item: Attention, actor: str = ACTOR, **body: Any) -> Command:
        self._told += 1
        attention = self._numbers.person.attention
        if attention is None:
            self._leaning.on("human.attention")
        else:
            body["focus_ms"] = int(attention.draw(dice(self._seed, item.id, actor, "attention")))
        return Command(f"person:{self._told}", kind, state.id, {"attention": item.id, **body}, actor)
