"""What people do about plans: ask for a patch, propose one of their own, accept, reject, edit. Pure."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from engine.amending.plans import examine, known_of
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop import planning
from engine.loop.outcome import Outcome, RefusedError, changed, inactive
from engine.loop.world import World
from engine.plan.patch import Patch, of_tree, sentences
from engine.state.model import OVER, Attention, Mint, MissionState, Proposal

LARGEST = 64 * 1024
"""Bytes of a patch, as of a contract."""


def ask_for_plan(state: MissionState, command: Command, _now: int) -> Outcome:
    """A person asks the planner for a change of the plan."""
    if state.status in OVER:
        raise inactive(state)
    if planning.pending(state):
        raise RefusedError("a planner is at work, or a plan waits for an answer", "cockpit attention shows it")
    because = str(command.body.get("because", "")).strip()[:500]
    cause = planning.HUMAN if state.planned else planning.START
    bodies = planning.ask(state, Mint(state), f"{cause}:{len(planning.plans(state)) + 1}", because)
    made = b.DecisionMade(what="plan", subject=str(state.id), text=because, scripted=bool(command.body.get("scripted")))
    return Outcome((made, *bodies), Answer("done", ids=(bodies[-1].task,)))  # type: ignore[attr-defined]


def propose(state: MissionState, command: Command, _now: int, world: World) -> Outcome:
    """A person proposes a patch, or edits what waits for them into another one. It is shown before it is accepted."""
    if state.status in OVER:
        raise inactive(state)
    item, old = _replaced(state, command)
    patch = _read(command)
    if old is not None and patch.stored() == old.said.patch:
        raise RefusedError("nothing was changed", "the plan still waits: accept it, or edit it again")
    models = tuple(one for one in world.catalogue if one.worker == "model")
    found = examine(state, patch, known_of(state, models or None))
    if found.contract is None:
        raise RefusedError(f"{found.errors[0].where}: {found.errors[0].what}", found.errors[0].mend)
    if not patch.changes:
        raise RefusedError("the patch changes nothing", "add changes to it")
    mint = Mint(state)
    proposed = planning.proposal_of(state, mint, found, by=command.actor, replaces=old.id if old else "")
    raised = planning.raised(mint, proposed)
    made = b.DecisionMade(
        attention=item.id if item else "",
        what="edit" if old else "propose",
        subject=old.id if old else proposed.proposal,
        digest=old.said.digest if old else "",
        text=f"into {proposed.proposal}" if old else patch.because[:1900],
        scripted=bool(command.body.get("scripted")),
    )
    out: list[b.Body] = [made]
    if old is not None and item is not None:
        out.append(b.PlanRejected(proposal=old.id, because=f"edited into {proposed.proposal}"))
        out.append(b.AttentionResolved(attention=item.id, how=f"edited: {raised.attention} asks for it now"))
    return Outcome((*out, proposed, raised), Answer("done", ids=(proposed.proposal, raised.attention)))


def _replaced(state: MissionState, command: Command) -> tuple[Attention | None, Proposal | None]:
    name = str(command.body.get("attention", "")).split("/")[-1]
    if not name:
        return None, None
    item = state.attention.get(name)
    proposal = proposal_of(state, item) if item is not None else None
    if item is None or proposal is None:
        raise RefusedError(f"{name} is no plan that waits for a decision", "cockpit attention shows those that do")
    if command.body.get("digest") != proposal.said.digest:
        raise changed(state, "edit")
    return item, proposal


def _read(command: Command) -> Patch:
    text = str(command.body.get("patch", ""))
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise RefusedError(f"the patch is larger than {LARGEST // 1024} KiB", "propose less at once")
    try:
        tree: Any = json.loads(text)
        return of_tree(tree)
    except ValidationError as error:
        raise RefusedError(sentences(error)[0], "mend the patch, then propose it again") from None
    except (ValueError, RecursionError):
        raise RefusedError("the patch cannot be read", "mend the patch, then propose it again") from None


def proposal_of(state: MissionState, item: Attention) -> Proposal | None:
    """The proposal that an item asks about; None when it asks about something else."""
    about, _, name = item.about.partition(":")
    return state.proposals.get(name) if about == "plan" else None


def answered(state: MissionState, item: Attention, word: str, reason: str, who: str) -> tuple[b.Body, ...]:
    """What an answer about a plan means. Raises RefusedError where it cannot be accepted any more, or without a reason
    for a no.
    """
    if item.about.startswith("unplanned:"):
        return planning.ask(state, Mint(state), f"{planning.START}:{len(planning.plans(state)) + 1}")
    proposal = proposal_of(state, item)
    if proposal is None or proposal.state != "proposed":
        return ()
    if word == "accept":
        bodies = planning.accepted(state, proposal, who)
        if isinstance(bodies, str):
            raise RefusedError(bodies, "reject it, or ask for another: cockpit plan --ask")
        return bodies
    if not reason:
        raise RefusedError("a no needs its reason", "answer reject: TEXT; its planner is told")
    return planning.rejected(state, proposal, reason, who)
