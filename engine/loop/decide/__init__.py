"""decide(state, now, world) -> intents. Pure: no clock, no store, no randomness.

Stages in order; the first that wants something is heard, its facts are recorded, and the next round decides from
the new state. Nothing is decided from "what just happened", so that any crash heals at the next round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.loop import grants, pinning
from engine.loop.decide import (
    caps,
    items,
    judging,
    outward,
    pace,
    planning,
    recover,
    rest,
    standing,
    timing,
    tooling,
    voiding,
    work,
)
from engine.loop.intents import Intent
from engine.loop.world import World
from engine.state.model import OVER, MissionState

Stage = Callable[[MissionState, int, World], Iterator[Intent]]

ALWAYS: tuple[Stage, ...] = (
    recover.lost_attempts,
    recover.moot_questions,
    recover.unanswered_effects,
    recover.leftovers,
    recover.unsure,
    recover.unread_checks,
    tooling.unanswered,
    tooling.doubt,
)
"""Heal what a dead engine left, in every state of the mission."""
ACTIVE: tuple[Stage, ...] = (
    planning.open_the_plan,
    work.catch_up,
    standing.from_home,
    standing.hold_to_rules,
    caps.nearing,
    outward.withdraw,
    voiding.set_back,
    outward.reconsider,
    outward.expire,
    tooling.expire,
    pace.pause,
    pace.mended,
    work.verify,
    grants.from_contract,
    outward.propose,
    work.give_up,
    tooling.fall_back,
    items.expire,
    items.conflicts,
    timing.fire,
    timing.open_windows,
    timing.grade_replies,
    judging.branch_rules,
    judging.mission_rules,
    planning.revise,
    outward.send,
    outward.hold,
    pinning.from_home,
    tooling.look,
    work.dispatch,
    rest.wait,
    rest.jump,
)


def decide(state: MissionState, now: int, world: World) -> list[Intent]:
    """What to do next for one mission; nothing when it rests. `now` is mission time, milliseconds UTC."""
    stages = ALWAYS if state.status in OVER or not state.active else ALWAYS + ACTIVE
    for stage in stages:
        wanted = list(stage(state, now, world))
        if wanted:
            return wanted
    return []


__all__ = ["decide"]
