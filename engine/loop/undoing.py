"""A human takes a decision of theirs back: an approval while nothing of it has left, a rejection while its work has not
begun again. What was decided waits for them once more, as the same bytes. Pure.
"""

from __future__ import annotations

from engine.effects.canonical import batch_digest
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.answers import asked_for, name_of
from engine.loop.outcome import Outcome, RefusedError
from engine.state.model import OVER, Decision, Effect, MissionState


def undo(state: MissionState, command: Command, now: int) -> Outcome:
    """Take the last decision about an item back. Raises RefusedError when there is none, or it is too late."""
    name = name_of(state, str(command.body.get("attention", "")))
    decided = (d for d in reversed(state.decisions) if d.attention == name and d.what in {"approve", "reject"})
    if (made := next(decided, None)) is None:
        raise RefusedError(
            f"{name or 'it'} was neither approved nor rejected", f"cockpit log {state.id} tells what became of it"
        )
    take_back = _approval if made.what == "approve" else _rejection
    return take_back(state, command, now, made)


def _approval(state: MissionState, command: Command, now: int, made: Decision) -> Outcome:
    """What has not left is asked about again; what a rule has forbidden since is withdrawn instead."""
    approved = [e for e in state.effects.values() if e.attention == made.attention and not e.grant]
    back = [e for e in approved if e.state == "approved" and not e.attempted_at]
    if not back or state.status in OVER:
        raise RefusedError(
            f"nothing of {made.attention} can be taken back any more: it has left, or is leaving",
            f"cockpit log {state.id} tells which",
        )
    asked = asked_for(state, back, now)
    again = {body.effect for body in asked if isinstance(body, b.EffectRenewed)}
    gone = [
        b.EffectWithdrawn(effect=effect.id, because="a rule forbids it since; its approval was taken back")
        for effect in back
        if effect.id not in again
    ]
    return _asked(_decided(command, made, back), *gone, *asked)


def _rejection(state: MissionState, command: Command, now: int, made: Decision) -> Outcome:
    """What was rejected is asked about again, and its rule never bound anybody."""
    name = made.attention
    back = [e for e in state.effects.values() if e.state == "rejected" and (e.attention, e.ended_at) == (name, made.at)]
    task = state.tasks.get(back[0].task) if back else None
    if task is None or task.state != "open" or now >= task.not_before or state.status in OVER:
        raise RefusedError(
            "it is too late to take it back: its work goes on", "reject what comes of it, or retire the rule"
        )
    gone = [rule for rule in state.rules.values() if rule.origin == name and rule.at == made.at and not rule.retired]
    moot = [
        b.AttentionResolved(attention=item.id, how="moot: the rejection was taken back")
        for item in state.attention.values()
        if item.kind == "conflict" and any(rule.id in item.refs for rule in gone)
    ]
    return _asked(
        _decided(command, made, back),
        *(b.RuleRetired(rule=rule.id, because="its rejection was taken back") for rule in gone),
        *moot,
        b.TaskRestored(task=task.id, because="its rejection was taken back"),
        *asked_for(state, back, now, {rule.id for rule in gone}),
    )


def _decided(command: Command, made: Decision, back: list[Effect]) -> b.DecisionMade:
    return b.DecisionMade(
        attention=made.attention,
        what="undo",
        subject=made.attention,
        digest=batch_digest([effect.digest for effect in back]),
        scripted=bool(command.body.get("scripted")),
    )


def _asked(*bodies: b.Body) -> Outcome:
    raised = next(body.attention for body in bodies if isinstance(body, b.AttentionRaised))
    return Outcome(bodies, Answer("done", ids=(raised,)))
