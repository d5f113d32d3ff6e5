"""Tasks: verifying what was delivered, giving up, dispatching what is ready. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.amending.planned import outdated
from engine.contract.model import Role
from engine.contract.planned import Check, recorded
from engine.governance.choice import choose as chosen
from engine.ledger import bodies as b
from engine.loop.decide import duel
from engine.loop.decide.tooling import equipped
from engine.loop.intents import Accept, Dispatch, Intent, Record, Verify
from engine.loop.rulings import EXCEPT, broken_by, unseen
from engine.loop.world import Slots, World
from engine.plan.ending import end_mission
from engine.plan.pressure import held_for_decisions
from engine.plan.ready import ready, role_of, stranded, worn_out
from engine.routing.route import NoRoute, Route
from engine.state.model import FINAL_TASK, Attempt, Mint, MissionState, Task
from engine.tools.granting import given
from engine.values import HOUR, duration
from engine.verify.duel import JUDGE, SECOND
from engine.verify.ladder import next_stage

PATIENCE = 4 * HOUR
"""How long a task waits for models in an outage before the role or human that its contract names takes it over."""


def catch_up(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """Tasks whose contract was amended while an attempt ran go on under its terms once that has ended."""
    if amended := tuple(outdated(state)):
        yield Record(amended)


def verify(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """Take every delivered attempt one stage further up its ladder."""
    for task in state.tasks.values():
        if task.state != "verifying":
            continue
        attempt = next(a for a in map(state.attempts.__getitem__, reversed(task.attempts)) if a.state == "delivered")
        stage = "checks" if unseen(state, attempt) else next_stage(task, attempt)
        if stage is None:
            yield Accept(attempt.id)
        elif stage == "checks":
            yield Verify(attempt.id)
        elif stage == "command":
            yield from _command_stage(state, task, attempt)
        elif stage == "duel":
            yield from duel.stage(state, task, attempt)
        elif stage == "review":
            yield from _review_stage(state, task, attempt)
        elif f"human:{attempt.id}" not in state.asked:
            yield Record((_ask_human(state, task, attempt),))


def _review_stage(state: MissionState, task: Task, attempt: Attempt) -> Iterator[Intent]:
    reviews = [t for t in state.tasks.values() if t.kind == "review" and t.subject == attempt.id]
    if not reviews:
        added = b.TaskAdded(
            task=Mint(state)("T"),
            key=f"{task.key}.review",
            branch=task.branch,
            kind="review",
            title=f"review {task.title}",
            role=task.reviewer or "human",
            verb="review",
            context=("decisions",),  # what its author decided and took for granted is shown beside the work
            criteria=recorded(task.criteria),
            budget=task.budget,
            tokens=task.tokens,
            calls=task.calls,
            fallback="human",
            subject=attempt.id,
        )
        yield Record((added,))
    elif all(review.state in FINAL_TASK for review in reviews):
        line = b.VerdictLine(criterion="reviewed", ok=False, detail="its review was given up", by="engine")
        yield Record(
            (b.VerdictGiven(task=task.id, attempt=attempt.id, stage="review", by="engine", ok=False, lines=(line,)),)
        )


def _command_stage(state: MissionState, task: Task, attempt: Attempt) -> Iterator[Intent]:
    existing = [t for t in state.tasks.values() if t.kind == "check" and t.subject == attempt.id]
    commands = [c for c in task.criteria if isinstance(c.check, Check) and c.check.command]
    if not existing:
        mint = Mint(state)
        yield Record(
            tuple(
                b.TaskAdded(
                    task=mint("T"),
                    key=f"{task.key}.check",
                    branch=task.branch,
                    kind="check",
                    title=f"check {criterion.text}",
                    role="command",
                    verb="test",
                    needs=(),
                    criteria=recorded((criterion,)),
                    context=task.context,
                    attempts=1,
                    fallback="stop",
                    subject=attempt.id,
                )
                for criterion in commands
            )
        )
    elif all(t.state in FINAL_TASK for t in existing):
        lines = tuple(
            b.VerdictLine(criterion=t.criteria[0].text, ok=t.state == "accepted", detail=t.because, by="command")
            for t in existing
        )
        verdict = b.VerdictGiven(
            task=task.id,
            attempt=attempt.id,
            stage="command",
            by="command",
            ok=all(line.ok for line in lines),
            lines=lines,
        )
        yield Record((verdict,))


def _ask_human(state: MissionState, task: Task, attempt: Attempt) -> b.AttentionRaised:
    return b.AttentionRaised(
        attention=Mint(state)("Q"),
        kind="review",
        title=f"accept {task.title}?",
        branch=task.branch,
        task=task.id,
        attempt=attempt.id,
        refs=(attempt.id,),
        detail=attempt.summary,
        choices=("accept", "reject"),
        about=f"human:{attempt.id}",
    )


def give_up(state: MissionState, now: int, _world: World) -> Iterator[Intent]:
    """Tasks whose attempts are used up take their fallback, and those that waited too long for a model the one that
    their contract names; tasks that can never start are cancelled.
    """
    waited = tuple(
        b.TaskRetried(
            task=task.id,
            role=task.fallback,
            because=f"fallback to {task.fallback}: {task.held}, for {duration(PATIENCE)} and longer",
        )
        for task in state.tasks.values()
        if task.state == "open" and task.held and now - task.waits_since >= PATIENCE and _may_fall_back(task)
    )
    if waited:
        yield Record(waited)
    for task in worn_out(state):
        if task.kind in {"check", SECOND, JUDGE}:
            last = state.attempts[task.attempts[-1]]
            yield Record((b.TaskFailed(task=task.id, because=last.because or task.because or "the command said no"),))
        else:
            yield from _fall_back(state, task)
    bodies = [b.TaskCancelled(task=task.id, because="what it needs was cancelled") for task in stranded(state)]
    bodies += [
        b.TaskCancelled(task=task.id, because="what it judges is no longer asked about")
        for task in state.tasks.values()
        if task.state not in FINAL_TASK and task.subject in state.attempts and _moot(state, task)
    ]
    if bodies:
        yield Record(tuple(bodies))


def _moot(state: MissionState, task: Task) -> bool:
    subject = state.attempts[task.subject]
    return task.state == "open" and state.tasks[subject.task].state != "verifying"


def _fall_back(state: MissionState, task: Task) -> Iterator[Intent]:
    why = task.because or "its attempts are used up"
    if task.fallback == "stop":
        because = f"{task.id} {task.title}: {why}"
        yield Record(
            (b.TaskFailed(task=task.id, because=why), *end_mission(state, "stop", because, "fallback", but=task.id))
        )
    elif _may_fall_back(task):
        yield Record((b.TaskRetried(task=task.id, role=task.fallback, because=f"fallback to {task.fallback}: {why}"),))
    else:
        kind, title = "answer", f"{task.title}: not accepted after {_times(len(task.attempts))}; what now?"
        if task.attempts and state.attempts[task.attempts[-1]].fault == "broken_install":
            kind, title = "tool", f"{task.title}: models cannot be asked before this installation is mended"
        choices = ("retry", EXCEPT, "skip", "stop") if broken_by(state, task) else ("retry", "skip", "stop")
        about = f"failed:{task.id}:{len(task.attempts)}"
        yield Record(failed_and_asked(state, task, kind, title, why, about, choices))


def _may_fall_back(task: Task) -> bool:
    """Whether somebody else may take a task over; a human's answer in the queue can hold no proposals."""
    named = task.fallback not in {"ask", "stop"} and not task.fallen_back
    return named and not (task.fallback == "human" and bool(task.proposes))


