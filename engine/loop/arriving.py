"""A mission whose past is known here and whose present is not: a backup was put back, or it was imported. Pure.

What happened after that past was written down may have included sending. So nothing goes on by itself: approvals are
let go and asked for again, what was on the wire is in doubt, and the mission is paused until a human resumes it.
"""

from __future__ import annotations

from engine.ledger import bodies as b
from engine.loop.decide.recover import doubt
from engine.loop.decide.voiding import voided
from engine.state.model import OVER, Mint, MissionState

RESTORED = "a backup was put back; what happened after it was made is not known here"
IMPORTED = "it was imported; what happened to it elsewhere is not known here"


def arrived(state: MissionState, because: str) -> tuple[b.Body, ...]:
    """What has to be recorded before anything else; nothing for a mission that is over or rests without approvals."""
    if state.status in OVER:
        return ()
    mint = Mint(state)
    out: list[b.Body] = [] if state.status != "active" else [b.MissionPaused(because=because)]
    for effect in state.effects.values():
        if effect.state == "attempting":
            out += doubt(mint, effect, because)
    out += [b.GrantRevoked(grant=grant.id, because=because) for grant in state.grants.values() if not grant.revoked]
    return (*out, *voided(state, mint, because, "; look whether it was sent before you ask again"))
