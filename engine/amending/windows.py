"""What an amended cadence means for windows that are open: their timers, and when they end. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from engine.contract.model import Cadence, Contract
from engine.judge.windows import WINDOW, window_clause, window_timers
from engine.ledger import bodies as b
from engine.state.model import Branch, Mint, MissionState, Timer


def retime(
    state: MissionState, contract: Contract, mint: Mint, now: int, *, but: Collection[str] = ()
) -> Iterator[b.Body]:
    """Timers set anew for every branch (`but` those) whose cadence changed; all others keep their moments, under the
    place that their clause has in the new contract.
    """
    old = state.terms.cadence
    for branch in state.branches.values():
        timers = [timer for timer in state.timers.values() if timer.branch == branch.id]
        if branch.id in but or all(_same(old, contract.cadence, timer.cadence) for timer in timers):
            continue
        yield from (b.TimerCleared(timer=timer.id) for timer in timers)
        places = {timer.cadence: _place(old[timer.cadence], contract) for timer in timers}
        if None in places.values():
            yield from _anew(state, contract, mint, branch, old[timers[0].cadence], now)
        else:
            yield from (_moved(mint, timer, places[timer.cadence]) for timer in timers)


def ends(state: MissionState, contract: Contract, branch: Branch, old: Cadence, now: int) -> int:
    """When the window of a branch ends under a contract: counted from when it began, and never in the past."""
    found = window_clause(replace(state, contract=contract), branch)
    return max(now, branch.until - (old.for_ or WINDOW) + found[2]) if found else now


def _same(old: Sequence[Cadence], new: Sequence[Cadence], index: int) -> bool:
    return index < len(new) and new[index] == old[index]


def _place(clause: Cadence, contract: Contract) -> int | None:
    return next((place for place, other in enumerate(contract.cadence) if other == clause), None)


def _moved(mint: Mint, timer: Timer, place: int | None) -> b.TimerSet:
    return b.TimerSet.model_validate(
        {"timer": mint("W"), "due": timer.due, "purpose": timer.purpose, "branch": timer.branch, "cadence": place}
    )


def _anew(
    state: MissionState, contract: Contract, mint: Mint, branch: Branch, old: Cadence, now: int
) -> Iterator[b.Body]:
    """The window as the new contract has it; without a clause for it the window ends at once, and the branch is
    judged.
    """
    after = replace(state, contract=contract)
    found = window_clause(after, branch)
    until = ends(state, contract, branch, old, now)
    yield b.BranchRetimed(branch=branch.id, until=until, because="the cadence was amended")
    if found is not None:
        yield from window_timers(after, mint, branch, (found[0], found[1], until - now), now)
