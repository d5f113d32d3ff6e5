"""What an accepted handoff proposes becomes canonical effects in batches that a human decides about, or refusals with
their reasons. Pure, given the contents of its blobs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.effects.canonical import batch_digest
from engine.effects.compose import Composed, Refusal, compose, counted, setup_mark
from engine.effects.protocol import MAIL, Destination
from engine.governance.clauses import clauses_digest, tool_for
from engine.ledger import bodies as b
from engine.loop.amending import ask_about_denied
from engine.loop.decide.outward import connector_for, unwelcome
from engine.loop.decide.pace import SANDBOX
from engine.loop.grants import approval, use
from engine.loop.handoffs import Contents, handoff_of
from engine.loop.world import World
from engine.state.model import Attempt, Mint, MissionState, Task
from engine.values import Sha256, sha256
from engine.workers.protocol import EffectOut, Handoff

SANDBOX_URL = "sandbox:"
"""What stands before the path of everything rehearsed that is no mail."""


def propose(
    state: MissionState, attempt: Attempt, now: int, world: World, contents: Contents
) -> tuple[tuple[b.Body, ...], dict[Sha256, bytes]]:
    """Canonical effects in batches that a human decides about, and the refusals with their reasons."""
    task, handoff, mint = state.tasks[attempt.task], handoff_of(attempt, contents), Mint(state)
    bodies: list[b.Body] = []
    blobs: dict[Sha256, bytes] = {}
    groups: dict[tuple[str, str], list[b.EffectProposed]] = {}
    taken: dict[str, str] = {}
    granted: dict[str, tuple[int, int]] = {}
    for index, proposal in enumerate(handoff.effects):
        effect = mint("F")
        destination = destination_for(state, proposal.verb, attempt.worker, effect, world)
        made = _compose(state, task, handoff, proposal, effect, world, attempt.worker, destination, contents)
        reason = made if isinstance(made, Refusal) else _refused(state, task, proposal, made, world, now, taken)
        if isinstance(made, Refusal) or reason is not None:
            reason = reason or Refusal("refused", "it cannot be composed")
            bodies.append(
                b.EffectRefused(
                    task=task.id,
                    attempt=attempt.id,
                    index=index,
                    verb=proposal.verb[:200],
                    code=reason.code,
                    because=reason.reason,
                )
            )
            continue
        taken |= dict.fromkeys(made.persons, f"{state.id}/{task.branch}/taken")
        source = _source(state, made.address, contents) if made.address else ""
        content = sha256(made.canonical)
        blobs |= {content: made.canonical, made.body_sha: made.body}
        terms = state.terms.terms(proposal.verb)
        proposed = b.EffectProposed(
            effect=effect,
            batch="",
            verb=proposal.verb,
            connector=connector_for(state, proposal.verb, attempt.worker) or "",
            digest=made.digest,
            content=content,
            body=made.body_sha,
            branch=task.branch,
            task=task.id,
            attempt=attempt.id,
            persons=made.persons,
            domains=made.domains,
            message_id=made.message_id,
            source=source,
            fields=proposal.fields,
            clauses=clauses_digest(state.terms, proposal.verb),
            expires=now + terms.expires,
            template=made.template,
            identity=setup_mark(world.identity, destination),
            url=made.url,
            host=made.host,
            micro_usd=made.micro_usd,
        )
        if (grant := use(state, attempt, proposed, made, now, granted)) is not None:
            batch = proposed.model_copy(update={"batch": mint("G")})
            bodies += [batch, approval(state, batch, grant, now)]
            continue
        groups.setdefault((proposal.verb, source or (made.template if made.url else made.digest)), []).append(proposed)
    bodies += ask_about_denied(state, task, attempt, bodies, mint)
    for (verb, _source_name), group in groups.items():
        size = state.terms.terms(verb).batch
        for start in range(0, len(group), size):
            bodies += _batch(task, group[start : start + size], mint)
    return tuple(bodies), blobs


def _batch(task: Task, group: list[b.EffectProposed], mint: Mint) -> list[b.Body]:
    batch, first = mint("G"), group[0]
    shown = batch_digest([effect.digest for effect in group])
    return [
        *(effect.model_copy(update={"batch": batch}) for effect in group),
        b.AttentionRaised(
            attention=mint("Q"),
            kind="approve",
            title=f"{first.verb} {counted(first.url, len(group))} via {first.connector}",
            branch=task.branch,
            task=task.id,
            attempt=first.attempt,
            refs=tuple(effect.effect for effect in group),
            detail=f"batch {batch}, digest {shown[:8]}",
            expires=first.expires,
            about=f"batch:{batch}",
        ),
    ]


def destination_for(state: MissionState, verb: str, worker: str, effect: str, world: World) -> Destination:
    """Where an effect of this verb goes: as configured, or for everything rehearsed below the sandbox."""
    found = tool_for(state.terms, verb)
    real = world.destinations.get(found[1].connector or "", MAIL) if found is not None else MAIL
    if connector_for(state, verb, worker) != SANDBOX or real.kind == "mail":
        return real
    below = f"{SANDBOX_URL}{state.id}/"
    if real.kind == "files":
        return Destination("files", below)
    ending = "json" if real.kind == "mcp" or "json" in real.media else "txt"
    return Destination(real.kind, f"{below}{effect}.{ending}", media=real.media)


def channels(state: MissionState, verbs: Sequence[str], world: World) -> tuple[tuple[str, str], ...]:
    """Verb and kind of those verbs that leave by something else than mail."""
    tools = ((verb, tool_for(state.terms, verb)) for verb in verbs)
    kinds = ((verb, world.destinations.get(t[1].connector or "", MAIL).kind) for verb, t in tools if t is not None)
    return tuple((verb, kind) for verb, kind in kinds if kind != "mail")


def _compose(
    state: MissionState,
    task: Task,
    handoff: Handoff,
    proposal: EffectOut,
    effect: str,
    world: World,
    worker: str,
    destination: Destination,
    contents: Contents,
) -> Composed | Refusal:
    contract = state.terms
    if proposal.verb not in task.proposes:
        return Refusal("denied", f"the task may not propose {proposal.verb}")
    if proposal.verb not in contract.actions.restricted:
        return Refusal("denied", f"{proposal.verb} is not in actions.restricted")
    connector = connector_for(state, proposal.verb, worker)
    if connector is None or connector not in world.connectors:
        return Refusal("connector", f"no connector carries {proposal.verb}")
    named = next((a.sha for a in handoff.artifacts if a.name == proposal.artifact), None)
    return compose(
        proposal,
        effect=f"{state.id}/{effect}",
        mission=state.id,
        connector=connector,
        destination=destination,
        identity=world.identity,
        artifact=contents.get(named) if named is not None else None,
    )


def _refused(
    state: MissionState,
    task: Task,
    proposal: EffectOut,
    made: Composed,
    world: World,
    now: int,
    taken: Mapping[str, str],
) -> Refusal | None:
    reason = unwelcome(state, proposal.verb, task.branch, made, world, now=now, also=taken)
    return Refusal("courtesy", reason) if reason else None


def _source(state: MissionState, address: str, contents: Contents) -> str:
    """The declared input that names a destination; empty when none does."""
    needle = address.casefold().encode()
    for name, ref in state.inputs.items():
        data = contents.get(ref.sha, b"").lower()
        start = data.find(needle)
        while start >= 0:
            end = start + len(needle)
            if not _word(data[start - 1 : start]) and not _word(data[end : end + 1]):
                return name
            start = data.find(needle, end)
    return ""


def _word(byte: bytes) -> bool:
    return byte.isalnum() or byte in {b".", b"-", b"_", b"@", b"+"} if byte else False


__all__ = ["channels", "destination_for", "propose"]
