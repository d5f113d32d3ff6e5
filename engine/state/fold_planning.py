"""The part of the fold that is about plans: what is proposed, what is in force, what led to nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.contract.planned import Plan
from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.state.model import MissionState, Proposal


def _proposed(s: MissionState, e: b.PlanProposed, ev: Event) -> None:
    s.proposals[e.proposal] = Proposal(e.proposal, ev.height, ev.at, e)


def _rejected(s: MissionState, e: b.PlanRejected, _ev: Event) -> None:
    proposal = s.proposals[e.proposal]
    proposal.state, proposal.because = "rejected", e.because


def _accepted(s: MissionState, e: b.PlanAccepted, _ev: Event) -> None:
    s.planned, s.plan_digest, s.plan_source = True, e.digest, e.source
    if e.plan is not None:
        plan = Plan.model_validate(e.plan, strict=False, context={"stored": True})
        s.contract = s.terms.model_copy(update={"plan": plan})
    for name in e.later:
        s.tasks[name].outdated = True
    if e.proposal in s.proposals:
        proposal = s.proposals[e.proposal]
        proposal.state, proposal.because = "accepted", e.by


HANDLERS: dict[type[b.Body], Callable[[MissionState, Any, Event], None]] = {
    b.PlanProposed: _proposed,
    b.PlanRejected: _rejected,
    b.PlanAccepted: _accepted,
}
