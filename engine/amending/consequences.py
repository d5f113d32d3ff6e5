"""What an amendment means for what is under way, in sentences that are shown before it is confirmed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engine.amending.effects import barred, touched
from engine.amending.planned import Replanned
from engine.contract.model import Contract, StopRule
from engine.judge.rules import judge_branch, judge_mission
from engine.ledger import bodies as b
from engine.plan.ready import ready
from engine.state.model import Branch, MissionState, Task
from engine.values import duration, money

MOST = 6
"""So many names stand in one sentence; the others are counted."""

Kind = Literal["work", "effects", "budget", "windows", "rules", "inputs"]


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing that follows. `grave`: something ends, is lost, or has to be decided again."""

    kind: Kind
    text: str
    grave: bool = False


def consequences(
    state: MissionState,
    contract: Contract,
    inputs: Mapping[str, b.InputRef],
    done: Replanned,
    bodies: Sequence[b.Body],
    now: int,
) -> tuple[Consequence, ...]:
    """Everything that follows from an amendment whose facts are `bodies`, gravest kind of thing first."""
    after = replace(state, contract=contract)
    return (
        *_effects(state, contract, bodies),
        *_work(state, done),
        *_budget(state, contract, done, now),
        *_windows(state, bodies, now),
        *_rules(after, now),
        *_inputs(state, inputs),
    )


# -- effects


def _effects(state: MissionState, contract: Contract, bodies: Sequence[b.Body]) -> Iterator[Consequence]:
    returned = {body.effect for body in bodies if isinstance(body, b.EffectReturned)}
    dead = [e for e in state.effects.values() if e.id in returned and e.state == "approved"]
    again = [e for e in state.effects.values() if e.id in returned and e.state == "awaiting"]
    if dead:
        text = f"approvals that die, for a clause that judged them changed: {_counted(e.id for e in dead)}"
        yield Consequence("effects", f"{text}; they wait for you again", grave=True)
    if again:
        yield Consequence("effects", f"shown anew, for approval under the new clauses: {_counted(e.id for e in again)}")
    withdrawn = [body for body in bodies if isinstance(body, b.EffectWithdrawn)]
    for because in dict.fromkeys(body.because for body in withdrawn):
        gone = [body.effect for body in withdrawn if body.because == because]
        yield Consequence("effects", f"withdrawn: {_counted(gone)}; {because}", grave=True)
    moved = returned | {body.effect for body in withdrawn}
    live = [e for e in state.effects.values() if e.state == "approved" and e.id not in moved]
    if live:
        yield Consequence("effects", f"approvals that live on, for no clause that judged them changed: {len(live)}")
    leaving = [e for e in state.effects.values() if e.state == "attempting"]
    if leaving:
        text = f"being sent now, and not called back: {_counted(e.id for e in leaving)}"
        yield Consequence("effects", text, grave=True)
    rest = [e for e in touched(state, contract) if e.state == "expired" and not barred(e, contract)]
    if rest:
        yield Consequence("effects", f"expired, and may be asked for again under the new clauses: {len(rest)}")


# -- work


def _work(state: MissionState, done: Replanned) -> Iterator[Consequence]:
    if not state.planned:
        yield Consequence("work", "the plan was not opened yet: it is opened as it reads now")
        return
    if done.opened:
        yield Consequence("work", f"branches that open: {_counted(done.opened)}")
    for branch in done.removed:
        yield Consequence("work", f"branch {branch.key} is pruned, for the contract does not name it", grave=True)
    if done.added:
        yield Consequence("work", f"new tasks: {_counted(done.added)}")
    if done.changed:
        yield Consequence("work", f"open tasks that go on under new terms: {_tasks(done.changed)}")
    if done.reopened:
        yield Consequence("work", f"failed tasks that are open again: {_tasks(done.reopened)}")
    if done.later:
        text = f"run under rev {state.rev} to the end, and under the new terms if tried again: {_tasks(done.later)}"
        yield Consequence("work", text)
    cancelled = {task.id for task in done.cancelled}
    if cancelled:
        yield Consequence("work", f"cancelled: {_tasks(done.cancelled)}", grave=True)
    running = [a for a in state.attempts.values() if a.state == "dispatched"]
    ended = [a.id for a in running if a.task in cancelled]
    if ended:
        yield Consequence("work", f"attempts that are told to end, and charged: {_counted(ended)}", grave=True)
    others = [a for a in running if a.task not in cancelled | {task.id for task in done.later}]
    if others:
        yield Consequence("work", f"attempts that finish under rev {state.rev}: {len(others)}")
    accepted = sum(task.state == "accepted" for task in state.tasks.values())
    if accepted and (done.changed or done.cancelled or done.added or done.later):
        yield Consequence("work", f"accepted tasks, which stay as they are: {accepted}")


