"""`waste(state)`: what of the money came to something, what was checking, and what nothing came of. Pure.

Every micro-dollar is in exactly one class, so the classes add up to the total. The class follows from how the attempt
ended, not from the outcome that was known when it was charged: a correction goes where its attempt goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.receipt.shape import reading
from engine.receipt.text import number, percent, plural, span
from engine.state.model import FINAL_TASK, LIVE_ATTEMPT, Attempt, MissionState
from engine.values import money

CLASSES = ("useful", "retry", "verify", "failed", "lost", "cancelled", "discarded", "open")
"""In the order in which they are shown. `useful`: accepted at the first attempt; `retry`: accepted at a later one, or
by a fallback; `verify`: reviews, grades, checks; `discarded`: delivered and not taken; `open`: not settled yet."""
LOSSES = ("failed", "lost", "cancelled", "discarded")
"""Classes of which nothing came."""
WORDS = {
    "useful": "accepted at the first attempt",
    "retry": "accepted at a later attempt, or by a fallback",
    "verify": "reviews, grades and checks",
    "failed": "attempts that failed",
    "lost": "attempts that were lost",
    "cancelled": "attempts that were called off",
    "discarded": "results that were delivered and not taken",
    "open": "not settled yet",
}


def waste(state: MissionState) -> dict[str, Any]:
    """The account of waste: `classes` in micro-dollars, and what stands beside it."""
    classes = dict.fromkeys(CLASSES, 0)
    counts = dict.fromkeys(CLASSES, 0)
    for charge in state.charges:
        classes[_class(state, state.attempts[charge.attempt])] += charge.micro_usd
    for attempt in state.attempts.values():
        counts[_class(state, attempt)] += 1
    calls: dict[str, int] = {}
    for charge in state.charges:
        calls[charge.attempt] = calls.get(charge.attempt, 0) + charge.calls
    accepted = {task.accepted for task in state.tasks.values() if task.accepted and task.kind == "work"}
    return {
        "classes": classes,
        "attempts": counts,
        "accepted": {
            "tasks": len(accepted),
            "files": sum(artifact.attempt in accepted for artifact in state.artifacts.values()),
            "effects": sum(effect.state == "done" for effect in state.effects.values()),
        },
        "tokens": {
            "packages": sum(attempt.package_tokens for attempt in state.attempts.values()),
            "sent_again": sum(
                attempt.package_tokens * max(calls.get(attempt.id, 0) - 1, 0) for attempt in state.attempts.values()
            ),
            "from_cache": sum(charge.tokens.cache_read for charge in state.charges),
        },
        "human": {
            "decisions": len(state.decisions),
            "looked_ms": state.attention_ms,
            "waited_ms": sum(decision.waited for decision in state.decisions),
        },
    }


def _class(state: MissionState, attempt: Attempt) -> str:
    if attempt.state in {"failed", "lost", "cancelled"}:
        return attempt.state
    task = state.tasks[attempt.task]
    if attempt.state in LIVE_ATTEMPT:
        return "open"
    if task.kind != "work":
        return "verify"
    if task.accepted == attempt.id:
        first = next((a for a in task.attempts if state.attempts[a].state not in {"lost", "cancelled"}), attempt.id)
        return "useful" if first == attempt.id and not task.fallen_back else "retry"
    return "discarded" if task.state in FINAL_TASK or attempt.id != task.attempts[-1] else "open"


def lost(told: Mapping[str, Any]) -> int:
    """Micro-dollars of which nothing came."""
    return sum(told["classes"][name] for name in LOSSES)


def each(total: int, count: int) -> int | None:
    """What one of `count` cost, to the next whole micro-dollar; None when there is none."""
    return (2 * total + count) // (2 * count) if count > 0 else None


def words(told: Mapping[str, Any], total: int) -> list[list[str]]:
    """The classes that hold something, as rows: what it is, attempts, money, share."""
    return [
        [WORDS[name], number(told["attempts"][name]), money(amount), percent(amount, total)]
        for name, amount in told["classes"].items()
        if amount or told["attempts"][name]
    ]


def costs(told: Mapping[str, Any], total: int) -> list[tuple[str, int]]:
    """What the whole mission cost for each thing that it was for: accepted results and files, things done outside."""
    counted = told["accepted"]
    named = (("accepted result", "tasks"), ("accepted file", "files"), ("effect that was done", "effects"))
    found = ((words, each(total, counted[name])) for words, name in named)
    return [(words, cost) for words, cost in found if cost is not None and total]


def beside(told: Mapping[str, Any]) -> list[str]:
    """What stands beside the money: tokens that were sent again, and people's time."""
    tokens, human = told["tokens"], told["human"]
    again = f"{number(tokens['sent_again'])} tokens of packages were sent again in further calls of their attempt"
    again += f" (packages in all {number(tokens['packages'])}); {number(tokens['from_cache'])} tokens came from a cache"
    people = f"people decided {plural(human['decisions'], 'time')}"
    people += f" and looked for {span(human['looked_ms'])}" if human["looked_ms"] else ""
    people += f"; what they decided had waited {span(human['waited_ms'])}" if human["waited_ms"] else ""
    return [again, people]


def faults(receipt: Mapping[str, Any]) -> list[str]:
    """What does not add up in a receipt's account of waste. Raises `BadInputError` for another shape."""
    with reading(receipt):
        told, total = receipt["spend"].get("waste"), receipt["spend"]["total_micro_usd"]
        if told is None:
            return []
        said = sum(told["classes"].values())
        return [] if said == total else [f"spend.waste.classes: add up to {said}, the total says {total}"]
