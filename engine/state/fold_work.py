"""The part of the fold that is about work and its outcomes: attempts, verdicts, curated items and evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.state.fold_knowledge import checked
from engine.state.model import Artifact, Attempt, Evidence, Item, MissionState, RoleUse, Task
from engine.values import MINUTE

LOSSES = 5
"""So many attempts of a task may be lost with their engine before losing one counts as an attempt of the task."""
OUTAGES = 12
"""So many attempts of a task may fail by an outage in a hurry, on one model, before one counts as its own failure."""
HURRY = 5 * MINUTE
"""An attempt that follows the failed one before within this time is in a hurry; later, it is the probe of an outage."""
OUTAGE = frozenset(
    {"throttled", "provider_error", "unreachable", "timeout", "stalled", "cut", "garbled", "no_answer"}
    | {"key_refused", "key_missing", "key_late", "not_found", "host_lost"}
)
"""Faults that say nothing of the work or of the answer: nobody answered."""
SPARED = OUTAGE | {"reconfigured"}
"""Faults that take no attempt away from a task."""


def release(s: MissionState, attempt_id: str) -> None:
    """Free what was reserved for an attempt."""
    attempt = s.attempts[attempt_id]
    task = s.tasks[attempt.task]
    s.reserved -= attempt.reserved
    task.reserved -= attempt.reserved
    s.branches[task.branch].reserved -= attempt.reserved
    role = role_use(s, attempt)
    role.reserved -= attempt.reserved
    attempt.reserved = 0
    aside = replace(attempt.counted)
    for level in (s.counted, task.counted, s.branches[task.branch].counted, role.counted, attempt.counted):
        level.tokens_aside -= aside.tokens_aside
        level.calls_aside -= aside.calls_aside


def role_use(s: MissionState, attempt: Attempt) -> RoleUse:
    """What the role of an attempt has used over the mission."""
    return s.roles.setdefault(attempt.role, RoleUse())


def _dispatched(s: MissionState, e: b.AttemptDispatched, ev: Event) -> None:
    attempt = Attempt(e.attempt, e.task, e.role, e.worker, e.model, e.family, ev.at, ev.epoch, e.timeout, rev=s.rev)
    s.attempts[e.attempt] = attempt
    attempt.tools, attempt.without, attempt.label = e.tools, e.without, e.label
    task = s.tasks[e.task]
    task.attempts.append(e.attempt)
    task.state, task.because, task.held, task.held_until = "running", "", "", 0


def held(s: MissionState, e: b.TaskHeld, ev: Event) -> None:
    """Tasks wait for a model, or wait no longer."""
    for name in (e.task, *e.also):
        task = s.tasks[name]
        task.held, task.held_until = e.because, e.until
        task.waits_since = (task.waits_since or ev.at) if e.because else 0


def accepted(s: MissionState, e: b.TaskAccepted, ev: Event) -> None:
    """A task is done; what did it, and whether somebody could have said no."""
    task = s.tasks[e.task]
    task.state, task.because, task.accepted = "accepted", "", e.attempt
    if e.attempt:
        s.outcomes.accepted(task, s.attempts[e.attempt], ev.wall)
        s.standing.accept(e.attempt, ev.height)


def measured(s: MissionState, e: b.TaskMeasured, _ev: Event) -> None:
    """What a task must be told needs so much room."""
    s.tasks[e.task].told = e.tokens


def _reserved(s: MissionState, e: b.ChargeReserved, _ev: Event) -> None:
    attempt = s.attempts[e.attempt]
    task = s.tasks[attempt.task]
    attempt.reserved = e.micro_usd
    s.reserved += e.micro_usd
    task.reserved += e.micro_usd
    s.branches[task.branch].reserved += e.micro_usd
    role = role_use(s, attempt)
    role.reserved += e.micro_usd
    for level in (s.counted, task.counted, s.branches[task.branch].counted, role.counted, attempt.counted):
        level.tokens_aside += e.tokens
        level.calls_aside += e.calls


def _routed(s: MissionState, e: b.RouteChosen, _ev: Event) -> None:
    s.attempts[e.attempt].route = e.model_dump(mode="json")


def _packed(s: MissionState, e: b.PackageCompiled, _ev: Event) -> None:
    attempt = s.attempts[e.attempt]
    attempt.package, attempt.manifest, attempt.package_tokens = e.text, e.manifest, e.tokens


def _delivered(s: MissionState, e: b.AttemptDelivered, ev: Event) -> None:
    attempt = s.attempts[e.attempt]
    attempt.state, attempt.handoff, attempt.summary, attempt.proposals = "delivered", e.handoff, e.summary, e.effects
    attempt.latency, attempt.ended_at = e.latency, ev.at
    task = s.tasks[attempt.task]
    if task.kind == "second":  # it is compared, and never leaves
        attempt.proposals = 0
    task.waits_since = 0
    if task.state == "running":
        task.state = "verifying"


def _parked(s: MissionState, e: b.AttemptParked, _ev: Event) -> None:
    attempt = s.attempts[e.attempt]
    attempt.state, attempt.question = "parked", e.question


def _ended(state: str) -> Callable[[MissionState, Any, Event], None]:
    def apply(s: MissionState, e: Any, ev: Event) -> None:
        attempt = s.attempts[e.attempt]
        attempt.state, attempt.because, attempt.ended_at = state, e.because, ev.at
        attempt.retryable = getattr(e, "retryable", True)
        attempt.latency = getattr(e, "latency", 0)
        attempt.fault = getattr(e, "fault", "")
        task = s.tasks[attempt.task]
        if task.state == "running":
            task.state, task.because = "open", e.because
        attempt.spared = _spared(s, attempt, task)
        s.outcomes.failed(task, attempt, attempt.fault, ev.wall)
        task.waits_since = (task.waits_since or ev.at) if attempt.fault in OUTAGE else 0
        if state == "cancelled" or attempt.spared:
            task.allowed += 1  # an ending that says nothing of the work takes no attempt away from it
        elif not attempt.retryable:
            task.allowed = len(task.attempts)

    return apply


def _spared(s: MissionState, attempt: Attempt, task: Task) -> bool:
    """Whether an attempt ended by no fault of the work: lost with its engine, or in an outage. Not without limit: what
    fails again and again while the model is not barred, because it works for others, is the task's own failure.
    """
    if attempt.state == "lost":
        return sum(s.attempts[a].state == "lost" for a in task.attempts) <= LOSSES
    if attempt.fault not in SPARED:
        return False
    failed = [a for a in map(s.attempts.__getitem__, task.attempts) if a.fault in SPARED and a.model == attempt.model]
    return sum(later.at - earlier.ended_at < HURRY for earlier, later in pairwise(failed)) < OUTAGES


def _superseded(s: MissionState, e: b.AttemptSuperseded, _ev: Event) -> None:
    s.attempts[e.attempt].superseded = True


def _verdict(s: MissionState, e: b.VerdictGiven, ev: Event) -> None:
    attempt = s.attempts[e.attempt]
    attempt.verdicts.append(e)
    for line in e.lines:
        if line.rule:
            checked(s, line, e.task)
    if not e.ok:
        s.outcomes.refuted(attempt, e, ev.wall)
        s.standing.refuse(e.attempt, f"{e.attempt} was not accepted", ev.height)
        task = s.tasks[e.task]
        task.state = "open"
        task.because = next((f"{line.criterion}: {line.detail}" for line in e.lines if not line.ok), "not accepted")


def _item(s: MissionState, e: b.ItemRecorded, ev: Event) -> None:
    s.standing.record(item_of(e, ev.at), ev.height)


def item_of(e: b.ItemRecorded, at: int) -> Item:
    """An item as it was recorded."""
    item = Item(e.item, e.kind, e.text, e.branch, e.task, e.attempt, e.origin, e.trust, e.privacy, at)
    item.subject, item.value, item.scope, item.brief = e.subject, e.value, e.scope, e.brief
    item.supports, item.supersedes = e.supports, e.supersedes
    item.holds_from, item.expires, item.pin = e.holds_from, e.expires, e.pin
    item.status = "proposed" if e.proposed else "active"
    return item


def _retracted(s: MissionState, e: b.ItemRetracted, ev: Event) -> None:
    s.standing.retract(e.item, e.because, ev.height)


def _adopted(s: MissionState, e: b.ItemAdopted, ev: Event) -> None:
    s.standing.adopt(e.item, e.because, ev.height)


def _expired(s: MissionState, e: b.ItemExpired, ev: Event) -> None:
    s.standing.expire(e.item, ev.height)


def _artifact(s: MissionState, e: b.ArtifactProduced, _ev: Event) -> None:
    s.artifacts[e.artifact] = Artifact(e.artifact, e.name, e.sha, e.bytes, e.media, e.task, e.attempt)


def _evidence(s: MissionState, e: b.EvidenceRecorded, ev: Event) -> None:
    s.evidence[e.evidence] = Evidence(
        e.evidence,
        e.metric,
        e.branch,
        e.source,
        e.grade,
        e.value,
        e.task,
        e.attempt,
        e.about,
        e.person,
        e.message,
        e.blob,
        e.key,
        e.note,
        ev.at,
    )
    if e.key:
        s.keys.add(e.key)


def _neared(s: MissionState, e: b.BudgetNeared, _ev: Event) -> None:
    s.neared.add(f"{e.level}:{e.branch or e.role}:{e.dimension}:{e.cap}")


HANDLERS: dict[type[b.Body], Callable[[MissionState, Any, Event], None]] = {
    b.AttemptDispatched: _dispatched,
    b.ChargeReserved: _reserved,
    b.RouteChosen: _routed,
    b.PackageCompiled: _packed,
    b.AttemptDelivered: _delivered,
    b.AttemptParked: _parked,
    b.BudgetNeared: _neared,
    b.AttemptFailed: _ended("failed"),
    b.AttemptLost: _ended("lost"),
    b.AttemptCancelled: _ended("cancelled"),
    b.AttemptSuperseded: _superseded,
    b.VerdictGiven: _verdict,
    b.ItemRecorded: _item,
    b.ItemRetracted: _retracted,
    b.ItemAdopted: _adopted,
    b.ItemExpired: _expired,
    b.ArtifactProduced: _artifact,
    b.EvidenceRecorded: _evidence,
}
