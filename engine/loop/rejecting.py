"""A human says no: what waits is rejected, the reason becomes a rule as far as they want one, and the work goes back.
Pure.
"""

from __future__ import annotations

from dataclasses import replace

from engine.effects.canonical import batch_digest
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.about_tools import reject_call, wanted_of
from engine.loop.answers import answer_attention, name_of
from engine.loop.outcome import Outcome, attention_of, because_of, decision, no_such_effect
from engine.loop.rulings import Born, born, subject_of, tries
from engine.rules.texts import Contents
from engine.state.model import OVER, Attention, Mint, MissionState


def reject(state: MissionState, command: Command, now: int, contents: Contents) -> Outcome:
    """Reject an item or one effect. Raises RefusedError."""
    because = because_of(command)
    if "effect" in command.body:
        return _veto(state, command, now, because, contents)
    item = attention_of(state, command)
    if item.kind != "approve":
        return _review(state, item, command, now, because, contents)
    if (wanted := wanted_of(state, item)) is not None:
        return reject_call(state, item, wanted, command, now, because)
    mint = Mint(state)
    waiting = [state.effects[ref] for ref in item.refs if state.effects[ref].state == "awaiting"]
    shown = batch_digest([effect.digest for effect in waiting])
    out: list[b.Body] = [decision(item, command, now, "reject", digest=shown, text=because)]
    out += [
        b.EffectRejected(effect=effect.id, attention=item.id, because=because, digest=effect.digest)
        for effect in waiting
    ]
    rule = _born(state, command, because, mint, contents)
    out += rule.bodies
    task = state.tasks.get(item.task)
    if task is not None and task.state == "accepted" and state.status not in OVER:
        exact = rule.proof is not None and rule.proof.exact
        undo = state.terms.terms(waiting[0].verb).undo if command.body.get("undo") is True and waiting else 0
        out.append(
            b.TaskRetried(
                task=task.id,
                attempts=tries(task) if exact else 1,
                because=f"rejected: {because}",
                not_before=now + undo if undo else 0,
            )
        )
    how = f"rejected; {rule.rule} is in force" if rule.rule else "rejected; no rule was made"
    out.append(b.AttentionResolved(attention=item.id, how=how))
    return Outcome(tuple(out), Answer("done", ids=(rule.rule,) if rule.rule else ()), rule.blobs)


def _born(state: MissionState, command: Command, because: str, mint: Mint, contents: Contents) -> Born:
    subject = subject_of(state, command)
    return born(state, subject, command, because, mint, contents) if subject is not None else Born()


def _review(
    state: MissionState, item: Attention, command: Command, now: int, because: str, contents: Contents
) -> Outcome:
    """Work that a human was asked to accept goes back; its reason becomes a rule where the human says so."""
    made = answer_attention(state, item, command, now, f"reject: {because}")
    if not item.about.startswith("human:") or not command.body.get("rule"):
        return made
    rule = _born(state, command, because, Mint(state), contents)
    ids = (rule.rule,) if rule.rule else made.answer.ids
    return Outcome((*made.bodies, *rule.bodies), replace(made.answer, ids=ids), {**made.blobs, **rule.blobs})


def _veto(state: MissionState, command: Command, now: int, because: str, contents: Contents) -> Outcome:
    effect = state.effects.get(name_of(state, str(command.body["effect"])))
    if effect is None or effect.state != "awaiting":
        raise no_such_effect(state)
    item = next((a for a in state.attention.values() if effect.id in a.refs), None)
    rule = _born(state, command, because, Mint(state), contents) if command.body.get("rule") else Born()
    out = (
        b.DecisionMade(
            attention=item.id if item else "",
            what="veto",
            subject=effect.id,
            digest=effect.digest,
            text=because,
            waited=max(0, now - effect.proposed_at),
            scripted=bool(command.body.get("scripted")),
        ),
        b.EffectRejected(effect=effect.id, attention=item.id if item else "", because=because, digest=effect.digest),
        *rule.bodies,
    )
    return Outcome(out, Answer("done", ids=(effect.id, rule.rule) if rule.rule else (effect.id,)), rule.blobs)
