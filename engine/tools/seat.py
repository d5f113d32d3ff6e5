"""What a gateway is given: whose calls it takes, what the mission says of them, and everything impure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from engine.governance.labels import Label
from engine.governance.policy import Standing
from engine.tools.protocol import Grant, Provider
from engine.values import MissionId, Sha256

TOLD = 2_000
"""Characters of a reason that are recorded and told."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose calls these are."""

    mission: MissionId
    attempt: str
    task: str
    role: str
    grants: tuple[Grant, ...]
    label: Label
    until: int
    """When its time is over, by the gateway's clock, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What is known of a wanted call. `state`: awaiting, approved, attempting, used, rejected, expired."""

    id: str
    state: str
    because: str = ""


class Desk(Protocol):
    """What a gateway asks of the mission, as it durably stands now."""

    def standing(self) -> Standing:
        """How things stand for a call, `up` and `made` left out."""

    def decided(self, wanted: Sha256) -> Decided | None:
        """What humans decided about a call; None: nobody was asked yet."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Everything impure that a gateway is given. `record` is False when there is a row of that name already; `secret`
    names a secret that stands in a text; `clean` hides secrets; `leads` raises when another engine does.
    """

    open: Callable[[Grant], Provider]
    put: Callable[[bytes], Awaitable[Sha256]]
    record: Callable[[str, dict[str, object]], Awaitable[bool]]
    clock: Callable[[], int]
    sleep: Callable[[int], Awaitable[None]]
    secret: Callable[[str], str] = lambda _text: ""
    clean: Callable[[str], str] = lambda text: text
    leads: Callable[[], Awaitable[None]] | None = None
