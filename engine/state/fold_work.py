"""The part of the fold that is about work and its outcomes: attempts, verdicts, curated items, evidence and effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.state.model import (
    Artifact,
    Attempt,
    Effect,
    Evidence,
    Given,
    Grant,
    Item,
    MissionState,
    Outage,
    RoleUse,
    Rule,
    Task,
)
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


def _verdict(s: MissionState, e: b.VerdictGiven, _ev: Event) -> None:
    attempt = s.attempts[e.attempt]
    attempt.verdicts.append(e)
    if not e.ok:
        task = s.tasks[e.task]
        task.state = "open"
        task.because = next((f"{line.criterion}: {line.detail}" for line in e.lines if not line.ok), "not accepted")


def _item(s: MissionState, e: b.ItemRecorded, ev: Event) -> None:
    s.items[e.item] = Item(e.item, e.kind, e.text, e.branch, e.task, e.attempt, e.origin, e.trust, e.privacy, ev.at)
    for old in e.supersedes:
        if old in s.items:
            s.items[old].status, s.items[old].because = "superseded", e.item


def _retracted(s: MissionState, e: b.ItemRetracted, _ev: Event) -> None:
    s.items[e.item].status, s.items[e.item].because = "retracted", e.because


def _rule(s: MissionState, e: b.RuleAdopted, ev: Event) -> None:
    s.rules[e.rule] = Rule(e.rule, e.text, e.branch, e.roles, e.origin, ev.at)


def _learned(s: MissionState, e: b.LearningRecorded, ev: Event) -> None:
    s.items[e.learning] = Item(e.learning, "learning", e.text, e.branch, "", "", "worker", "worker", "private", ev.at)


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


def _proposed(s: MissionState, e: b.EffectProposed, ev: Event) -> None:
    s.effects[e.effect] = Effect(
        id=e.effect,
        batch=e.batch,
        verb=e.verb,
        connector=e.connector,
        digest=e.digest,
        content=e.content,
        body=e.body,
        branch=e.branch,
        task=e.task,
        attempt=e.attempt,
        persons=e.persons,
        domains=e.domains,
        message_id=e.message_id,
        source=e.source,
        fields=e.fields,
        clauses=e.clauses,
        expires=e.expires,
        template=e.template,
        identity=e.identity,
        proposed_at=ev.at,
        replaces=e.replaces,
        url=e.url,
        host=e.host,
        micro_usd=e.micro_usd,
    )
    if not e.replaces:
        s.attempts[e.attempt].proposed += 1


def _edited(s: MissionState, e: b.EffectEdited, ev: Event) -> None:
    effect = s.effects[e.effect]
    effect.state, effect.approval, effect.because, effect.ended_at = "superseded", "", f"edited into {e.into}", ev.at
    effect.held, effect.held_until = "", 0


def _said_yes(s: MissionState, e: b.ApprovalGiven, _ev: Event) -> None:
    if (item := s.attention.get(e.attention)) is not None:
        item.given.append(Given(e.person, e.digest, e.clauses))


def _refused(s: MissionState, e: b.EffectRefused, _ev: Event) -> None:
    s.refused.append(e.model_dump(mode="json"))
    s.attempts[e.attempt].proposed += 1


def _approved(s: MissionState, e: b.EffectApproved, _ev: Event) -> None:
    effect = s.effects[e.effect]
    effect.state, effect.approval, effect.not_before, effect.expires = "approved", e.digest, e.not_before, e.expires
    effect.attention, effect.grant = e.attention, e.grant
    if (grant := s.grants.get(e.grant)) is not None:
        grant.used += 1
        grant.spent += effect.micro_usd


def _granted(s: MissionState, e: b.GrantGiven, ev: Event) -> None:
    s.grants[e.grant] = Grant(
        e.grant,
        e.verb,
        e.count,
        e.micro_usd,
        e.hosts,
        e.until,
        e.clauses,
        e.setup,
        e.source,
        e.because,
        ev.actor,
        ev.at,
    )


def _revoked(s: MissionState, e: b.GrantRevoked, _ev: Event) -> None:
    if (grant := s.grants.get(e.grant)) is not None:
        grant.revoked = True


def _attempting(s: MissionState, e: b.EffectAttempting, ev: Event) -> None:
    effect = s.effects[e.effect]
    effect.state, effect.key, effect.n, effect.attempted_at = "attempting", e.key, e.n, ev.at
    effect.first_at = effect.first_at or ev.at
    effect.held, effect.held_until = "", 0


def _postponed(s: MissionState, e: b.EffectPostponed, ev: Event) -> None:
    effect = s.effects[e.effect]
    effect.state, effect.because = "approved", e.because
    if not e.tried:
        return
    outage = s.outages.setdefault(effect.connector, Outage(ev.at))
    outage.because = e.because
    if not e.whole:
        effect.postponed += 1
        effect.not_before = max(effect.not_before, e.until)
        effect.held, effect.held_until = e.because, e.until
    elif effect.attempted_at > outage.at:  # of those that left together only the first counts
        outage.at, outage.failures, outage.until = ev.at, outage.failures + 1, e.until
        if e.mend and not outage.mend:
            outage.mend, outage.since = True, ev.at  # something else than before: it is asked about on its own


def _held(s: MissionState, e: b.EffectHeld, _ev: Event) -> None:
    for effect in s.effects.values():
        if effect.state == "approved" and (effect.held == e.because or effect.id in e.effects):
            effect.held, effect.held_until = e.because, e.until


def go_on(s: MissionState, about: str) -> None:
    """A human said to go on with a connector: it is tried at once. A new refusal that time does not heal is a new
    outage.
    """
    kind, _, rest = about.partition(":")
    outage = s.outages.get(rest.partition(":")[0]) if kind == "outage" else None
    if outage is not None and outage.mend:
        del s.outages[rest.partition(":")[0]]
    elif outage is not None:
        outage.until, outage.failures = 0, 0


def _done(s: MissionState, e: b.EffectDone, ev: Event) -> None:
    effect = s.effects[e.effect]
    effect.state, effect.reference, effect.approval, effect.ended_at = "done", e.reference, "", ev.at
    effect.unsure = False
    s.outages.pop(effect.connector, None)


def _closed(state: str) -> Callable[[MissionState, Any, Event], None]:
    def apply(s: MissionState, e: Any, ev: Event) -> None:
        effect = s.effects[e.effect]
        if state == "failed":
            effect.unsure = False
            s.outages.pop(effect.connector, None)  # it answers, if only to say no
        effect.state, effect.approval, effect.because, effect.ended_at = state, "", getattr(e, "because", ""), ev.at
        effect.held, effect.held_until = "", 0

    return apply


def _renewed(s: MissionState, e: b.EffectRenewed, _ev: Event) -> None:
    effect = s.effects[e.effect]
    effect.state, effect.expires, effect.approval = "awaiting", e.expires, ""
    effect.first_at = effect.unanswered = 0


def _unanswered(s: MissionState, e: b.EffectUnanswered, _ev: Event) -> None:
    s.effects[e.effect].unanswered += 1


def _doubted(s: MissionState, e: b.EffectDoubted, _ev: Event) -> None:
    effect = s.effects[e.effect]
    effect.state, effect.because, effect.unsure = "in_doubt", e.because, False
    s.doubts += 1


def _settled(s: MissionState, e: b.EffectSettled, ev: Event) -> None:
    effect = s.effects[e.effect]
    if e.outcome == "not_sent" and e.by == "lookup":
        effect.state = "approved"  # proven not to have left: the one delivery that was approved is still to come
        effect.not_before, effect.unsure = max(effect.not_before, e.until), e.unsure
        return
    effect.unsure = False
    effect.approval, effect.ended_at = "", ev.at
    if e.outcome == "sent":
        effect.state, effect.reference = "done", e.reference
    else:
        effect.state, effect.because = "failed", f"not sent, says {e.by}"


HANDLERS: dict[type[b.Body], Callable[[MissionState, Any, Event], None]] = {
    b.AttemptDispatched: _dispatched,
    b.ChargeReserved: _reserved,
    b.RouteChosen: _routed,
    b.PackageCompiled: _packed,
    b.AttemptDelivered: _delivered,
    b.AttemptParked: _parked,
    b.AttemptFailed: _ended("failed"),
    b.AttemptLost: _ended("lost"),
    b.AttemptCancelled: _ended("cancelled"),
    b.AttemptSuperseded: _superseded,
    b.VerdictGiven: _verdict,
    b.ItemRecorded: _item,
    b.ItemRetracted: _retracted,
    b.RuleAdopted: _rule,
    b.LearningRecorded: _learned,
    b.ArtifactProduced: _artifact,
    b.EvidenceRecorded: _evidence,
    b.EffectProposed: _proposed,
    b.EffectEdited: _edited,
    b.GrantGiven: _granted,
    b.GrantRevoked: _revoked,
    b.EffectRefused: _refused,
    b.ApprovalGiven: _said_yes,
    b.EffectApproved: _approved,
    b.EffectAttempting: _attempting,
    b.EffectPostponed: _postponed,
    b.EffectHeld: _held,
    b.EffectDone: _done,
    b.EffectFailed: _closed("failed"),
    b.EffectRejected: _closed("rejected"),
    b.EffectWithdrawn: _closed("withdrawn"),
    b.EffectExpired: _closed("expired"),
    b.EffectRenewed: _renewed,
    b.EffectUnanswered: _unanswered,
    b.EffectDoubted: _doubted,
    b.EffectSettled: _settled,
}
