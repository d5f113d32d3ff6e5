"""Bodies of events about a contract that was amended in flight, and what became of what was under way."""

from __future__ import annotations

from engine.ledger.bodies.base import Body, Facts, Micro, Ms
from engine.ledger.bodies.mission import FileRef, InputRef, TaskTerms
from engine.values import BlobRef, Sha256, Value


class ClauseChange(Value):
    """One clause that an amendment changed, as a person reads it; an empty side: it was not, or is not, there."""

    path: str
    before: str = ""
    after: str = ""


class ContractAmended(Body):
    """A human amended the contract. What follows for work, effects and timers stands in events beside this one."""

    KIND = "contract.amended"
    rev: int
    contract: Facts
    source: BlobRef
    """The file that was given, as a blob; of an amendment from the queue, the file that was in force before."""
    inputs: tuple[InputRef, ...] = ()
    files: tuple[FileRef, ...] | None = None
    """All files of tools and skills from now on; None: as they were."""
    digest: Sha256
    """What was shown before it was confirmed: the revision before, the new contract, and the inputs."""
    changes: tuple[ClauseChange, ...] = ()
    because: str = ""
    later: tuple[str, ...] = ()
    """Tasks whose running attempt finishes on the old terms; the new ones count from the next attempt on."""


class BranchAmended(Body):
    """A branch goes on under other terms."""

    KIND = "branch.amended"
    branch: str
    hypothesis: str = ""
    budget: Micro | None = None
    tokens: Micro | None = None
    calls: Micro | None = None
    params: dict[str, str] = {}


class BranchRetimed(Body):
    """The cadence of an open window was amended: it ends at another moment."""

    KIND = "branch.retimed"
    branch: str
    until: Ms
    because: str


class TaskAmended(TaskTerms):
    """A task goes on under other terms, with new attempts. One that had failed is open again."""

    KIND = "task.amended"


class TimerCleared(Body):
    """A timer that no clause sets any more."""

    KIND = "timer.cleared"
    timer: str


class EffectReturned(Body):
    """A clause that judges an effect has changed: its approval is dead. What waited or was approved waits for a human
    again, under the clauses of now.
    """

    KIND = "effect.returned"
    effect: str
    clauses: Sha256
    expires: Ms
    because: str
