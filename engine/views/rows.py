"""Every view row of a mission, from its state alone: `card`, `branch`, `task`, `attention`, `spend`.

The engine recomputes them after each append and writes what changed in the same commit; screens, `ls` and `--plain`
read nothing else on the hot path. The cost is that of one walk over tasks, attempts, effects, evidence and charges.
Ids are full (`gtm/T12`), times are mission time in milliseconds or None, money is micro-dollars, nothing is a float.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.ledger.protocol import ViewRow
from engine.state.model import OVER, Branch, MissionState
from engine.values import MissionId
from engine.views.metrics import Summary, summaries
from engine.views.queue import attention_rows
from engine.views.tasks import task_rows

VIEW_VERSION = 1
Key = tuple[str, str]
Row = dict[str, Any]


def rows(state: MissionState) -> dict[Key, Row]:
    """Every row of a mission by (kind, id). Empty for a stream that has no mission yet."""
    if state.contract is None:
        return {}
    slug = str(state.id)
    measured = summaries(state)
    attention = attention_rows(state)
    tasks = task_rows(state)
    out: dict[Key, Row] = {("card", slug): _card(state, measured, tasks, attention), ("spend", slug): _spend(state)}
    out |= {("branch", _full(state, b.id)): _branch(state, b, measured.get(b.id, [])) for b in state.branches.values()}
    out |= {("task", row["id"]): row for row in tasks}
    out |= {("attention", row["id"]): row for row in attention}
    return out


def changed(before: Mapping[Key, Row], after: Mapping[Key, Row], mission: MissionId) -> list[ViewRow]:
    """What to write so that `before` becomes `after`: new and different rows, then a None for each that is gone."""
    written = [ViewRow(kind, id_, mission, row) for (kind, id_), row in after.items() if before.get((kind, id_)) != row]
    return written + [ViewRow(kind, id_, mission, None) for kind, id_ in before if (kind, id_) not in after]


# -- the card


def _card(state: MissionState, measured: Mapping[str, list[Summary]], tasks: list[Row], attention: list[Row]) -> Row:
    terms = state.terms
    return {
        "id": str(state.id),
        "title": state.title,
        "state": state.status,
        "rehearsed": state.rehearsed,
        "rev": state.rev,
        "phase": phase(state, tasks),
        "spent_micro_usd": state.spent,
        "reserved_micro_usd": state.reserved,
        "budget_micro_usd": terms.budget.money,
        "attention": len(attention),
        "next_wake": next_wake(state, attention),
        "because": state.because,
        "started_at": state.started_at or None,
        "ended_at": state.ended_at or None,
        "time_ms": terms.budget.time,
        "branches": [
            {"key": b.key, "state": b.state, "line": _line(b, measured.get(b.id, [])), "until": b.until or None}
            for b in state.branches.values()
            if b.parent or len(state.branches) == 1
        ],
    }


def phase(state: MissionState, tasks: list[Row]) -> str:
    """What a screen calls the mission: draft, running, verifying, waiting, needs you, paused, finished, stopped.

    Of an active mission: running while a worker or a connector is at work or a task could start, verifying while only
    reviews are, needs you when all else rests and somebody is asked, waiting otherwise.
    """
    if state.status != "active":
        return state.status
    kinds = {state.tasks[a.task].kind for a in state.attempts.values() if a.state == "dispatched"}
    found = {row["state"] for row in tasks}
    if "work" in kinds or any(e.state == "attempting" for e in state.effects.values()):
        return "running"
    if kinds:
        return "verifying"
    if "ready" in found:
        return "running"
    if state.attention:
        return "needs you"
    return "verifying" if "verifying" in found else "waiting"


def next_wake(state: MissionState, attention: list[Row]) -> int | None:
    """Mission time at which something happens by itself: a timer, an approved effect's hour, an item's expiry."""
    if state.status in OVER:
        return None
    times = [timer.due for timer in state.timers.values()]
    times += [e.not_before for e in state.effects.values() if e.state == "approved"]
    times += [row["expires_at"] for row in attention if row["expires_at"]]
    return min(times, default=None)


def _line(branch: Branch, measured: list[Summary]) -> str:
    """One line for a branch on the bridge: why it ended, or what it measured, or what it waits for."""
    if branch.state in {"pruned", "kept"} and branch.because:
        return branch.because
    figures = [s.text() for s in measured if s.unit != "text"]
    return " · ".join(figures[:2]) or branch.because or branch.hypothesis


# -- branches


def _branch(state: MissionState, branch: Branch, measured: list[Summary]) -> Row:
    parent = state.branch(branch.parent) if branch.parent else None
    return {
        "id": _full(state, branch.id),
        "key": branch.key,
        "parent": _full(state, parent.id) if parent else "",
        "hypothesis": branch.hypothesis,
        "state": branch.state,
        "reason": branch.because,
        "spent_micro_usd": branch.spent,
        "reserved_micro_usd": branch.reserved,
        "budget_micro_usd": branch.budget,
        "until": branch.until or None,
        "evidence": [summary.json() for summary in measured],
    }


# -- money


def _spend(state: MissionState) -> Row:
    by: dict[str, Counter[str]] = {name: Counter() for name in ("branch", "model", "role", "purpose", "outcome")}
    for charge in state.charges:
        by["branch"][state.branches[charge.branch].key] += charge.micro_usd
        by["model"][charge.model or "no model"] += charge.micro_usd
        by["role"][charge.role] += charge.micro_usd
        by["purpose"][charge.purpose] += charge.micro_usd
        by["outcome"][charge.outcome] += charge.micro_usd
    return {
        "total_micro_usd": state.spent,
        "reserved_micro_usd": state.reserved,
        "budget_micro_usd": state.terms.budget.money,
        "by": {name: dict(counted) for name, counted in by.items()},
    }


def _full(state: MissionState, short: str) -> str:
    return f"{state.id}/{short}" if short else ""
