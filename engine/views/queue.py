"""The rows of the attention queue: what each item holds up, how urgent it is, and the words of its rank. Pure.

`rank = 10 x tasks held + urgency + age + 100 for a doubt`, where urgency is 48 less the whole hours to the item's
expiry (never below 0; 0 without an expiry) and age the whole hours since it was raised. Both are counted from the
mission's last event, so that the row is a function of the state.
"""

from __future__ import annotations

from typing import Any

from engine.effects.canonical import batch_digest
from engine.state.model import FINAL_TASK, Attention, Effect, MissionState, Task
from engine.values import HOUR, SECOND, duration

HELD_MOST = 99
"""Held tasks are counted no further than this."""
URGENT_HOURS = 48
_MINUTES = {"approve": 1, "answer": 2, "review": 5, "conflict": 3, "doubt": 3, "budget": 1, "tool": 5, "plan": 5}
_ASKED = {
    "approve": frozenset({"awaiting"}),
    "doubt": frozenset({"in_doubt"}),
    "answer": frozenset({"expired", "failed"}),
}
_WIDE = frozenset({"plan", "tool"})
"""Kinds that hold every open task of the mission when they name neither task nor branch; `budget` always does."""


def attention_rows(state: MissionState) -> list[dict[str, Any]]:
    """One row per open item, highest rank first, then the oldest."""
    held = _Held(state)
    rows = [_row(state, item, held) for item in state.attention.values()]
    return sorted(rows, key=lambda row: (-row["rank"], row["raised_at"], row["id"]))


def _row(state: MissionState, item: Attention, held: _Held) -> dict[str, Any]:
    effects = _effects(state, item)
    expiries = [item.expires] if item.expires else [e.expires for e in effects if e.expires and item.kind == "approve"]
    expires = min(expiries, default=0)
    holds = held.by(item, effects)
    rank, why = _rank(item, holds, expires, state.last_at)
    return {
        "id": f"{state.id}/{item.id}",
        "kind": item.kind,
        "mission": str(state.id),
        "branch": _full(state, item.branch),
        "task": _full(state, item.task),
        "title": item.title,
        "digest": batch_digest(e.digest for e in effects) if effects and item.kind == "approve" else "",
        "expires_at": expires or None,
        "raised_at": item.at,
        "holds": holds,
        "takes_minutes": _MINUTES.get(item.kind, 2) + len(effects) // 10,
        "rank": rank,
        "why": why,
        "detail": item.detail,
        "choices": list(item.choices),
        "items": [
            {"id": f"{state.id}/{e.id}", "digest": e.digest, "preview": _preview(e, place, len(effects))}
            for place, e in enumerate(effects, start=1)
        ],
    }


def _effects(state: MissionState, item: Attention) -> list[Effect]:
    """What an item still asks about: what awaits an approval, what is in doubt, what may be asked again."""
    wanted = _ASKED.get(item.kind, frozenset())
    named = (state.effects.get(ref) for ref in item.refs)
    return [effect for effect in named if effect is not None and effect.state in wanted]


def _preview(effect: Effect, place: int, count: int) -> str:
    """Built from the state alone, so that it can hold nothing personal; front ends read the blob for the text."""
    return f"{effect.verb} via {effect.connector}" + (f", {place} of {count}" if count > 1 else "")


def _rank(item: Attention, holds: int, expires: int, now: int) -> tuple[int, str]:
    parts = [(10 * holds, f"holds {holds} task{'' if holds == 1 else 's'}")] if holds else []
    if expires:
        left = max(expires - now, 0)
        words = f"expires in {duration(left // SECOND * SECOND)}" if left else "is expiring"
        parts.append((max(URGENT_HOURS - left // HOUR, 0), words))
    age = max(now - item.at, 0) // HOUR
    if age:
        parts.append((age, f"waits since {age}h"))
    if item.kind == "doubt":
        parts.append((100, "nobody knows whether it was sent"))
    words = " · ".join(f"{text} ({points})" if points else text for points, text in parts)
    return sum(points for points, _text in parts), words or "nothing waits for it yet"


def _full(state: MissionState, short: str) -> str:
    return f"{state.id}/{short}" if short else ""


class _Held:
    """Which open tasks cannot go on before an item is settled: its own, and whatever needs that, at any distance."""

    def __init__(self, state: MissionState) -> None:
        self._state = state
        self._needed: dict[str, list[str]] = {}
        self._open: dict[str, int] = {}
        for task in state.tasks.values():
            if task.state in FINAL_TASK:
                continue
            self._open[task.branch] = self._open.get(task.branch, 0) + 1
            for need in task.needs:
                self._needed.setdefault(need, []).append(task.id)

    def by(self, item: Attention, effects: list[Effect]) -> int:
        """How many tasks an item holds, at most `HELD_MOST`."""
        if item.kind == "budget":
            return min(sum(self._open.values()), HELD_MOST)
        roots = [item.task] if item.task else list(dict.fromkeys(e.task for e in effects))
        if roots:
            return self._after([self._state.tasks[root] for root in roots if root in self._state.tasks])
        if item.branch and item.branch in self._open:
            return min(self._open[item.branch], HELD_MOST)
        return min(sum(self._open.values()), HELD_MOST) if item.kind in _WIDE else 0

    def _after(self, roots: list[Task]) -> int:
        seen = {task.id for task in roots}
        held = sum(task.state not in FINAL_TASK for task in roots)
        edge = [task.id for task in roots]
        while edge and held < HELD_MOST:
            for follower in self._needed.get(edge.pop(), ()):
                if follower not in seen:
                    seen.add(follower)
                    edge.append(follower)
                    held += 1
        return min(held, HELD_MOST)
