"""The store of a mission's history: types and the protocol that every store implements.

One engine at a time holds the lease and appends; front ends only read and put commands into the inbox; workers only put
one result per job. `append` is the compare-and-set of the whole system: it checks the epoch (fencing) and the height.
All methods are async; a store may run inline (simulation) or on its own writer thread (production).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.errors import CockpitError, StoreError
from engine.ledger import file
from engine.values import MissionId, Sha256

SCHEMA_VERSION = file.SCHEMA_VERSION
"""The schema of the ledgers that this release writes."""


class ConflictError(CockpitError):
    """`expected_height` is not the mission's height: somebody appended in between. Re-read and decide again."""

    exit_code = 3


class FencedError(CockpitError):
    """This engine's epoch is no longer the lease's: step down, never retry."""

    exit_code = 3


class DamagedError(StoreError):
    """What the store holds does not verify."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact about to be recorded. `body` is canonical-JSON-ready: str, int, bool, None, list, dict; no floats."""

    kind: str
    body: Mapping[str, Any]
    actor: str
    at: int
    """Mission time, milliseconds UTC."""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded fact, as stored. `prev` and `hash` chain the events of one mission."""

    seq: int
    mission: MissionId
    height: int
    kind: str
    version: int
    body: Mapping[str, Any]
    body_hash: Sha256
    prev: str
    hash: Sha256
    at: int
    wall: int
    actor: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Command:
    """What a front end asks of the engine. `kind` is a verb such as `approve`; `body` its arguments, JSON."""

    key: str
    """Intention + subject + digest: the same press twice is one command."""
    kind: str
    mission: MissionId
    body: Mapping[str, Any]
    actor: str
    """`human:NAME` or `script:NAME`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine decided about a command. `state` is `pending`, `done` or `refused`."""

    state: str
    error: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one inbox row, written in the commit that decides it."""

    key: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Result:
    """The one result of a job: first write wins. `body` is JSON; big payloads are blobs named in it."""

    job: str
    mission: MissionId
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """The latest word of a running job: lossy, never an event."""

    job: str
    mission: MissionId
    note: str
    micro_usd: int = 0
    wall: int = 0


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A cached row for front ends: `card`, `task`, `branch`, `attention`, `spend`. `body` None deletes it."""

    kind: str
    id: str
    mission: MissionId
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Job:
    """Work that a durable executor enqueues in the same commit; the local executor starts it after the commit."""

    id: str
    kind: str
    mission: MissionId
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a mission's chain stands: height 0 and an empty hash before its first event."""

    height: int
    hash: str
    seq: int


@dataclass(frozen=True, slots=True)
class LeaseInfo:
    """Who holds the lease. `version` is the engine's release, so that a newer front end can ask it to step down."""

    owner: str
    epoch: int
    version: str
    beat: int
    """Wall time in milliseconds at which the holder last said it lives."""
    idle: bool = False
    """The holder found nothing to do at its last tick: only timers and humans can change that."""


class Store(Protocol):
    """Everything an engine needs of the ledger. Every implementation passes tests/engine/ledger/contract.py."""

    async def acquire(self, owner: str, *, version: str, wall: int) -> int | None:
        """Take the lease: the new epoch, or None while another live engine holds it.

        `owner` is unique per process start.
        """

    async def beat(self, epoch: int, *, wall: int, idle: bool) -> None:
        """Say that the holder lives. Raises `FencedError`."""

    async def release(self, epoch: int) -> None:
        """Give the lease back; harmless when it is already lost."""

    async def lease(self) -> LeaseInfo | None:
        """The holder, if any."""

    async def append(
        self,
        mission: MissionId,
        expected_height: int,
        events: Sequence[NewEvent],
        *,
        epoch: int,
        wall: int,
        jobs: Sequence[Job] = (),
        views: Sequence[ViewRow] = (),
        answers: Sequence[Answered] = (),
        seen: Sequence[str] = (),
        history: Sequence[Event] = (),
    ) -> int:
        """Record events, view rows, inbox answers and seen results in one durable commit; the new height.

        `events` may be empty (answers alone). All or nothing. `seen` names results (by job) that are consumed.
        `history` is what was recorded elsewhere and comes before `events`, as it is: only for a mission that has none.
        Raises `ConflictError`, `FencedError`, `StoreError`.
        """

    def read(self, *, after: int = 0, mission: MissionId | None = None) -> AsyncIterator[Event]:
        """Events with seq > after, in order, of one mission or of all."""

    async def head(self, mission: MissionId) -> Head:
        """The end of a mission's chain."""

    async def missions(self) -> list[MissionId]:
        """Every stream that has events, `home` included, in order of their first event."""

    async def wait(self, after: int, timeout: float) -> None:
        """Return when something may have changed since `after`, or after `timeout` seconds. May return early."""

    async def put_blobs(self, blobs: Mapping[Sha256, bytes]) -> None:
        """Store blobs by their sha256, insert-only. Raises ValueError when a name does not fit its content."""

    async def blob(self, sha: Sha256) -> bytes | None:
        """A blob, or None if it was never stored or was erased."""

    async def erase(self, blobs: Sequence[Sha256], *, epoch: int) -> None:
        """Erase blobs for good; the chain, which holds hashes only, stays valid. Raises `FencedError`.

        Harmless to repeat: the event that says so comes first, and an engine that died in between erases again.
        """

    async def holding(self, words: Sequence[bytes]) -> list[Sha256]:
        """Blobs that hold any of these bytes; ASCII letters of both cases count as the same."""

    async def scrub(self, words: Sequence[bytes], instead: str, *, epoch: int) -> int:
        """Put `instead` in the place of these words in commands, results and progress, which keep their seals; how many
        rows were changed. Raises `FencedError`.
        """

    async def let_go(self) -> bool:
        """Make sure that what was erased is nowhere in the files any more; False while a reader still holds it."""

    async def submit(self, command: Command, *, wall: int) -> bool:
        """Put a command into the inbox; False when its key is already there."""

    async def pending(self) -> list[Command]:
        """Commands without an answer, oldest first."""

    async def answer(self, key: str) -> Answer | None:
        """The answer to a command; state `pending` until the engine decided; None for an unknown key."""

    async def put_result(self, result: Result, *, wall: int) -> bool:
        """The result of a job; False when one is already there (first write wins)."""

    async def unseen(self) -> list[Result]:
        """Results that no commit has consumed, oldest first."""

    async def progress(self, progress: Progress) -> None:
        """Overwrite the progress of a job. May be dropped."""

    async def views(self, kind: str, mission: MissionId | None = None) -> list[ViewRow]:
        """View rows of a kind, ordered by id as inserted."""

    async def changes(self, after: int = -1) -> tuple[list[ViewRow], int]:
        """View rows written after a number, in order; and the number to ask with the next time. -1: all of them.

        A row that went comes with body None. Each append that writes rows has a number of its own, and numbers grow.
        """

    async def close(self) -> None:
        """Finish what was submitted, then close."""
