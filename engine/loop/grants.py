"""Giving, using and revoking standing grants. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from engine.contract.units import parse_money
from engine.effects.addresses import domain_of
from engine.effects.compose import Composed, setup_mark
from engine.effects.protocol import MAIL
from engine.governance.clauses import clauses_digest, tool_for
from engine.governance.standing import STANDING, Wanted, covering, end_of, steered
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.intents import Intent, Record
from engine.loop.outcome import Outcome, RefusedError, inactive
from engine.loop.world import World
from engine.state.model import OVER, Attempt, Grant, Mint, MissionState

MOST = 1_000
"""Uses of one grant."""
LONGEST_DAYS = 366


def setup_of(state: MissionState, verb: str, world: World) -> str | None:
    """How effects of a verb leave now, as an effect notes it; None when they cannot."""
    found = tool_for(state.terms, verb)
    if found is None or found[1].connector not in world.connectors:
        return None
    destination = world.destinations.get(found[1].connector or "", MAIL)
    if state.rehearsed and destination.kind != "mail":
        return ""
    return setup_mark(world.identity, destination) or None


def from_contract(state: MissionState, now: int, world: World) -> Iterator[Intent]:
    """What the contract grants, given once for each wording of it; what was used before counts."""
    for verb, terms in state.terms.approvals.items():
        if terms.standing is None or verb not in STANDING or verb not in state.terms.actions.restricted:
            continue
        clauses, setup = clauses_digest(state.terms, verb), setup_of(state, verb, world)
        earlier = [g for g in state.grants.values() if g.source == "contract" and g.verb == verb]
        until = end_of(terms.standing.until, state.terms.zone)
        left = terms.standing.count - sum(grant.used for grant in earlier)
        if setup is None or now >= until or left <= 0 or any(grant.clauses == clauses for grant in earlier):
            continue
        given = b.GrantGiven(
            grant=Mint(state)("N"),
            verb=verb,
            count=left,
            micro_usd=max(0, terms.standing.money - sum(grant.spent for grant in earlier)),
            hosts=terms.standing.hosts,
            until=until,
            clauses=clauses,
            setup=setup,
            source="contract",
            because=f"approvals.{verb}.standing of revision {state.rev}",
        )
        yield Record((given,))
        return


def use(
    state: MissionState,
    attempt: Attempt,
    proposed: b.EffectProposed,
    made: Composed,
    now: int,
    taken: dict[str, tuple[int, int]],
) -> Grant | None:
    """The grant under which a proposal leaves without being asked about; noted in `taken`. None: it is asked about."""
    if not state.grants or steered(state, attempt):
        return None
    hosts = (made.host,) if made.host else (domain_of(made.address),) if made.address else ()
    wanted = Wanted(proposed.verb, proposed.identity, proposed.clauses, made.micro_usd, hosts)
    grant = covering(state, wanted, now, taken)
    if grant is not None:
        uses, spent = taken.get(grant.id, (0, 0))
        taken[grant.id] = (uses + 1, spent + made.micro_usd)
    return grant


def approval(state: MissionState, proposed: b.EffectProposed, grant: Grant, now: int) -> b.EffectApproved:
    """The use of a grant: an approval like any other, which names it."""
    terms = state.terms.terms(proposed.verb)
    return b.EffectApproved(
        effect=proposed.effect,
        attention="",
        digest=proposed.digest,
        clauses=proposed.clauses,
        batch_digest=proposed.digest,
        not_before=now + terms.undo,
        expires=min(now + terms.expires, grant.until),
        grant=grant.id,
    )


def give(state: MissionState, command: Command, now: int, world: World) -> Outcome:
    """A human gives a grant. Raises RefusedError with what is wrong with it."""
    body, verb = command.body, str(command.body.get("verb", ""))
    if state.status in OVER:
        raise inactive(state)
    if verb not in STANDING:
        listed = ", ".join(sorted(STANDING))
        raise RefusedError(f"{verb or 'that'} is decided every time", f"a standing grant may be for {listed}")
    if verb not in state.terms.actions.restricted:
        raise RefusedError(
            f"{verb} is not in actions.restricted of the contract", f"name it there, then cockpit amend {state.id} FILE"
        )
    if state.terms.terms(verb).people > 1:
        raise RefusedError(
            f"{verb} needs {state.terms.terms(verb).people} people, and a grant is one person's",
            "decide each in the queue: cockpit attention",
        )
    setup = setup_of(state, verb, world)
    if setup is None:
        raise RefusedError(
            f"nothing carries {verb} now: its connector or the sender is not configured",
            "cockpit doctor names what is missing, cockpit setup configures it",
        )
    count = body.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST:
        raise RefusedError("a grant is for a number of uses", f"say how many, from 1 to {MOST}: --count 10")
    try:
        until = end_of(str(body.get("until", "")), state.terms.zone)
        money = parse_money(str(body["money"])) if body.get("money") else 0
    except (ValueError, OverflowError):
        raise RefusedError(
            "the end or the amount of the grant cannot be read",
            "write --until as a day such as 2026-12-31, --money as an amount such as 10 USD",
        ) from None
    if not now < until <= now + LONGEST_DAYS * 86_400_000:
        raise RefusedError(
            "the end of the grant is past, or too far ahead", f"write a day of the next {LONGEST_DAYS} after --until"
        )
    because = str(body.get("because", "")).strip()[:1900]
    grant = Mint(state)("N")
    given = b.GrantGiven(
        grant=grant,
        verb=verb,
        count=count,
        micro_usd=money,
        hosts=tuple(sorted({str(host).strip().lower() for host in body.get("hosts", ())})),
        until=until,
        clauses=clauses_digest(state.terms, verb),
        setup=setup,
        source="human",
        because=because,
    )
    scripted = bool(body.get("scripted"))
    made = b.DecisionMade(what="grant", subject=grant, text=f"{count} × {verb}. {because}".strip(), scripted=scripted)
    return Outcome((made, given), Answer("done", ids=(grant,)))


def revoke(state: MissionState, command: Command, _now: int, _world: World) -> Outcome:
    """A human takes a grant back, and with it what has not left under it."""
    grant = state.grants.get(str(command.body.get("grant", "")).removeprefix(f"{state.id}/"))
    if grant is None:
        raise RefusedError("there is no such grant", "cockpit grants lists them")
    if grant.revoked:
        raise RefusedError(
            f"{grant.id} is revoked already", "nothing leaves under it; cockpit grants lists those that hold"
        )
    because = str(command.body.get("because", "")).strip()[:1900] or f"revoked by {command.actor}"
    made = b.DecisionMade(what="revoke", subject=grant.id, text=because, scripted=bool(command.body.get("scripted")))
    back = [e for e in state.effects.values() if e.grant == grant.id and e.state == "approved"]
    gone = [b.EffectWithdrawn(effect=e.id, because=f"{grant.id} was revoked") for e in back]
    return Outcome(
        (made, b.GrantRevoked(grant=grant.id, because=because), *gone), Answer("done", ids=tuple(e.id for e in back))
    )


__all__ = ["approval", "from_contract", "give", "revoke", "setup_of", "use"]
