"""Judging branches and the mission, and what the end of one means for what is under way. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.contract.model import StopRule
from engine.judge.rules import judge_branch, judge_mission
from engine.judge.windows import window_clause, window_timers
from engine.ledger import bodies as b
from engine.loop.decide.rest import exhausted
from engine.loop.decide.timing import busy
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.plan.ending import end_branch, end_mission
from engine.state.model import Branch, Mint, MissionState

EXTENSIONS = 12
"""So often a rule may extend a window before a human is asked instead."""


def mission_rules(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """`met_when` and `stop`: the first that holds ends the mission. Nothing is judged before there is a plan."""
    if state.planned and (bodies := of_mission(state, now, lambda: exhausted(state, world))):
        yield Record(bodies)


def of_mission(state: MissionState, now: int, spent: Callable[[], bool]) -> tuple[b.Body, ...]:
    """What `met_when` and `stop` say now, as facts to record. `spent`: whether the mission is exhausted."""
    judged = judge_mission(state, now, exhausted=spent)
    rule = judged.rule
    ending = end_mission(state, rule.then, rule.because, judged.clause) if isinstance(rule, StopRule) else ()
    return (*judged.evaluations, *ending)


def branch_rules(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """Judge each branch that has come to rest, or that waits and may already have enough."""
    for branch in state.branches.values():
        if bodies := of_branch(state, branch, now, lambda: exhausted(state, world)):
            yield Record(bodies)
            return


def of_branch(state: MissionState, branch: Branch, now: int, spent: Callable[[], bool]) -> tuple[b.Body, ...]:
    """What `judge` says of a branch now, as facts to record; nothing while its time has not come."""
    if branch.key == "main" or branch.state not in {"open", "waiting"}:
        return ()
    if not any(task.branch == branch.id for task in state.tasks.values()):
        return ()
    closed = _closed(state, branch, now)
    if not closed and branch.state != "waiting":
        return ()
    judged = judge_branch(state, branch, now, closed=closed, exhausted=spent)
    follows: tuple[b.Body, ...] = ()
    if judged.rule is not None:
        follows = _follow(state, branch, judged.rule.then, judged.rule.because, judged.clause, now)
    elif closed:
        follows = _ask(state, branch)
    return (*judged.evaluations, *follows)


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


def _ask(state: MissionState, branch: Branch) -> tuple[b.Body, ...]:
    about = f"judge:{branch.id}:{branch.windows}"
    if about in state.asked:
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
