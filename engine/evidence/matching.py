"""Which effect a received message answers: first by the Message-IDs it names, then by who wrote it. Pure.

A reference is exact and wins, also when a colleague answers from another address. An address only says who: then the
newest message sent to that person before theirs is meant, so that old mail in the box answers nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.effects.addresses import person
from engine.evidence.inbound import Inbound
from engine.values import HOUR, MINUTE

SKEW = 10 * MINUTE
"""How far a sender's clock may be behind ours."""
SKEW_OF_A_NO = 26 * HOUR
"""The same for who does not want to hear from us again: a wrong clock, or a wrong zone, must not hide that."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent: what a reply can be matched to."""

    effect: str
    branch: str
    message_id: str
    person: str
    at_ms: int


def match(inbound: Inbound, sent: Sequence[Sent]) -> Sent | None:
    """The message that this one answers or reports on; None when it is about none of them, or is one of them itself."""
    by_id = {_bare(item.message_id): item for item in sent if _bare(item.message_id)}
    if _bare(inbound.message_id) in by_id:
        return None
    for reference in inbound.references:
        if found := by_id.get(_bare(reference)):
            return found
    if inbound.kind in ("bounce", "auto", "complaint") and inbound.bounced:
        about = {person(address) for address in inbound.bounced}
    elif inbound.sender:
        about = {person(inbound.sender)}
    else:
        return None
    skew = SKEW if inbound.kind in ("reply", "auto") else SKEW_OF_A_NO
    candidates = [
        item for item in sent if item.person in about and (not inbound.at_ms or item.at_ms <= inbound.at_ms + skew)
    ]
    return max(candidates, key=lambda item: item.at_ms, default=None)


def _bare(message_id: str) -> str:
    return message_id.strip().strip("<>")
