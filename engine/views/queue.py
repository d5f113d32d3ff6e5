"""The rows of the attention queue: what each item holds up, how urgent it is, and the words of its rank. Pure.

`rank = 10 x tasks held + urgency + age + 100 for a doubt + 50 for the first plan`, where urgency is 48 less the whole
hours to the item's expiry (never below 0; 0 without an expiry) and age the whole hours since it was raised. The hour of
the mission's last event counts for both: expiries are counted from its end, ages from its beginning. So a row is a
function of the state, rests for that hour, and never says that there is more time than there is.
"""

from __future__ import annotations

from typing import Any

from engine.effects.canonical import batch_digest
from engine.state.model import Attention, Effect, MissionState, Wanted
from engine.values import DAY, HOUR
from engine.views.graph import Graph

Asked = Effect | Wanted
URGENT_HOURS = 48
_MINUTES = {"approve": 1, "answer": 2, "review": 5, "conflict": 3, "doubt": 3, "budget": 1, "tool": 5, "plan": 5}
_ASKED = {
    "approve": frozenset({"awaiting"}),
    "doubt": frozenset({"in_doubt"}),
    "answer": frozenset({"expired", "failed"}),
}


def attention_row(state: MissionState, graph: Graph, item: Attention) -> dict[str, Any]:
    """The row of one open item."""
    effects = _effects(state, item)
    expiries = [item.expires] if item.expires else [e.expires for e in effects if e.expires and item.kind == "approve"]
    expires = min(expiries, default=0)
    holds = graph.holds(item, [effect.task for effect in effects])
    rank, why = _rank(item, holds, expires, hour(state), first=item.kind == "plan" and not state.planned)
    return {
        "id": graph.full(item.id),
        "kind": item.kind,
        "mission": str(state.id),
        "branch": graph.full(item.branch),
        "task": graph.full(item.task),
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
            {"id": graph.full(e.id), "digest": e.digest, "preview": _preview(e, place, len(effects))}
            for place, e in enumerate(effects, start=1)
        ],
        "verb": effects[0].verb if effects else "",
        **_people(state, item, effects),
        **_plan(state, item),
    }


def _plan(state: MissionState, item: Attention) -> dict[str, Any]:
    """The proposal that an item asks about: its changes, its findings and its price, as they were recorded."""
    about, _, name = item.about.partition(":")
    proposal = state.proposals.get(name) if about == "plan" else None
    if proposal is None:
        return {}
    said = proposal.said.model_dump(mode="json", include={"because", "by", "changes", "findings", "price"})
    return {"digest": proposal.said.digest, "plan": {"proposal": f"{state.id}/{proposal.id}", **said}}


def _people(state: MissionState, item: Attention, effects: list[Asked]) -> dict[str, Any]:
    """How many people have to say yes, and who has said it to what the item holds now; nothing where one is enough."""
    people = max((state.terms.terms(e.verb).people for e in effects), default=1) if item.kind == "approve" else 1
    if people == 1:
        return {}
    shown, clauses = batch_digest(e.digest for e in effects), {e.clauses for e in effects}
    said = dict.fromkeys(g.person for g in item.given if g.digest == shown and {g.clauses} == clauses)
    return {"people": people, "said_yes": list(said)}


def holds(state: MissionState, graph: Graph, item: Attention) -> int:
    """What the row of an item says it holds, without making the row."""
    return graph.holds(item, [effect.task for effect in _effects(state, item)] if item.refs else [])


def hour(state: MissionState) -> int:
    """The beginning of the hour of the mission's last event: what ranks are counted from."""
    return state.last_at // HOUR * HOUR


def _effects(state: MissionState, item: Attention) -> list[Asked]:
    """What an item still asks about: what awaits an approval, what is in doubt, what may be asked again."""
    wanted = _ASKED.get(item.kind, frozenset())
    named: list[Asked | None] = [state.effects.get(ref) or state.wanted.get(ref) for ref in item.refs]
    return [one for one in named if one is not None and one.state in wanted]


def _preview(effect: Asked, place: int, count: int) -> str:
    """Built from the state alone, so that it can hold nothing personal; front ends read the blob for the text."""
    if isinstance(effect, Wanted):
        return f"{effect.tool} {effect.operation}"
    return f"{effect.verb} via {effect.connector}" + (f", {place} of {count}" if count > 1 else "")


def _rank(item: Attention, holds: int, expires: int, now: int, *, first: bool = False) -> tuple[int, str]:
    parts = [(10 * holds, f"holds {holds} task{'' if holds == 1 else 's'}")] if holds else []
    if first:
        parts.append((50, "nothing begins without a plan"))
    if expires:
        left = max(expires - now - HOUR, 0)
        words = f"expires in {_hours(left)}" if left >= HOUR else "expires soon" if expires > now else "is expiring"
        parts.append((max(URGENT_HOURS - left // HOUR, 0), words))
    age = max(now - item.at, 0) // HOUR
    if age:
        parts.append((age, f"waits since {age}h"))
    if item.kind == "doubt":
        parts.append((100, "nobody knows whether it was sent"))
    words = " · ".join(f"{text} ({points})" if points else text for points, text in parts)
    return sum(points for points, _text in parts), words or "nothing waits for it yet"


def _hours(left: int) -> str:
    """Whole hours: `23h`, from two days on `2d 4h`."""
    days, rest = divmod(left, DAY)
    if days < 2:
        return f"{left // HOUR}h"
    return f"{days}d {rest // HOUR}h" if rest >= HOUR else f"{days}d"
