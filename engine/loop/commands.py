"""What a front end may ask of a mission, and what the engine makes of it. Pure: state and command in, facts and an
answer out.

Every decision is bound to what was on screen: a digest that no longer fits is refused with a sentence that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.effects.canonical import batch_digest
from engine.errors import CockpitError
from engine.evidence.values import parse_value
from engine.governance.clauses import clauses_digest
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop import curating, grants, proposals, rulings
from engine.loop.about_tools import approve_call, wanted_of
from engine.loop.answers import answer_attention, name_of
from engine.loop.arriving import RESTORED, arrived
from engine.loop.edits import Contents, edit
from engine.loop.edits import blobs_of as edited
from engine.loop.learned import dismiss, promote
from engine.loop.outcome import (
    Outcome,
    RefusedError,
    attention_of,
    because_of,
    changed,
    decision,
    inactive,
    no_such_effect,
    with_focus,
)
from engine.loop.people import first_yes
from engine.loop.rejecting import reject
from engine.loop.rulings import add, consolidate, make_exception, retire, unjudged
from engine.loop.undoing import undo
from engine.loop.world import World
from engine.plan.ending import end_branch, end_mission
from engine.state.model import OVER, Mint, MissionState
from engine.values import Sha256

NOWHERE = World()
WITH_WORLD: Mapping[str, Callable[[MissionState, Command, int, World], Outcome]] = {
    "grant": grants.give,
    "revoke": grants.revoke,
    "propose": proposals.propose,
}
"""Commands about which what is configured has a say."""
WITH_TEXTS: Mapping[str, Callable[[MissionState, Command, int, Contents], Outcome]] = {
    "reject": reject,
    "rule": add,
    "consolidate": consolidate,
}
"""Commands that make rules, which are proved on what workers wrote."""


def handle(
    state: MissionState, command: Command, now: int, world: World = NOWHERE, contents: Contents | None = None
) -> Outcome:
    """Decide about one command. A refusal is an answer, never an exception. `contents` are the blobs that
    `blobs_of` names.
    """
    try:
        if command.kind == "edit" and state.contract is not None:
            return with_focus(edit(state, command, now, world, contents or {}), state, command)
        if command.kind in WITH_WORLD and state.contract is not None:
            return with_focus(WITH_WORLD[command.kind](state, command, now, world), state, command)
        if command.kind in WITH_TEXTS and state.contract is not None:
            return with_focus(WITH_TEXTS[command.kind](state, command, now, contents or {}), state, command)
        handler = HANDLERS.get(command.kind)
        if handler is None:
            raise RefusedError(
                f"this engine does not know the command {command.kind}",
                "start an engine of this release: cockpit engine --stop, then ask again",
            )
        if state.contract is None:
            raise RefusedError(f"there is no mission {command.mission}", "cockpit ls lists them")
        return with_focus(handler(state, command, now), state, command)
    except RefusedError as refusal:
        return Outcome(answer=Answer("refused", str(refusal)))
    except CockpitError as error:
        return Outcome(answer=Answer("refused", str(error)))


def blobs_of(state: MissionState, command: Command, known: Contents) -> set[Sha256]:
    """Blobs that deciding about a command still needs: asked until there is none."""
    return (set(edited(state, command)) | rulings.blobs_for(state, command, known)) - known.keys()


def _approve(state: MissionState, command: Command, now: int) -> Outcome:
    item = attention_of(state, command)
    if item.kind != "approve":
        raise RefusedError(f"{item.id} asks for {item.kind}, not for an approval", f"cockpit answer {item.id} TEXT")
    if (wanted := wanted_of(state, item)) is not None:
        return approve_call(state, item, wanted, command, now)
    waiting = [state.effects[ref] for ref in item.refs if state.effects[ref].state == "awaiting"]
    excepted = {name_of(state, name) for name in command.body.get("except", ())}
    unknown = excepted - {effect.id for effect in waiting}
    if unknown:
        raise RefusedError(
            f"{', '.join(sorted(unknown))} is not among what waits in {item.id}",
            f"cockpit attention {item.id} lists what does",
        )
    shown = batch_digest([effect.digest for effect in waiting])
    if not waiting or command.body.get("digest") != shown:
        raise changed(state)
    if state.status != "active":
        raise inactive(state)
    approved = [effect for effect in waiting if effect.id not in excepted]
    for effect in approved:
        if now >= effect.expires:
            raise RefusedError(f"{effect.id} has expired", "the queue asks in a moment whether to ask again or drop it")
        if clauses_digest(state.terms, effect.verb) != effect.clauses:
            raise RefusedError("a clause that judges it has changed", "it is asked again in a moment; decide then")
        if unjudged(state, effect.attempt, (effect,)) is not None:
            raise RefusedError("a rule came into force since it was written", "it is held to it now; decide then")
    digest = batch_digest([effect.digest for effect in approved])
    made = decision(item, command, now, "approve", digest=shown, excepted=tuple(sorted(excepted)))
    out: list[b.Body] = [made.model_copy(update={"opened": opened(command, len(waiting))})]
    vetoed = [
        b.EffectRejected(effect=effect.id, attention=item.id, because="vetoed", digest=effect.digest)
        for effect in waiting
        if effect.id in excepted
    ]
    yes = first_yes(state, item, approved, digest, command.actor) if approved else ()
    if isinstance(yes, b.ApprovalGiven):
        return Outcome((*out, *vetoed, yes), Answer("done"))
    for effect in approved:
        terms = state.terms.terms(effect.verb)
        out.append(
            b.EffectApproved(
                effect=effect.id,
                attention=item.id,
                digest=effect.digest,
                clauses=effect.clauses,
                batch_digest=digest,
                not_before=now + terms.undo,
                expires=now + terms.expires,
                people=yes,
            )
        )
    out += vetoed
    out.append(b.AttentionResolved(attention=item.id, how=f"approved {len(approved)} of {len(waiting)}"))
    return Outcome(tuple(out), Answer("done", ids=tuple(effect.id for effect in approved)))


def opened(command: Command, most: int) -> int | None:
    """How many items the human looked at, as their front end counted them; None where it did not."""
    told = command.body.get("opened")
    if not isinstance(told, int) or isinstance(told, bool) or told < 0:
        return None
    return min(told, most)


def _answer(state: MissionState, command: Command, now: int) -> Outcome:
    text = str(command.body.get("text", "")).strip()
    if not text:
        raise RefusedError("an answer needs a text", "write it after the id: cockpit answer ID TEXT")
    item = attention_of(state, command)
    if item.kind == "approve":
        raise RefusedError(
            f"{item.id} is decided, not answered", f"cockpit approve {item.id}, or cockpit reject {item.id}"
        )
    return answer_attention(state, item, command, now, text)


def _withdraw(state: MissionState, command: Command, now: int) -> Outcome:
    if "batch" in command.body:
        return _take_back(state, command, now)
    effect = state.effects.get(name_of(state, str(command.body.get("effect", ""))))
    if effect is None:
        raise no_such_effect(state)
    if effect.state not in {"awaiting", "approved", "expired"}:
        raise RefusedError(
            f"{effect.id} is {effect.state}, and only what has not left can be withdrawn",
            f"cockpit why {effect.id} tells how it came to that",
        )
    made = b.DecisionMade(
        what="withdraw",
        subject=effect.id,
        digest=effect.digest,
        text=str(command.body.get("because", "")),
        waited=max(0, now - effect.proposed_at),
        scripted=bool(command.body.get("scripted")),
    )
    return Outcome(
        (made, b.EffectWithdrawn(effect=effect.id, because=f"withdrawn by {command.actor}")),
        Answer("done", ids=(effect.id,)),
    )


def _take_back(state: MissionState, command: Command, now: int) -> Outcome:
    """Everything of a batch that has not left, by one decision."""
    batch = name_of(state, str(command.body["batch"]))
    members = [effect for effect in state.effects.values() if effect.batch == batch]
    back = [effect for effect in members if effect.state in {"awaiting", "approved", "expired"}]
    if not members:
        raise RefusedError(f"there is no batch {batch}", f"cockpit attention {state.id} names those that wait")
    if not back:
        raise RefusedError(
            f"nothing of {batch} can be withdrawn any more: it has left, or was decided",
            f"cockpit log {state.id} tells which",
        )
    made = b.DecisionMade(
        what="withdraw",
        subject=batch,
        digest=batch_digest([effect.digest for effect in back]),
        text=str(command.body.get("because", "")),
        waited=max(0, now - min(effect.proposed_at for effect in back)),
        scripted=bool(command.body.get("scripted")),
    )
    gone = [b.EffectWithdrawn(effect=effect.id, because=f"withdrawn by {command.actor}") for effect in back]
    return Outcome((made, *gone), Answer("done", ids=tuple(effect.id for effect in back)))


def _branch(then: str) -> Callable[[MissionState, Command, int], Outcome]:
    def decide(state: MissionState, command: Command, _now: int) -> Outcome:
        if state.status in OVER:
            raise inactive(state)
        branch = state.branch(name_of(state, str(command.body.get("branch", ""))))
        if branch is None or branch.key == "main":
            known = ", ".join(br.key for br in state.branches.values() if br.key != "main") or "none"
            raise RefusedError(
                f"there is no such branch; the mission has {known}", f"cockpit branches {state.id} shows them"
            )
        if branch.state not in {"open", "waiting"}:
            raise RefusedError(
                f"{branch.key} is {branch.state} already",
                f"cockpit why {state.id}/{branch.id} tells since when and why",
            )
        because = because_of(command)
        made = b.DecisionMade(what=then, subject=branch.id, text=because, scripted=bool(command.body.get("scripted")))
        return Outcome((made, *end_branch(state, branch, then, because, "human")), Answer("done", ids=(branch.id,)))

    return decide


def _status(what: str) -> Callable[[MissionState, Command, int], Outcome]:
    def decide(state: MissionState, command: Command, _now: int) -> Outcome:
        if state.status in OVER:
            raise RefusedError(
                f"the mission is {state.status} already",
                f"nothing is left to {what}; cockpit receipt {state.id} tells what came of it",
            )
        because = str(command.body.get("because", "")) or f"{command.actor} said {what}"
        made = b.DecisionMade(what=what, subject=state.id, text=because, scripted=bool(command.body.get("scripted")))
        if what == "stop":
            return Outcome((made, *end_mission(state, "stop", because, "human")), Answer("done"))
        if what == "pause":
            if state.status == "paused":
                raise RefusedError("the mission is paused already", f"cockpit resume {state.id} lets it go on")
            return Outcome((made, b.MissionPaused(because=because)), Answer("done"))
        if state.status != "paused":
            raise RefusedError(
                "the mission is not paused", f"nothing holds it; cockpit show {state.id} tells what it waits for"
            )
        return Outcome((made, b.MissionResumed(because=because)), Answer("done"))

    return decide


def _evidence(state: MissionState, command: Command, _now: int) -> Outcome:
    if state.status in OVER:
        raise RefusedError(
            f"the mission is {state.status}, and its evidence is closed",
            "give it to a mission that runs: cockpit ls lists them",
        )
    body = command.body
    name = str(body.get("metric", ""))
    metric = state.terms.evidence.get(name)
    if metric is None:
        known = ", ".join(state.terms.evidence) or "none"
        raise RefusedError(
            f"the contract has no metric {name}; it has {known}",
            "name one of those, or amend the contract: cockpit amend",
        )
    if metric.from_ == "inbox":
        raise RefusedError(
            f"{name} is counted from the inbox, not given by hand",
            "let the answers arrive there, or give it another source: (contract, evidence)",
        )
    branch = state.branch(name_of(state, str(body.get("branch") or "main")))
    if branch is None:
        raise RefusedError(
            f"there is no branch {str(body.get('branch'))[:80]}", f"cockpit branches {state.id} lists them"
        )
    value = parse_value(metric.unit, str(body.get("value", "")), where=name)
    evidence = Mint(state)("E")
    recorded = b.EvidenceRecorded(
        evidence=evidence,
        metric=name,
        branch=branch.id,
        source=command.actor,
        grade="external",
        value=value,
        note=str(body.get("note", ""))[:2000],
    )
    return Outcome((recorded,), Answer("done", ids=(evidence,)))


def _restored(state: MissionState, _command: Command, _now: int) -> Outcome:
    return Outcome(arrived(state, RESTORED))


HANDLERS: Mapping[str, Callable[[MissionState, Command, int], Outcome]] = {
    "approve": _approve,
    "undo": undo,
    "retire": retire,
    "except": make_exception,
    "promote": promote,
    "dismiss": dismiss,
    "answer": _answer,
    "withdraw": _withdraw,
    "prune": _branch("prune"),
    "keep": _branch("keep"),
    "pause": _status("pause"),
    "resume": _status("resume"),
    "stop": _status("stop"),
    "evidence": _evidence,
    "plan": proposals.ask_for_plan,
    "restored": _restored,
    "note": curating.note,
    "retract": curating.retract,
    "uphold": curating.uphold,
}
