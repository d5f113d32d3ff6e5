"""What became of attempts, as far as somebody other than their author found out: what routing learns from.

An attempt counts once, when its task was accepted after a check, a reviewer or a human could have said no, or when one
of them did. Outages, lost engines and what nobody verified say nothing of a model. Counts alone, by day: no judgement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from engine.contract.planned import Check
from engine.ledger.bodies import VerdictGiven, VerdictLine
from engine.state.work import Attempt, Task
from engine.values import DAY

ANSWER = frozenset({"unusable", "refused"})
"""Faults of an answer itself: whoever gave it was there, and did not do what was asked."""
YOUNGER = "written before it was a rule"
"""How the detail of a line begins that its worker could not have obeyed: the rule is younger than the attempt."""
_WORKERS = frozenset({"model", "harness"})


class Who(NamedTuple):
    """Whose outcomes are counted together: a role, a model as it was reached then, and a day (wall time)."""

    role: str
    name: str
    setup: str
    day: int


@dataclass(slots=True)
class Tally:
    """Verified outcomes, and what useful attempts cost in micro-dollars."""

    good: int = 0
    bad: int = 0
    paid: int = 0
    micro_usd: int = 0


@dataclass(slots=True)
class Outcomes:
    """The outcomes of one mission. `changes` grows with every change, so that readers may remember what they added."""

    tallies: dict[Who, Tally] = field(default_factory=dict)
    changes: int = 0

    def accepted(self, task: Task, attempt: Attempt, wall: int) -> None:
        """A task was accepted; it proves something where somebody could have said no."""
        if verifiable(task) or any(verdict.lines for verdict in attempt.verdicts):
            self._found(attempt, "good", wall)

    def refuted(self, attempt: Attempt, verdict: VerdictGiven, wall: int) -> None:
        """A verdict said no: it counts unless no line of it is the author's fault."""
        if any(blames(line) for line in verdict.lines):
            self._found(attempt, "bad", wall)

    def failed(self, task: Task, attempt: Attempt, fault: str, wall: int) -> None:
        """An attempt ended without a handoff."""
        if fault in ANSWER and verifiable(task):
            self._found(attempt, "bad", wall)

    def rejected(self, attempt: Attempt, wall: int) -> None:
        """A human refused what an accepted attempt wanted to send."""
        self._found(attempt, "bad", wall)

    def cost(self, attempt: Attempt, micro_usd: int, wall: int) -> None:
        """What a useful attempt cost, once the charge is known."""
        if (tally := self._tally(attempt, wall)) is not None:
            tally.paid += 1
            tally.micro_usd += micro_usd
            self.changes += 1

    def _found(self, attempt: Attempt, outcome: str, wall: int) -> None:
        tally = self._tally(attempt, wall)
        if tally is None or attempt.outcome in {outcome, "bad"}:
            return
        if attempt.outcome == "good":  # a human's no comes after the acceptance, and weighs more
            self.tallies[Who(*attempt.counted_as)].good -= 1
        attempt.outcome = outcome
        attempt.counted_as = (attempt.role, *_model(attempt), wall // DAY)
        tally.good += outcome == "good"
        tally.bad += outcome == "bad"
        self.changes += 1

    def _tally(self, attempt: Attempt, wall: int) -> Tally | None:
        if attempt.worker not in _WORKERS or not attempt.route:
            return None
        return self.tallies.setdefault(Who(attempt.role, *_model(attempt), wall // DAY), Tally())


def _model(attempt: Attempt) -> tuple[str, str]:
    return str(attempt.route.get("name", "")), str(attempt.route.get("setup", ""))


def verifiable(task: Task) -> bool:
    """Whether something other than its author finds out about a result of this task by itself: a check, or a promise
    that is looked for.
    """
    promises = bool(task.proposes or task.produces or task.metric)
    return promises or any(isinstance(criterion.check, Check) for criterion in task.criteria)


def blames(line: VerdictLine) -> bool:
    """Whether a line says no for a reason that lies with the author."""
    given_up = line.criterion == "reviewed" and line.by == "engine"
    return not line.ok and not given_up and not line.detail.startswith(YOUNGER)
