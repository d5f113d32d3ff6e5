"""The hash chain of one mission: what an event's hash is computed over.

`body_hash = sha256(canonical(body))`; `hash = sha256(canonical([prev, mission, height, kind, version, at, wall,
actor, epoch, body_hash]))`. The chain holds only the body's hash, so that a sensitive payload (a blob) can be erased
and the chain stays valid. It makes tampering evident relative to a head hash that left the machine (in a receipt), no
more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.ledger.protocol import Event
from engine.values import MissionId, Sha256, canonical, digest, sha256


def link(
    prev: str,
    mission: MissionId,
    height: int,
    kind: str,
    version: int,
    at: int,
    wall: int,
    actor: str,
    epoch: int,
    body_hash: Sha256,
) -> Sha256:
    """The hash of one event."""
    return digest([prev, mission, height, kind, version, at, wall, actor, epoch, body_hash])


def faults(events: Iterable[Event]) -> Iterator[str]:
    """What does not verify in the events of one mission, in order of height; nothing when the chain is whole."""
    prev, height = "", 0
    for event in events:
        height += 1
        if event.height != height:
            yield f"height {event.height} where {height} belongs"
            height = event.height
        if sha256(canonical(event.body)) != event.body_hash:
            yield f"the body of event {event.height} ({event.kind}) does not fit its hash"
        if event.prev != prev:
            yield f"event {event.height} ({event.kind}) does not follow the one before it"
        expected = link(
            event.prev,
            event.mission,
            event.height,
            event.kind,
            event.version,
            event.at,
            event.wall,
            event.actor,
            event.epoch,
            event.body_hash,
        )
        if expected != event.hash:
            yield f"event {event.height} ({event.kind}) does not fit its own hash"
        prev = event.hash
