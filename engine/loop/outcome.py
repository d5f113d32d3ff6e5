"""What handling a command gives, and the refusal it may end in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.state.model import Attention, MissionState
from engine.values import Sha256


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
