"""What a connector promises: to deliver exactly the bytes of an effect, and to say truthfully what became of them.

`delivery` says what happens when the answer was lost: `dedup` (the same key may be sent again), `lookup` (the sink can
be asked), `blind` (nobody can know, a human settles it). Every connector passes tests/engine/effects/contract.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlsplit

from engine.effects.canonical import parse
from engine.values import sha256

T = TypeVar("T")
Delivery = Literal["dedup", "lookup", "blind"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """It happened. `reference` is where the sink keeps it."""

    reference: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It certainly did not happen, and trying again is safe."""

    reason: str
    temporary: bool = False
    """Whether the same may be taken later, without anybody doing anything."""
    whole: bool = False
    """Whether it says nothing of this effect: the connector would refuse every other one too."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """The sink was asked and does not have it, or drops doubles: the same may be handed over again."""

    within_ms: int = 0
    """How long that is so, counted from the first time it was handed over; 0: without an end."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have happened."""

    reason: str


Kind = Literal["mail", "webhook", "files", "command", "mcp"]
"""What an effect is made into: each kind has a composer of its own in `engine.effects.compose`."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a connector takes what it is given: fixed by whoever configured it, never chosen by a worker."""

    kind: Kind = "mail"
    url: str = ""
    """The address, or what stands before the path of a published file; empty for mail."""
    setup: str = ""
    """A digest of how it is configured: what was shown under another one is not delivered. Empty for mail."""
    media: str = ""
    """The content type of the body, where the kind has one."""

    @property
    def host(self) -> str:
        """The host it goes to, in lower case; empty when it leaves this machine by no address."""
        return (urlsplit(self.url).hostname or "") if self.kind in {"webhook", "mcp"} else ""


MAIL = Destination()


class Run(Protocol):
    """How blocking work is run: `asyncio.to_thread`, or at once in the simulated world."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """The result of `work`."""


class Connector(Protocol):
    """One way of touching the world."""

    @property
    def name(self) -> str:
        """The name that contracts and effects give it."""

    @property
    def delivery(self) -> Delivery:
        """What can be done when an answer was lost."""

    @property
    def serial(self) -> bool:
        """Whether it carries out one effect after the other. Then it is handed one at a time, so that what waits for
        its turn can still be stopped.
        """

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        """Carry out an effect: its canonical bytes, its body, its idempotency key, and the time it is done at.

        Refuses when `mismatch` finds anything. Never raises for what the world does.
        """

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> Delivered | NotFound | Unknown:
        """What became of a key, and of the effect whose canonical bytes went with it, `age_ms` after it was handed
        over. A `blind` connector always answers `Unknown`; `NotFound` only when sending again is safe.
        """


@runtime_checkable
class Placed(Protocol):
    """A connector with a destination of its own; one without is one for mail."""

    @property
    def destination(self) -> Destination:
        """Where it takes what it is given."""


@runtime_checkable
class Replays(Protocol):
    """A connector that has to know when a key is sent once more, after an answer was lost."""

    async def replay(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        """As `Connector.deliver`, for a key that may have arrived already."""


def destination_of(connector: object) -> Destination:
    """Where a connector takes what it is given."""
    found = getattr(connector, "destination", MAIL)  # not isinstance: engines ask at every turn, and that is slow
    return found if isinstance(found, Destination) else MAIL


def mismatch(effect: bytes, body: bytes, connector: str) -> str:
    """Why this connector must not send this body as this effect; empty when it may. Every connector asks first."""
    try:
        said = parse(effect)
    except ValueError as error:
        return str(error)
    if said.body_sha256 != sha256(body):
        return "the body is not the one the effect was approved with"
    if said.connector != connector:
        return f"the effect is for the connector {said.connector}"
    return ""
