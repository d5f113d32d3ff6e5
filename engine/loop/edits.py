"""A human edits what awaits an approval: other bytes, judged as a worker's are, under an id and a digest of their own.

Pure, given the contents of the blobs that `blobs_of` names. The old effect is over; where it goes and what carries it
stays as it was, for that would be another decision. Nothing is approved by editing.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.effects.canonical import EffectBytes, batch_digest, parse
from engine.effects.compose import LARGEST, Composed, Refusal, counted, rewritten, setup_mark
from engine.effects.mail import MAX_BODY, MAX_SUBJECT, compose
from engine.effects.protocol import MAIL
from engine.governance.clauses import clauses_digest, tool_for
from engine.governance.courtesy import Recipient
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.decide.outward import courtesy
from engine.loop.decide.pace import SANDBOX
from engine.loop.outcome import Outcome, RefusedError, changed, inactive, no_such_effect
from engine.loop.people import person_of
from engine.loop.world import World
from engine.state.model import Attention, Effect, Mint, MissionState
from engine.values import Sha256, sha256
from engine.verify import checks
from engine.workers.protocol import EffectOut, Handoff

EDITABLE = frozenset({"awaiting", "approved"})
"""What has not left, and may be written anew."""

Contents = Mapping[Sha256, bytes]


def blobs_of(state: MissionState, command: Command) -> frozenset[Sha256]:
    """The blobs that an edit needs: what was written, and what it replaces."""
    if command.kind != "edit":
        return frozenset()
    effect = _effect(state, command)
    text = str(command.body.get("text", ""))
    return frozenset({Sha256(text)} | ({effect.content} if effect is not None else set()))


def _effect(state: MissionState, command: Command) -> Effect | None:
    return state.effects.get(str(command.body.get("effect", "")).removeprefix(f"{state.id}/"))


def edit(state: MissionState, command: Command, now: int, world: World, contents: Contents) -> Outcome:
    """The facts of an edit. Raises RefusedError with what is wrong with it."""
    effect = _effect(state, command)
    if effect is None:
        raise no_such_effect(state)
    if effect.state not in EDITABLE:
        raise RefusedError(
            f"{effect.id} is {effect.state}, and only what has not left can be edited",
            f"cockpit why {effect.id} tells how it came to that",
        )
    if effect.unsure:
        raise RefusedError(
            f"{effect.id} may have arrived already, so that it cannot be another one any more",
            "look there, then settle it in the queue: sent, or not sent",
        )
    if command.body.get("digest") != effect.digest:
        raise changed(state, "edit")
    if not state.active:
        raise inactive(state)
    mint = Mint(state)
    new = mint("F")
    old, written = _loaded(effect, command, contents)
    made = _composed(state, effect, old, written, str(command.body.get("subject", "")), world, new)
    _judge(state, effect, made, written, str(command.body.get("subject", "")), now, world, contents)
    who = person_of(command.actor)
    proposed = _proposed(state, effect, made, new, now, world)
    item = next((i for i in state.attention.values() if i.kind == "approve" and effect.id in i.refs), None)
    bodies = (
        b.DecisionMade(
            attention=item.id if item else "",
            what="edit",
            subject=effect.id,
            digest=effect.digest,
            text=f"into {new}",
            waited=max(0, now - effect.proposed_at),
            scripted=bool(command.body.get("scripted")),
        ),
        b.EffectEdited(effect=effect.id, into=new, by=who),
        proposed,
        *_asked(state, effect, item, proposed, mint),
    )
    raised = next(body.attention for body in bodies if isinstance(body, b.AttentionRaised))
    return Outcome(
        bodies, Answer("done", ids=(new, raised)), {proposed.content: made.canonical, made.body_sha: made.body}
    )


def _loaded(effect: Effect, command: Command, contents: Contents) -> tuple[EffectBytes, str]:
    """What is replaced, and what a human wrote instead."""
    content, text = contents.get(effect.content, b""), contents.get(Sha256(str(command.body.get("text", ""))), b"")
    try:
        old = parse(content)
    except ValueError:
        raise RefusedError(
            f"the bytes of {effect.id} are gone, so that nobody knows where it goes", "reject it, then cockpit doctor"
        ) from None
    most = LARGEST if effect.url else MAX_BODY
    if len(text) > most:
        raise RefusedError(f"the text is larger than {most // 1000} kB", "write less")
    if len(str(command.body.get("subject", ""))) > MAX_SUBJECT:
        raise RefusedError(f"the subject is longer than {MAX_SUBJECT} characters", "write a shorter one")
    try:
        return old, text.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError("what was written is no UTF-8 text", "save it as UTF-8, then edit again") from None


def _composed(
    state: MissionState, effect: Effect, old: EffectBytes, text: str, subject: str, world: World, new: str
) -> Composed:
    found = tool_for(state.terms, effect.verb)
    if effect.connector != SANDBOX and (found is None or found[1].connector != effect.connector):
        raise RefusedError(
            f"{effect.connector} does not carry {effect.verb} any more",
            "reject it, and its task writes it anew for what does",
        )
    destination = world.destinations.get(effect.connector, MAIL)
    if effect.url:
        if effect.connector != SANDBOX and effect.identity != destination.setup:
            raise RefusedError(
                f"{effect.connector} is configured in another way since it was written",
                "reject it, and its task writes it anew",
            )
        made = rewritten(old, text, effect=f"{state.id}/{new}", destination=destination)
        if isinstance(made, Refusal):
            raise RefusedError(
                f"it cannot be written so: {made.reason}", "edit it again without that; the old bytes still wait"
            )
        return made
    if world.identity is None:
        raise RefusedError(
            "no sender identity is configured", "say who sends: cockpit setup, or [mail.identity] in config.toml"
        )
    proposal = EffectOut(
        verb=effect.verb, to=", ".join(old.envelope.rcpt_to), subject=subject, body=text, fields=effect.fields
    )
    made = compose(
        proposal, effect=f"{state.id}/{new}", mission=state.id, connector=effect.connector, identity=world.identity
    )
    if isinstance(made, Refusal):
        raise RefusedError(
            f"it cannot be written so: {made.reason}", "edit it again without that; the old bytes still wait"
        )
    return made


def _judge(
    state: MissionState,
    effect: Effect,
    made: Composed,
    text: str,
    subject: str,
    now: int,
    world: World,
    contents: Contents,
) -> None:
    """A human's text is held to what a worker's is held to: courtesy, and the criteria that are computed."""
    if made.persons != effect.persons:
        raise RefusedError("an edit cannot change who it goes to", "reject it, or let it be written again")
    people = [Recipient(person, domain) for person, domain in zip(made.persons, made.domains, strict=True)]
    reason = courtesy(state, effect.verb, effect.branch, people, effect.connector, world, now=now, but=effect.id)
    if reason:
        raise RefusedError(reason, "the old bytes still wait; reject them where it may not leave at all")
    handoff = Handoff(summary="edited", effects=(EffectOut(verb=effect.verb, subject=subject, body=text[:MAX_BODY]),))
    computed = [c for c in state.tasks[effect.task].criteria if not isinstance(c.check, str) and not c.check.metric]
    failed = [line for line in checks.run(computed, handoff, contents) if not line.ok]
    if failed:
        raise RefusedError(
            f"it breaks “{failed[0].criterion}”: {failed[0].detail.partition(': ')[2]}",
            "edit it again so that it holds; the old bytes still wait",
        )


def _proposed(
    state: MissionState, effect: Effect, made: Composed, new: str, now: int, world: World
) -> b.EffectProposed:
    expires = effect.expires if effect.state == "awaiting" else now + state.terms.terms(effect.verb).expires
    return b.EffectProposed(
        effect=new,
        batch=effect.batch,
        verb=effect.verb,
        connector=effect.connector,
        digest=made.digest,
        content=sha256(made.canonical),
        body=made.body_sha,
        branch=effect.branch,
        task=effect.task,
        attempt=effect.attempt,
        persons=made.persons,
        domains=made.domains,
        message_id=made.message_id,
        source=effect.source,
        fields=effect.fields,
        clauses=clauses_digest(state.terms, effect.verb),
        expires=expires,
        template=made.template,
        identity=effect.identity if effect.url else setup_mark(world.identity, MAIL),
        url=made.url,
        host=made.host,
        micro_usd=made.micro_usd,
        replaces=effect.id,
    )


def _asked(
    state: MissionState, old: Effect, item: Attention | None, new: b.EffectProposed, mint: Mint
) -> tuple[b.Body, ...]:
    """The item is asked anew with the new bytes in the old one's place: whoever said yes said it to other bytes."""
    refs = [ref for ref in item.refs if ref == old.id or state.effects[ref].state == "awaiting"] if item else [old.id]
    digests = {ref: state.effects[ref].digest for ref in refs} | {new.effect: new.digest}
    refs = [new.effect if ref == old.id else ref for ref in refs]
    raised = b.AttentionRaised(
        attention=mint("Q"),
        kind="approve",
        title=item.title if item else f"{new.verb} {counted(new.url, len(refs))} via {new.connector}",
        branch=new.branch,
        task=new.task,
        attempt=new.attempt,
        refs=tuple(refs),
        detail=f"batch {new.batch}, digest {batch_digest(digests[ref] for ref in refs)[:8]}",
        expires=min([new.expires, *([item.expires] if item and item.expires else [])]),
        about=f"edited:{new.effect}",
    )
    if item is None:
        return (raised,)
    return (b.AttentionResolved(attention=item.id, how=f"edited: {raised.attention} asks for it now"), raised)