def failed_and_asked(
    state: MissionState,
    task: Task,
    kind: str,
    title: str,
    because: str,
    about: str,
    choices: tuple[str, ...] = ("retry", "skip", "stop"),
) -> tuple[b.Body, ...]:
    """A task fails, and a human says what becomes of it."""
    question = b.AttentionRaised.model_validate(
        {
            "attention": Mint(state)("Q"),
            "kind": kind,
            "title": title,
            "branch": task.branch,
            "task": task.id,
            "detail": because,
            "choices": choices,
            "about": about,
        }
    )
    return (b.TaskFailed(task=task.id, because=because), question)


def _times(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count} attempts"


def dispatch(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """Give ready tasks to workers, one at a time, within the slots and the budget."""
    if overdue(state, now):
        return
    running = [a for a in state.attempts.values() if a.state == "dispatched"]
    if state.used_attempts >= state.terms.budget.attempts:
        return
    for task in ready(state):
        role = role_of(state, task)
        if role is None or now < task.not_before:
            continue
        if full(running, role.worker, world.slots) or not equipped(state, task, now):
            continue
        if held_for_decisions(state, task) is not None:
            continue
        choice = choose(state, task, role, world)
        if isinstance(choice, Route):
            yield Dispatch(task.id, choice)
            return


def full(running: Sequence[Attempt], worker: str, slots: Slots) -> bool:
    """Whether as many attempts run already as may, for a worker of this kind. A human needs nothing of the machine."""
    commands = sum(attempt.worker == "command" for attempt in running)
    if worker == "human":
        return False
    if worker == "command":
        return commands >= slots.commands
    return sum(attempt.worker not in {"command", "human"} for attempt in running) >= slots.others


def overdue(state: MissionState, now: int) -> bool:
    """The contract's calendar time is used up and nobody said to go on."""
    limit = state.terms.budget.time
    return bool(limit and state.started_at and now >= state.started_at + limit and "time" not in state.settled)


def choose(state: MissionState, task: Task, role: Role, world: World) -> Route | NoRoute:
    """Route a task now, with the largest package it may get."""
    tools = bool(given(state, task, role))
    return chosen(state, task, role, catalogue=world.catalogue, barred=world.barred, tools=tools, record=world.record)
