"""What a result means: from the one row a job left to the facts that follow. Pure.

A late result of an attempt that had already ended never changes state; its spend is counted. A result that says
less than it should is treated as unknown, never as good news.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.governance.money import correct, settle
from engine.governance.room import room
from engine.ledger import bodies as b
from engine.ledger.protocol import Result
from engine.loop.absorb_tools import absorb_look, absorb_tool
from engine.loop.decide.pace import patience
from engine.loop.decide.recover import doubt
from engine.routing.breaker import Ended
from engine.state.model import OVER, Attempt, Effect, Mint, MissionState
from engine.values import MissionId, Tokens, money


def absorb(state: MissionState, result: Result) -> tuple[b.Body, ...]:
    """The facts of one result, in the mission it belongs to."""
    match result.kind:
        case "attempt":
            return _attempt(state, result)
        case "effect":
            return _effect(state, result)
        case "lookup":
            return _lookup(state, result)
        case "check":
            return _check(state, result)
        case "tool":
            return absorb_tool(state, result)
        case "look":
            return absorb_look(state, result)
        case _:
            return ()


def _attempt(state: MissionState, result: Result) -> tuple[b.Body, ...]:
    attempt = state.attempts.get(_local(state.id, result.job))
    if attempt is None:
        return ()
    body = result.body
    usage = Tokens.model_validate(body["usage"]) if body.get("usage") is not None else None
    calls = int(body["calls"]) if body.get("calls") is not None else None
    if attempt.state != "dispatched":
        correction = correct(attempt, usage, "a late result tells the usage", calls) if not attempt.superseded else None
        late = (
            ()
            if attempt.superseded
            else (b.AttemptSuperseded(attempt=attempt.id, because=f"it was {attempt.state} already"),)
        )
        return (*late, correction) if correction else late
    latency = int(body.get("latency_ms", 0))
    end = body.get("end")
    if end == "parked":
        return _parked(state, attempt, str(body.get("question", "")))
    outcome = {"handoff": "useful", "failed": "failed", "cancelled": "cancelled"}.get(str(end), "failed")
    charge = settle(state, attempt, usage, outcome, calls)
    ended: b.Body
    if end == "handoff":
        ended = b.AttemptDelivered(
            attempt=attempt.id,
            handoff=body["handoff"],
            summary=body.get("summary", ""),
            effects=int(body.get("effects", 0)),
            latency=latency,
        )
    elif end == "cancelled":
        ended = b.AttemptCancelled(attempt=attempt.id, because=str(body.get("reason", "")) or "told to end")
    else:
        ended = b.AttemptFailed(
            attempt=attempt.id,
            because=_reason(body),
            retryable=bool(body.get("retryable", True)),
            latency=latency,
            fault=str(body.get("fault", "")),
            answer=body.get("answer"),
        )
    return (ended, charge, *_overrun(state, attempt, charge))


def _reason(body: Mapping[str, Any]) -> str:
    reason, detail = str(body.get("reason", "it failed without a reason")), str(body.get("detail", ""))
    return f"{reason}: {detail}" if detail and detail not in reason else reason


def _overrun(state: MissionState, attempt: Attempt, charge: b.ChargeSettled) -> tuple[b.Body, ...]:
    """A provider that reports more than was reserved, of money or of what something limits: recorded truly, and the
    mission pauses and asks.
    """
    because = _more(state, attempt, charge)
    if not because or state.status != "active":
        return ()
    question = b.AttentionRaised(
        attention=Mint(state)("Q"),
        kind="budget",
        title="an attempt used more than was reserved for it",
        task=attempt.task,
        attempt=attempt.id,
        detail=because,
        choices=("go on", "stop"),
        about=f"overrun:{attempt.id}",
    )
    return (b.MissionPaused(because=because), question)


def _more(state: MissionState, attempt: Attempt, charge: b.ChargeSettled) -> str:
    """What of an attempt was more than was set aside; empty when nothing was that is limited."""
    if charge.micro_usd > attempt.reserved:
        return f"{attempt.id} cost {money(charge.micro_usd)}, {money(attempt.reserved)} was reserved"
    space, aside = room(state, state.tasks[attempt.task]), attempt.counted
    if space.tokens is not None and charge.counted > aside.tokens_aside:
        return f"{attempt.id} used {charge.counted:,} tokens, {aside.tokens_aside:,} were reserved"
    if space.calls is not None and charge.calls > aside.calls_aside:
        return f"{attempt.id} made {charge.calls} calls, {aside.calls_aside} were reserved"
    return ""


def _parked(state: MissionState, attempt: Attempt, question: str) -> tuple[b.Body, ...]:
    task = state.tasks[attempt.task]
    judging = task.kind in {"review", "judge"}
    raised = b.AttentionRaised(
        attention=Mint(state)("Q"),
        kind="review" if judging else "answer",
        title=question[:300] if attempt.worker == "human" else f"{task.title}: the worker asks",
        detail="" if attempt.worker == "human" else question,
        branch=task.branch,
        task=task.id,
        attempt=attempt.id,
        refs=(attempt.id,),
        choices=("accept", "reject") if judging else (),
        about=f"parked:{attempt.id}",
    )
    return (b.AttemptParked(attempt=attempt.id, question=question), raised)


def _effect(state: MissionState, result: Result) -> tuple[b.Body, ...]:
    effect = state.effects.get(str(result.body.get("effect", "")))
    if effect is None or int(result.body.get("n", 0)) != effect.n:
        return ()
    outcome, said = result.body.get("outcome"), str(result.body.get("said", ""))
    if effect.state == "in_doubt" and outcome == "delivered":
        return (
            b.EffectSettled(effect=effect.id, outcome="sent", by="connector", reference=said),
            *_settle_doubt(state, effect.id, "the connector answered late"),
        )
    if effect.state != "attempting":
        return ()
    if outcome == "delivered":
        return (b.EffectDone(effect=effect.id, reference=said),)
    if outcome == "withdrawn":
        return (b.EffectWithdrawn(effect=effect.id, because=said),)
    if outcome == "held":
        return (b.EffectPostponed(effect=effect.id, because=said, tried=False),)
    if outcome == "refused" and (result.body.get("temporary") or result.body.get("whole")):
        return (_postponed(state, effect, result.body, said),)
    if outcome == "refused" and effect.unsure:  # the first time may have arrived, whatever is said of the second
        return doubt(Mint(state), effect, f"its answer was lost, and it was refused when it was sent again: {said}")
    if outcome == "refused":
        failed = b.EffectFailed(effect=effect.id, because=said)
        if state.status in OVER or state.branches[effect.branch].state == "pruned":
            return (failed,)
        question = b.AttentionRaised(
            attention=Mint(state)("Q"),
            kind="answer",
            title=f"{effect.id} ({effect.verb}) was refused: ask again, or drop?",
            branch=effect.branch,
            task=effect.task,
            refs=(effect.id,),
            detail=said,
            choices=("ask again", "drop"),
            about=f"refused:{effect.id}:{effect.n}",
        )
        return (failed, question)
    if result.body.get("lookup"):
        # still attempting, and nobody runs it: the next decision asks the connector
        return (b.EffectUnanswered(effect=effect.id, because=said or "the connector gave no clear answer"),)
    return doubt(Mint(state), effect, said or "the connector gave no clear answer")


def _postponed(state: MissionState, effect: Effect, body: Mapping[str, Any], said: str) -> b.EffectPostponed:
    """A refusal that says nothing against the effect: it goes later, under the same approval, while that lasts."""
    outage, whole = state.outages.get(effect.connector), bool(body.get("whole"))
    if whole and not body.get("temporary"):
        return b.EffectPostponed(effect=effect.id, because=said, whole=True, mend=True)
    now = max(state.last_at, int(body.get("at", 0)) + state.skew)
    until = now + patience(effect.postponed)
    if whole:
        counted = outage is not None and effect.attempted_at <= outage.at
        until = outage.until if outage and counted else now + patience(outage.failures if outage else 0)
    return b.EffectPostponed(effect=effect.id, because=said, until=min(until, effect.expires), whole=whole)


def _lookup(state: MissionState, result: Result) -> tuple[b.Body, ...]:
    effect = state.effects.get(str(result.body.get("effect", "")))
    if effect is None or effect.state != "attempting" or int(result.body.get("n", 0)) != effect.n:
        return ()
    outcome, said = result.body.get("outcome"), str(result.body.get("said", ""))
    if outcome == "delivered":
        return (b.EffectSettled(effect=effect.id, outcome="sent", by="lookup", reference=said),)
    if outcome == "not_found":
        now = max(state.last_at, int(result.body.get("at", 0)) + state.skew)
        unsure = result.body.get("delivery") == "dedup"
        late = effect.unanswered > 1  # after the first silence, or an engine's death, at once; then ever more slowly
        until = now + patience(effect.unanswered - 2) if late else 0
        within = int(result.body.get("within", 0)) if unsure else 0
        last = effect.first_at + within if within else 0
        return (
            b.EffectSettled(effect=effect.id, outcome="not_sent", by="lookup", until=until, unsure=unsure, last=last),
        )
    return doubt(Mint(state), effect, said or "the look-up gave no clear answer")


def _settle_doubt(state: MissionState, effect: str, how: str) -> tuple[b.Body, ...]:
    return tuple(
        b.AttentionResolved(attention=item.id, how=how)
        for item in state.attention.values()
        if item.kind == "doubt" and effect in item.refs
    )


def _check(state: MissionState, result: Result) -> tuple[b.Body, ...]:
    check = state.checks.get(_local(state.id, result.job))
    if check is None:
        return ()
    mint, out, seen = Mint(state), [], set(state.keys)
    for found in result.body.get("found", []):
        if found["key"] in seen:
            continue
        seen.add(found["key"])
        out.append(
            b.EvidenceRecorded(
                evidence=mint("E"),
                metric="inbox",
                branch=found["branch"],
                source=found["source"],
                grade="external",
                about=found["effect"],
                person=found["person"],
                message=found["kind"],
                blob=found["blob"],
                key=found["key"],
                note=found.get("note", ""),
            )
        )
    return (*out, b.CheckEnded(check=check.id, found=len(out), error=str(result.body.get("error", ""))))


def suppressions(state: MissionState, result: Result) -> tuple[tuple[str, str, str], ...]:
    """Person, reason and address blob of everybody who said stop, bounced hard or complained: recorded before
    anything else.

    What happens in a rehearsal stays there.
    """
    if result.kind != "check" or state.rehearsed:
        return ()
    because = {"stop": "asked to stop", "bounce": "the address bounced", "complaint": "complained"}
    return tuple(
        (found["person"], because[found["kind"]], found.get("address", ""))
        for found in result.body.get("found", [])
        if found["kind"] in because
    )


def ended(attempt: Attempt, result: Result) -> Ended:
    """The end of an attempt as the breaker sees it."""
    body = result.body
    return Ended(
        job=result.job,
        at=attempt.at,
        good=body.get("end") == "handoff",
        fault=str(body.get("fault", "")) if body.get("end") == "failed" else "",
        because=_reason(body) if body.get("end") == "failed" else "",
        retry_after=int(body.get("retry_after_ms", 0)),
        setup=str(attempt.route.get("setup", "")),
    )


def _local(mission: MissionId, job: str) -> str:
    return job.removeprefix(f"{mission}/")
