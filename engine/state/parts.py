"""The parts of a mission's state: branches, tasks, attempts, effects and the rest, each derived from events.

Ids are short (`T12`); times are mission time, milliseconds UTC; money is micro-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.contract.model import Criterion
from engine.ledger.bodies import ClauseChange, Marked, VerdictGiven
from engine.values import Ratio, Sha256, Tokens


@dataclass(slots=True)
class Counted:
    """Tokens and calls of models that were used, and those that are set aside."""

    tokens: int = 0
    calls: int = 0
    tokens_aside: int = 0
    calls_aside: int = 0


@dataclass(slots=True)
class RoleUse:
    """What all attempts of a role have used together."""

    spent: int = 0
    reserved: int = 0
    counted: Counted = field(default_factory=Counted)


@dataclass(slots=True)
class Branch:
    """One experiment; `main` is the root and is never judged."""

    id: str
    key: str
    parent: str
    hypothesis: str
    budget: int | None
    params: dict[str, str]
    opened_at: int
    state: str = "open"
    because: str = ""
    clause: str = ""
    until: int = 0
    windows: int = 0
    released: int = 0
    spent: int = 0
    reserved: int = 0
    judged_at: int = 0
    """Height of the last event that the branch's rules have seen."""
    tokens: int | None = None
    """Limits of its own on tokens and calls; None: what its parent leaves."""
    calls: int | None = None
    counted: Counted = field(default_factory=Counted)


@dataclass(slots=True)
class Task:
    """A node of the work graph. `state`: open, running, verifying, accepted, failed, cancelled."""

    id: str
    key: str
    branch: str
    kind: str
    title: str
    role: str
    verb: str
    needs: tuple[str, ...]
    context: tuple[str, ...]
    proposes: tuple[str, ...]
    produces: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    budget: int
    allowed: int
    verify: tuple[str, ...]
    reviewer: str
    fallback: str
    params: dict[str, str]
    subject: str
    metric: str
    state: str = "open"
    because: str = ""
    attempts: list[str] = field(default_factory=list)
    accepted: str = ""
    spent: int = 0
    reserved: int = 0
    fallen_back: bool = False
    held: str = ""
    """Which model it waits for, and why: `haiku: throttled`; empty when it waits for none."""
    held_until: int = 0
    waits_since: int = 0
    """Since when models that it needs are in an outage; 0 when they are not, as far as it is known here."""
    told: int = 0
    """Estimated tokens that must be told, where that was found to be more than some model leaves room for."""
    tools: tuple[str, ...] = ()
    """The tools that its plan names; empty: all that its role is given."""
    local: bool = False
    """Whether it fell back from a role that asks for a local model: so does its fallback then."""
    outdated: bool = False
    """Whether its contract was amended while an attempt ran: its new terms count from the next attempt on."""
    tokens: int | None = None
    """Limits of its own on tokens and calls; None: none."""
    calls: int | None = None
    counted: Counted = field(default_factory=Counted)


@dataclass(slots=True)
class Attempt:
    """One run of a task. `state`: dispatched, parked, delivered, failed, lost, cancelled."""

    id: str
    task: str
    role: str
    worker: str
    model: str
    family: str
    at: int
    epoch: int
    timeout: int
    state: str = "dispatched"
    reserved: int = 0
    spent: int = 0
    settled: bool = False
    tokens: Tokens = Tokens()
    counted: Counted = field(default_factory=Counted)
    latency: int = 0
    ended_at: int = 0
    because: str = ""
    retryable: bool = True
    fault: str = ""
    """What the model or its provider did, when that is why it failed."""
    spared: bool = False
    """It ended by no fault of the work, and counts against no limit of attempts."""
    package: Sha256 | None = None
    manifest: Sha256 | None = None
    package_tokens: int = 0
    route: dict[str, Any] = field(default_factory=dict)
    handoff: Sha256 | None = None
    summary: str = ""
    proposals: int = 0
    proposed: int = 0
    question: str = ""
    verdicts: list[VerdictGiven] = field(default_factory=list)
    superseded: bool = False
    rev: int = 1
    """The revision of the contract it began under."""
    tools: tuple[str, ...] = ()
    """Tools that it was given."""
    without: tuple[str, ...] = ()
    """Tools that its contract grants it and that could not be used then."""
    label: Marked | None = None
    """What its context carries, as far as it is known; None: nobody noted it."""
    calls: int = 0
    refusals: int = 0
    unsourced: tuple[str, ...] = ()
    """Calls that promised evidence and left no source."""