# -- budget


def _budget(state: MissionState, contract: Contract, done: Replanned, now: int) -> Iterator[Consequence]:
    old, new = state.terms.budget, contract.budget
    taken = state.spent + state.reserved
    if new.money != old.money and taken >= new.money:
        reserved = f" and {money(state.reserved)} reserved" if state.reserved else ""
        text = f"{money(state.spent)} spent{reserved}, of {money(new.money)}: nothing that costs money starts"
        yield Consequence("budget", text, grave=True)
    elif new.money != old.money:
        yield Consequence("budget", f"{money(new.money - taken)} left of {money(new.money)}")
    for branch, cap in done.shares:
        yield _share(branch, cap)
    if new.attempts != old.attempts and state.used_attempts >= new.attempts:
        text = f"{state.used_attempts} attempts were made, of {new.attempts}: none starts before you say so"
        yield Consequence("budget", text, grave=True)
    if new.time != old.time and new.time and state.started_at:
        left = state.started_at + new.time - now
        passed = f"the deadline passed {duration(-left)} ago: you are asked at once"
        yield Consequence("budget", f"the deadline is in {duration(left)}" if left > 0 else passed, grave=left <= 0)


def _share(branch: Branch, cap: int | None) -> Consequence:
    if cap is None:
        return Consequence("budget", f"{branch.key} may spend what the mission leaves it")
    was = f", before {money(branch.budget)}" if branch.budget is not None else ""
    if branch.spent + branch.reserved >= cap:
        text = f"{branch.key} has spent {money(branch.spent)} of its {money(cap)}{was}: nothing new starts in it"
        return Consequence("budget", text, grave=True)
    return Consequence("budget", f"{branch.key} may spend {money(cap)}{was}")


# -- windows, rules, inputs


def _windows(state: MissionState, bodies: Iterable[b.Body], now: int) -> Iterator[Consequence]:
    for body in bodies:
        if isinstance(body, b.BranchRetimed):
            key = state.branches[body.branch].key
            when = f"in {duration(body.until - now)}" if body.until > now else "at once; it is judged then"
            yield Consequence("windows", f"the window of {key} closes {when}", grave=body.until <= now)


def _rules(after: MissionState, now: int) -> Iterator[Consequence]:
    """What would be decided at once. `mission.exhausted` counts as true when nothing is left of the money."""

    def exhausted() -> bool:
        return bool(ready(after)) and after.spent + after.reserved >= after.terms.budget.money

    judged = judge_mission(after, now, exhausted=exhausted)
    if isinstance(judged.rule, StopRule):
        does = {"finish": "finishes", "stop": "stops"}[judged.rule.then]
        text = f"{judged.clause} holds now: the mission {does} at once; {judged.rule.because}"
        yield Consequence("rules", text, grave=True)
    for branch in after.branches.values():
        if branch.key != "main" and branch.state == "waiting":
            one = judge_branch(after, branch, now, closed=now >= branch.until, exhausted=exhausted)
            if one.rule is not None:
                text = f"{one.clause} holds for {branch.key} now: {one.rule.then}; {one.rule.because}"
                yield Consequence("rules", text, grave=True)


def _inputs(state: MissionState, inputs: Mapping[str, b.InputRef]) -> Iterator[Consequence]:
    for name, ref in inputs.items():
        before = state.inputs.get(name)
        if before is None:
            yield Consequence("inputs", f"{name}: {ref.filename} is new, for tasks that start from now on")
        elif before.sha != ref.sha:
            text = f"{name}: {ref.filename} has other bytes, for tasks that start from now on"
            yield Consequence("inputs", text)
    for name in state.inputs:
        if name not in inputs:
            yield Consequence("inputs", f"{name} is given to no task any more")


def _tasks(tasks: Sequence[Task]) -> str:
    return _counted(f"{task.id} {task.title}" for task in tasks)


def _counted(names: Iterable[str]) -> str:
    """`3 (F1, F2, F4)`."""
    found = list(names)
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"{len(found)} ({', '.join(found[:MOST])}{more})"
