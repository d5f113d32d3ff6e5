"""Rules as front ends and receipts tell them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.rules.check import said
from engine.rules.load import tired
from engine.state.knowledge import Rule


def standing(rule: Rule, now: int) -> str:
    """`active`, `retired` or `expired`."""
    return "retired" if rule.retired else "active" if rule.in_force(now) else "expired"


def row(rule: Rule, stream: str, now: int) -> dict[str, Any]:
    """One rule of a mission, or of the home stream (`home`), with how it has fared. Ids are full."""

    def full(name: str) -> str:
        return name if not name or "/" in name else f"{stream}/{name}"

    return {
        "id": full(rule.id),
        "text": rule.text,
        "status": standing(rule, now),
        "because": rule.retired,
        "scope": rule.scope,
        "branch": full(rule.branch),
        "roles": list(rule.roles),
        "tasks": [full(task) for task in rule.tasks],
        "verbs": list(rule.verbs),
        "strength": rule.strength,
        "check": rule.check.model_dump(mode="json", exclude_defaults=True) or {"kind": "rubric"},
        "checks": said(rule.check),
        "downgraded": rule.downgraded,
        "rationale": rule.rationale,
        "origin": full(rule.origin),
        "source": rule.source,
        "by": rule.actor,
        "at": rule.at,
        "expires": rule.expires,
        "exceptions": sorted(full(task) for task in rule.exceptions),
        "supersedes": [full(name) for name in rule.supersedes],
        "overrules": [full(name) for name in rule.overrules],
        "yields_to": [full(name) for name in rule.yields_to],
        "checked": rule.checked,
        "violated": rule.violated,
        "fixed": rule.fixed,
        "overridden": rule.overridden,
        "suggests": tired(rule),
    }


def reach(told: Mapping[str, Any]) -> str:
    """How far a rule reaches, in words: `writer in B2, send`."""
    short = {"task": ", ".join(told["tasks"]), "mission": "the mission", "user": "all missions"}.get(told["scope"])
    if short is None:
        roles = " and ".join(told["roles"]) or "everybody"
        short = f"{roles} in {told['branch'].rpartition('/')[2]}"
    return ", ".join([short, *told["verbs"]])


def tally(told: Mapping[str, Any]) -> str:
    """`checked 7, violated 1, fixed 1`."""
    parts = [f"{word} {told[word]}" for word in ("checked", "violated", "fixed", "overridden") if told[word]]
    return ", ".join(parts) or "not checked yet"
