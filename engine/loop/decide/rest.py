"""When nothing moves: say why, ask whoever can free it, or let a rehearsed mission's clock jump. Pure.

No mission rests silently: it waits for a running attempt, a timer, or an attention item that names what would free it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.governance.room import Limit
from engine.ledger import bodies as b
from engine.loop import planning
from engine.loop.decide import caps, items
from engine.loop.decide.outward import held_back, put_off, ways_missing
from engine.loop.decide.tooling import waiting as waiting_for_tools
from engine.loop.decide.tooling import why_lacking
from engine.loop.decide.work import choose, overdue
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.plan.ready import missing, ready, role_of
from engine.routing.breaker import Bar
from engine.routing.route import NoRoute
from engine.state.model import FINAL_TASK, OPEN_EFFECT, Attention, Mint, MissionState, Task
from engine.values import digest


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


def _exhausted(state: MissionState, blocked: Sequence[tuple[Task, NoRoute]], waiting: int) -> bool:
    return (
        len(blocked) == waiting
        and not any(_patient(choice) for _task, choice in blocked)
        and any(
            limit.level != "task" for task, choice in blocked if choice.budget for limit in _limits(state, task, choice)
        )
    )


def _limits(state: MissionState, task: Task, choice: NoRoute) -> list[Limit]:
    return [limit for limit, _needed in caps.binding(state, task, choice)]


def _patient(choice: NoRoute) -> bool:
    """Whether time alone may bring back somebody who passes every filter."""
    return any(not bar.mend for _name, bar in choice.waits)


def wait(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """Note what waits for which model, then raise what needs a human."""
    blocked = _blocked(state, world)
    held = _hold(state, blocked)
    if held:
        yield Record(held)
    else:
        yield from _ask(state, now, world, blocked)


def _hold(state: MissionState, blocked: Sequence[tuple[Task, NoRoute]]) -> tuple[b.Body, ...]:
    """Which model tasks wait for, and until when, and that they wait no longer: one fact for all that wait alike.

    While a model is being tried, those that wait for it go on waiting; nothing is noted before that has ended.
    """
    waiting = {task.id: choice.waits[0] for task, choice in blocked if choice.waits}
    changed: dict[tuple[str, int], list[str]] = {}
    for task in state.tasks.values():
        name, bar = waiting.get(task.id, ("", Bar("")))
        because, until = (f"{name}: {bar.reason}", 0 if bar.tried else bar.until) if name else ("", 0)
        still = bar.tried and task.held == because
        if task.state == "open" and not still and (task.held, task.held_until) != (because, until):
            changed.setdefault((because, until), []).append(task.id)
    return tuple(
        b.TaskHeld(task=ids[0], also=tuple(ids[1:]), because=because, until=until)
        for (because, until), ids in changed.items()
    )


def _ask(state: MissionState, now: int, world: World, blocked: Sequence[tuple[Task, NoRoute]]) -> Iterator[Intent]:
    """Raise what needs a human, each thing once; take back what nobody needs to answer any more."""
    mint = Mint(state)
    questions = list(_questions(state, now, world, mint, blocked))
    wanted, asked = {item.about for item in questions}, state.asked
    moot = [
        b.AttentionResolved(attention=item.id, how="moot: its cause is gone")
        for item in state.attention.values()
        if item.about.split(":")[0] in ASKED_HERE and item.about not in wanted and not _on_trial(state, item, world)
    ]
    raised = [item for item in questions if item.about not in asked]
    if raised or moot:
        yield Record((*moot, *raised))


def _on_trial(state: MissionState, item: Attention, world: World) -> bool:
    """Whether the cause may be back in a moment: work of this role runs on a model whose outage is not known to be
    over.
    """
    about, _, role = item.about.partition(":")
    return about == "route" and any(
        attempt.state == "dispatched" and attempt.role == role.partition(":")[0] and attempt.model in world.barred
        for attempt in state.attempts.values()
    )


ASKED_HERE = frozenset(
    {"exhausted", "route", "missing", "short", "attempts", "done", "error", "time", "model", "way"}
    | {"outage", "tool", "cap", "unplanned"}
)
"""What `ask` raises: the first word of `about`."""


def _questions(
    state: MissionState, now: int, world: World, mint: Mint, blocked: Sequence[tuple[Task, NoRoute]]
) -> Iterator[b.AttentionRaised]:
    def question(kind: str, title: str, choices: tuple[str, ...], about: str, **more: object) -> b.AttentionRaised:
        return b.AttentionRaised.model_validate(
            {"attention": mint("Q"), "kind": kind, "title": title, "choices": choices, "about": about, **more}
        )

    if not any(a.state == "dispatched" for a in state.attempts.values()):  # what runs may give something back
        yield from caps.questions(state, blocked, mint)
    for about, alike in _by_cause(state, blocked).items():
        first, choice = alike[0]
        detail = f"{choice.because}; {mend}" if (mend := _mend(state, first, world)) else choice.because
        tasks = tuple(task.id for task, _choice in alike)
        one = {"task": first.id, "branch": first.branch} if len(tasks) == 1 else {}
        title = f"nobody can work as {first.role}"
        yield question("tool", title, ("human", "skip", "stop"), about, refs=tasks, detail=detail, **one)
    for name, needy in waiting_for_tools(state).items():
        tool, need = state.tools[name], len(needy)
        about = f"tool:{name}:{tool.down_since or tool.at}"
        answered = sum(past.startswith(f"{about}:") for past in state.settled)
        title = f"{name} cannot be used, and {need} {'task needs' if need == 1 else 'tasks need'} it"
        detail = f"{why_lacking(tool)}; {tool.mend}" if tool.mend else why_lacking(tool)
        refs = tuple(task.id for task in needy)
        single: dict[str, object] = {"task": needy[0].id, "branch": needy[0].branch} if need == 1 else {}
        choices = ("try again", "skip", "stop")
        yield question("tool", title, choices, f"{about}:{answered}", refs=refs, detail=detail, **single)
    for name, bar in _to_mend(state, world):
        title = f"{name} cannot be asked until something is mended"
        yield question("tool", title, ("go on", "stop"), f"model:{name}:{bar.since}", detail=bar.mend)
    for effects, missing_way in ways_missing(state, now, world):
        title = f"{len(effects)} approved, but {missing_way}: they wait"
        detail = "mend config.toml; cockpit doctor says what is wrong with it. Nothing is withdrawn meanwhile"
        about = f"way:{effects[0].connector}:{effects[0].id}"
        yield question("tool", title, ("wait", "stop"), about, branch=effects[0].branch, detail=detail)
    for connector, outage, count in put_off(state, now):
        title = f"{connector} takes nothing: {count} approved wait"
        mended = "mend it, then go on" if outage.mend else "it is tried again and again; go on tries at once"
        about = f"outage:{connector}:{outage.since}"
        yield question("tool", title, ("go on", "stop"), about, detail=f"{outage.because}; {mended}")
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
    if planning.unplanned(state):
        title = "the mission has no plan: ask its planner again, or stop?"
        detail = f"cockpit plan {state.id} --propose FILE gives it one of your own; so does a contract with plan:"
        about = f"unplanned:{len(planning.plans(state))}:{len(state.proposals)}"
        yield question("plan", title, ("ask again", "stop"), about, detail=detail)
    if all_done(state):
        why = "the target is not met" if state.terms.target.met_when else "the contract names no met_when"
        yield question("answer", f"everything planned is done and {why}: finish or stop?", ("finish", "stop"), "done")
    yield from caps.attempts(state, mint)
    if caps.over_attention(state):
        yield from caps.attention(state, held_back(state), mint)


def _by_cause(state: MissionState, blocked: Sequence[tuple[Task, NoRoute]]) -> dict[str, list[tuple[Task, NoRoute]]]:
    """Tasks that somebody should decide about, by what the question is about: those of one role that wait for the same
    models, or that nobody may do for the same reasons. A question that was answered is followed by a new one, should
    anything still be in its way.
    """
    found: dict[str, list[tuple[Task, NoRoute]]] = {}
    for task, choice in blocked:
        if not choice.budget and not _brief(choice):
            models = sorted(name for name, _bar in choice.waits)
            failed = [(one.name, one.why.partition(":")[0]) for one in choice.considered]
            cause = f"route:{task.role}:{digest(models or failed)[:12]}"
            answered = sum(about.startswith(f"{cause}:") for about in state.settled)
            found.setdefault(f"{cause}:{answered}", []).append((task, choice))
    return found


def _brief(choice: NoRoute) -> bool:
    """Whether somebody who passes every filter is expected back soon: not worth a question."""
    return any(not bar.mend and not bar.long for _name, bar in choice.waits)


def _mend(state: MissionState, task: Task, world: World) -> str:
    """What would let somebody work as this role, where no outage ends by itself and no model is there at all."""
    role = role_of(state, task)
    if role is None or role.worker != "model" or any(c.worker == "model" for c in world.catalogue):
        return ""
    return "cockpit setup finds models, or write a [models.NAME] into config.toml; it is read again when it changes"


def _to_mend(state: MissionState, world: World) -> Iterator[tuple[str, Bar]]:
    """Models that failed in this mission, that time does not heal, and that unfinished work may still need."""
    failed = {a.model for a in state.attempts.values() if a.fault and state.tasks[a.task].state not in FINAL_TASK}
    for name, bar in sorted(world.barred.items()):
        if bar.mend and name in failed:
            yield name, bar


def all_done(state: MissionState) -> bool:
    """Whether everything that is planned has come to its end, and nothing is waited for."""
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
        and not held_back(state)
        and not state.live()
    )


def _has_work(state: MissionState, branch: str) -> bool:
    return any(task.branch == branch for task in state.tasks.values())


def next_due(state: MissionState) -> int | None:
    """The next moment at which something happens by itself, in mission time."""
    moments = [timer.due for timer in state.timers.values()]
    moments += [effect.not_before for effect in state.effects.values() if effect.state == "approved"]
    moments += [
        task.not_before for task in state.tasks.values() if task.state == "open" and task.not_before > state.last_at
    ]
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


def moments(state: MissionState) -> list[int]:
    """When something happens in a mission by itself, in mission time: timers, undo windows, expiries of what is
    asked and of what is known, its deadline, and when a model that is waited for may be asked again.
    """
    due = [moment for moment in (next_due(state),) if moment is not None]
    due += [task.held_until for task in state.tasks.values() if task.state == "open" and task.held_until]
    due += [e.expires for e in state.effects.values() if e.state in {"awaiting", "approved"}]
    due += [e.again_until for e in state.effects.values() if e.state == "approved" and e.unsure and e.again_until]
    due += [w.expires for w in state.wanted.values() if w.state in {"awaiting", "approved"}]
    due += [tool.until for tool in state.tools.values() if tool.up is False]
    due += items.moments(state)
    if state.terms.budget.time and state.started_at:
        due.append(state.started_at + state.terms.budget.time)
    return due
