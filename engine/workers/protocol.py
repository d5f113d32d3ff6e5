"""What goes into a worker and what comes out: `AttemptJob`, `WorkerIO`, `WorkerEvent`, `Handoff`.

Every kind of worker passes tests/engine/workers/contract.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, StringConstraints

from engine.governance.allowance import Allowance
from engine.governance.labels import Label
from engine.modelhost.wire import Kind
from engine.tools.protocol import Grant, Tools
from engine.values import MissionId, Ratio, Sha256, Tokens, Value

Line = Annotated[str, StringConstraints(max_length=2_000)]
Prose = Annotated[str, StringConstraints(max_length=100_000)]


class Said(Value):
    """A decision, an assumption or a question of a worker, with what it is about and what it rests on."""

    text: Line
    subject: Line = ""
    """What it is about: a later one on the same subject takes its place."""
    value: Line = ""
    scope: tuple[Line, ...] = ()
    """Where it holds, as `audience:founders`; empty: everywhere in its branch."""
    supports: tuple[Line | tuple[Line, ...], ...] = ()
    """Ids or subjects that it rests on, all of them; lists among them are alternatives, of which one is enough."""
    supersedes: tuple[Line, ...] = ()
    until: Line = ""
    """How long it holds: `14d`, or a date."""


class Claim(Said):
    """Something a worker says is so. A claim is not evidence."""


class ArtifactOut(Value):
    """A file a worker made, already stored as a blob."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    sha: Sha256
    bytes: int = Field(ge=0)
    media: Line = "text/plain"


class EvidenceOut(Value):
    """A measurement of a metric the contract declares. `value`: a ratio, a decimal as text, or prose for `unit:
    text`.
    """

    metric: Line
    value: Ratio | Line
    note: Line = ""


class EffectOut(Value):
    """An outward action a worker proposes; the engine makes canonical bytes of it or refuses it.

    Sender, signature and unsubscribe text are never taken from a worker.
    """

    verb: Line
    to: Line = ""
    """For mail: the one address. Everything else goes where its connector is configured to go."""
    subject: Line = ""
    body: Prose = ""
    fields: tuple[Line, ...] = ()
    """Names of private input fields that the text uses, as far as the worker knows."""
    path: Line = ""
    """For what is published: the file's path below the configured folder."""
    artifact: Line = ""
    """An artifact of the same handoff that is the body, in the place of `body`."""
    amount: Line = ""
    """What it spends outside: `12.50 USD`."""


class CriterionVerdict(Value):
    """A reviewer's word on one acceptance criterion or rule."""

    criterion: Line
    ok: bool
    detail: Line = ""
    quote: Line = ""
    """The words of the work that decide it, exactly as they stand there; empty where it is about something missing."""


class Handoff(Value):
    """The structured result of an attempt."""

    summary: Line
    claims: tuple[Claim, ...] = ()
    decisions: tuple[Line | Said, ...] = ()
    assumptions: tuple[Line | Said, ...] = ()
    questions: tuple[Line | Said, ...] = ()
    artifacts: tuple[ArtifactOut, ...] = ()
    evidence: tuple[EvidenceOut, ...] = ()
    effects: tuple[EffectOut, ...] = ()
    learnings: tuple[Line, ...] = ()
    verdicts: tuple[CriterionVerdict, ...] = ()
    patch: dict[str, Any] | None = None
    """Of a planner: the change of the plan, as `engine.plan.patch.Patch` is stored."""


class FileIn(Value):
    """A file laid into the workspace, read-only: an input of the contract or an artifact of an earlier task."""

    name: Line
    filename: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    sha: Sha256


