"""What a result means: from the one row a job left to the facts that follow. Pure.

A late result of an attempt that had already ended never changes state; its spend is counted. A result that says
less than it should is treated as unknown, never as good news.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.governance.money import correct, settle
from engine.ledger import bodies as b
from engine.ledger.protocol import Result
from engine.loop.decide.recover import doubt
from engine.loop.world import World
from engine.state.model import OVER, Attempt, Mint, MissionState
from engine.values import MissionId, Tokens, money


def absorb(state: MissionState, result: Result, world: World) -> tuple[b.Body, ...]:
    """The facts of one result, in the mission it belongs to."""
    match result.kind:
        case "attempt":
            return _attempt(state, result, world)
        case "effect":
            return _effect(state, result)
        case "lookup":
            return _lookup(state, result)
        case "check":
            return _check(state, result)
        case _:
            return ()


def _attempt(state: MissionState, result: Result, world: World) -> tuple[b.Body, ...]:
    attempt = state.attempts.get(_local(state.id, result.job))
    if attempt is None:
        return ()
    body = result.body
    usage = Tokens.model_validate(body["usage"]) if body.get("usage") is not None else None
    candidate = world.candidate(attempt.model, attempt.worker)
    if attempt.state != "dispatched":
        correction = (
            correct(attempt, candidate, usage, "a late result tells the usage") if not attempt.superseded else None
        )
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
    charge = settle(state, attempt, candidate, usage, outcome)
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
            attempt=attempt.id, because=_reason(body), retryable=bool(body.get("retryable", True)), latency=latency
        )
    return (ended, charge, *_overrun(state, attempt, charge))


def _reason(body: Mapping[str, Any]) -> str:
    reason, detail = str(body.get("reason", "it failed without a reason")), str(body.get("detail", ""))
    return f"{reason}: {detail}" if detail and detail not in reason else reason


def _overrun(state: MissionState, attempt: Attempt, charge: b.ChargeSettled) -> tuple[b.Body, ...]:
    """A provider that reports more than was reserved: recorded truly, and the mission pauses and asks."""
    if charge.micro_usd <= attempt.reserved or state.status != "active":
        return ()
    because = f"{attempt.id} cost {money(charge.micro_usd)}, {money(attempt.reserved)} was reserved"
    question = b.AttentionRaised(
        attention=Mint(state)("Q"),
        kind="budget",
        title="an attempt cost more than was reserved for it",
        task=attempt.task,
        attempt=attempt.id,
        detail=because,
        choices=("go on", "stop"),
        about=f"overrun:{attempt.id}",
    )
    return (b.MissionPaused(because=because), question)


def _parked(state: MissionState, attempt: Attempt, question: str) -> tuple[b.Body, ...]:
    task = state.tasks[attempt.task]
    judging = task.kind == "review"
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
    return doubt(Mint(state), effect, said or "the connector gave no clear answer")


def _lookup(state: MissionState, result: Result) -> tuple[b.Body, ...]:
    effect = state.effects.get(str(result.body.get("effect", "")))
    if effect is None or effect.state != "attempting" or int(result.body.get("n", 0)) != effect.n:
        return ()
    outcome, said = result.body.get("outcome"), str(result.body.get("said", ""))
    if outcome == "delivered":
        return (b.EffectSettled(effect=effect.id, outcome="sent", by="lookup", reference=said),)
    if outcome == "not_found":
        return (b.EffectSettled(effect=effect.id, outcome="not_sent", by="lookup"),)
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


def _local(mission: MissionId, job: str) -> str:
    return job.removeprefix(f"{mission}/")
