"""What each event says: one frozen model per kind, by the names of docs/events.md.

A body holds no float, no secret and no address of a person: big or sensitive payloads are blobs, named by sha256.
`decode` turns a stored event into its body; a kind or version that this release does not know becomes `Opaque`, kept
and shown, never dropped.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter, ValidationError

from engine.ledger.protocol import DamagedError, Event, NewEvent
from engine.values import Ratio, Sha256, Tokens, Value

Micro = Annotated[int, Field(ge=0, le=9_000_000_000_000_000)]
SignedMicro = Annotated[int, Field(ge=-9_000_000_000_000_000, le=9_000_000_000_000_000)]
Ms = Annotated[int, Field(ge=0, le=9_000_000_000_000_000)]
Facts = dict[str, Any]

REGISTRY: dict[str, type[Body]] = {}


class Body(Value):
    """Base of every event body. A subclass names its kind and version; both are part of the ledger for ever."""

    KIND: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "KIND" in cls.__dict__:
            REGISTRY[cls.KIND] = cls

    def event(self, *, at: int, actor: str = "engine") -> NewEvent:
        """This body as a fact about to be recorded."""
        return NewEvent(self.KIND, self.model_dump(mode="json", exclude_defaults=True), actor, at, self.VERSION)


class Opaque(Body):
    """An event of a later release: its raw body is kept."""

    kind: str
    raw: Facts


# -- the mission and its contract


class InputRef(Value):
    """An input as it was when the mission was created."""

    name: str
    filename: str
    sha: Sha256
    bytes: int
    privacy: str
    trust: str


class MissionCreated(Body):
    KIND = "mission.created"
    title: str
    rev: int = 1
    contract: Facts
    source: Sha256
    """The contract file's own bytes, as a blob."""
    inputs: tuple[InputRef, ...] = ()
    rehearsed: bool = False
    seed: int = 0


class MissionStarted(Body):
    KIND = "mission.started"


class MissionPaused(Body):
    KIND = "mission.paused"
    because: str


class MissionResumed(Body):
    KIND = "mission.resumed"
    because: str = ""


class MissionStopped(Body):
    KIND = "mission.stopped"
    because: str
    clause: str = ""


class MissionFinished(Body):
    KIND = "mission.finished"
    because: str
    clause: str = ""


# -- branches


class BranchOpened(Body):
    KIND = "branch.opened"
    branch: str
    key: str
    parent: str = ""
    hypothesis: str = ""
    budget: Micro = 0
    params: dict[str, str] = {}


class BranchWaiting(Body):
    KIND = "branch.waiting"
    branch: str
    until: Ms
    because: str


class BranchExtended(Body):
    KIND = "branch.extended"
    branch: str
    until: Ms
    because: str
    clause: str = ""


class BranchKept(Body):
    KIND = "branch.kept"
    branch: str
    because: str
    clause: str = ""


class BranchPruned(Body):
    KIND = "branch.pruned"
    branch: str
    because: str
    clause: str = ""
    released: Micro = 0


# -- plan and tasks


class PlanAccepted(Body):
    KIND = "plan.accepted"
    digest: Sha256
    source: str


class TaskAdded(Body):
    KIND = "task.added"
    task: str
    key: str
    branch: str
    kind: Literal["work", "review", "grade", "check"] = "work"
    title: str
    role: str
    verb: str
    needs: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    criteria: tuple[Facts, ...] = ()
    budget: Micro = 0
    attempts: int = 2
    verify: tuple[str, ...] = ("checks",)
    reviewer: str = ""
    fallback: str = "ask"
    params: dict[str, str] = {}
    subject: str = ""
    """For a review: the attempt it judges. For a grade: the evidence it weighs."""
    metric: str = ""


class TaskAccepted(Body):
    KIND = "task.accepted"
    task: str
    attempt: str = ""


class TaskFailed(Body):
    KIND = "task.failed"
    task: str
    because: str


class TaskRetried(Body):
    """A human gave a failed task new attempts, or a fallback took it over."""

    KIND = "task.retried"
    task: str
    role: str = ""
    attempts: int = 1
    because: str


class TaskCancelled(Body):
    KIND = "task.cancelled"
    task: str
    because: str


# -- attempts, packages, routes, money


