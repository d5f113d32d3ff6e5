"""The exact bytes an approval binds to: the canonical JSON of an effect, its digest, and how people read a digest.

An effect is its envelope and the hash of its body. Whoever approves, approves `effect_digest(canonical)`; whoever
sends, sends these bytes and no others (decision 18). Every digest is over a domain separator, so that the digest of an
effect can never pass for that of a batch or of a blob.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Literal

import rfc8785
from pydantic import Field, StringConstraints, ValidationError

from engine.effects.addresses import without_addresses
from engine.values import MissionId, Sha256, Value
from engine.values import canonical as canonical_json

_EFFECT, _BATCH = b"cockpit.effect.v1\0", b"cockpit.batch.v1\0"

Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Envelope(Value):
    """Where an effect goes and what it moves. What a connector has no use for stays empty."""

    mail_from: str = ""
    rcpt_to: tuple[str, ...] = ()
    url: str = ""
    micro_usd: int = Field(default=0, ge=0)


class EffectBytes(Value):
    """An outward action, complete: what `canonical` writes and `parse` reads back."""

    v: Literal[1] = 1
    mission: MissionId
    effect: Short
    """The effect's id: `gtm/F7`."""
    verb: Short
    connector: Short
    envelope: Envelope
    message_id: str = ""
    body_sha256: Hex
    fields: tuple[str, ...] = ()
    """The private input fields that the text uses, sorted: shown at the approval, hence bound by it."""

    def canonical(self) -> bytes:
        """RFC 8785 canonical JSON with every field present. Raises ValueError on text that is not Unicode."""
        return canonical_json(self.model_dump(mode="json"))

    def digest(self) -> Sha256:
        """What an approval of this effect binds to."""
        return effect_digest(self.canonical())


def parse(canonical: bytes) -> EffectBytes:
    """The effect that canonical bytes say. Raises ValueError when they are not exactly the canonical form of one."""
    try:
        effect = EffectBytes.model_validate_json(canonical)
        same = effect.canonical() == canonical
    except (ValidationError, rfc8785.CanonicalizationError, RecursionError):
        same = False
    if not same:
        raise ValueError("these bytes are not the canonical form of an effect")
    return effect


def effect_digest(canonical: bytes) -> Sha256:
    """What an approval binds to: sha256 over the canonical bytes, separated from every other hash."""
    return Sha256(hashlib.sha256(_EFFECT + canonical).hexdigest())


def batch_digest(digests: Iterable[str]) -> Sha256:
    """What an approval of several effects binds to, in whatever order they are listed."""
    listed = json.dumps(sorted(digests), separators=(",", ":")).encode()
    return Sha256(hashlib.sha256(_BATCH + listed).hexdigest())


def code(digest: str) -> str:
    """The form people compare and type: the first eight digits in two groups, `a3f9 1c07`."""
    return f"{digest[:4]} {digest[4:8]}"


def unnamed(said: str, canonical: bytes) -> str:
    """What was said of an effect without the addresses that it goes to, which servers like to repeat."""
    try:
        return without_addresses(said, parse(canonical).envelope.rcpt_to)
    except ValueError:
        return said
