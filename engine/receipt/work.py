"""The sections `work`, `workforce` and `artifacts`: what was done, by whom, and what came of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from engine.contract.skills import skills_of
from engine.state.model import Attempt, Decision, Effect, MissionState
from engine.values import Tokens, digest
from engine.views.tools import tool_rows


def work(state: MissionState) -> dict[str, Any]:
    """Branches, tasks, attempts, outward effects and curated items, each with where it stands."""
    attempts = list(state.attempts.values())
    return {
        "branches": _branches(state),
        "tasks": _tasks(state),
        "attempts": [_attempt(state, attempt) for attempt in attempts],
        "effects": _effects(state),
        "refused": [{**r, "task": full(state, r["task"]), "attempt": full(state, r["attempt"])} for r in state.refused],
        "items": _items(state),
        "counts": {
            "branches": _count(branch.state for branch in state.branches.values()),
            "tasks": _count(task.state for task in state.tasks.values()),
            "attempts": _count(attempt.state for attempt in attempts),
            "effects": _count(effect.state for effect in state.effects.values()),
            "superseded": sum(attempt.superseded for attempt in attempts),
            "lost": sum(attempt.state == "lost" for attempt in attempts),
            "doubts": state.doubts,
        },
    }


def full(state: MissionState, short: str) -> str:
    """`T12` as `gtm/T12`; nothing stays nothing."""
    return f"{state.id}/{short}" if short else ""


def _count(states: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(states).items()))


def _branches(state: MissionState) -> list[dict[str, Any]]:
    out = []
    for branch in state.branches.values():
        parent = state.branch(branch.parent) if branch.parent else None
        out.append(
            {
                "id": full(state, branch.id),
                "key": branch.key,
                "parent": full(state, parent.id) if parent else "",
                "hypothesis": branch.hypothesis,
                "state": branch.state,
                "reason": branch.because,
                "clause": branch.clause,
                "params": dict(branch.params),
                "budget_micro_usd": branch.budget,
                "spent_micro_usd": branch.spent,
                "reserved_micro_usd": branch.reserved,
                "released_micro_usd": branch.released,
                "opened_at": branch.opened_at,
                "until": branch.until or None,
                "windows": branch.windows,
            }
        )
    return out


def _tasks(state: MissionState) -> list[dict[str, Any]]:
    return [
        {
            "id": full(state, task.id),
            "key": task.key,
            "branch": full(state, task.branch),
            "kind": task.kind,
            "title": task.title,
            "role": task.role,
            "verb": task.verb,
            "state": task.state,
            "reason": task.because,
            "needs": [full(state, need) for need in task.needs],
            "subject": full(state, task.subject),
            "metric": task.metric,
            "attempts": len(task.attempts),
            "accepted": full(state, task.accepted),
            "fallen_back": task.fallen_back,
            "budget_micro_usd": task.budget,
            "spent_micro_usd": task.spent,
        }
        for task in state.tasks.values()
    ]


def _attempt(state: MissionState, attempt: Attempt) -> dict[str, Any]:
    return {
        "id": full(state, attempt.id),
        "task": full(state, attempt.task),
        "state": attempt.state,
        "rev": attempt.rev,
        "role": attempt.role,
        "worker": attempt.worker,
        "model": attempt.model,
        "family": attempt.family,
        "started_at": attempt.at,
        "ended_at": attempt.ended_at or None,
        "latency_ms": attempt.latency,
        "spent_micro_usd": attempt.spent,
        "tokens": attempt.tokens.model_dump(),
        "reason": attempt.because,
        "summary": attempt.summary,
        "handoff": attempt.handoff or "",
        "package": attempt.package or "",
        "route": {name: str(attempt.route.get(name, "")) for name in ("name", "because", "policy")},
        "superseded": attempt.superseded,
        "verdicts": [
            {
                "stage": verdict.stage,
                "by": verdict.by,
                "ok": verdict.ok,
                "passed": {"k": sum(line.ok for line in verdict.lines), "n": len(verdict.lines)},
            }
            for verdict in attempt.verdicts
        ],
    }


def _items(state: MissionState) -> list[dict[str, Any]]:
    """Decisions, assumptions, questions and claims of workers. What is secret is counted and not told."""
    return [
        {
            "id": full(state, item.id),
            "kind": item.kind,
            "text": "(secret)" if item.privacy == "secret" else item.text,
            "branch": full(state, item.branch),
            "task": full(state, item.task),
            "attempt": full(state, item.attempt),
            "origin": item.origin,
            "trust": item.trust,
            "status": item.status,
            "because": item.because,
        }
        for item in state.items.values()
        if item.kind != "learning"
    ]


# -- effects and who approved them


def _effects(state: MissionState) -> list[dict[str, Any]]:
    approvals = [d for d in state.decisions if d.what.startswith("approve")]
    return [
        {
            "id": full(state, effect.id),
            "batch": full(state, effect.batch),
            "verb": effect.verb,
            "connector": effect.connector,
            "digest": effect.digest,
            "state": effect.state,
            "branch": full(state, effect.branch),
            "task": full(state, effect.task),
            "attempt": full(state, effect.attempt),
            "persons": len(effect.persons),
            "fields": list(effect.fields),
            "source": effect.source,
            "approved_by": _approver(effect, approvals),
            "tries": effect.n,
            "done_at": effect.ended_at if effect.state == "done" else None,
            "reference": effect.reference,
            "reason": effect.because,
        }
        for effect in state.effects.values()
    ]


def _approver(effect: Effect, approvals: list[Decision]) -> str:
    """Who approved an effect; empty when nobody did."""
    if not effect.attention:
        return ""
    return next((decision.actor for decision in reversed(approvals) if decision.attention == effect.attention), "")


# -- workforce and artifacts


def _pulled(state: MissionState, attempt: Attempt) -> dict[str, Any]:
    """What an attempt asked for beside its package; nothing where it asked for nothing."""
    asked = [one for one in state.pulls.values() if one.attempt == attempt.id]
    told = sum(len(one.items) for one in asked)
    return {"pulled": {"answers": len(asked), "items": told, "tokens": sum(p.tokens for p in asked)}} if asked else {}


def workforce(state: MissionState) -> dict[str, Any]:
    """Who worked: roles, workers and models with what they did, tools and skills, and what each was told."""
    attempts, terms = list(state.attempts.values()), state.terms
    names = dict.fromkeys([*terms.roles, *(a.role for a in attempts)])
    return {
        "rehearsed": state.rehearsed,
        "roles": [
            {
                "role": name,
                "worker": terms.roles[name].worker if name in terms.roles else "",
                "tier": terms.roles[name].tier if name in terms.roles else "",
                "privacy": terms.roles[name].privacy if name in terms.roles else "",
                **_tally([a for a in attempts if a.role == name]),
            }
            for name in names
        ],
        "workers": [
            {"worker": name, **_tally([a for a in attempts if a.worker == name])}
            for name in dict.fromkeys(a.worker for a in attempts)
        ],
        "models": [
            {
                "model": model,
                "family": family,
                **_tally([a for a in attempts if (a.model, a.family) == (model, family)]),
            }
            for model, family in dict.fromkeys((a.model, a.family) for a in attempts if a.model)
        ],
        "tools": [
            {
                **{key: row[key] for key in ("tool", "way", "need", "stance", "verbs", "roles", "identity")},
                **{key: row[key] for key in ("calls", "failed", "refused", "asked", "without", "fallbacks")},
                **({"unknown": row["unknown"]} if row["unknown"] else {}),
                "operations": [{key: one[key] for key in ("operation", "pin", "calls")} for one in row["operations"]],
            }
            for row in tool_rows(state)
        ],
        "skills": [
            {
                "skill": name,
                "roles": [role for role in names if name in skills_of(terms, role)],
                "digest": digest(files) if (files := _skill_files(state, name)) else "",
                "files": len(files),
            }
            for name in terms.skills
        ],
        "packages": [
            {"attempt": full(state, a.id), "package": a.package, "manifest": a.manifest, "tokens": a.package_tokens}
            | _pulled(state, a)
            for a in attempts
            if a.package
        ],
    }


def _skill_files(state: MissionState, name: str) -> dict[str, str]:
    return {ref.path: ref.sha for ref in state.files if ref.owner == f"skills/{name}"}


def _tally(attempts: list[Attempt]) -> dict[str, Any]:
    tokens = sum((a.tokens for a in attempts), Tokens())
    return {
        "attempts": len(attempts),
        "delivered": sum(a.state == "delivered" for a in attempts),
        "tokens": tokens.model_dump(),
        "spent_micro_usd": sum(a.spent for a in attempts),
    }


def artifacts(state: MissionState) -> list[dict[str, Any]]:
    """Files that workers made, with their producer and the package it had been given."""
    return [
        {
            "id": full(state, artifact.id),
            "name": artifact.name,
            "sha": artifact.sha,
            "bytes": artifact.bytes,
            "media": artifact.media,
            "task": full(state, artifact.task),
            "attempt": full(state, artifact.attempt),
            "package": state.attempts[artifact.attempt].package or "" if artifact.attempt in state.attempts else "",
            "accepted": artifact.task in state.tasks and state.tasks[artifact.task].accepted == artifact.attempt,
        }
        for artifact in state.artifacts.values()
    ]
