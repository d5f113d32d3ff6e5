"""All view rows that a front end holds, and what follows from them alone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.views.models import AttentionRow, BranchRow, Card, Progress, SpendRow, TaskRow

Key = tuple[str, str]
"""Kind and id of something shown: `("card", "gtm")`, `("task", "gtm/T3")`, `("spend", "gtm")`, `("engine", "")`."""
Json = Mapping[str, Any]

PROGRESS = 500
"""So many jobs' latest words are kept, the newest ones."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """Whether an engine lives, its release, whether it is idle, and when it last said so (wall ms; 0: never)."""

    alive: bool = False
    version: str = ""
    idle: bool = False
    beat: int = 0
    silent: bool = False
    """It holds the ledger, and has not said for two periods that it lives."""
    slept: int = 0
    """Milliseconds that the machine slept last, as far as an engine noticed; 0: never."""
    woke: int = 0
    """Wall time at which it woke then."""


@dataclass(slots=True)
class Views:
    """What a front end holds: rows by id, in the order in which the engine made them. Read it, never change it."""

    cards: dict[str, Card] = field(default_factory=dict)
    branches: dict[str, dict[str, BranchRow]] = field(default_factory=dict)
    """Mission to branch id to row."""
    tasks: dict[str, dict[str, TaskRow]] = field(default_factory=dict)
    """Mission to task id to row."""
    attention: dict[str, AttentionRow] = field(default_factory=dict)
    spend: dict[str, SpendRow] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    """By job: an attempt's is its full id, `gtm/A3.1`."""
    engine: EngineState = EngineState()


@dataclass(frozen=True, slots=True)
class Totals:
    """The facts of all missions: money in micro-dollars, `minutes` what the queue takes."""

    missions: int
    spent: int
    reserved: int
    budget: int
    attention: int
    minutes: int


def queue(views: Views) -> list[AttentionRow]:
    """What needs a human, highest rank first, then the oldest."""
    return sorted(views.attention.values(), key=lambda row: (-row.rank, row.raised_at, row.id))


def totals(views: Views) -> Totals:
    """Sums over all missions."""
    cards = views.cards.values()
    return Totals(
        missions=len(views.cards),
        spent=sum(card.spent for card in cards),
        reserved=sum(card.reserved for card in cards),
        budget=sum(card.within for card in cards),
        attention=len(views.attention),
        minutes=sum(row.takes_minutes for row in views.attention.values()),
    )


_MAKE: Mapping[str, Callable[[Json], Any]] = {
    "card": Card.of,
    "branch": BranchRow.of,
    "task": TaskRow.of,
    "attention": AttentionRow.of,
    "spend": SpendRow.of,
}


def put(views: Views, rows: Iterable[tuple[str, Json]]) -> tuple[set[Key], list[str]]:
    """Take rows in: the keys of those that differ from what was there, and the names of those that cannot be read."""
    dirty: set[Key] = set()
    unreadable = []
    for kind, body in rows:
        make = _MAKE.get(kind)
        if make is None:
            continue  # a kind of a later release
        try:
            row = make(body)
        except (KeyError, TypeError, ValueError, AttributeError):
            unreadable.append(f"{kind} {body['id']}")
            continue
        place = _place(views, kind, body["mission"])
        if place.get(body["id"]) != row:
            place[body["id"]] = row
            dirty.add((kind, body["id"]))
    return dirty, unreadable


def drop(views: Views, removed: Iterable[tuple[str, str, str]]) -> set[Key]:
    """Let rows go (kind, id, mission): the keys of those that were there."""
    return {
        (kind, name)
        for kind, name, mission in removed
        if kind in _MAKE and _place(views, kind, mission).pop(name, None) is not None
    }


def only(views: Views, rows: Iterable[tuple[str, Json]]) -> set[Key]:
    """Let go of everything that is not among these rows."""
    kept = {(kind, body["id"]) for kind, body in rows}
    gone = [(kind, name, mission) for kind, name, mission in _held(views) if (kind, name) not in kept]
    return drop(views, gone)


def _held(views: Views) -> list[tuple[str, str, str]]:
    flat = [("card", name, name) for name in views.cards] + [("spend", name, name) for name in views.spend]
    flat += [("attention", name, row.mission) for name, row in views.attention.items()]
    flat += [("branch", name, mission) for mission, rows in views.branches.items() for name in rows]
    return flat + [("task", name, mission) for mission, rows in views.tasks.items() for name in rows]


def _place(views: Views, kind: str, mission: str) -> dict[str, Any]:
    if kind == "branch":
        return views.branches.setdefault(mission, {})
    if kind == "task":
        return views.tasks.setdefault(mission, {})
    flat: dict[str, dict[str, Any]] = {"card": views.cards, "attention": views.attention, "spend": views.spend}
    return flat[kind]


def hear(views: Views, said: Iterable[Json]) -> set[Key]:
    """Take in the latest words of jobs; the keys of those that changed."""
    dirty: set[Key] = set()
    for word in said:
        new = Progress(word["job"], word["mission"], word["note"], word["micro_usd"], word["wall"])
        if views.progress.get(new.job) != new:
            views.progress[new.job] = new
            dirty.add(("progress", new.job))
    if len(views.progress) > 2 * PROGRESS:
        newest = sorted(views.progress.values(), key=lambda word: -word.wall)[:PROGRESS]
        views.progress = {word.job: word for word in newest}
    return dirty
