"""One state of a small mission at rest: when it changes by itself, how it is copied, what tells it from others."""

from __future__ import annotations

import copy
import dataclasses
import re
from dataclasses import dataclass, field, replace
from typing import Any

from engine.ledger import bodies as b
from engine.ledger.protocol import Job
from engine.state.model import Counted, MissionState
from engine.values import MINUTE

START = 1_800_000_000_000


@dataclass
class Place:
    """One state at rest, and what surrounds it."""

    state: MissionState
    at: int = START
    jobs: dict[str, Job] = field(default_factory=dict)
    epoch: int = 1
    out: bool = False
    """Whether the model cannot be asked before somebody mends it."""
    whims: int = 0


def next_moment(place: Place) -> int | None:
    """The next moment at which a decision may change by itself."""
    state = place.state
    moments = [timer.due for timer in state.timers.values()]
    moments += [branch.until for branch in state.branches.values()]
    for task in state.tasks.values():
        if task.state == "open" and task.held:
            moments += [task.held_until, task.waits_since + 4 * 60 * MINUTE]
    for effect in state.effects.values():
        if effect.state in {"awaiting", "approved"}:
            moments += [effect.expires, effect.not_before, effect.held_until]
    moments += [outage.until for outage in state.outages.values()]
    if state.terms.budget.time:
        moments.append(state.started_at + state.terms.budget.time)
    return min((moment for moment in moments if moment > place.at), default=None)


def clone(place: Place) -> Place:
    """A copy that shares only what never changes."""
    return replace(place, state=_copied(place.state), jobs=dict(place.jobs))


def _copied(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not value.__dataclass_params__.frozen:  # type: ignore[union-attr]
        made = copy.copy(value)
        for one in dataclasses.fields(value):
            held = getattr(value, one.name)
            if isinstance(held, (list, dict, set, Counted)):
                setattr(made, one.name, _copied(held))
        return made
    if isinstance(value, dict):
        return {name: _copied(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_copied(part) for part in value]
    return set(value) if isinstance(value, set) else value


_FLEETING = frozenset(
    {
        *("height", "head", "last_at", "created_at", "ended_at", "charges", "decisions", "evaluations", "counters"),
        *("contract", "source", "inputs", "evaluated", "keys", "task_keys", "manifest", "package", "handoff"),
        *("opaque", "skew", "missed", "jumps", "latency", "at", "opened_at", "judged_at", "epoch", "proposed_at"),
        *("attempted_at", "checked", "attention_ms", "seed", "rehearsed", "clauses", "digest", "content", "body"),
        *("message_id", "items", "artifacts", "started_at", "route", "id", "latest", "key", "tokens", "reference"),
    }
)
"""What no decision of these missions looks at, or what follows from the rest."""
_MOMENTS = frozenset({"due", "until", "held_until", "not_before", "expires", "since", "waits_since"})
_COUNTED = frozenset({"n", "postponed", "failures", "missed"})
"""Of these a decision knows only whether there was any."""
_HEIGHT = re.compile(r"(dispatch:\d+:|again:\w+:|expired:\w+:|outage:\w+:|refused:\w+:|doubt:\w+:)\d+")


def key(place: Place) -> str:
    """What tells one state from another."""
    jobs = sorted((job.kind, name.partition("?")[0]) for name, job in place.jobs.items())
    return repr((_seen(place.state, place.at), jobs, place.out, place.whims))


def _seen(value: Any, now: int, name: str = "") -> Any:
    if name in _MOMENTS and isinstance(value, int):
        return (value > now) - (value < now) if name != "since" else 0
    if name in _COUNTED:
        return bool(value)
    if dataclasses.is_dataclass(value):
        return tuple(
            _seen(getattr(value, one.name), now, one.name)
            for one in dataclasses.fields(value)
            if one.name not in _FLEETING
        )
    if isinstance(value, dict):
        return tuple(
            sorted((str(k) if name != "attention" else "", _seen(part, now)) for k, part in value.items())
            if name == "attention"
            else ((str(k), _seen(part, now)) for k, part in value.items())
        )
    if isinstance(value, (set, frozenset)):
        return sorted(_HEIGHT.sub(r"\1", str(part)) for part in value)
    if isinstance(value, (list, tuple)):
        return tuple(_seen(part, now) for part in value)
    if isinstance(value, b.Body):
        return value.model_dump_json()
    return _HEIGHT.sub(r"\1", value) if isinstance(value, str) else value
