"""Judging branches and the mission, and what the end of one means for what is under way. Pure."""

from __future__ import annotations

from collections.abc import Iterator

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
    if not state.planned:
        return
    judged = judge_mission(state, now, exhausted=lambda: exhausted(state, world))
    rule = judged.rule
    ending = end_mission(state, rule.then, rule.because, judged.clause) if isinstance(rule, StopRule) else ()
    if judged.evaluations or ending:
        yield Record((*judged.evaluations, *ending))


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
        judged = judge_branch(state, branch, now, closed=closed, exhausted=lambda: exhausted(state, world))
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