@dataclass(slots=True)
class Effect:
    """One canonical outward action and where it stands."""

    id: str
    batch: str
    verb: str
    connector: str
    digest: Sha256
    content: Sha256
    body: Sha256
    branch: str
    task: str
    attempt: str
    persons: tuple[str, ...]
    domains: tuple[str, ...]
    """A mark of each person's mail domain, in the same order."""
    message_id: str
    source: str
    fields: tuple[str, ...]
    clauses: Sha256
    expires: int
    template: str
    identity: str
    """A digest of the sender identity it was written under; empty: unknown."""
    proposed_at: int
    replaces: str = ""
    """The effect that a human edited into this one."""
    url: str = ""
    """Where it goes, for what is no mail."""
    host: str = ""
    micro_usd: int = 0
    """What it spends outside."""
    grant: str = ""
    """The standing grant that approved it."""
    unanswered: int = 0
    """How often in a row its connector gave no clear answer, not counting an engine's death."""
    unsure: bool = False
    """Whether it may have arrived although it is to be sent again: its sink drops doubles."""
    first_at: int = 0
    """When it was first handed to its connector under its present approval."""
    state: str = "awaiting"
    approval: str = ""
    """Digest that a human approved; empty again once it was used up or has died."""
    attention: str = ""
    """The attention item whose decision approved it."""
    not_before: int = 0
    n: int = 0
    attempted_at: int = 0
    """When it was last handed to its connector."""
    postponed: int = 0
    """How often its connector put it off, for reasons of its own."""
    held: str = ""
    """What keeps it back although it is approved, as it was last noted; empty: nothing that was noted."""
    held_until: int = 0
    key: str = ""
    reference: str = ""
    because: str = ""
    ended_at: int = 0


@dataclass(slots=True)
class Grant:
    """A standing yes to effects that are still to come."""

    id: str
    verb: str
    count: int
    micro_usd: int
    hosts: tuple[str, ...]
    until: int
    clauses: Sha256
    setup: str
    source: str
    because: str
    actor: str
    at: int
    used: int = 0
    spent: int = 0
    revoked: bool = False


@dataclass(slots=True)
class Outage:
    """A connector that puts off what it is given, from the first time until something arrives again."""

    since: int
    because: str = ""
    at: int = 0
    """When it last refused everything."""
    failures: int = 0
    """How often in a row it refused everything."""
    until: int = 0
    """Before then it is given nothing."""
    mend: bool = False
    """Whether it is given nothing before a human says so."""


@dataclass(slots=True)
class Evidence:
    """One measurement or message."""

    id: str
    metric: str
    branch: str
    source: str
    grade: str
    value: Ratio | str | None
    task: str
    attempt: str
    about: str
    person: str
    message: str
    blob: Sha256 | None
    key: str
    note: str
    at: int


@dataclass(slots=True)
class Item:
    """One piece of curated state. `status`: active, superseded, retracted."""

    id: str
    kind: str
    text: str
    branch: str
    task: str
    attempt: str
    origin: str
    trust: str
    privacy: str
    at: int
    status: str = "active"
    because: str = ""


@dataclass(slots=True)
class Rule:
    """A standing constraint born from a rejection or written by a human."""

    id: str
    text: str
    branch: str
    roles: tuple[str, ...]
    origin: str
    at: int


@dataclass(slots=True)
class Artifact:
    """A file a worker made."""

    id: str
    name: str
    sha: Sha256
    bytes: int
    media: str
    task: str
    attempt: str


@dataclass(slots=True)
class Timer:
    """A durable timer."""

    id: str
    due: int
    purpose: str
    branch: str
    cadence: int


@dataclass(slots=True)
class Check:
    """A reading of a source that has not ended yet."""

    id: str
    branch: str
    metrics: tuple[str, ...]
    epoch: int


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
