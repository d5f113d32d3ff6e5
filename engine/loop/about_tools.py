"""What humans decide about tools: one call by its digest, what a tool has become, whether to try again. Pure."""

from __future__ import annotations

from engine.effects.canonical import batch_digest
from engine.governance.clauses import tool_clauses
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.outcome import Outcome, RefusedError, changed, decision, inactive
from engine.loop.people import first_yes
from engine.state.model import Attention, MissionState, Wanted


def wanted_of(state: MissionState, item: Attention) -> Wanted | None:
    """The call that an item asks about; None for every other item."""
    return state.wanted.get(item.refs[0]) if item.about.startswith("call:") and item.refs else None


def approve_call(state: MissionState, item: Attention, wanted: Wanted, command: Command, now: int) -> Outcome:
    """A human's yes to exactly these bytes, for one call. Raises RefusedError when it is not what was shown."""
    shown = batch_digest([wanted.digest])
    if wanted.state != "awaiting" or command.body.get("digest") != shown:
        raise changed(state)
    if state.status != "active":
        raise inactive(state)
    if now >= wanted.expires:
        raise RefusedError(f"{wanted.id} has expired", "its worker is told, and may ask again")
    if tool_clauses(state.terms, wanted.tool) != wanted.clauses:
        raise RefusedError("a clause that judges it has changed", "it is asked again in a moment; decide then")
    if command.body.get("except"):
        raise RefusedError(
            f"{item.id} asks about one call, of which nothing can be excepted",
            f"cockpit approve {item.id}, or cockpit reject {item.id}",
        )
    made = decision(item, command, now, "approve", digest=shown)
    yes = first_yes(state, item, [wanted], shown, command.actor)
    if isinstance(yes, b.ApprovalGiven):
        return Outcome((made, yes), Answer("done"))
    approved = b.ToolApproved(
        wanted=wanted.id,
        attention=item.id,
        digest=wanted.digest,
        clauses=wanted.clauses,
        expires=now + state.terms.terms(wanted.verb).expires,
        people=yes,
    )
    resolved = b.AttentionResolved(attention=item.id, how="approved, for one call")
    return Outcome((made, approved, resolved), Answer("done", ids=(wanted.id,)))


def reject_call(
    state: MissionState, item: Attention, wanted: Wanted, command: Command, now: int, because: str
) -> Outcome:
    """A human's no: the worker is told why, and these bytes are not asked about again."""
    del state
    rejected = b.ToolRejected(wanted=wanted.id, attention=item.id, because=because)
    resolved = b.AttentionResolved(attention=item.id, how="rejected; its worker is told why")
    made = decision(item, command, now, "reject", digest=batch_digest([wanted.digest]), text=because)
    return Outcome((made, rejected, resolved), Answer("done", ids=(wanted.id,)))


def about_tool(state: MissionState, item: Attention, word: str, who: str) -> tuple[b.Body, ...]:
    """What follows from an answer about a tool that changed, or that cannot be used."""
    about, _, rest = item.about.partition(":")
    name = rest.partition(":")[0]
    tool = state.tools.get(name)
    if tool is None:
        return ()
    if about == "drift":
        if word != "accept":
            return ()
        return tuple(_accepted(name, drift, who) for drift in tool.drift.values())
    if word == "skip":
        meant = (state.tasks[ref] for ref in item.refs if ref in state.tasks)
        return tuple(b.TaskCancelled(task=t.id, because=f"skipped by {who}") for t in meant if t.state == "open")
    if word == "try again":
        return (b.ToolProbed(tool=name, up=False, because=tool.because, mend=tool.mend, until=0),)
    return ()


def _accepted(name: str, drift: b.ToolDrifted, who: str) -> b.Body:
    if drift.how == "gone" or drift.spec is None:
        return b.ToolUnpinned(tool=name, operation=drift.operation, because=f"it is gone, and {who} accepted that")
    return b.ToolPinned.model_validate(
        {
            "tool": name,
            "operation": drift.operation,
            "pin": drift.now,
            "spec": drift.spec,
            "identity": drift.identity,
            "description": drift.spec,
            "instead_of": drift.pin,
        }
    )