class AttemptJob(Value):
    """One attempt, complete: a worker needs nothing else to do it."""

    attempt: str
    task: str
    key: str
    """The task's id in the plan: `draft`."""
    mission: MissionId
    branch: str
    """The branch's key: `cold-email`."""
    role: str
    kind: Literal["work", "review", "grade", "check", "plan", "rehearsed-source"] = "work"
    worker: Literal["model", "harness", "command", "human", "rehearsed"]
    model: str = ""
    package: Prose = ""
    question: Line = ""
    """For a human: what is asked, in one line."""
    criteria: tuple[Line, ...] = ()
    metrics: tuple[tuple[Line, Line], ...] = ()
    """Name and unit of the metrics this attempt is expected to leave evidence for."""
    proposes: tuple[Line, ...] = ()
    channels: tuple[tuple[Line, Line], ...] = ()
    """Verb and kind of those that leave by something else than mail: `("publish", "files")`."""
    produces: tuple[Line, ...] = ()
    argv: tuple[str, ...] = ()
    """For `command`: the template of the role, placeholders unreplaced."""
    network: bool = True
    """For `command`: whether it may reach the network. What was dispatched before this was asked, could."""
    sees: tuple[str, ...] = ()
    """For `command`: folders of the user's home that it may read."""
    params: tuple[tuple[Line, str], ...] = ()
    """`with` of the task and of its branch."""
    inputs: tuple[FileIn, ...] = ()
    artifacts: tuple[FileIn, ...] = ()
    timeout_ms: int = Field(default=600_000, ge=1)
    seed: int = 0
    success_ppm: int = Field(default=1_000_000, ge=0, le=1_000_000)
    """For a rehearsed worker: how often the contract assumes that this role succeeds."""
    assumed: Tokens | None = None
    """For a rehearsed worker: the usage the contract assumes; None derives it from the texts."""
    max_output_tokens: int = Field(default=4_000, ge=0)
    allowance: Allowance | None = None
    """For a model with tools: how often it may be asked and what all of it may cost. Without, it is asked once, and
    once more to mend its answer.
    """
    grants: tuple[Grant, ...] = ()
    """The tools that it may use, as its gateway holds them."""
    label: Label = Label()
    """What its context carries when it begins."""
    laid: tuple[FileIn, ...] = ()
    """Files that tools of this attempt read in its workspace."""
    setup: str = ""
    """For a model: a digest of how it was reached and trusted when it was chosen; over another nothing is sent."""


class Note(Value):
    """Progress for whoever watches: lossy."""

    kind: Literal["note"] = "note"
    text: Line
    micro_usd: int = 0


class Finished(Value):
    """An attempt's good end. `usage` None means nobody knows: it settles at the reservation; so do `calls`, those of a
    model that were made.
    """

    kind: Literal["handoff"] = "handoff"
    handoff: Handoff
    usage: Tokens | None = Tokens()
    calls: int | None = None
    latency_ms: int = 0


Fault = Literal["", "key_missing", "key_late", "reconfigured", "unusable", Kind]
"""What went wrong with a model call: what the model host tells (`engine.modelhost.wire.Kind`), or what happened around
it. `key_late`: the keyring is locked or does not answer; `reconfigured`: the model is reached in another way than it
was chosen for; `unusable`: what it answered. Empty for everything that is no model's or provider's fault.
"""


class Failed(Value):
    """An attempt's bad end. `retryable` says whether the same worker may be asked again.

    `fault` and `retry_after_ms` tell the breaker what the provider did; an outage uses up none of the task's attempts.
    """

    kind: Literal["failed"] = "failed"
    reason: Line
    detail: Line = ""
    retryable: bool = True
    fault: Fault = ""
    retry_after_ms: int = Field(default=0, ge=0)
    answer: Sha256 | None = None
    """A blob with what was answered and could not be used."""
    usage: Tokens | None = Tokens()
    calls: int | None = None
    latency_ms: int = 0


class Cancelled(Value):
    """The attempt was told to end, and did."""

    kind: Literal["cancelled"] = "cancelled"
    reason: Line = ""
    usage: Tokens | None = Tokens()
    calls: int | None = None
    latency_ms: int = 0


class Parked(Value):
    """Somebody else has to answer first; the engine asks through the queue and ends the attempt with the answer."""

    kind: Literal["parked"] = "parked"
    question: Line
    usage: Tokens | None = Tokens()
    calls: int | None = None
    latency_ms: int = 0


Ending = Finished | Failed | Cancelled | Parked
WorkerEvent = Note | Ending


class WorkerIO(Protocol):
    """What a worker may touch: blobs by hash, a workspace of its own, time, tools by way of the gateway."""

    @property
    def workspace(self) -> Path:
        """A folder for this attempt alone, made on first use."""

    async def put(self, content: bytes) -> Sha256:
        """Store content as a blob."""

    async def blob(self, sha: Sha256) -> bytes:
        """Content by hash. Raises KeyError when it was erased."""

    async def sleep(self, ms: int) -> None:
        """Let time pass: real or virtual."""

    @property
    def tools(self) -> Tools:
        """The tools of this attempt's role, behind the gateway."""


class Worker(Protocol):
    """One way of getting work done. Cancelling the iteration cancels the attempt and everything it started."""

    def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        """Do the job; the last event is its one `Ending`."""
