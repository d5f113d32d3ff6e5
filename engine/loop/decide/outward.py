"""Effects on their way out: proposing, expiring, and sending what was approved, after every check was made once more.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.governance.clauses import clauses_digest, tool_for
from engine.governance.courtesy import CONTACT_VERBS, Allowed, History, Limits, Recipient, contact_verdict
from engine.ledger import bodies as b
from engine.loop.intents import Intent, Propose, Record, Send
from engine.loop.world import World
from engine.state.model import Attempt, Effect, Mint, MissionState

SANDBOX = "sandbox"
"""The connector every rehearsed effect goes to, whatever the contract names: a maildir that nothing leaves."""
AT_ONCE = 10
"""Effects handed to a connector in one go, where a lost answer can be looked up."""
UNPACED = Limits(per_day=100_000, per_domain_day=100_000, follow_ups=False)
_TOUCHING = frozenset({"awaiting", "approved", "attempting", "in_doubt", "done"})


def connector_for(state: MissionState, verb: str, worker: str) -> str | None:
    """The connector that carries a verb in this mission; None when no tool of the contract does.

    What a rehearsed worker made never leaves, in a real mission either.
    """
    found = tool_for(state.terms, verb)
    if found is None:
        return None
    return SANDBOX if state.rehearsed or worker == "rehearsed" else found[1].connector


def propose(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """Turn what accepted attempts propose into effects; without a sender identity, ask for one first."""
    waiting = [a for a in state.attempts.values() if _has_proposals(state, a)]
    asked = [item for item in state.attention.values() if item.about == "identity"]
    if waiting and world.identity is None:
        if not asked:
            yield Record((_ask_for_identity(state, waiting[0]),))
        return
    if asked and world.identity is not None:
        yield Record(
            tuple(b.AttentionResolved(attention=item.id, how="moot: an identity is configured now") for item in asked)
        )
        return
    for attempt in waiting[:1]:
        yield Propose(attempt.id)


def _has_proposals(state: MissionState, attempt: Attempt) -> bool:
    task = state.tasks[attempt.task]
    return (
        task.accepted == attempt.id
        and task.state == "accepted"
        and attempt.proposed < attempt.proposals
        and state.branches[task.branch].state != "pruned"
    )


def _ask_for_identity(state: MissionState, attempt: Attempt) -> b.AttentionRaised:
    return b.AttentionRaised(
        attention=Mint(state)("Q"),
        kind="tool",
        title="mail needs a verified sender identity",
        task=attempt.task,
        detail="write [mail] name, address and postal into config.toml; nothing can be proposed before that",
        choices=("stop",),
        about="identity",
    )


def expire(state: MissionState, now: int, _world: World) -> Iterator[Intent]:
    """Proposals and approvals whose time is over. What expired unapproved comes back with the same bytes when a human
    says so.
    """
    due = [e for e in state.effects.values() if e.state in {"awaiting", "approved"} and now >= e.expires]
    if not due:
        return
    mint = Mint(state)
    gone = {effect.id for effect in due}
    bodies: list[b.Body] = [b.EffectExpired(effect=effect.id) for effect in due]
    for item in state.attention.values():
        if item.kind == "approve" and not {r for r in item.refs if state.effects[r].state == "awaiting"} - gone:
            bodies.append(b.AttentionResolved(attention=item.id, how="expired"))
    batches: dict[str, list[Effect]] = {}
    for effect in due:
        batches.setdefault(effect.batch, []).append(effect)
    for batch, effects in batches.items():
        bodies.append(
            b.AttentionRaised(
                attention=mint("Q"),
                kind="answer",
                title=f"{len(effects)} × {effects[0].verb} expired: ask again, or drop?",
                branch=effects[0].branch,
                task=effects[0].task,
                refs=tuple(e.id for e in effects),
                choices=("ask again", "drop"),
                about=f"expired:{batch}:{effects[0].expires}",
            )
        )
    yield Record(tuple(bodies))


def send(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """Hand approved effects to their connector once their undo window is over. Whatever no longer holds withdraws
    them.
    """
    attempting = sum(e.state == "attempting" for e in state.effects.values())
    going: list[str] = []
    dropped: list[b.Body] = []
    for effect in state.effects.values():
        if effect.state != "approved" or now < effect.not_before:
            continue
        reason = forbidden(state, effect, now, world)
        blind = world.connectors.get(effect.connector) == "blind"
        if reason:
            dropped.append(b.EffectWithdrawn(effect=effect.id, because=reason))
        elif attempting + len(going) < (1 if blind else AT_ONCE):
            going.append(effect.id)
    if dropped:
        yield Record(tuple(dropped))
    elif going:
        yield Send(tuple(going))


def forbidden(state: MissionState, effect: Effect, now: int, world: World) -> str:
    """Why an approved effect must not be sent now; empty when it may."""
    if effect.approval != effect.digest:
        return "the approval is not for these bytes"
    if now >= effect.expires:
        return "the approval has expired"
    if clauses_digest(state.terms, effect.verb) != effect.clauses:
        return "a clause that judged it has changed"
    if state.branches[effect.branch].state == "pruned":
        return "its branch was pruned"
    if effect.connector not in world.connectors:
        return f"there is no connector {effect.connector}"
    return courtesy(state, effect.verb, effect.branch, effect.persons, world, now=now, but=effect.id)


def courtesy(
    state: MissionState,
    verb: str,
    branch: str,
    persons: tuple[str, ...],
    world: World,
    *,
    now: int,
    but: str = "",
    also: Mapping[str, str] | None = None,
) -> str:
    """Why these people must not be contacted; empty when they may. `but` is the effect that asks; `also` are others
    of its batch.
    """
    if not suppressed(state, world).isdisjoint(persons):
        return "the person is on the do-not-contact list"
    if verb not in CONTACT_VERBS:
        return ""
    first = {} if state.rehearsed else dict(world.contacted)
    first |= also or {}
    for other in state.effects.values():
        if other.id != but and other.state in _TOUCHING and other.verb in CONTACT_VERBS:
            first |= dict.fromkeys(other.persons, f"{state.id}/{other.branch}")
    verdict = contact_verdict(
        [Recipient(person, "") for person in persons],
        verb,
        branch=f"{state.id}/{branch}",
        now_ms=now,
        history=History(suppressed=suppressed(state, world), first=first),
        identity=world.identity is not None,
        lawful=state.terms.lawful,
        limits=UNPACED,
    )
    return "" if isinstance(verdict, Allowed) else verdict.reason


def suppressed(state: MissionState, world: World) -> frozenset[str]:
    """Who must not be contacted: the list of this home; in a rehearsal also who said so in the rehearsal, and nowhere
    else.
    """
    persons = set(world.home.suppressed)
    if state.rehearsed:
        persons |= {e.person for e in state.evidence.values() if e.message in {"stop", "bounce", "complaint"}}
    return frozenset(persons)


def withdraw(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """What waits for somebody who must not be contacted any more is withdrawn; approvals with nothing left to approve
    end.
    """
    listed = suppressed(state, world)
    bodies: list[b.Body] = [
        b.EffectWithdrawn(effect=effect.id, because="the person is on the do-not-contact list")
        for effect in state.effects.values()
        if effect.state in {"awaiting", "approved", "expired"} and not listed.isdisjoint(effect.persons)
    ]
    gone = {body.effect for body in bodies if isinstance(body, b.EffectWithdrawn)}
    for item in state.attention.values():
        waiting = {
            ref for ref in item.refs if ref in state.effects and state.effects[ref].state in {"awaiting", "expired"}
        }
        if item.kind == "approve" and not waiting - gone:
            bodies.append(b.AttentionResolved(attention=item.id, how="moot: nothing is left to approve"))
    if bodies:
        yield Record(tuple(bodies))
