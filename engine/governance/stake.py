"""What the choice of a model rests on beside the filters, as the state of its mission has it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.contract.model import Role
from engine.contract.planned import Check
from engine.routing.catalogue import TIERS, Candidate
from engine.routing.measured import of
from engine.routing.record import Record
from engine.routing.weighing import CLOSE, PLAIN_VERBS, WIDE, Stake
from engine.state.model import Attempt, MissionState, Task
from engine.state.outcomes import ANSWER, blames
from engine.values import PPM

TYPICAL = 12_000
"""Estimated tokens of the package by which reviewers are priced; a quarter of it is what one is usually told."""


def stake(state: MissionState, task: Task, pool: Sequence[Candidate], record: Record) -> Stake:
    """What is at stake for a task's next attempt. `pool`: whoever could be asked, reviewers of the same kind among
    them.
    """
    tried = [a for a in (state.attempts[name] for name in task.attempts) if a.role == task.role and a.route]
    refuted = frozenset(_name(attempt) for attempt in tried if _wanting(attempt))
    before = _name(tried[-1]) if tried and not task.accepted else ""
    last = next((a for a in reversed(state.attempts.values()) if a.role == task.role and a.route.get("prefers")), None)
    gate = _gate(state, task, pool, record)
    return Stake(
        role=task.role,
        record=record,
        verify=_verification(state, task, pool, record),
        gate=gate is not None and task.allowed - len(task.attempts) > 1,
        caught=gate.caught if gate is not None else PPM,
        alarms=gate.alarms if gate is not None else 0,
        finder=gate.finder if gate is not None else "",
        tolerance=WIDE if task.verb in PLAIN_VERBS else CLOSE,
        refuted=refuted,
        before="" if before in refuted else before,
        last=_name(last) if last is not None else "",
        preferred=str(last.route["prefers"]) if last is not None else "",
    )


def _name(attempt: Attempt) -> str:
    return str(attempt.route.get("name", ""))


def _wanting(attempt: Attempt) -> bool:
    """Whether an attempt was found wanting, for a reason that lies with whoever made it."""
    lines = (line for verdict in attempt.verdicts if not verdict.ok for line in verdict.lines)
    return attempt.fault in ANSWER or any(blames(line) for line in lines)


class _Gate(NamedTuple):
    """What finds out about a bad result without asking a human."""

    caught: int = PPM
    alarms: int = 0
    finder: str = ""


def _gate(state: MissionState, task: Task, pool: Sequence[Candidate], record: Record) -> _Gate | None:
    """A check of the content, which is taken to find out; else reviewers, if each that may be asked was measured and
    suffices: the weakest of them counts. None where nobody finds out, as far as is known.
    """
    if any(isinstance(criterion.check, Check) for criterion in task.criteria):
        return _Gate()
    role = state.terms.roles.get(task.reviewer)
    if role is None or task.kind != "work" or not task.wants("review"):
        return None
    known = [of(record.reviewers, one) for one in pool if _may(role, one)]
    fit = [one for one in known if one is not None and one.standing == "suffices"]
    if not fit or len(fit) < len(known):
        return None
    weakest = min(fit, key=lambda one: (one.catches.k * PPM // one.catches.n, one.name))
    alarms = max(one.refuses.k * PPM // one.refuses.n for one in fit)
    finder = f"{weakest.name} (catches {weakest.caught} of {weakest.bad})"
    return _Gate(weakest.catches.k * PPM // weakest.catches.n, alarms, finder)


def _verification(state: MissionState, task: Task, pool: Sequence[Candidate], record: Record) -> int:
    """What a review of one result is expected to cost, in micro-dollars; checks and humans cost no money."""
    if task.kind != "work" or not task.wants("review"):
        return 0
    role = state.terms.roles.get(task.reviewer)
    return min((_cost(one, task.reviewer, record) for one in pool if role and _may(role, one)), default=0)


def _may(role: Role, candidate: Candidate) -> bool:
    near = role.privacy != "local" or candidate.local
    return (
        near and candidate.worker not in {"command", "human"} and TIERS.index(candidate.tier) >= TIERS.index(role.tier)
    )


def _cost(candidate: Candidate, role: str, record: Record) -> int:
    paid = record.standing(role, candidate).cost
    return candidate.typical(TYPICAL) if paid is None else paid
