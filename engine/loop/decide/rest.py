"""When nothing moves: say why, ask whoever can free it, or let a rehearsed mission's clock jump. Pure.

No mission rests silently: it waits for a running attempt, a timer, or an attention item that names what would free it.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.governance.money import left, shared
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
    """No ready task can be reserved, nothing runs, and what mission and branches have left is what stands in the way.

    The fact `mission.exhausted`. A task that is short of its own budget alone exhausts nothing.
    """
    if not state.planned or any(a.state == "dispatched" for a in state.attempts.values()):
        return False
    waiting = ready(state)
    return bool(waiting) and _exhausted(state, _blocked(state, world), len(waiting))


def _exhausted(state: MissionState, blocked: list[tuple[Task, NoRoute]], waiting: int) -> bool:
    return len(blocked) == waiting and any(
        choice.budget and shared(state, task) <= left(state, task) for task, choice in blocked
    )


def ask(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """Raise what needs a human, each thing once; take back what nobody needs to answer any more."""
    mint = Mint(state)
    questions = list(_questions(state, now, world, mint))
    wanted, asked = {item.about for item in questions}, state.asked
    moot = [
        b.AttentionResolved(attention=item.id, how="moot: its cause is gone")
        for item in state.attention.values()
        if item.about.split(":")[0] in ASKED_HERE and item.about not in wanted
    ]
    raised = [item for item in questions if item.about not in asked]
    if raised or moot:
        yield Record((*moot, *raised))


ASKED_HERE = frozenset({"exhausted", "route", "missing", "short", "attempts", "done", "error", "time"})
"""What `ask` raises: the first word of `about`."""


def _questions(state: MissionState, now: int, world: World, mint: Mint) -> Iterator[b.AttentionRaised]:
    def question(kind: str, title: str, choices: tuple[str, ...], about: str, **more: str) -> b.AttentionRaised:
        return b.AttentionRaised.model_validate(
            {"attention": mint("Q"), "kind": kind, "title": title, "choices": choices, "about": about, **more}
        )

    waiting = ready(state)
    blocked = _blocked(state, world)
    running = any(a.state == "dispatched" for a in state.attempts.values())
    if waiting and not running and _exhausted(state, blocked, len(waiting)):
        names = ",".join(task.id for task, _choice in blocked)
        title = "the budget is exhausted: stop, or skip what is left?"
        yield question("budget", title, ("stop", "skip"), f"exhausted:{names}", detail=blocked[0][1].because)
    elif not running:
        for task, choice in blocked:
            if choice.budget:
                title = f"{task.title}: its own budget is too small for any worker that may do it"
                more = {"task": task.id, "branch": task.branch, "detail": choice.because}
                yield question("budget", title, ("human", "skip", "stop"), f"short:{task.id}:{task.role}", **more)
    for task, choice in blocked:
        if not choice.budget:
            more = {"task": task.id, "branch": task.branch, "detail": choice.because}
            title = f"nobody can work as {task.role}"
            yield question("tool", title, ("human", "skip", "stop"), f"route:{task.id}:{task.role}", **more)
    if overdue(state, now):
        yield question("budget", "the mission's time is used up: go on, or stop?", ("go on", "stop"), "time")
    for task in state.tasks.values():
        lacking = missing(state, task) if task.state == "open" else ()
        if lacking:
            title = f"{task.title} is not executable: {', '.join(lacking)}"
            yield question("plan", title, ("skip", "stop"), f"missing:{task.id}", task=task.id, branch=task.branch)
    for (clause, branch), last in state.latest.items():
        if last.outcome == "error":
            about = f"error:{clause}:{branch}"
            more = {"branch": branch, "detail": f"{last.expression}: {last.detail}"}
            yield question("plan", f"{clause} cannot be evaluated: go on without it?", ("go on", "stop"), about, **more)
    if _all_done(state):
        why = "the target is not met" if state.terms.target.met_when else "the contract names no met_when"
        yield question("answer", f"everything planned is done and {why}: finish or stop?", ("finish", "stop"), "done")
    still = [task.id for task in state.tasks.values() if task.state == "open"]
    if still and len(state.attempts) >= state.terms.budget.attempts:
        title = f"{len(state.attempts)} attempts are used up: stop, or skip what is left?"
        yield question("budget", title, ("stop", "skip"), f"attempts:{','.join(still)}")


def _all_done(state: MissionState) -> bool:
    return (
        state.planned
        and all(task.state in FINAL_TASK for task in state.tasks.values())
        and not any(effect.state in OPEN_EFFECT for effect in state.effects.values())
        and not any(
            branch.state in {"open", "waiting"} and branch.key != "main" and _has_work(state, branch.id)
            for branch in state.branches.values()
        )
        and not any(item.about != "done" for item in state.attention.values())
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
