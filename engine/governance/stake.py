"""What the choice of a model rests on beside the filters, as the state of its mission has it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from engine.contract.model import Role
from engine.contract.planned import Check
from engine.routing.catalogue import TIERS, Candidate
from engine.routing.record import Record
from engine.routing.weighing import CLOSE, PLAIN_VERBS, WIDE, Stake
from engine.state.model import Attempt, MissionState, Task
from engine.state.outcomes import ANSWER, blames

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
    return Stake(
        role=task.role,
        record=record,
        verify=_verification(state, task, pool, record),
        gate=_gated(task) and task.allowed - len(task.attempts) > 1,
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


def _gated(task: Task) -> bool:
    """Whether a bad result is found out without asking a human: a check of its content stands in its way."""
    return any(isinstance(criterion.check, Check) for criterion in task.criteria)


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