class Considered(Value):
    """One candidate of a route and what each filter said of it."""

    name: str
    passed: bool
    why: str
    worst_micro_usd: int = 0


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


class PackageCompiled(Body):
    KIND = "package.compiled"
    attempt: str
    task: str
    text: Sha256
    manifest: Sha256
    tokens: int
    budget: int
    policy: str = "pack/1"


class ChargeReserved(Body):
    KIND = "charge.reserved"
    attempt: str
    micro_usd: Micro


class AttemptDispatched(Body):
    KIND = "attempt.dispatched"
    attempt: str
    task: str
    role: str
    worker: str
    model: str = ""
    family: str = ""
    timeout: Ms = 0


class AttemptDelivered(Body):
    KIND = "attempt.delivered"
    attempt: str
    handoff: Sha256
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
    purpose: Literal["work", "review", "grade", "check", "retry", "fallback"]
    outcome: Literal["useful", "failed", "lost", "cancelled"]
    tokens: Tokens = Tokens()
    micro_usd: Micro
    basis: Literal["reported", "reservation", "free"]
    """`reservation`: nobody knows the usage, so the whole reservation is charged."""


class ChargeCorrected(Body):
    """Late news about a settled charge: the difference, which may be negative."""

    KIND = "charge.corrected"
    attempt: str
    micro_usd: SignedMicro
    tokens: Tokens = Tokens()
    because: str


# -- curated state


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


class ItemRetracted(Body):
    KIND = "item.retracted"
    item: str
    because: str


class RuleAdopted(Body):
    KIND = "rule.adopted"
    rule: str
    text: str
    branch: str = ""
    roles: tuple[str, ...] = ()
    origin: str = ""
    """The decision it was born from."""


class ArtifactProduced(Body):
    KIND = "artifact.produced"
    artifact: str
    name: str
    sha: Sha256
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
    blob: Sha256 | None = None
    key: str = ""
    """Dedupes what a source shows twice."""
    note: str = ""


class LearningRecorded(Body):
    KIND = "learning.recorded"
    learning: str
    text: str
    branch: str
    evidence: tuple[str, ...] = ()


# -- verification


class VerdictLine(Value):
    """One criterion or rule, and whether it holds."""

    criterion: str
    ok: bool
    detail: str = ""
    by: str = ""


class VerdictGiven(Body):
    KIND = "verdict.given"
    task: str
    attempt: str
    stage: Literal["checks", "command", "review", "human"]
    by: str
    ok: bool
    lines: tuple[VerdictLine, ...] = ()


# -- effects


class EffectProposed(Body):
    KIND = "effect.proposed"
    effect: str
    batch: str
    verb: str
    connector: str
    digest: Sha256
    content: Sha256
    """The canonical bytes, as a blob; their own sha256."""
    body: Sha256
    """The exact body, as a blob."""
    branch: str
    task: str
    attempt: str
    persons: tuple[str, ...] = ()
    message_id: str = ""
    source: str = ""
    """Which declared input names the destination; empty: none does."""
    fields: tuple[str, ...] = ()
    clauses: Sha256
    expires: Ms
    template: str = ""


class EffectRefused(Body):
    """A proposal that the engine did not turn into an effect, and why."""

    KIND = "effect.refused"
    task: str
    attempt: str
    index: int
    verb: str
    code: str
    because: str


class EffectApproved(Body):
    KIND = "effect.approved"
    effect: str
    attention: str
    digest: Sha256
    clauses: Sha256
    batch_digest: Sha256
    not_before: Ms
    expires: Ms


class EffectRejected(Body):
    KIND = "effect.rejected"
    effect: str
    attention: str
    because: str
    digest: Sha256


class EffectExpired(Body):
    KIND = "effect.expired"
    effect: str


class EffectRenewed(Body):
    """A human asked for the same bytes again after they had expired."""

    KIND = "effect.renewed"
    effect: str
    expires: Ms


class EffectWithdrawn(Body):
    KIND = "effect.withdrawn"
    effect: str
    because: str


class EffectAttempting(Body):
    """Durable before the wire: after this, only the connector's answer, a look-up or a human settles the effect."""

    KIND = "effect.attempting"
    effect: str
    key: str
    n: int
    digest: Sha256


