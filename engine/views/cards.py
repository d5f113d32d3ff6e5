"""The card of a mission: what it is, what it does, what it waits for, and what happens next by itself. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from engine.governance.nearing import Near, near, whose, words
from engine.governance.stated import stated
from engine.state.model import OVER, Effect, MissionState, Timer
from engine.views.branches import Leading, branch_lines
from engine.views.graph import Graph
from engine.views.measures import Measures
from engine.views.tools import tool_lines

VIEW_VERSION = 4
"""Of the rows that this release writes. An engine rebuilds rows that are not what it would write when it starts."""
UPCOMING = 4
_MOVING = ("ready", "running", "verifying")


def card_row(
    state: MissionState,
    graph: Graph,
    measures: Measures,
    leading: Leading,
    *,
    shown: Mapping[str, int],
    asking: int,
    attention: Collection[Mapping[str, Any]],
) -> dict[str, Any]:
    """The card. `shown` counts task rows by state, `asking` those that wait for a human; `attention` are the items."""
    terms = state.terms
    at = phase(state, graph, shown)
    moving = sum(shown.get(word, 0) for word in _MOVING)
    return {
        "id": str(state.id),
        "title": state.title,
        "state": state.status,
        "rehearsed": state.rehearsed,
        "rev": state.rev,
        "phase": at,
        "spent_micro_usd": state.spent,
        "reserved_micro_usd": state.reserved,
        "budget_micro_usd": terms.budget.money,
        "attention": len(attention),
        "held": at == "needs you" or (state.active and asking > moving),
        "attention_ms": state.attention_ms,
        "attention_budget_ms": terms.budget.attention,
        "next_wake": next_wake(state, graph, attention),
        "because": state.because,
        "started_at": state.started_at or None,
        "ended_at": state.ended_at or None,
        "time_ms": terms.budget.time,
        "limits": stated(state),
        "tools": tool_lines(state),
        "now": state.last_at,
        "skew": state.skew,
        "metric": leading.metric,
        "branches": branch_lines(state, measures, leading),
        "upcoming": upcoming(state, graph),
        "near": [] if state.status in OVER else [_near(state, one) for one in near(state)],
        "view_version": VIEW_VERSION,
    }


def _near(state: MissionState, one: Near) -> dict[str, Any]:
    """A cap that is nearly used up; a branch by its key."""
    named = state.branches[one.name].key if one.level == "branch" else one.name
    return {
        "level": one.level,
        "name": named,
        "dimension": one.dimension,
        "used": one.used,
        "aside": one.aside,
        "cap": one.cap,
        "words": words(one.dimension, one.used, one.aside, one.cap, whose(one.level, named)),
    }


def phase(state: MissionState, graph: Graph, shown: Mapping[str, int]) -> str:
    """What a screen calls the mission: draft, running, verifying, waiting, needs you, paused, finished, stopped.

    Of an active mission: running while a worker or a connector is at work or a task could start, verifying while only
    reviews are, needs you when all else rests and somebody is asked, waiting otherwise.
    """
    if state.status != "active":
        return state.status
    if "work" in graph.busy.values() or graph.attempting:
        return "running"
    if graph.busy:
        return "verifying"
    if shown.get("ready"):
        return "running"
    if state.attention:
        return "needs you"
    return "verifying" if shown.get("verifying") else "waiting"


def next_wake(state: MissionState, graph: Graph, attention: Collection[Mapping[str, Any]]) -> int | None:
    """Mission time at which something happens by itself: a timer, an approved effect's hour, an item's expiry."""
    if state.status in OVER:
        return None
    times = [timer.due for timer in state.timers.values()]
    times += [_leaves(state.effects[name]) for name in graph.approved]
    times += [row["expires_at"] for row in attention if row["expires_at"]]
    return min(times, default=None)


def upcoming(state: MissionState, graph: Graph) -> list[dict[str, Any]]:
    """What happens next by itself, at most `UPCOMING`, soonest first: timers, undo windows that end, approved effects
    that are kept back and may go on, the deadline.
    """
    if state.status in OVER:
        return []
    found = {(timer.due, _timer(state, timer)) for timer in state.timers.values()}
    approved = [state.effects[name] for name in graph.approved]
    undo = Counter(
        (effect.not_before, effect.verb, effect.branch)
        for effect in approved
        if effect.not_before > state.last_at and not effect.held
    )
    for (at, verb, branch), count in undo.items():
        what = f"{verb} {count}" if count > 1 else verb
        found.add((at, f"undo of {what} ends, {state.branches[branch].key}"))
    held = Counter(
        (_leaves(effect), effect.held, effect.verb, effect.branch)
        for effect in approved
        if effect.held and _leaves(effect) > state.last_at
    )
    for (at, reason, verb, branch), count in held.items():
        waits = f"{verb} {count} wait" if count > 1 else f"{verb} waits"
        found.add((at, f"{waits}: {reason}, {state.branches[branch].key}"))
    if state.started_at and state.terms.budget.time:
        found.add((state.started_at + state.terms.budget.time, "deadline of the mission"))
    return [{"at": at, "text": text} for at, text in sorted(found)[:UPCOMING]]


def _leaves(effect: Effect) -> int:
    """When an approved effect may leave, as far as it was noted."""
    return max(effect.not_before, effect.held_until)


def _timer(state: MissionState, timer: Timer) -> str:
    """`check reply_rate, cold-email`, `window of cold-email closes`."""
    key = state.branches[timer.branch].key
    if timer.purpose == "window":
        return f"window of {key} closes"
    cadence = state.terms.cadence
    metrics = cadence[timer.cadence].check if timer.cadence < len(cadence) else ()
    return f"check {', '.join([*metrics, key])}"
