"""Bodies of events about attempts, their packages, routes and charges, what they left behind, and verdicts."""

from __future__ import annotations

from typing import Literal

from engine.ledger.bodies.base import Body, Facts, Micro, Ms, SignedMicro
from engine.ledger.bodies.tools import Marked
from engine.values import BlobRef, Price, Ratio, Tokens, Value


class Considered(Value):
    """One candidate of a route and what each filter said of it."""

    name: str
    passed: bool
    why: str
    worst_micro_usd: int = 0
    expected_micro_usd: int = 0
    """What a success with it is expected to cost, verification and what follows a no included; 0: nobody asked."""
    verified: Ratio | None = None
    """Attempts in this role that were found good, of those of which somebody found out."""


class RouteChosen(Body):
    KIND = "route.chosen"
    attempt: str
    task: str
    name: str
    worker: str
    model: str = ""
    because: str
    considered: tuple[Considered, ...] = ()
    policy: str = "route/1"
    price: Price | None = None
    """What it was chosen at, and is settled at, whatever the price list says later; None: not recorded then."""
    free: bool = False
    setup: str = ""
    """A digest of how the model is reached, so that a mended configuration is known from the one that failed."""
    catalogue: BlobRef | None = None
    """Everybody who was considered, with all attributes, as a blob; None: not recorded then."""
    barred: Facts = {}
    """Who of them could not be asked, and why."""
    record: BlobRef | None = None
    """The verified outcomes that it rests on, as a blob; None: routes did not rest on any then."""
    prefers: str = ""
    """Whom outcomes prefer: what is preferred twice replaces whom the role is used to."""


class PackageCompiled(Body):
    KIND = "package.compiled"
    attempt: str
    task: str
    text: BlobRef
    manifest: BlobRef
    tokens: int
    budget: int
    policy: str = "pack/1"
    found: BlobRef | None = None
    """What the full-text index gave for it, as a blob: an input, so that it can be compiled again without the index."""


class ChargeReserved(Body):
    KIND = "charge.reserved"
    attempt: str
    micro_usd: Micro
    tokens: Micro = 0
    """The most tokens and calls of a model that it may use."""
    calls: Micro = 0


class AttemptDispatched(Body):
    KIND = "attempt.dispatched"
    attempt: str
    task: str
    role: str
    worker: str
    model: str = ""
    family: str = ""
    timeout: Ms = 0
    tools: tuple[str, ...] = ()
    """Tools that it is given."""
    without: tuple[str, ...] = ()
    """Optional tools that cannot be used now."""
    label: Marked | None = None
    """What the package and the files of this attempt carry; None: nobody noted it."""


class AttemptDelivered(Body):
    KIND = "attempt.delivered"
    attempt: str
    handoff: BlobRef
    """The whole handoff as a blob."""
    summary: str = ""
    effects: int = 0
    latency: Ms = 0


class AttemptFailed(Body):
    KIND = "attempt.failed"
    attempt: str
    because: str
    retryable: bool = True
    latency: Ms = 0
    fault: str = ""
    """What the model or its provider did; empty for everything else."""
    answer: BlobRef | None = None
    """What it answered and could not be used, as it was said."""


class AttemptParked(Body):
    """A human is asked; the answer will end the attempt."""

    KIND = "attempt.parked"
    attempt: str
    question: str


class AttemptLost(Body):
    KIND = "attempt.lost"
    attempt: str
    because: str


class AttemptCancelled(Body):
    KIND = "attempt.cancelled"
    attempt: str
    because: str


class AttemptSuperseded(Body):
    """The late result of an attempt that had already ended: never changes state, its spend is counted."""

    KIND = "attempt.superseded"
    attempt: str
    because: str


class ChargeSettled(Body):
    KIND = "charge.settled"
    attempt: str
    task: str
    branch: str
    role: str
    worker: str
    model: str = ""
    purpose: Literal["work", "review", "grade", "check", "plan", "retry", "fallback"]
    outcome: Literal["useful", "failed", "lost", "cancelled"]
    tokens: Tokens = Tokens()
    micro_usd: Micro
    basis: Literal["reported", "reservation", "free"]
    """`reservation`: nobody knows the usage, so the whole reservation is charged."""
    calls: Micro = 0
    """Calls of a model that were made, or set aside where nobody knows."""
    counted: Micro = 0
    """Tokens that count against limits: those of all classes, or those that were set aside."""


class ChargeCorrected(Body):
    """Late news about a settled charge: the difference, which may be negative."""

    KIND = "charge.corrected"
    attempt: str
    micro_usd: SignedMicro
    tokens: Tokens = Tokens()
    because: str
    calls: SignedMicro = 0
    counted: SignedMicro = 0
    """Late news about calls and tokens, as differences."""


class ItemRecorded(Body):
    KIND = "item.recorded"
    item: str
    kind: Literal["decision", "assumption", "question", "learning", "claim"]
    text: str
    branch: str
    task: str = ""
    attempt: str = ""
    origin: Literal["worker", "human", "tool"] = "worker"
    trust: Literal["human", "tool", "worker", "untrusted"] = "worker"
    privacy: Literal["public", "private", "secret"] = "private"
    supersedes: tuple[str, ...] = ()
    subject: str = ""
    """What it is about: a later item of the same subject, branch and scope takes its place."""
    value: str = ""
    scope: tuple[str, ...] = ()
    """Where it holds, as `role:writer` or `audience:founders`; empty: everywhere in its branch."""
    supports: tuple[tuple[str, ...], ...] = ()
    """What it rests on: justifications, each a set of ids; it is suspect once none of them stands whole."""
    holds_from: Ms = 0
    """Since when it is so, in mission time; 0: since it was recorded."""
    expires: Ms = 0
    pin: bool = False
    """Whether every package of its scope tells it."""
    brief: str = ""
    proposed: bool = False
    """It is in force once the work of its attempt is accepted."""


class ItemRetracted(Body):
    KIND = "item.retracted"
    item: str
    because: str


class ItemAdopted(Body):
    """A human says that a contested or proposed item is so; it counts as theirs from then on."""

    KIND = "item.adopted"
    item: str
    because: str


class ItemExpired(Body):
    """The time of an item is over."""

    KIND = "item.expired"
    item: str


class ArtifactProduced(Body):
    KIND = "artifact.produced"
    artifact: str
    name: str
    sha: BlobRef
    bytes: int
    media: str
    task: str
    attempt: str


class EvidenceRecorded(Body):
    """One measurement or message. `value` None: a message whose worth is still to be graded."""

    KIND = "evidence.recorded"
    evidence: str
    metric: str
    branch: str
    source: str
    grade: Literal["claimed", "checked", "external"]
    value: Ratio | str | None = None
    task: str = ""
    attempt: str = ""
    about: str = ""
    """The effect or evidence this is about."""
    person: str = ""
    message: Literal["", "reply", "stop", "bounce", "auto", "complaint", "other"] = ""
    blob: BlobRef | None = None
    key: str = ""
    """Dedupes what a source shows twice."""
    note: str = ""


class VerdictLine(Value):
    """One criterion or rule, and whether it holds."""

    criterion: str
    ok: bool
    detail: str = ""
    by: str = ""
    rule: str = ""
    """The rule that was checked; empty for a criterion."""
    span: str = ""
    """The words that break it, as far as they are short."""


class VerdictGiven(Body):
    KIND = "verdict.given"
    task: str
    attempt: str
    stage: Literal["checks", "command", "duel", "review", "human"]
    by: str
    ok: bool
    lines: tuple[VerdictLine, ...] = ()
