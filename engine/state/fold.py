"""fold(events) -> MissionState. One small function per event kind; no clock, no I/O, no judgement.

`evolve` changes the state it is given and returns it: whoever folds owns the state. Everybody else only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engine.contract.model import stored
from engine.contract.planned import Criterion
from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.state import fold_amending as amending
from engine.state import fold_knowledge as knowledge
from engine.state import fold_outward as outward
from engine.state import fold_planning as planning
from engine.state import fold_tools as tools
from engine.state import fold_work as work
from engine.state.model import Attention, Branch, Charge, Check, Decision, Evaluation, MissionState, Task, Timer
from engine.values import MissionId

FOLD_VERSION = 1

Apply = Callable[[MissionState, Any, Event], None]


def _created(s: MissionState, e: b.MissionCreated, ev: Event) -> None:
    s.title, s.rev, s.contract, s.source = e.title, e.rev, stored(e.contract), e.source
    s.inputs = {ref.name: ref for ref in e.inputs}
    s.files = e.files
    s.rehearsed, s.seed, s.created_at, s.status = e.rehearsed, e.seed, ev.at, "draft"


def _started(s: MissionState, _e: b.MissionStarted, ev: Event) -> None:
    s.status, s.started_at = "active", ev.at


def _paused(s: MissionState, e: b.MissionPaused, _ev: Event) -> None:
    s.status, s.because = "paused", e.because


def _resumed(s: MissionState, _e: b.MissionResumed, _ev: Event) -> None:
    s.status, s.because = "active", ""


def _ended(status: str) -> Apply:
    def apply(s: MissionState, e: b.MissionStopped | b.MissionFinished, ev: Event) -> None:
        s.status, s.because, s.clause, s.ended_at = status, e.because, e.clause, ev.at
        s.timers.clear()

    return apply


def _opened(s: MissionState, e: b.BranchOpened, ev: Event) -> None:
    s.branches[e.branch] = Branch(e.branch, e.key, e.parent, e.hypothesis, e.budget, e.params, ev.at)
    s.branches[e.branch].tokens, s.branches[e.branch].calls = e.tokens, e.calls


def _waiting(s: MissionState, e: b.BranchWaiting, _ev: Event) -> None:
    branch = s.branches[e.branch]
    branch.state, branch.until, branch.because = "waiting", e.until, e.because
    branch.windows += 1


def _extended(s: MissionState, e: b.BranchExtended, _ev: Event) -> None:
    branch = s.branches[e.branch]
    branch.state, branch.until, branch.because, branch.clause = "waiting", e.until, e.because, e.clause
    branch.windows += 1


def _kept(s: MissionState, e: b.BranchKept, ev: Event) -> None:
    branch = s.branches[e.branch]
    branch.state, branch.because, branch.clause, branch.judged_at = "kept", e.because, e.clause, ev.height
    _drop_timers(s, e.branch)


def _pruned(s: MissionState, e: b.BranchPruned, ev: Event) -> None:
    branch = s.branches[e.branch]
    branch.state, branch.because, branch.clause, branch.judged_at = "pruned", e.because, e.clause, ev.height
    branch.released = e.released
    _drop_timers(s, e.branch)


def _drop_timers(s: MissionState, branch: str) -> None:
    for timer in [t for t in s.timers.values() if t.branch == branch]:
        del s.timers[timer.id]


def _added(s: MissionState, e: b.TaskAdded, _ev: Event) -> None:
    s.task_keys.add(e.key)
    s.tasks[e.task] = Task(
        id=e.task,
        key=e.key,
        branch=e.branch,
        kind=e.kind,
        title=e.title,
        role=e.role,
        verb=e.verb,
        needs=e.needs,
        context=e.context,
        proposes=e.proposes,
        produces=e.produces,
        criteria=tuple(Criterion.model_validate(c, strict=False, context={"stored": True}) for c in e.criteria),
        budget=e.budget,
        allowed=e.attempts,
        verify=e.verify,
        reviewer=e.reviewer,
        fallback=e.fallback,
        params=e.params,
        subject=e.subject,
        metric=e.metric,
        tools=e.tools,
        tokens=e.tokens,
        calls=e.calls,
        planned_role=e.role,
        once=e.once,
    )


def _task_state(state: str) -> Apply:
    def apply(s: MissionState, e: Any, _ev: Event) -> None:
        task = s.tasks[e.task]
        task.state, task.because = state, getattr(e, "because", "")

    return apply


def _retried(s: MissionState, e: b.TaskRetried, _ev: Event) -> None:
    task = s.tasks[e.task]
    task.state, task.because, task.allowed = "open", e.because, max(task.allowed, len(task.attempts)) + e.attempts
    task.not_before = e.not_before
    if e.role:
        before = s.terms.roles.get(task.role)
        task.local = task.local or (before is not None and before.privacy == "local")
        task.role, task.fallen_back = e.role, True
        task.held, task.held_until, task.waits_since = "", 0, 0


def _restored(s: MissionState, e: b.TaskRestored, _ev: Event) -> None:
    task = s.tasks[e.task]
    task.state, task.because, task.not_before = "accepted", "", 0


def _given_more(s: MissionState, e: b.TaskRaised, _ev: Event) -> None:
    task = s.tasks[e.task]
    task.budget = task.budget if e.budget is None else e.budget
    task.tokens = task.tokens if e.tokens is None else e.tokens
    task.calls = task.calls if e.calls is None else e.calls
    task.package = task.package if e.package is None else e.package


def _settled(s: MissionState, e: b.ChargeSettled, ev: Event) -> None:
    work.release(s, e.attempt)
    _book(s, e.attempt, e.task, e.branch, e.micro_usd, e.counted, e.calls)
    attempt = s.attempts[e.attempt]
    attempt.settled, attempt.tokens = True, e.tokens
    if e.outcome == "useful" and e.basis != "reservation":
        s.outcomes.cost(attempt, e.micro_usd, ev.wall)
    s.charges.append(
        Charge(
            ev.height,
            ev.at,
            e.attempt,
            e.task,
            e.branch,
            e.role,
            e.worker,
            e.model,
            e.purpose,
            e.outcome,
            e.tokens,
            e.micro_usd,
            e.basis,
            e.calls,
            e.counted,
        )
    )


def _corrected(s: MissionState, e: b.ChargeCorrected, ev: Event) -> None:
    attempt = s.attempts[e.attempt]
    task = s.tasks[attempt.task]
    _book(s, attempt.id, task.id, task.branch, e.micro_usd, e.counted, e.calls)
    attempt.tokens = attempt.tokens + e.tokens
    s.charges.append(
        Charge(
            ev.height,
            ev.at,
            attempt.id,
            task.id,
            task.branch,
            attempt.role,
            attempt.worker,
            attempt.model,
            "review" if task.kind in {"second", "judge"} else task.kind,
            "lost",
            e.tokens,
            e.micro_usd,
            "reported",
            e.calls,
            e.counted,
        )
    )


def _book(
    s: MissionState, attempt: str, task: str, branch: str, micro_usd: int, tokens: int = 0, calls: int = 0
) -> None:
    s.spent += micro_usd
    s.attempts[attempt].spent += micro_usd
    s.tasks[task].spent += micro_usd
    s.branches[branch].spent += micro_usd
    role = work.role_use(s, s.attempts[attempt])
    role.spent += micro_usd
    levels = (s, s.attempts[attempt], s.tasks[task], s.branches[branch], role)
    for counted in (level.counted for level in levels):
        counted.tokens += tokens
        counted.calls += calls


def _timer_set(s: MissionState, e: b.TimerSet, _ev: Event) -> None:
    s.timers[e.timer] = Timer(e.timer, e.due, e.purpose, e.branch, e.cadence)


def _timer_fired(s: MissionState, e: b.TimerFired, _ev: Event) -> None:
    s.timers.pop(e.timer, None)
    s.missed += e.missed


def _jumped(s: MissionState, e: b.ClockAdvanced, _ev: Event) -> None:
    s.skew += e.by
    s.jumps += 1


def _check_started(s: MissionState, e: b.CheckStarted, ev: Event) -> None:
    s.checks[e.check] = Check(e.check, e.branch, e.metrics, ev.epoch)


def _check_ended(s: MissionState, e: b.CheckEnded, ev: Event) -> None:
    check = s.checks.pop(e.check, None)
    if check is not None:
        s.checked.setdefault(check.branch, []).append(ev.at)


def _raised(s: MissionState, e: b.AttentionRaised, ev: Event) -> None:
    s.attention[e.attention] = Attention(
        e.attention,
        e.kind,
        e.title,
        e.branch,
        e.task,
        e.attempt,
        e.refs,
        e.detail,
        e.choices,
        e.expires,
        e.about,
        ev.at,
    )


def _resolved(s: MissionState, e: b.AttentionResolved, _ev: Event) -> None:
    """What was settled is not asked again; what became moot may be, should its cause come back."""
    item = s.attention.pop(e.attention, None)
    if item and item.about and not e.how.startswith("moot"):
        s.settled.add(item.about)
        outward.go_on(s, item.about)


def _decided(s: MissionState, e: b.DecisionMade, ev: Event) -> None:
    s.decisions.append(
        Decision(
            ev.height,
            ev.at,
            ev.actor,
            e.attention,
            e.what,
            e.subject,
            e.digest,
            e.text,
            e.excepted,
            e.waited,
            e.scripted,
            e.focus_ms,
            e.opened,
        )
    )
    s.attention_ms += e.focus_ms


def _evaluated(s: MissionState, e: b.ConditionEvaluated, ev: Event) -> None:
    evaluation = Evaluation(ev.height, ev.at, e.clause, e.branch, e.expression, e.facts, e.outcome, e.detail)
    s.evaluations.append(evaluation)
    s.latest[e.clause, e.branch] = evaluation
    if e.branch:
        s.branches[e.branch].judged_at = ev.height


HANDLERS: dict[type[b.Body], Apply] = {
    b.MissionCreated: _created,
    b.MissionStarted: _started,
    b.MissionPaused: _paused,
    b.MissionResumed: _resumed,
    b.MissionStopped: _ended("stopped"),
    b.MissionFinished: _ended("finished"),
    b.BranchOpened: _opened,
    b.BranchWaiting: _waiting,
    b.BranchExtended: _extended,
    b.BranchKept: _kept,
    b.BranchPruned: _pruned,
    b.TaskAdded: _added,
    b.TaskAccepted: work.accepted,
    b.TaskFailed: _task_state("failed"),
    b.TaskCancelled: _task_state("cancelled"),
    b.TaskRestored: _restored,
    b.TaskHeld: work.held,
    b.TaskMeasured: work.measured,
    b.TaskRaised: _given_more,
    b.TaskRetried: _retried,
    b.ChargeSettled: _settled,
    b.ChargeCorrected: _corrected,
    b.TimerSet: _timer_set,
    b.TimerFired: _timer_fired,
    b.ClockAdvanced: _jumped,
    b.CheckStarted: _check_started,
    b.CheckEnded: _check_ended,
    b.AttentionRaised: _raised,
    b.AttentionResolved: _resolved,
    b.DecisionMade: _decided,
    b.ConditionEvaluated: _evaluated,
    **work.HANDLERS,
    **knowledge.HANDLERS,
    **outward.HANDLERS,
    **amending.HANDLERS,
    **planning.HANDLERS,
    **tools.HANDLERS,
}


def evolve(state: MissionState, event: Event) -> MissionState:
    """Apply one event to the state it is given."""
    body = b.decode(event)
    handler = HANDLERS.get(type(body))
    if handler is not None:
        handler(state, body, event)
    else:
        state.opaque += isinstance(body, b.Opaque)
    _count(state, event)
    state.height, state.head, state.last_at = event.height, event.hash, event.at
    state.last_wall = event.wall
    return state


def fold(mission: MissionId, events: Iterable[Event]) -> MissionState:
    """The state of a mission after these events. Raises `DamagedError` for a body without its shape."""
    state = MissionState(mission)
    for event in events:
        evolve(state, event)
    return state


_MINTED = (
    "branch",
    "task",
    "effect",
    "evidence",
    "item",
    "rule",
    "artifact",
    "timer",
    "check",
    "attention",
    "learning",
    "batch",
    "grant",
    "wanted",
    "proposal",
)
_MINTING = frozenset(
    {
        "branch.opened",
        "task.added",
        "effect.proposed",
        "evidence.recorded",
        "item.recorded",
        "rule.adopted",
        "artifact.produced",
        "timer.set",
        "check.started",
        "attention.raised",
        "learning.recorded",
        "grant.given",
        "tool.asked",
        "plan.proposed",
    }
)


def _count(state: MissionState, event: Event) -> None:
    """Keep the counters from which the next ids are minted."""
    if event.kind not in _MINTING:
        return
    for name in _MINTED:
        value = event.body.get(name)
        if isinstance(value, str) and value[1:].isdecimal():
            letter, number = value[0], int(value[1:])
            if number > state.counters.get(letter, 0):
                state.counters[letter] = number
