"""Time: timers that are due, windows that open after something left, replies that wait to be graded. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from engine.judge.cadence import slots_after
from engine.judge.windows import window_clause, window_timers
from engine.ledger import bodies as b
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.plan.ready import asleep
from engine.state.model import FINAL_TASK, OPEN_EFFECT, Branch, Mint, MissionState


def fire(state: MissionState, now: int, _world: World) -> Iterator[Intent]:
    """Timers that are due: every source of the branch is read once, however many slots have passed."""
    due = [timer for timer in state.timers.values() if timer.due <= now]
    mint = Mint(state)
    for timer in due:
        cadence = state.terms.cadence[timer.cadence]
        branch = state.branches[timer.branch]
        missed, following = slots_after(timer.due, now, cadence, state.terms.zone)
        missed = missed if timer.purpose == "check" else 0
        bodies: list[b.Body] = [b.TimerFired(timer=timer.id, missed=missed)]
        if missed:
            told = b.TimerMissed(timer=timer.id, slots=missed, since=timer.due, branch=branch.id, metrics=cadence.check)
            bodies.insert(0, told)
        if not any(check.branch == branch.id for check in state.checks.values()):
            bodies.append(b.CheckStarted(check=mint("K"), branch=branch.id, metrics=cadence.check))
        if timer.purpose == "check" and following < branch.until:
            bodies.append(
                b.TimerSet(timer=mint("W"), due=following, purpose="check", branch=branch.id, cadence=timer.cadence)
            )
        yield Record(tuple(bodies))
        return  # one at a time: the next decision sees the check that this one started


def open_windows(state: MissionState, now: int, _world: World) -> Iterator[Intent]:
    """A branch whose work is done and whose effects have left waits for its evidence window."""
    for branch in state.branches.values():
        found = window_clause(state, branch)
        if branch.state != "open" or found is None or busy(state, branch):
            continue
        yield Record(
            (
                b.BranchWaiting(
                    branch=branch.id, until=now + found[2], because=f"waits for {', '.join(found[1].check)}"
                ),
                *window_timers(state, Mint(state), branch, found, now),
            )
        )


_UNSETTLED = frozenset(
    {"failed", "refused", "expired", "route", "short", "missing", "parked", "human", "sender", "cap"}
)
"""What attention is about while the work of a branch still hangs on the answer."""


def busy(state: MissionState, branch: Branch) -> bool:
    """Whether something in this branch is still under way that does not wait for a window."""
    return (
        any(
            task.branch == branch.id and task.state not in FINAL_TASK and not asleep(state, task)
            for task in state.tasks.values()
        )
        or any(effect.branch == branch.id and effect.state in OPEN_EFFECT for effect in state.effects.values())
        or any(check.branch == branch.id for check in state.checks.values())
        or any(item.branch == branch.id and item.about.split(":")[0] in _UNSETTLED for item in state.attention.values())
        or any(
            a.proposed < a.proposals
            and state.tasks[a.task].branch == branch.id
            and state.tasks[a.task].accepted == a.id
            for a in state.attempts.values()
        )
    )


def grade_replies(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """Replies that a role still has to weigh: one small task for each metric and message."""
    metrics = [
        (name, m.from_)
        for name, m in state.terms.evidence.items()
        if m.from_ in state.terms.roles and m.unit == "score"
    ]
    asked = {(task.subject, task.metric) for task in state.tasks.values() if task.kind == "grade"}
    mint = Mint(state)
    added: list[b.Body] = []
    for evidence in state.evidence.values():
        if evidence.message != "reply" or state.branches[evidence.branch].state in {"kept", "pruned"}:
            continue
        for name, role in metrics:
            if (evidence.id, name) not in asked:
                task = b.TaskAdded(
                    task=mint("T"),
                    key=f"grade.{name}",
                    branch=evidence.branch,
                    kind="grade",
                    title=f"grade {evidence.id} for {name}",
                    role=role,
                    verb="review",
                    budget=state.terms.budget.money,
                    fallback="human",
                    subject=evidence.id,
                    metric=name,
                )
                added.append(task)
    if added:
        yield Record(tuple(added))
