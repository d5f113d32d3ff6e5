"""Evidence windows: which cadence opens one for what a branch has sent, and the timers that it sets. Pure."""

from __future__ import annotations

from engine.contract.model import Cadence
from engine.judge.cadence import next_slot
from engine.ledger import bodies as b
from engine.state.model import Branch, Mint, MissionState

WINDOW = 7 * 86_400_000
"""How long a window stays open when the cadence says no `for`."""


def window_timers(
    state: MissionState, mint: Mint, branch: Branch, found: tuple[int, Cadence, int], now: int
) -> list[b.Body]:
    """The timers of a window that opens now: its first check, and its end."""
    index, cadence, length = found
    until = now + length
    timers: list[b.Body] = [b.TimerSet(timer=mint("W"), due=until, purpose="window", branch=branch.id, cadence=index)]
    first = next_slot(now, cadence, state.terms.zone)
    if first < until:
        timers.append(b.TimerSet(timer=mint("W"), due=first, purpose="check", branch=branch.id, cadence=index))
    return timers


def window_clause(state: MissionState, branch: Branch) -> tuple[int, Cadence, int] | None:
    """The cadence that opens a window for what this branch has sent: its index, itself, its length in milliseconds."""
    sent = {effect.verb for effect in state.effects.values() if effect.branch == branch.id and effect.state == "done"}
    for index, cadence in enumerate(state.terms.cadence):
        if cadence.after in sent:
            return index, cadence, cadence.for_ or WINDOW
    return None
