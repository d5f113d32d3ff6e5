"""Bodies of events about what was promised and planned, what time it is, and what was judged."""

from __future__ import annotations

from typing import Literal

from engine.ledger.bodies.base import Body, Facts, Micro, Ms, SignedMs
from engine.values import BlobRef, Sha256, Value


class InputRef(Value):
    """An input as it was when the mission was created."""

    name: str
    filename: str
    sha: BlobRef
    bytes: int
    privacy: str
    trust: str


class FileRef(Value):
    """A file of a tool or a skill as it was when the mission was created."""

    owner: str
    """`tools/crm`, `skills/cold-email`."""
    path: str
    """Within its owner: `SKILL.md`; of a tool, the file's own name."""
    sha: BlobRef
    bytes: int


class MissionCreated(Body):
    KIND = "mission.created"
    title: str
    rev: int = 1
    contract: Facts
    source: BlobRef
    """The contract file's own bytes, as a blob."""
    inputs: tuple[InputRef, ...] = ()
    files: tuple[FileRef, ...] = ()
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


class BranchOpened(Body):
    KIND = "branch.opened"
    branch: str
    key: str
    parent: str = ""
    hypothesis: str = ""
    budget: Micro | None = None
    """The most this branch and all that grows from it may spend; None: what its parent leaves."""
    tokens: Micro | None = None
    calls: Micro | None = None
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


class PlanAccepted(Body):
    KIND = "plan.accepted"
    digest: Sha256
    source: str
    """`contract`, or who proposed it."""
    proposal: str = ""
    by: str = ""
    """Who accepted a proposal: a person, or the clause that lets the engine do so."""
    plan: Facts | None = None
    """The whole plan that is in force from now on; None: the contract's own."""
    later: tuple[str, ...] = ()
    """Tasks whose running attempt finishes on the old terms; the new ones count from the next attempt on."""


class TaskTerms(Body):
    """What is asked of whoever does a task."""

    task: str
    key: str
    branch: str
    kind: Literal["work", "review", "grade", "check", "second", "judge", "plan"] = "work"
    title: str
    role: str
    verb: str
    needs: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    criteria: tuple[Facts, ...] = ()
    budget: Micro = 0
    tokens: Micro | None = None
    calls: Micro | None = None
    attempts: int = 2
    verify: tuple[str, ...] = ("checks",)
    reviewer: str = ""
    fallback: str = "ask"
    params: dict[str, str] = {}
    subject: str = ""
    """For a review, and for the second worker and the judge of a duel: the attempt. For a grade: the evidence. For a
    plan: why one is asked for.
    """
    metric: str = ""
    tools: tuple[str, ...] = ()
    """Tools that the plan names for it; empty: all that its role is given."""
    once: Literal["", "kept"] = ""
    """It begins when its branch is kept."""


class TaskAdded(TaskTerms):
    KIND = "task.added"


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
    not_before: Ms = 0
    """Before then it is not begun, for a human may still take back what sent it back; 0: at once."""


class TaskRestored(Body):
    """The rejection that sent a task back was taken back: it is accepted as it was."""

    KIND = "task.restored"
    task: str
    because: str


class TaskRaised(Body):
    """A human gave a task larger limits of its own; None leaves one as it is."""

    KIND = "task.raised"
    task: str
    budget: Micro | None = None
    tokens: Micro | None = None
    calls: Micro | None = None
    package: Micro | None = None
    """Estimated tokens that its package may have."""
    because: str


class TaskHeld(Body):
    """Ready tasks wait for a model that cannot be asked now; an empty `because` says that they wait no longer."""

    KIND = "task.held"
    task: str
    also: tuple[str, ...] = ()
    """Further tasks that wait for the same."""
    because: str = ""
    until: Ms = 0
    """When the first of its models may be asked again; 0: when the one that is being tried has answered."""


class TaskMeasured(Body):
    """What a task must be told needs more room than the model that it was routed to leaves it."""

    KIND = "task.measured"
    task: str
    tokens: int
    """Estimated tokens that must be told: whoever leaves less room is not asked."""


class TaskCancelled(Body):
    KIND = "task.cancelled"
    task: str
    because: str


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


class TimerMissed(Body):
    """Slots of a cadence passed while nothing ran: one look catches up for all of them."""

    KIND = "timer.missed"
    timer: str
    slots: int
    since: Ms
    """When the timer had been due."""
    branch: str
    metrics: tuple[str, ...] = ()


class ClockJump(Body):
    """The machine slept, or its clock was set: recorded in the home stream by the engine that noticed."""

    KIND = "clock.jump"
    by: SignedMs = 0
    """Milliseconds by which the clock was set forward, or back (negative)."""
    slept: Ms = 0
    """Milliseconds that the machine slept; its clock went on meanwhile."""


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


class BudgetNeared(Body):
    """Four fifths of a cap are used or set aside: said once for each cap, and nobody is asked."""

    KIND = "budget.neared"
    level: Literal["mission", "branch", "role"]
    branch: str = ""
    role: str = ""
    dimension: Literal["money", "tokens", "calls", "attention"]
    """Money is micro-dollars, attention milliseconds."""
    used: int
    aside: int = 0
    cap: int


class ConditionEvaluated(Body):
    """A condition and the facts it saw. Recorded whenever its inputs or its outcome changed."""

    KIND = "condition.evaluated"
    clause: str
    branch: str = ""
    expression: str
    facts: dict[str, str]
    outcome: Literal["true", "false", "unknown", "error"]
    detail: str = ""
