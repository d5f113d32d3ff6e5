"""When nothing moves: say why, ask whoever can free it, or let a rehearsed mission's clock jump. Pure.

No mission rests silently: it waits for a running attempt, a timer, or an attention item that names what would free it.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.ledger import bodies as b
from engine.loop.decide.work import choose, overdue
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.plan.ready import missing, ready, role_of
from engine.routing.route import NoRoute
from engine.state.model import FINAL_TASK, OPEN_EFFECT, Mint, MissionState, Task


def _blocked(state: MissionState, world: World) -> list[tuple[Task, NoRoute]]:
    """Ready tasks that nobody may run now, with the reason."""
    found = []
    for task in ready(state):
        role = role_of(state, task)
        choice = choose(state, task, role, world) if role else None
        if isinstance(choice, NoRoute):
            found.append((task, choice))
    return found


def exhausted(state: MissionState, world: World) -> bool:
    """No ready task can be reserved, nothing runs, and money is what is missing: the fact `mission.exhausted`."""
    if not state.planned or any(a.state == "dispatched" for a in state.attempts.values()):
        return False
    candidates = ready(state)
    if not candidates:
        return False
    blocked = _blocked(state, world)
    return len(blocked) == len(candidates) and any(choice.budget for _task, choice in blocked)


def ask(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """Raise what needs a human, each thing once."""
    asked = {item.about for item in state.attention.values()} | state.settled
    mint = Mint(state)
    raised = [item for item in _questions(state, now, world, mint) if item.about not in asked]
    if raised:
        yield Record(tuple(raised))


def _questions(state: MissionState, now: int, world: World, mint: Mint) -> Iterator[b.AttentionRaised]:
    if exhausted(state, world):
        task, choice = _blocked(state, world)[0]
        about = f"exhausted:{state.spent}"
        yield b.AttentionRaised(
            attention=mint("Q"),
            kind="budget",
            title="the budget is exhausted: stop, or skip what is left?",
            task=task.id,
            detail=choice.because,
            choices=("stop", "skip"),
            about=about,
        )
    if overdue(state, now):
        yield b.AttentionRaised(
            attention=mint("Q"),
            kind="budget",
            title="the mission's time is used up: go on, or stop?",
            choices=("go on", "stop"),
            about="time",
        )
    for task, choice in _blocked(state, world):
        if not choice.budget:
            yield b.AttentionRaised(
                attention=mint("Q"),
                kind="tool",
                title=f"nobody can work as {task.role}",
                task=task.id,
                branch=task.branch,
                detail=choice.because,
                choices=("human", "skip", "stop"),
                about=f"route:{task.id}:{task.role}",
            )
    for task in state.tasks.values():
        lacking = missing(state, task) if task.state == "open" else ()
        if lacking:
            yield b.AttentionRaised(
                attention=mint("Q"),
                kind="plan",
                title=f"{task.title} is not executable: {', '.join(lacking)}",
                task=task.id,
                branch=task.branch,
                choices=("skip", "stop"),
                about=f"missing:{task.id}",
            )
    if _all_done(state):
        why = "the target is not met" if state.terms.target.met_when else "the contract names no met_when"
        yield b.AttentionRaised(
            attention=mint("Q"),
            kind="answer",
            title=f"everything planned is done and {why}: finish or stop?",
            choices=("finish", "stop"),
            about="done",
        )
    if len(state.attempts) >= state.terms.budget.attempts and any(t.state == "open" for t in state.tasks.values()):
        yield b.AttentionRaised(
            attention=mint("Q"),
            kind="budget",
            title=f"{len(state.attempts)} attempts are used up: stop, or skip what is left?",
            choices=("stop", "skip"),
            about="attempts",
        )


def _all_done(state: MissionState) -> bool:
    return (
        state.planned
        and all(task.state in FINAL_TASK for task in state.tasks.values())
        and not any(effect.state in OPEN_EFFECT for effect in state.effects.values())
        and not any(
            branch.state in {"open", "waiting"} and branch.key != "main" and _has_work(state, branch.id)
            for branch in state.branches.values()
        )
        and not state.attention
        and not state.checks
        and not state.timers
        and not state.live()
    )


def _has_work(state: MissionState, branch: str) -> bool:
    return any(task.branch == branch for task in state.tasks.values())


def next_due(state: MissionState) -> int | None:
    """The next moment at which something happens by itself, in mission time."""
    moments = [timer.due for timer in state.timers.values()]
    moments += [effect.not_before for effect in state.effects.values() if effect.state == "approved"]
    return min(moments, default=None)


def jump(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """A rehearsed mission's clock goes to its next timer when nothing runs and nothing waits for a human."""
    if not state.rehearsed or state.attention or state.live() or state.checks:
        return
    if any(job.startswith(f"{state.id}/") for job in world.alive):
        return
    due = next_due(state)
    if due is not None and due > now:
        yield Record((b.ClockAdvanced(to=due, by=due - now),))
