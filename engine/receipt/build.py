"""`build(state, integrity)`: the receipt of a mission as it stands at one height of its ledger. Pure, no float.

Any receipt is a projection at a height, so *the receipt so far* and the last one are the same code. Ids are full
(`gtm/T12`), times mission time in milliseconds or None, money micro-dollars, ratios `{k, n}`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.context.pack import POLICY as PACKED
from engine.errors import BadInputError, SaysNoError
from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.receipt import work
from engine.receipt.account import spend
from engine.receipt.demanded import sections
from engine.receipt.outlook import POLICY as NEXT
from engine.receipt.outlook import outlook
from engine.receipt.proof import decisions, evidence, learnings, pruned
from engine.receipt.shape import SCHEMA
from engine.state.fold import FOLD_VERSION
from engine.state.model import Amended, MissionState
from engine.values import digest
from engine.views.metrics import summaries


@dataclass(frozen=True, slots=True)
class Integrity:
    """The part of the ledger that a receipt accounts for: the first `height` events of one mission."""

    height: int
    head_hash: str


def integrity(events: Iterable[Event]) -> Integrity:
    """Where a mission's events end. Raises `BadInputError` when there is none."""
    last = next(iter(deque(events, maxlen=1)), None)
    if last is None:
        raise BadInputError("receipt", "there are no events to account for", "name a mission of this ledger")
    return Integrity(last.height, last.hash)


def build(state: MissionState, integrity: Integrity) -> dict[str, Any]:
    """The receipt. Raises `SaysNoError` when the state and the integrity speak of different heights or no mission."""
    if state.contract is None:
        raise SaysNoError(
            str(state.id), "has no contract, so there is nothing to account for", "look at its ledger: cockpit doctor"
        )
    if (state.height, state.head) != (integrity.height, integrity.head_hash):
        what = f"the state is at height {state.height}, the receipt would be of height {integrity.height}"
        raise SaysNoError(str(state.id), what, "fold exactly the events that the receipt covers")
    measured = summaries(state)
    receipt: dict[str, Any] = {
        "schema": SCHEMA,
        "mission": _mission(state),
        "contract": _contract(state),
        "work": work.work(state),
        "workforce": work.workforce(state),
        "spend": spend(state),
        "artifacts": work.artifacts(state),
        "evidence": evidence(state, measured),
        "pruned": pruned(state, measured),
        "learnings": learnings(state),
        "decisions": decisions(state),
        "next": outlook(state),
        "integrity": _integrity(state, integrity),
    }
    receipt["contract"]["sections"] = sections(state.contract.receipt, receipt)
    return receipt


def _mission(state: MissionState) -> dict[str, Any]:
    target = state.terms.target
    return {
        "id": str(state.id),
        "title": state.title,
        "state": state.status,
        "rehearsed": state.rehearsed,
        "target": target.statement,
        "met_when": target.met_when or "",
        "because": state.because,
        "clause": state.clause,
        "created_at": state.created_at,
        "started_at": state.started_at or None,
        "ended_at": state.ended_at or None,
        "as_of": state.last_at,
        "seed": state.seed,
        "clock_jumps": state.jumps,
        "missed_checks": state.missed,
    }


def _contract(state: MissionState) -> dict[str, Any]:
    terms = state.terms
    return {
        "rev": state.rev,
        "digest": digest(terms.normalised()),
        "source": state.source,
        "budget": {
            "money_micro_usd": terms.budget.money,
            "time_ms": terms.budget.time,
            "attention_ms": terms.budget.attention,
            "branches": terms.budget.branches,
            "attempts": terms.budget.attempts,
        },
        "actions": {"allowed": list(terms.actions.allowed), "restricted": list(terms.actions.restricted)},
        "lawful": terms.lawful.model_dump() if terms.lawful else None,
        "judge": [{"when": rule.when, "then": rule.then, "because": rule.because} for rule in terms.judge],
        "stop": [{"when": rule.when, "then": rule.then, "because": rule.because} for rule in terms.stop],
        "inputs": [ref.model_dump() for ref in state.inputs.values()],
        "plan_digest": state.plan_digest,
        "amendments": [_amendment(made) for made in state.amendments],
    }


def _amendment(made: Amended) -> dict[str, Any]:
    return {
        "rev": made.rev,
        "at": made.at,
        "height": made.height,
        "actor": made.actor,
        "digest": made.digest,
        "source": made.source,
        "because": made.because,
        "changes": [change.model_dump() for change in made.changes],
    }


def _integrity(state: MissionState, integrity: Integrity) -> dict[str, Any]:
    return {
        "height": integrity.height,
        "head_hash": integrity.head_hash,
        "not_understood": state.opaque,
        "erased": [
            {"blob": gone.blob, "what": gone.what, "because": gone.because, "instead": gone.instead, "at": gone.at}
            for gone in state.erased.values()
        ],
        "policies": policies(),
    }


def policies() -> dict[str, str]:
    """The versions of what computes a receipt: another release may compute it differently, and says so."""
    return {
        "fold": f"fold/{FOLD_VERSION}",
        "pack": PACKED,
        "route": str(b.RouteChosen.model_fields["policy"].default),
        "receipt": SCHEMA,
        "next": NEXT,
    }
