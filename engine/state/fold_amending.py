"""The part of the fold that is about amending: another contract, other terms for what is under way, and content that
was erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.contract.model import Contract, stored
from engine.contract.planned import Criterion
from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.state.model import Amended, Erased, MissionState

_LIMITS = ("exhausted", "short", "attempts", "time", "denied", "cap")
"""What was settled about a limit of the old contract is asked again under the new one: the first word of `about`."""


def _amended(s: MissionState, e: b.ContractAmended, ev: Event) -> None:
    contract = stored(e.contract)
    before = dict(_conditions(s.terms))
    after = dict(_conditions(contract))
    s.latest = {key: last for key, last in s.latest.items() if before.get(key[0]) == after.get(key[0])}
    s.settled = {about for about in s.settled if about.split(":")[0] not in _LIMITS}
    s.rev, s.contract, s.source = e.rev, contract, e.source
    s.inputs = {ref.name: ref for ref in e.inputs}
    s.files = s.files if e.files is None else e.files
    for name in e.later:
        s.tasks[name].outdated = True
    s.amendments.append(Amended(ev.height, ev.at, ev.actor, e.rev, e.digest, e.source, e.changes, e.because))


def _conditions(contract: Contract) -> Iterator[tuple[str, str]]:
    """Every condition by the name under which its evaluations are kept."""
    yield "target.met_when", contract.target.met_when or ""
    yield from ((f"judge[{index}]", rule.when) for index, rule in enumerate(contract.judge))
    yield from ((f"stop[{index}]", rule.when) for index, rule in enumerate(contract.stop))


def _branch(s: MissionState, e: b.BranchAmended, _ev: Event) -> None:
    branch = s.branches[e.branch]
    branch.hypothesis, branch.budget, branch.params = e.hypothesis, e.budget, e.params
    branch.tokens, branch.calls = e.tokens, e.calls


def _retimed(s: MissionState, e: b.BranchRetimed, _ev: Event) -> None:
    s.branches[e.branch].until = e.until


def _task(s: MissionState, e: b.TaskAmended, _ev: Event) -> None:
    task = s.tasks[e.task]
    task.title, task.verb, task.needs, task.context = e.title, e.verb, e.needs, e.context
    task.once = e.once
    task.proposes, task.produces = e.proposes, e.produces
    task.budget, task.tokens, task.calls = e.budget, e.tokens, e.calls
    task.criteria = tuple(Criterion.model_validate(c, strict=False, context={"stored": True}) for c in e.criteria)
    task.verify, task.reviewer, task.fallback, task.params = e.verify, e.reviewer, e.fallback, e.params
    task.tools = e.tools
    if e.role != task.role:
        task.role, task.fallen_back, task.local = e.role, False, False
    task.allowed = len(task.attempts) + e.attempts
    task.outdated, task.told, task.held, task.held_until, task.waits_since = False, 0, "", 0, 0
    if task.state == "failed":
        task.state, task.because = "open", ""


def _cleared(s: MissionState, e: b.TimerCleared, _ev: Event) -> None:
    s.timers.pop(e.timer, None)


def _returned(s: MissionState, e: b.EffectReturned, _ev: Event) -> None:
    effect = s.effects[e.effect]
    effect.clauses, effect.approval, effect.attention = e.clauses, "", ""
    effect.held, effect.held_until = "", 0
    if effect.state in {"awaiting", "approved"}:
        effect.state, effect.expires, effect.because = "awaiting", e.expires, e.because


def _erased(s: MissionState, e: b.BlobErased, ev: Event) -> None:
    s.erased[e.blob] = Erased(ev.height, ev.at, e.blob, e.what, e.because, e.instead)
    if e.instead is None:
        return
    for name, ref in s.inputs.items():
        if ref.sha == e.blob:
            s.inputs[name] = ref.model_copy(update={"sha": e.instead})
    for artifact in s.artifacts.values():
        if artifact.sha == e.blob:
            artifact.sha = e.instead
    for attempt in s.attempts.values():
        if attempt.handoff == e.blob:
            attempt.handoff = e.instead
    if s.source == e.blob:
        s.source = e.instead


HANDLERS: dict[type[b.Body], Callable[[MissionState, Any, Event], None]] = {
    b.ContractAmended: _amended,
    b.BranchAmended: _branch,
    b.BranchRetimed: _retimed,
    b.TaskAmended: _task,
    b.TimerCleared: _cleared,
    b.EffectReturned: _returned,
    b.BlobErased: _erased,
}
