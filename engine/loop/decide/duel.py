"""The stage `duel` of the ladder: a second worker, then a judge, then a verdict or a human. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from engine.contract.planned import recorded
from engine.ledger import bodies as b
from engine.loop.intents import Intent, Record
from engine.state.model import FINAL_TASK, Attempt, Mint, MissionState, Task
from engine.verify.duel import JUDGE, SECOND, judge_of, pair, second_of


def stage(state: MissionState, task: Task, attempt: Attempt) -> Iterator[Intent]:
    """What the duel over a delivered attempt needs next."""
    second, judge = second_of(state, attempt.id), judge_of(state, attempt.id)
    if second is None:
        yield Record((_second(state, task, attempt),))
    elif second.state not in FINAL_TASK:
        return
    elif pair(state, attempt.id) is None:
        yield from _ask(state, task, attempt, ("no second worker of another family did it",))
    elif task.reviewer in {"", "human"}:
        yield from _ask(state, task, attempt, ("compare it with the second one",))
    elif judge is None:
        yield Record((_judge(state, task, attempt),))
    elif judge.state in FINAL_TASK:
        yield from _ask(state, task, attempt, ("nobody compared it with the second one",))


def _ask(state: MissionState, task: Task, attempt: Attempt, why: tuple[str, ...]) -> Iterator[Intent]:
    if f"duel:{attempt.id}" not in state.asked:
        yield Record((question(state, task, attempt, why),))


def question(state: MissionState, task: Task, attempt: Attempt, apart: tuple[str, ...]) -> b.AttentionRaised:
    """What a human is asked where two independent workers leave it open."""
    other = second_of(state, attempt.id)
    second = other.accepted if other is not None else ""
    return b.AttentionRaised(
        attention=Mint(state)("Q"),
        kind="review",
        title=f"two independent workers leave {task.title} open: accept the first?",
        branch=task.branch,
        task=task.id,
        attempt=attempt.id,
        refs=(attempt.id, second) if second else (attempt.id,),
        detail="; ".join(apart)[:2000],
        choices=("accept", "reject"),
        about=f"duel:{attempt.id}",
    )


def _second(state: MissionState, task: Task, attempt: Attempt) -> b.TaskAdded:
    """The same work once more, under the same terms, by somebody who knows nothing of the first."""
    return b.TaskAdded(
        task=Mint(state)("T"),
        key=f"{task.key}.second",
        branch=task.branch,
        kind=SECOND,
        title=f"{task.title}, a second time",
        role=attempt.role,
        verb=task.verb,
        needs=task.needs,
        context=task.context,
        proposes=task.proposes,
        produces=task.produces,
        criteria=recorded(task.criteria),
        budget=task.budget,
        tokens=task.tokens,
        calls=task.calls,
        fallback="ask",
        params=task.params,
        subject=attempt.id,
        tools=task.tools,
    )


def _judge(state: MissionState, task: Task, attempt: Attempt) -> b.TaskAdded:
    return b.TaskAdded(
        task=Mint(state)("T"),
        key=f"{task.key}.judge",
        branch=task.branch,
        kind=JUDGE,
        title=f"compare two of {task.title}",
        role=task.reviewer,
        verb="review",
        criteria=recorded(task.criteria),
        budget=task.budget,
        tokens=task.tokens,
        calls=task.calls,
        fallback="ask",
        subject=attempt.id,
    )
