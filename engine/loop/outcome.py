"""What handling a command gives, and the refusal it may end in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.state.model import Attention, MissionState
from engine.values import Sha256

FOCUS_MS = 10 * 60_000
"""An item counts for no more human time than this."""


class RefusedError(Exception):
    """The command cannot be followed; the text says why and is shown as it is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Facts and blobs to record, and the answer for the front end."""

    bodies: tuple[b.Body, ...] = ()
    answer: Answer = Answer("done")
    blobs: Mapping[Sha256, bytes] = field(default_factory=dict)


def attention_of(state: MissionState, command: Command) -> Attention:
    """The attention item a command is about. Raises RefusedError when it is not open."""
    name = str(command.body.get("attention", "")).split("/")[-1]
    item = state.attention.get(name)
    if item is None:
        raise RefusedError(f"{name or 'it'} is not waiting for a decision any more")
    return item


def because_of(command: Command) -> str:
    """The reason that a command gives. Raises RefusedError when it gives none."""
    because = str(command.body.get("because", "")).strip()
    if not because:
        raise RefusedError("it needs a reason: --because TEXT")
    return because[:1900]


def decision(
    item: Attention,
    command: Command,
    now: int,
    what: str,
    *,
    digest: str = "",
    text: str = "",
    excepted: tuple[str, ...] = (),
) -> b.DecisionMade:
    """The record of a human's decision about an attention item."""
    return b.DecisionMade(
        attention=item.id,
        what=what,
        subject=item.refs[0] if len(item.refs) == 1 else item.id,
        digest=digest,
        text=text,
        excepted=excepted,
        waited=max(0, now - item.at),
        scripted=bool(command.body.get("scripted")),
    )


def with_focus(outcome: Outcome, state: MissionState, command: Command) -> Outcome:
    """The outcome with the human time that the front end measured (`focus_ms`), capped over all decisions of an item.

    What is no number of milliseconds counts as none.
    """
    told = command.body.get("focus_ms")
    if not isinstance(told, int) or isinstance(told, bool) or told <= 0:
        return outcome
    bodies = tuple(
        body.model_copy(update={"focus_ms": min(told, _left(state, body.attention))})
        if isinstance(body, b.DecisionMade)
        else body
        for body in outcome.bodies
    )
    return replace(outcome, bodies=bodies)


def _left(state: MissionState, item: str) -> int:
    used = sum(made.focus_ms for made in state.decisions if item and made.attention == item)
    return max(FOCUS_MS - used, 0)
