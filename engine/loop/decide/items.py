"""Curated items: those whose time is over, and those that would overrule what a human said. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from engine.ledger import bodies as b
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.state.model import Item, Mint, MissionState

CONFLICT = "contest"


def expire(state: MissionState, now: int, _world: World) -> Iterator[Intent]:
    """Items whose time is over, all in one go."""
    due = [name for name in state.standing.timed if _due(state.items[name], now)]
    if due:
        yield Record(tuple(b.ItemExpired(item=name) for name in due))


def _due(item: Item, now: int) -> bool:
    return item.expires <= now and item.status in {"active", "suspect"}


def moments(state: MissionState) -> list[int]:
    """When items in force expire."""
    timed = (state.items[name] for name in state.standing.timed)
    return [item.expires for item in timed if item.status in {"active", "suspect"}]


def conflicts(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """Ask about every accepted item that would overrule a human, once; take a question back whose cause is gone."""
    mint, asked = Mint(state), state.asked
    bodies: list[b.Body] = [
        b.AttentionResolved(attention=item.id, how="moot: it was taken back")
        for item in state.attention.values()
        if item.about.startswith(f"{CONFLICT}:") and item.about.partition(":")[2] not in state.standing.contested
    ]
    for name in state.standing.contested:
        if f"{CONFLICT}:{name}" not in asked:
            bodies.append(_question(state, state.items[name], mint))
    if bodies:
        yield Record(tuple(bodies))


def _question(state: MissionState, new: Item, mint: Mint) -> b.AttentionRaised:
    old = state.items[new.cause]
    about = f" about {new.subject}" if new.subject else ""
    return b.AttentionRaised(
        attention=mint("Q"),
        kind="conflict",
        title=f"{new.id} of {new.attempt or 'a worker'} contradicts {old.id}{about}: which holds?"[:300],
        branch=new.branch,
        task=new.task,
        attempt=new.attempt,
        refs=(old.id, new.id),
        detail=f"{old.id}, a human's: {old.text}\n{new.id}, a {new.origin}'s: {new.text}"[:2_000],
        choices=("keep", "replace"),
        about=f"{CONFLICT}:{new.id}",
    )


def settled(state: MissionState, about: str, word: str, who: str) -> tuple[b.Body, ...]:
    """What the answer to such a question makes of the item."""
    new = state.items.get(about)
    if new is None or new.status != "contested":
        return ()
    if word == "replace":
        return (b.ItemAdopted(item=new.id, because=f"{who} said that it replaces {new.cause}"),)
    return (b.ItemRetracted(item=new.id, because=f"{who} kept {new.cause}"),)
