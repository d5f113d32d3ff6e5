"""Bodies of events about what workers asked of their mission's record beside their packages."""

from __future__ import annotations

from typing import Literal

from engine.ledger.bodies.base import Body
from engine.values import BlobRef, Sha256, Value


class PulledItem(Value):
    """One thing that an answer tells. `form`: `full`, `brief`, or `known` for what stands in the package already."""

    id: str
    kind: str
    form: Literal["full", "brief", "known"]
    status: str = ""
    """How an item stood when it was told; empty for what is no item."""
    tokens: int
    sha: Sha256
    """Digest of what was told of it: nothing is edited, so that this names its version."""


class NotTold(Value):
    """One thing that was asked for, or found, and not told: why, as a code. Its words stand in the answer alone."""

    id: str
    code: str


class ContextPulled(Body):
    """A worker asked for something by its id, or for what fits some words, and this is what it was told."""

    KIND = "context.pulled"
    call: str
    attempt: str
    task: str
    role: str
    tool: str
    operation: str
    arguments: BlobRef
    """What was asked, as a blob: it may name a person."""
    found: BlobRef | None = None
    """What the full-text index gave, as a blob: an input, so that it is answered again without the index."""
    answer: BlobRef
    """What was told, whole."""
    height: int
    """The mission as it was answered from: its state after so many events."""
    room: int
    """Estimated tokens that the attempt might still be told when it asked."""
    tokens: int
    items: tuple[PulledItem, ...] = ()
    untold: tuple[NotTold, ...] = ()
