"""What a dead engine left behind: attempts nobody runs, effects nobody answered for, sources nobody reads. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from engine.governance.money import settle
from engine.ledger import bodies as b
from engine.loop.intents import Intent, Lookup, Read, Record
from engine.loop.world import World, attempt_job, check_job, effect_job, lookup_job
from engine.state.model import FINAL_TASK, OVER, Effect, Mint, MissionState
from engine.values import Tokens


def lost_attempts(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """A dispatched attempt that this engine does not run is lost: charged at its reservation, tried again under a new
    id.
    """
    for attempt in state.attempts.values():
        if attempt.state == "dispatched" and attempt_job(state.id, attempt.id) not in world.alive:
            charge = settle(state, attempt, None, "lost")
            yield Record((b.AttemptLost(attempt=attempt.id, because="its engine ended"), charge))


def moot_questions(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """A parked attempt whose answer nobody needs any more is cancelled: its task or mission is over."""
    for attempt in state.attempts.values():
        if attempt.state == "parked" and (state.status in OVER or state.tasks[attempt.task].state in FINAL_TASK):
            usage = Tokens() if attempt.worker == "human" else None
            charge = settle(state, attempt, usage, "cancelled")
            asked = tuple(
                b.AttentionResolved(attention=item.id, how="moot")
                for item in state.attention.values()
                if item.about == f"parked:{attempt.id}"
            )
            yield Record(
                (b.AttemptCancelled(attempt=attempt.id, because="its answer is no longer needed"), charge, *asked)
            )


def unanswered_effects(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """An effect that was being sent when its engine died: looked up where the connector can, else asked about."""
    mint = Mint(state)
    for effect in state.effects.values():
        if effect.state != "attempting" or effect_job(state.id, effect.id, effect.n) in world.alive:
            continue
        if world.connectors.get(effect.connector) in {"lookup", "dedup"}:
            if lookup_job(state.id, effect.id, effect.n, world.epoch) not in world.alive:
                yield Lookup(effect.id)
        else:
            yield Record(doubt(mint, effect, "the engine ended between sending and the answer"))


def doubt(mint: Mint, effect: Effect, because: str) -> tuple[b.Body, ...]:
    """An effect of which nobody knows whether it left: never sent again, a human settles it."""
    return (
        b.EffectDoubted(effect=effect.id, because=because),
        b.AttentionRaised(
            attention=mint("Q"),
            kind="doubt",
            title=f"was {effect.id} ({effect.verb}) sent?",
            branch=effect.branch,
            task=effect.task,
            refs=(effect.id,),
            detail=because,
            choices=("sent", "not sent", "send again"),
            about=f"doubt:{effect.id}:{effect.n}",
        ),
    )


def unsure(state: MissionState, now: int, _world: World) -> Iterator[Intent]:
    """What may have arrived and was to be sent again, and cannot be any more: nobody knows, and a human settles it."""
    mint = Mint(state)
    for effect in state.effects.values():
        if not effect.unsure or effect.state in {"attempting", "in_doubt"}:
            continue
        because = effect.because or effect.state
        if effect.state == "approved":
            if not forgotten(effect, now):
                continue
            because = "it waited for so long that its sink may have forgotten it"
        yield Record(doubt(mint, effect, f"its answer was lost, and it cannot be sent again: {because}"))
        return


def forgotten(effect: Effect, now: int) -> bool:
    """Whether an effect that may have arrived must not be sent again: its sink may not know it any more."""
    return effect.unsure and 0 < effect.again_until <= now


def leftovers(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """Nothing may still leave a mission that is over, whatever came back to life after its end."""
    if state.status in OVER:
        waiting = [e for e in state.effects.values() if e.state in {"awaiting", "approved", "expired"}]
        if waiting:
            yield Record(tuple(b.EffectWithdrawn(effect=e.id, because="the mission is over") for e in waiting))


def unread_checks(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """A check that was started and that nobody reads."""
    for check in state.checks.values():
        if check_job(state.id, check.id) not in world.alive:
            yield Read(check.id)
