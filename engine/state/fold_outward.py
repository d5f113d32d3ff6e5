"""The part of the fold that is about what leaves a mission: effects, their approvals, standing grants and outages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.state.model import Effect, Given, Grant, MissionState, Outage


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
            outage.setup = effect.identity


def _outage_ended(s: MissionState, e: b.OutageEnded, _ev: Event) -> None:
    s.outages.pop(e.connector, None)


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
        if isinstance(e, b.EffectRejected):
            effect.attention = e.attention
        if state == "rejected" and all(o.state == state for o in s.effects.values() if o.attempt == effect.attempt):
            s.outcomes.rejected(s.attempts[effect.attempt], ev.wall)

    return apply


def _renewed(s: MissionState, e: b.EffectRenewed, _ev: Event) -> None:
    effect = s.effects[e.effect]
    effect.state, effect.expires, effect.approval = "awaiting", e.expires, ""
    effect.first_at = effect.unanswered = 0
    effect.held, effect.held_until = "", 0


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
        effect.again_until = e.last
        return
    effect.unsure = False
    effect.approval, effect.ended_at = "", ev.at
    if e.outcome == "sent":
        effect.state, effect.reference = "done", e.reference
    else:
        effect.state, effect.because = "failed", f"not sent, says {e.by}"


HANDLERS: dict[type[b.Body], Callable[[MissionState, Any, Event], None]] = {
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
    b.OutageEnded: _outage_ended,
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
