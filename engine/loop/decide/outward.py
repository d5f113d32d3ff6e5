"""Effects on their way out: proposing, expiring, and sending what was approved, after every check was made once more.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.amending.effects import reconsider as reconsidered
from engine.effects import canonical
from engine.effects.compose import Composed, setup_mark
from engine.effects.protocol import MAIL
from engine.governance.clauses import clauses_digest, tool_for
from engine.governance.courtesy import CONTACT_VERBS, History, Recipient, Refused, contact_verdict
from engine.ledger import bodies as b
from engine.loop.decide.caps import over_attention
from engine.loop.decide.pace import SANDBOX, Pace, limits_for, paused
from engine.loop.decide.recover import forgotten
from engine.loop.intents import Intent, Propose, Record, Send, Verify
from engine.loop.rulings import unseen
from engine.loop.world import World
from engine.state.model import CONTACTED, OVER, Attempt, Effect, Mint, MissionState, Outage
from engine.values import MINUTE

AT_ONCE = 10
"""Effects handed to a connector in one go, where a lost answer can be looked up."""
LASTING = 15 * MINUTE
"""How long a connector may put off what it is given before a human hears of it."""
_WAITING = frozenset({"awaiting", "approved", "expired"})
_RENAMED = "the sender identity has changed since it was written"
_MOVED = "its connector is configured in another way since it was written"


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
    if world.identity is None and (mails := [a for a in waiting if _writes(state, a, world)]):
        if not asked:
            yield Record((_ask_for_identity(state, mails[0]),))
        return
    if asked and world.identity is not None:
        yield Record(
            tuple(b.AttentionResolved(attention=item.id, how="moot: an identity is configured now") for item in asked)
        )
        return
    if not over_attention(state):
        for attempt in waiting[:1]:
            yield Verify(attempt.id) if unseen(state, attempt) else Propose(attempt.id)


def held_back(state: MissionState) -> tuple[str, ...]:
    """Tasks whose proposals are still to be made."""
    return tuple(attempt.task for attempt in state.attempts.values() if _has_proposals(state, attempt))


def _writes(state: MissionState, attempt: Attempt, world: World) -> bool:
    """Whether what an attempt proposes may be mail, which needs a sender."""
    tools = (tool_for(state.terms, verb) for verb in state.tasks[attempt.task].proposes)
    return any(t is None or world.destinations.get(t[1].connector or "", MAIL).kind == "mail" for t in tools)


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
        held = {r for r in item.refs if r in state.effects and state.effects[r].state == "awaiting"}
        if item.kind == "approve" and not item.about.startswith("call:") and not held - gone:
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
    """Hand approved effects to their connector once their undo window is over, as fast as courtesy has it. Whatever no
    longer holds withdraws them; what only has to wait is not even noted.
    """
    pace = Pace(state, now, world)
    attempting = sum(e.state == "attempting" for e in state.effects.values())
    going: list[str] = []
    dropped: list[b.Body] = []
    for effect in state.effects.values():
        if effect.state != "approved" or now < effect.not_before or way_missing(effect, world):
            continue
        if forgotten(effect, now):
            continue
        reason = forbidden(state, effect, now, world)
        blind = world.connectors.get(effect.connector) == "blind"
        if reason:
            dropped.append(b.EffectWithdrawn(effect=effect.id, because=reason))
        elif (
            attempting + len(going) < (1 if blind else AT_ONCE) and not pace.on_trial(effect) and not pace.held(effect)
        ):
            going.append(effect.id)
            pace.going(effect)
    if dropped:
        yield Record(tuple(dropped))
    elif going:
        yield Send(tuple(going))


def hold(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """Note what keeps approved effects back, and until when: once for each reason, and again when its moment has passed
    and they are still kept back.
    """
    pace = Pace(state, now, world)
    groups: dict[str, list[tuple[Effect, int]]] = {}
    for effect in state.effects.values():
        if effect.state == "approved" and now >= effect.not_before and (found := pace.held(effect)):
            groups.setdefault(found.reason, []).append((effect, found.until_ms))
    bodies: list[b.Body] = []
    for reason, members in groups.items():
        until = min(moment for _effect, moment in members)
        fresh = tuple(effect.id for effect, _moment in members if effect.held != reason)
        if fresh or any(not now < effect.held_until <= until for effect, _moment in members):
            bodies.append(b.EffectHeld(because=reason, until=until, effects=fresh))
    if bodies:
        yield Record(tuple(bodies))


def recalled(state: MissionState, name: str, n: int, now: int, world: World) -> str:
    """Why an effect that was handed out for the n-th time must not reach its connector after all; empty when it may.

    It goes back to what is approved, where everything that is looked at before sending decides what becomes of it.
    """
    effect = state.effects.get(name)
    if effect is None or effect.state != "attempting" or effect.n != n:
        return "it is not to be sent any more"
    if not state.active:
        return "the mission is over" if state.status in OVER else f"the mission is {state.status}"
    if forgotten(effect, now):
        return "its sink may have forgotten it"
    reason = way_missing(effect, world) or forbidden(state, effect, now, world)
    return reason or (paused(state, world.limits) if effect.verb in CONTACT_VERBS else "")


def put_off(state: MissionState, now: int) -> Iterator[tuple[str, Outage, int]]:
    """Connectors that a human should hear of, because time does not heal what they say or has not for long: their name,
    what is known, and how many effects wait.
    """
    for connector, outage in state.outages.items():
        waits = sum(
            effect.connector == connector and effect.state in {"approved", "attempting"}
            for effect in state.effects.values()
        )
        if waits and (outage.mend or now - outage.since >= LASTING):
            yield connector, outage, waits


def way_missing(effect: Effect, world: World) -> str:
    """What is not there now to send an effect at all; empty when everything is. The effect waits for it."""
    if effect.connector not in world.connectors:
        return f"there is no connector {effect.connector} now"
    if effect.verb in CONTACT_VERBS and world.identity is None:
        return "no sender identity is configured now"
    return ""


def ways_missing(state: MissionState, now: int, world: World) -> Iterator[tuple[list[Effect], str]]:
    """Approved effects that could leave if there were a way, by what is missing."""
    waiting: dict[str, list[Effect]] = {}
    for effect in state.effects.values():
        if effect.state == "approved" and now >= effect.not_before and (missing := way_missing(effect, world)):
            waiting.setdefault(missing, []).append(effect)
    yield from ((effects, missing) for missing, effects in waiting.items())


def forbidden(state: MissionState, effect: Effect, now: int, world: World) -> str:
    """Why an approved effect must not be sent now; empty when it may."""
    if effect.approval != effect.digest:
        return "the approval is not for these bytes"
    if now >= effect.expires:
        return "the approval has expired"
    if effect.grant and ((grant := state.grants.get(effect.grant)) is None or grant.revoked):
        return "the grant that it would leave under was revoked"
    if clauses_digest(state.terms, effect.verb) != effect.clauses:
        return "a clause that judged it has changed"
    if state.branches[effect.branch].state == "pruned":
        return "its branch was pruned"
    if effect.connector not in world.connectors:
        return f"there is no connector {effect.connector}"
    if _renamed(state, effect, world):
        return _RENAMED if effect.persons else _MOVED
    people = [Recipient(person, "") for person in effect.persons]
    return courtesy(state, effect.verb, effect.branch, people, effect.connector, world, now=now, but=effect.id)


def courtesy(
    state: MissionState,
    verb: str,
    branch: str,
    people: Sequence[Recipient],
    connector: str,
    world: World,
    *,
    now: int,
    but: str = "",
    also: Mapping[str, str] | None = None,
) -> str:
    """Why these people must not be contacted, now or later; empty when they may. `but` is the effect that asks, for
    which limits only wait; `also` are others of its batch.
    """
    if not suppressed(state, world).isdisjoint(one.person for one in people):
        return "the person is on the do-not-contact list"
    if verb not in CONTACT_VERBS:
        return ""
    first = {} if state.rehearsed else dict(world.contacted)
    first |= also or {}
    for other in state.effects.values():
        reached = connector == SANDBOX or other.connector != SANDBOX
        if other.id != but and reached and other.state in CONTACTED and other.verb in CONTACT_VERBS:
            first |= dict.fromkeys(other.persons, f"{state.id}/{other.branch}")
    verdict = contact_verdict(
        people,
        verb,
        branch=f"{state.id}/{branch}",
        now_ms=now,
        history=History(suppressed=suppressed(state, world), first=first),
        identity=world.identity is not None,
        lawful=state.terms.lawful,
        limits=limits_for(state, connector, world),
    )
    if not isinstance(verdict, Refused) or (verdict.code == "over-limit" and but):
        return ""
    return verdict.reason


def _renamed(state: MissionState, effect: Effect, world: World) -> bool:
    """Whether an effect would leave under another sender than the one who is configured now."""
    if not effect.identity or state.rehearsed:
        return False
    now = setup_mark(world.identity, world.destinations.get(effect.connector, MAIL))
    return now not in {"", effect.identity}


def unwelcome(
    state: MissionState, verb: str, branch: str, made: Composed, world: World, *, now: int, also: Mapping[str, str]
) -> str:
    """Why a message must not even be proposed; empty when it may."""
    people = [Recipient(person, domain) for person, domain in zip(made.persons, made.domains, strict=True)]
    connector = canonical.parse(made.canonical).connector
    return courtesy(state, verb, branch, people, connector, world, now=now, also=also)


def suppressed(state: MissionState, world: World) -> frozenset[str]:
    """Who must not be contacted: the list of this home; in a rehearsal also who said so in the rehearsal, and nowhere
    else.
    """
    persons = set(world.home.suppressed)
    if state.rehearsed:
        persons |= {e.person for e in state.evidence.values() if e.message in {"stop", "bounce", "complaint"}}
    return frozenset(persons)


def reconsider(state: MissionState, now: int, _world: World) -> Iterator[Intent]:
    """What other clauses judge now than those it was shown under waits for a human again; its approval is dead."""
    again = tuple(reconsidered(state, state.terms, Mint(state), now, "a clause that judges it has changed"))
    if again:
        yield Record(again)


def withdraw(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """What waits for somebody who must not be contacted any more, or names a sender who is not configured any more, is
    withdrawn; approvals with nothing left to approve end.
    """
    listed = suppressed(state, world)
    waits = [effect for effect in state.effects.values() if effect.state in _WAITING]
    bodies: list[b.Body] = [
        b.EffectWithdrawn(effect=effect.id, because="the person is on the do-not-contact list")
        for effect in waits
        if not listed.isdisjoint(effect.persons)
    ]
    bodies += _withdraw_renamed(state, [e for e in waits if listed.isdisjoint(e.persons) and _renamed(state, e, world)])
    gone = {body.effect for body in bodies if isinstance(body, b.EffectWithdrawn)}
    for item in state.attention.values():
        waiting = {
            ref for ref in item.refs if ref in state.effects and state.effects[ref].state in {"awaiting", "expired"}
        }
        if item.kind == "approve" and not item.about.startswith("call:") and not waiting - gone:
            bodies.append(b.AttentionResolved(attention=item.id, how="moot: nothing is left to approve"))
    if bodies:
        yield Record(tuple(bodies))


def _withdraw_renamed(state: MissionState, effects: Sequence[Effect]) -> list[b.Body]:
    """The bytes that were shown name another sender: nobody approved these mails from the new one. A human says, once
    for each batch, whether they are written again.
    """
    mint, batches, asked = Mint(state), dict[str, list[Effect]](), state.asked
    for effect in effects:
        batches.setdefault(effect.batch, []).append(effect)
    raised = [
        b.AttentionRaised(
            attention=mint("Q"),
            kind="answer",
            title=f"{len(members)} × {members[0].verb} withdrawn, for {_what(members[0])} has changed: "
            "write again, or drop?",
            branch=members[0].branch,
            task=members[0].task,
            refs=tuple(effect.id for effect in members),
            detail="what was written names the sender that was configured then; it cannot leave as somebody else"
            if members[0].persons
            else "what was shown named the destination that was configured then; it cannot go elsewhere",
            choices=("write again", "drop"),
            about=f"sender:{batch}",
        )
        for batch, members in batches.items()
        if f"sender:{batch}" not in asked
    ]
    gone = (b.EffectWithdrawn(effect=e.id, because=_RENAMED if e.persons else _MOVED) for e in effects)
    return [*gone, *raised]


def _what(effect: Effect) -> str:
    return "the sender" if effect.persons else f"the connector {effect.connector}"
