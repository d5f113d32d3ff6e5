"""Approvals that something made worthless: the effects are asked about again, never sent as they stand. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from engine.ledger import bodies as b
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.state.model import Effect, Mint, MissionState
from engine.values import duration

SET_BACK = 60_000
"""So far, in milliseconds, a clock may fall behind what was recorded before it counts as set back."""


def set_back(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """The wall clock stands before this mission's last event: what was approved was approved at another time.

    The facts that follow carry the new time, so that approvals given after them hold.
    """
    by = state.last_wall - world.wall
    if world.wall and by > SET_BACK:
        because = f"the clock of this machine was set back by {duration(by)}"
        if bodies := voided(state, Mint(state), because):
            yield Record(bodies)


def voided(state: MissionState, mint: Mint, because: str, advice: str = "") -> tuple[b.Body, ...]:
    """Every approval is let go, of calls and of some of several people too; a human is asked, once for each batch."""
    out: list[b.Body] = [
        b.ToolExpired(wanted=wanted.id, because=because)
        for wanted in state.wanted.values()
        if wanted.state == "approved"
    ]
    for item in state.attention.values():
        if item.given:
            again = b.AttentionRaised.model_validate(
                {
                    "attention": mint("Q"),
                    "kind": item.kind,
                    "title": item.title,
                    "branch": item.branch,
                    "task": item.task,
                    "attempt": item.attempt,
                    "refs": item.refs,
                    "detail": item.detail,
                    "choices": item.choices,
                    "expires": item.expires,
                    "about": item.about,
                }
            )
            out += [b.AttentionResolved(attention=item.id, how=f"moot: {because}"), again]
    batches: dict[str, list[Effect]] = {}
    for effect in state.effects.values():
        if effect.state == "approved":
            out.append(b.EffectExpired(effect=effect.id))
            batches.setdefault(effect.batch, []).append(effect)
    for batch, effects in batches.items():
        out.append(
            b.AttentionRaised(
                attention=mint("Q"),
                kind="answer",
                title=f"{len(effects)} × {effects[0].verb} had been approved: ask again, or drop?",
                branch=effects[0].branch,
                task=effects[0].task,
                refs=tuple(effect.id for effect in effects),
                detail=f"{because}{advice}",
                choices=("ask again", "drop"),
                about=f"expired:{batch}:{effects[0].expires}:{state.height}",
            )
        )
    return tuple(out)
