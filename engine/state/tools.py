"""What is known of a mission's tools: pins, availability, use, and calls that humans are asked about.

Times are mission time, milliseconds UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ledger.bodies import Marked, ToolDrifted
from engine.values import Sha256


@dataclass(frozen=True, slots=True)
class Pin:
    """What an operation was when it was granted."""

    pin: Sha256
    spec: Sha256
    identity: str
    at: int
    source: str = ""
    """`home` for one that other missions had granted before this one looked."""


@dataclass(slots=True)
class Tool:
    """One tool of the contract, as it was observed. `up` None: never looked at."""

    name: str
    up: bool | None = None
    because: str = ""
    mend: str = ""
    at: int = 0
    """When it was looked at last."""
    down_since: int = 0
    failures: int = 0
    """Looks in a row at which it was down."""
    until: int = 0
    """While it is down: before then it is not looked at again."""
    looks: int = 0
    identity: str = ""
    listed: bool = False
    """Whether it was ever up: then its operations are pinned, and what comes later is new."""
    pins: dict[str, Pin] = field(default_factory=dict)
    drift: dict[str, ToolDrifted] = field(default_factory=dict)
    """Operations that are not what was granted, each as it was seen last."""
    calls: int = 0
    failed: int = 0
    refused: int = 0
    asked: int = 0
    used: dict[str, int] = field(default_factory=dict)
    """Calls that ran, by operation."""

    @property
    def usable(self) -> bool:
        """Whether a call could run now, for all that is known."""
        return bool(self.up) and any(operation not in self.drift for operation in self.pins)


@dataclass(frozen=True, slots=True)
class Begun:
    """A call of which no end is known."""

    call: str
    attempt: str
    task: str
    tool: str
    operation: str
    at: int


@dataclass(frozen=True, slots=True)
class Pull:
    """What a worker asked of the record beside its package: which ids it was told, and which it was not, with codes."""

    call: str
    attempt: str
    task: str
    role: str
    branch: str
    operation: str
    arguments: Sha256
    items: tuple[str, ...]
    untold: tuple[tuple[str, str], ...]
    tokens: int
    at: int


@dataclass(slots=True)
class Wanted:
    """A call that waits for a human. `state`: awaiting, approved, used, rejected, expired, in_doubt."""

    id: str
    attempt: str
    task: str
    role: str
    branch: str
    tool: str
    operation: str
    verb: str
    digest: Sha256
    content: Sha256
    pin: Sha256
    clauses: Sha256
    hosts: tuple[str, ...]
    before: Marked
    expires: int
    at: int
    state: str = "awaiting"
    because: str = ""
    attention: str = ""
    call: str = ""
    """The call that used it."""

    @property
    def connector(self) -> str:
        """What carries it out."""
        return f"{self.tool}.{self.operation}"