class EffectDone(Body):
    KIND = "effect.done"
    effect: str
    reference: str


class EffectFailed(Body):
    KIND = "effect.failed"
    effect: str
    because: str


class EffectDoubted(Body):
    KIND = "effect.doubted"
    effect: str
    because: str


class EffectSettled(Body):
    """A doubt is over: by look-up or by a human, never by a retry."""

    KIND = "effect.settled"
    effect: str
    outcome: Literal["sent", "not_sent"]
    by: str
    reference: str = ""


# -- time


class TimerSet(Body):
    KIND = "timer.set"
    timer: str
    due: Ms
    purpose: Literal["check", "window"]
    branch: str
    cadence: int = 0
    """Index of the clause in `cadence`."""


class TimerFired(Body):
    KIND = "timer.fired"
    timer: str
    missed: int = 0
    """Slots that passed while nobody ran; they collapse into this one."""


class ClockAdvanced(Body):
    """A rehearsed mission's clock jumps to its next timer: nothing runs, nothing waits for a human."""

    KIND = "clock.advanced"
    to: Ms
    by: Ms


class CheckStarted(Body):
    """A source of evidence is being read."""

    KIND = "check.started"
    check: str
    branch: str
    metrics: tuple[str, ...]


class CheckEnded(Body):
    KIND = "check.ended"
    check: str
    found: int
    error: str = ""


# -- humans


class AttentionRaised(Body):
    KIND = "attention.raised"
    attention: str
    kind: Literal["approve", "answer", "review", "conflict", "doubt", "budget", "tool", "plan"]
    title: str
    branch: str = ""
    task: str = ""
    attempt: str = ""
    refs: tuple[str, ...] = ()
    detail: str = ""
    choices: tuple[str, ...] = ()
    expires: Ms = 0
    about: str = ""
    """What this is about, so that it is raised once: `mission.exhausted`, `branch:B2:judge`."""


class AttentionResolved(Body):
    KIND = "attention.resolved"
    attention: str
    how: str


class DecisionMade(Body):
    """What a human decided, with what was on screen: its digest, and how long it had waited."""

    KIND = "decision.made"
    attention: str = ""
    what: str
    subject: str
    digest: str = ""
    text: str = ""
    excepted: tuple[str, ...] = ()
    waited: Ms = 0
    scripted: bool = False


# -- judgement


class ConditionEvaluated(Body):
    """A condition and the facts it saw. Recorded whenever its inputs or its outcome changed."""

    KIND = "condition.evaluated"
    clause: str
    branch: str = ""
    expression: str
    facts: dict[str, str]
    outcome: Literal["true", "false", "unknown", "error"]
    detail: str = ""


# -- the home stream


class ContactSuppressed(Body):
    KIND = "contact.suppressed"
    person: str
    because: str
    address: Sha256 | None = None
    """The address as a blob, so that it can be shown and erased."""
    source: str = ""


class ContactRestored(Body):
    KIND = "contact.restored"
    person: str
    because: str


def decode(event: Event) -> Body:
    """The body of a stored event. Raises `DamagedError` when a known kind does not fit its own shape."""
    model = REGISTRY.get(event.kind)
    if model is None or event.version > model.VERSION:
        return Opaque(kind=event.kind, raw=dict(event.body))
    try:
        return _adapter(model).validate_python(_tupled(event.body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DamagedError(
            f"ledger, event {event.seq} ({event.mission} {event.height})",
            f"{event.kind} does not have its shape: {where} {first['msg'].lower()}",
            "run cockpit doctor; restore a backup if the chain does not verify",
        ) from None


_ADAPTERS: dict[type[Body], TypeAdapter[Body]] = {}


def _adapter(model: type[Body]) -> TypeAdapter[Body]:
    if model not in _ADAPTERS:
        _ADAPTERS[model] = TypeAdapter(model)
    return _ADAPTERS[model]


def _tupled(value: Any) -> Any:
    """JSON arrays as tuples, as strict validation wants them; free-form facts keep lists through `Facts`."""
    if isinstance(value, list):
        return tuple(_tupled(part) for part in value)
    if isinstance(value, dict):
        return {key: (part if key == "contract" else _tupled(part)) for key, part in value.items()}
    return value
