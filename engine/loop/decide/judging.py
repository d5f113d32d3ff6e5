"""Judging branches and the mission, and what the end of one means for what is under way. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from engine.contract.model import StopRule
from engine.judge.rules import judge_branch, judge_mission
from engine.ledger import bodies as b
from engine.loop.decide.rest import exhausted
from engine.loop.decide.timing import busy, window_clause, window_timers
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.state.model import FINAL_TASK, OPEN_EFFECT, Branch, Mint, MissionState

EXTENSIONS = 12
"""So often a rule may extend a window before a human is asked instead."""


def mission_rules(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """`met_when` and `stop`: the first that holds ends the mission."""
    judged = judge_mission(state, now, exhausted=exhausted(state, world))
    rule = judged.rule
    ending = end_mission(state, rule.then, rule.because, judged.clause) if isinstance(rule, StopRule) else ()
    if judged.evaluations or ending:
        yield Record((*judged.evaluations, *ending))


def end_mission(state: MissionState, how: str, because: str, clause: str) -> tuple[b.Body, ...]:
    """The mission ends: open tasks are cancelled, what was not sent is withdrawn, the queue is cleared of what is moot.

    Attempts that run are told to end by the engine; what is being sent is left to its answer.
    """
    bodies: list[b.Body] = []
    for task in state.tasks.values():
        if task.state not in FINAL_TASK:
            bodies.append(b.TaskCancelled(task=task.id, because=f"the mission ended: {because}"))
    for effect in state.effects.values():
        if effect.state in {"awaiting", "approved", "expired"}:
            bodies.append(b.EffectWithdrawn(effect=effect.id, because=f"the mission ended: {because}"))
    for item in state.attention.values():
        if item.kind != "doubt":
            bodies.append(b.AttentionResolved(attention=item.id, how="moot: the mission ended"))
    ended = b.MissionFinished if how == "finish" else b.MissionStopped
    return (*bodies, ended(because=because, clause=clause))


def branch_rules(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """Judge each branch that has come to rest, or that waits and may already have enough."""
    for branch in state.branches.values():
        if branch.key == "main" or branch.state not in {"open", "waiting"}:
            continue
        if not any(task.branch == branch.id for task in state.tasks.values()):
            continue
        closed = _closed(state, branch, now)
        if not closed and branch.state != "waiting":
            continue
        judged = judge_branch(state, branch, now, closed=closed, exhausted=exhausted(state, world))
        follows: tuple[b.Body, ...] = ()
        if judged.rule is not None:
            follows = _follow(state, branch, judged.rule.then, judged.rule.because, judged.clause, now)
        elif closed:
            follows = _ask(state, branch)
        if judged.evaluations or follows:
            yield Record((*judged.evaluations, *follows))
            return


def _closed(state: MissionState, branch: Branch, now: int) -> bool:
    if busy(state, branch):
        return False
    if branch.state == "waiting":
        pending = any(timer.branch == branch.id and timer.purpose == "window" for timer in state.timers.values())
        return now >= branch.until and not pending
    return window_clause(state, branch) is None


def _follow(state: MissionState, branch: Branch, then: str, because: str, clause: str, now: int) -> tuple[b.Body, ...]:
    if then == "extend":
        found = window_clause(state, branch)
        if found is None or branch.windows >= EXTENSIONS:
            return _ask(state, branch)
        until = now + found[2]
        extended = b.BranchExtended(branch=branch.id, until=until, because=because, clause=clause)
        return (extended, *window_timers(state, Mint(state), branch, found, now))
    return end_branch(state, branch, then, because, clause)


def end_branch(state: MissionState, branch: Branch, then: str, because: str, clause: str) -> tuple[b.Body, ...]:
    """Keep or prune a branch. Pruning cancels its tasks, withdraws what waits, and returns what it did not spend."""
    resolved = [
        b.AttentionResolved(attention=item.id, how=f"moot: {branch.key} was {then}{'d' if then == 'prune' else ''}")
        for item in state.attention.values()
        if item.branch == branch.id
        and (then == "prune" or item.about.startswith(f"judge:{branch.id}:"))
        and item.kind != "doubt"
    ]
    if then == "keep":
        return (b.BranchKept(branch=branch.id, because=because, clause=clause), *resolved)
    bodies: list[b.Body] = [
        b.TaskCancelled(task=task.id, because=f"{branch.key} was pruned: {because}")
        for task in state.tasks.values()
        if task.branch == branch.id and task.state not in FINAL_TASK
    ]
    bodies += [
        b.EffectWithdrawn(effect=effect.id, because=f"{branch.key} was pruned: {because}")
        for effect in state.effects.values()
        if effect.branch == branch.id and effect.state in OPEN_EFFECT - {"attempting", "in_doubt"}
    ]
    released = max(0, branch.budget - branch.spent - branch.reserved)
    return (*bodies, b.BranchPruned(branch=branch.id, because=because, clause=clause, released=released), *resolved)


def _ask(state: MissionState, branch: Branch) -> tuple[b.Body, ...]:
    about = f"judge:{branch.id}:{branch.windows}"
    if about in {item.about for item in state.attention.values()} | state.settled:
        return ()
    choices = ("keep", "prune", "extend") if window_clause(state, branch) else ("keep", "prune")
    return (
        b.AttentionRaised(
            attention=Mint(state)("Q"),
            kind="answer",
            title=f"no rule decides about {branch.key}: {' or '.join(choices)}?",
            branch=branch.id,
            detail="every judge rule is false or unknown",
            choices=choices,
            about=about,
        ),
    )
