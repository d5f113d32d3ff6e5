"""What humans are asked and said, what was amended and erased, what was charged and how conditions came out.

Ids are short (`T12`); times are mission time, milliseconds UTC; money is micro-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ledger.bodies import ClauseChange, PlanProposed
from engine.values import Sha256, Tokens


@dataclass(slots=True)
class Attention:
    """One thing that needs a human."""

    id: str
    kind: str
    title: str
    branch: str
    task: str
    attempt: str
    refs: tuple[str, ...]
    detail: str
    choices: tuple[str, ...]
    expires: int
    about: str
    at: int
    given: list[Given] = field(default_factory=list)
    """Who said yes so far, where several people have to."""


@dataclass(frozen=True, slots=True)
class Given:
    """One person's yes to exactly one batch, under exactly these clauses."""

    person: str
    digest: Sha256
    clauses: Sha256


@dataclass(frozen=True, slots=True)
class Amended:
    """One revision of the contract that a human made."""

    height: int
    at: int
    actor: str
    rev: int
    digest: Sha256
    source: Sha256
    changes: tuple[ClauseChange, ...]
    because: str


@dataclass(frozen=True, slots=True)
class Erased:
    """Content that was erased, and the copy without a person that goes on in its place."""

    height: int
    at: int
    blob: Sha256
    what: str
    because: str
    instead: Sha256 | None


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of the account."""

    height: int
    at: int
    attempt: str
    task: str
    branch: str
    role: str
    worker: str
    model: str
    purpose: str
    outcome: str
    tokens: Tokens
    micro_usd: int
    basis: str
    calls: int = 0
    counted: int = 0
    """Tokens that count against limits."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a human decided, and with what before their eyes."""

    height: int
    at: int
    actor: str
    attention: str
    what: str
    subject: str
    digest: str
    text: str
    excepted: tuple[str, ...]
    waited: int
    scripted: bool
    focus_ms: int = 0
    opened: int | None = None
    """How many of its items were looked at; None where nobody counted."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A condition with the facts it saw."""

    height: int
    at: int
    clause: str
    branch: str
    expression: str
    facts: dict[str, str]
    outcome: str
    detail: str


@dataclass(slots=True)
class Proposal:
    """A patch that somebody proposed for the plan. `state`: proposed, accepted, rejected."""

    id: str
    height: int
    at: int
    said: PlanProposed
    state: str = "proposed"
    because: str = ""
    """Why it was rejected, or who accepted it."""
