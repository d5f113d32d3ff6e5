"""The sections `evidence`, `pruned`, `learnings` and `decisions`: what is known, and who decided what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.receipt.work import full
from engine.rules.rows import row
from engine.state.model import MissionState
from engine.values import Ratio
from engine.views.metrics import Summary

PERSON_DIGITS = 12
"""So much of a person's hash stands in a receipt: enough to tell people apart."""


def evidence(state: MissionState, measured: Mapping[str, list[Summary]]) -> dict[str, Any]:
    """Every entry with its grade, what they add up to, and every condition that was evaluated on them."""
    return {
        "entries": [
            {
                "id": full(state, entry.id),
                "metric": entry.metric,
                "branch": full(state, entry.branch),
                "value": entry.value.model_dump() if isinstance(entry.value, Ratio) else entry.value,
                "source": entry.source,
                "grade": entry.grade,
                "note": entry.note,
                "task": full(state, entry.task),
                "attempt": full(state, entry.attempt),
                "about": full(state, entry.about),
                "person": entry.person[:PERSON_DIGITS],
                "message": entry.message,
                "blob": entry.blob or "",
                "at": entry.at,
            }
            for entry in state.evidence.values()
        ],
        "metrics": [
            {"branch": full(state, branch), **summary.json()}
            for branch, listed in measured.items()
            for summary in listed
        ],
        "conditions": [
            {
                "height": evaluation.height,
                "at": evaluation.at,
                "clause": evaluation.clause,
                "branch": full(state, evaluation.branch),
                "expression": evaluation.expression,
                "facts": dict(evaluation.facts),
                "outcome": evaluation.outcome,
                "detail": evaluation.detail,
            }
            for evaluation in state.evaluations
        ],
    }


def pruned(state: MissionState, measured: Mapping[str, list[Summary]]) -> list[dict[str, Any]]:
    """Branches that were given up: why, by which clause, at what cost, on what evidence."""
    return [
        {
            "branch": full(state, branch.id),
            "key": branch.key,
            "hypothesis": branch.hypothesis,
            "reason": branch.because,
            "clause": branch.clause,
            "spent_micro_usd": branch.spent,
            "released_micro_usd": branch.released,
            "evidence": [summary.json() for summary in measured.get(branch.id, [])],
        }
        for branch in state.branches.values()
        if branch.state == "pruned"
    ]


_RULE = ("id", "text", "branch", "at", "scope", "strength", "checks", "checked", "violated", "fixed", "overridden")
"""What a receipt says of a rule: how far it reaches, and how it has fared."""


def learnings(state: MissionState) -> list[dict[str, Any]]:
    """What the mission inferred (`learning`) and the standing rules that came of its decisions (`rule`)."""
    inferred = [
        {
            "id": full(state, item.id),
            "kind": "learning",
            "text": item.text,
            "branch": full(state, item.branch),
            "origin": item.origin,
            "status": item.status,
            "evidence": [full(state, name) if "/" not in name else name for name in item.evidence],
            "at": item.at,
        }
        for item in state.items.values()
        if item.kind == "learning"
    ]
    rules = [
        {
            "kind": "rule",
            **{name: told[name] for name in _RULE},
            "origin": rule.source or rule.origin,
            "status": told["status"],
        }
        for rule, told in ((rule, row(rule, str(state.id), state.last_at)) for rule in state.rules.values())
    ]
    return inferred + rules


def decisions(state: MissionState) -> list[dict[str, Any]]:
    """What humans decided, in order, with the digest that was before their eyes and how long it had waited."""
    return [
        {
            "height": decision.height,
            "at": decision.at,
            "who": decision.actor,
            "what": decision.what,
            "subject": decision.subject,
            "digest": decision.digest,
            "attention": full(state, decision.attention),
            "text": decision.text,
            "excepted": list(decision.excepted),
            "waited_ms": decision.waited,
            "scripted": decision.scripted,
        }
        for decision in state.decisions
    ]
