"""Units and small values that every room shares. Money is integer micro-dollars, time integer milliseconds UTC.

Nothing here is a float: what enters a hashed body is text, an integer, or a ratio of two integers (`Ratio`).
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from decimal import Decimal
from typing import Annotated, NewType

import rfc8785
from pydantic import BaseModel, ConfigDict, Field

MissionId = NewType("MissionId", str)
"""The slug of a mission, unique in a ledger: `gtm`. The stream of what belongs to no mission is `home`."""

Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits."""

BLOB = "blob"
BlobRef = Annotated[Sha256, BLOB]
"""A hash that names a blob, which has to be there unless it was erased; other hashes are digests of something."""

HOME = MissionId("home")

MICRO = 1_000_000
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
PPM = 1_000_000
"""Parts per million: how shares and probabilities are kept without floats."""


class Value(BaseModel):
    """Base of every immutable value that is stored or sent: frozen, strict, nothing unknown.

    A process uses few of the two hundred kinds: each is built when it is used first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class Ratio(Value):
    """`k` of `n`, never divided before it is shown."""

    k: int
    n: int = Field(ge=0)


def measured(value: Ratio | str) -> str:
    """A value as text: `31/40`, `0.35`."""
    return f"{value.k}/{value.n}" if isinstance(value, Ratio) else value


class Tokens(Value):
    """The five classes of tokens a call may use."""

    input: int = Field(default=0, ge=0)
    output: int = Field(default=0, ge=0)
    cache_read: int = Field(default=0, ge=0)
    cache_write: int = Field(default=0, ge=0)
    reasoning: int = Field(default=0, ge=0)

    @property
    def total(self) -> int:
        """All classes together, as limits count them."""
        return self.input + self.output + self.cache_read + self.cache_write + self.reasoning

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
            reasoning=self.reasoning + other.reasoning,
        )


class Price(Value):
    """Micro-dollars per million tokens of each class, and per call."""

    input: int = Field(default=0, ge=0)
    output: int = Field(default=0, ge=0)
    cache_read: int = Field(default=0, ge=0)
    cache_write: int = Field(default=0, ge=0)
    reasoning: int = Field(default=0, ge=0)
    per_call: int = Field(default=0, ge=0)

    def cost(self, tokens: Tokens, calls: int = 1) -> int:
        """Micro-dollars for these tokens over so many calls: one ceiling of the exact sum of the tokens."""
        exact = (
            tokens.input * self.input
            + tokens.output * self.output
            + tokens.cache_read * self.cache_read
            + tokens.cache_write * self.cache_write
            + tokens.reasoning * self.reasoning
        )
        return -(-exact // MICRO) + calls * self.per_call


def sha256(data: bytes) -> Sha256:
    """The name under which a blob is stored."""
    return Sha256(hashlib.sha256(data).hexdigest())


_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
_SPECIAL = re.compile("[:,[]-?[0-9]+(?:[.e]|(?<=[0-9]{16}))")
"""Where the standard encoder, which is much faster, may differ from RFC 8785: floats and integers beyond 2^53. What
only looks so, in a text, merely takes longer."""


def canonical(value: object) -> bytes:
    """RFC 8785 canonical JSON. Raises `rfc8785.CanonicalizationError` on floats out of range, big integers,
    surrogates.
    """
    if isinstance(value, dict | list):
        with suppress(TypeError, ValueError):
            text = _COMPACT.encode(value)
            if _SPECIAL.search(text) is None and (text.isascii() or _basic(text)):
                return text.encode()
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def _basic(text: str) -> bool:
    """Whether names in it sort alike by code point and by UTF-16: nothing needs two units. Raises for surrogates."""
    return len(text.encode("utf-16-le")) == 2 * len(text)


def digest(value: object) -> Sha256:
    """sha256 over the canonical JSON of a value."""
    return sha256(canonical(value))


def money(micro_usd: int) -> str:
    """`$12.34`; below one cent four digits: `$0.0042`."""
    sign, amount = ("-" if micro_usd < 0 else ""), abs(micro_usd)
    if 0 < amount < 10_000:
        return f"{sign}${Decimal(amount) / MICRO:.4f}"
    return f"{sign}${Decimal(amount) / MICRO:,.2f}"


def duration(ms: int) -> str:
    """`1d 4h`, `10m`, `42s`: the two largest units that are not zero."""
    if ms < SECOND:
        return f"{ms}ms" if ms else "0s"
    parts: list[str] = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")):
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count}{unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)
