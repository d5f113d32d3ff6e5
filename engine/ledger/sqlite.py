"""The SQLite store: `engine.ledger.protocol.Store` on one file in WAL mode.

Threaded for production (`ThreadedDriver`), inline for the deterministic simulation (`InlineDriver`); the SQL is the
same (`engine.ledger.transactions`). The engine's lock lives on this object and ends with it or with its process.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Literal

from engine.errors import StoreError
from engine.ledger import scrubbing, viewrows, wakes
from engine.ledger import transactions as sql
from engine.ledger.door import json_text
from engine.ledger.file import FAILURES, SCHEMA_VERSION, check_file, connect, explain
from engine.ledger.lease import FileLock, Lock
from engine.ledger.protocol import (
    Answer,
    Answered,
    Command,
    Event,
    Head,
    Job,
    LeaseInfo,
    NewEvent,
    Progress,
    Result,
    ViewRow,
)
from engine.ledger.schema import create, migrate
from engine.ledger.writer import Driver, InlineDriver, ThreadedDriver
from engine.values import MissionId, Sha256

POLL, SLOW_POLL = 0.05, 0.2
"""Seconds between two looks at what other processes wrote: at first, and once nothing has come for a while."""
QUIET = 5
"""Waits that ended without news before looking less often."""


class SqliteStore:
    """A ledger in a file. Open it with `open`; close it with `close`."""

    def __init__(self, driver: Driver, lock: Lock, waiting: wakes.Wakes) -> None:
        self._driver = driver
        self._lock = lock
        self._wakes = waiting
        self._epoch = 0
        self._known = (0, 0)
        self._quiet = 0

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        threaded: bool = True,
        synchronous: Literal["FULL", "OFF"] = "FULL",
        lock: Lock | None = None,
        busy_ms: int | None = None,
    ) -> SqliteStore:
        """Open a ledger for an engine; create it, or migrate an older one (a backup first), as needed.

        Blocks for some milliseconds. `lock` is what engines of one process share (`LocalLock`); without it, it is a
        `flock` on `engine.lock` beside the file. Raises `StoreError` when the file is damaged, newer, foreign, locked
        or read-only.
        """
        lock = lock or FileLock(path.with_name("engine.lock"))
        try:
            _prepare(path, lock, busy_ms)
            writing = partial(_connect_engine, path, synchronous, busy_ms)
            if not threaded:
                return cls(InlineDriver(path, writing), lock, wakes.shared(str(path.resolve())))
            reading = partial(connect, path, mode="ro", busy_ms=busy_ms)
            return cls(ThreadedDriver(path, writing, reading, synchronous), lock, wakes.Wakes())
        except FAILURES as error:
            raise explain(path, error) from error

    async def acquire(self, owner: str, *, version: str, wall: int) -> int | None:
        """Take the lease: always a new epoch, or None while another live engine holds the lock."""
        tries = self._lock.tries
        while not self._lock.take(self):
            tries -= 1
            if not tries:
                return None
            await asyncio.sleep(0.01)
        try:
            self._epoch = await self._driver.write(lambda conn: sql.acquire(conn, owner, version, wall))
        except StoreError:
            self._lock.drop(self)
            raise
        return self._epoch

    async def beat(self, epoch: int, *, wall: int, idle: bool) -> None:
        """Say that the holder lives. Raises `FencedError`."""
        await self._driver.write(lambda conn: sql.beat(conn, epoch, wall, idle), durable=False)

    async def release(self, epoch: int) -> None:
        """Give the lease back; harmless when it is already lost."""
        await self._driver.write(lambda conn: sql.release(conn, epoch))
        if epoch == self._epoch:
            self._lock.drop(self)

    async def lease(self) -> LeaseInfo | None:
        """The holder's row; that of a killed one stays until the next: `engine.ledger.lease.held` knows who lives."""
        return await self._driver.read(sql.lease)

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
        """Record everything in one durable commit; the new height.

        Jobs are only checked: the local executor starts them after the commit. Raises `ConflictError`, `FencedError`,
        `StoreError`; ValueError, naming the kind, for a body that cannot be stored.
        """
        commit = sql.prepare(
            mission,
            expected_height,
            events,
            epoch=epoch,
            wall=wall,
            jobs=jobs,
            views=views,
            answers=answers,
            seen=seen,
            history=history,
        )
        height = await self._driver.write(lambda conn: sql.append(conn, commit))
        self._wakes.ring()
        return height

    async def read(self, *, after: int = 0, mission: MissionId | None = None) -> AsyncIterator[Event]:
        """Events with seq > after, in order; nothing stays open between two pages, so it may be abandoned."""
        while True:
            page = await self._driver.read(partial(sql.events, after=after, mission=mission))
            for event in page:
                yield event
            if len(page) < sql.PAGE:
                return
            after = page[-1].seq

    async def head(self, mission: MissionId) -> Head:
        """The end of a mission's chain."""
        return await self._driver.read(lambda conn: sql.head(conn, mission))

    async def missions(self) -> list[MissionId]:
        """Every stream that has events, in order of their first event."""
        return await self._driver.read(sql.missions)

    async def wait(self, after: int, timeout: float) -> None:
        """Return when events passed `after`, inbox or results grew since the last return, or `timeout` seconds passed.

        What this process writes wakes at once. Other processes are looked at every 50 ms, by a threaded store only.
        Beats and progress wake nobody: an engine would wake itself.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        known = self._known
        with self._wakes.waiter() as event:
            while True:
                event.clear()
                mark = await self._driver.read(sql.mark)
                left = deadline - loop.time()
                news = mark.seq > after or (mark.inbox, mark.results) != known
                if news or left <= 0:
                    self._known = (mark.inbox, mark.results)
                    self._quiet = 0 if news else self._quiet + 1
                    return
                poll = POLL if self._quiet < QUIET else SLOW_POLL
                await wakes.pause(event, min(left, poll) if self._driver.polls else left)

    async def put_blobs(self, blobs: Mapping[Sha256, bytes]) -> None:
        """Store blobs by their sha256, insert-only. Raises ValueError when a name does not fit its content."""
        sql.check_blobs(blobs)
        await self._driver.write(lambda conn: sql.put_blobs(conn, blobs))

    async def blob(self, sha: Sha256) -> bytes | None:
        """A blob, or None if it was never stored or was erased."""
        return await self._driver.read(lambda conn: sql.blob(conn, sha))

    async def erase(self, blobs: Sequence[Sha256], *, epoch: int) -> None:
        """Erase blobs and overwrite their pages; the write-ahead log lets go of them at its next turn."""
        await self._driver.write(lambda conn: sql.erase(conn, blobs, epoch))

    async def holding(self, words: Sequence[bytes]) -> list[Sha256]:
        """Blobs that hold any of these bytes; ASCII letters of both cases count as the same."""
        return await self._driver.read(lambda conn: scrubbing.holding(conn, words))

    async def scrub(self, words: Sequence[bytes], instead: str, *, epoch: int) -> int:
        """Put `instead` in the place of these words in commands, results and progress; how many rows were changed."""
        return await self._driver.write(lambda conn: scrubbing.scrub(conn, words, instead, epoch))

    async def let_go(self) -> bool:
        """Write the write-ahead log back and cut it: erased pages were overwritten, and are nowhere else then."""
        return await self._driver.alone(scrubbing.let_go)

    async def submit(self, command: Command, *, wall: int) -> bool:
        """Put a command into the inbox; False when its key is already there."""
        text = json_text(command.kind, command.body)
        fresh = await self._driver.write(lambda conn: sql.submit(conn, command, text, wall))
        self._wakes.ring()
        return fresh

    async def pending(self) -> list[Command]:
        """Commands without an answer, oldest first."""
        return await self._driver.read(sql.pending)

    async def answer(self, key: str) -> Answer | None:
        """The answer to a command; None for an unknown key."""
        return await self._driver.read(lambda conn: sql.answer(conn, key))

    async def put_result(self, result: Result, *, wall: int) -> bool:
        """The result of a job; False when one is already there (first write wins)."""
        text = json_text(result.kind, result.body)
        fresh = await self._driver.write(lambda conn: sql.put_result(conn, result, text, wall))
        self._wakes.ring()
        return fresh

    async def unseen(self) -> list[Result]:
        """Results that no commit has consumed, oldest first."""
        return await self._driver.read(sql.unseen)

    async def progress(self, progress: Progress) -> None:
        """Overwrite the progress of a job; the last words may be lost with the power."""
        await self._driver.write(lambda conn: sql.progress(conn, progress), durable=False)

    async def views(self, kind: str, mission: MissionId | None = None) -> list[ViewRow]:
        """View rows of a kind, in order of their first writing."""
        return await self._driver.read(lambda conn: viewrows.listed(conn, kind, mission))

    async def changes(self, after: int = -1) -> tuple[list[ViewRow], int]:
        """View rows written after a number, body None for one that went; and the number to ask with the next time."""
        return await self._driver.read(lambda conn: viewrows.changed(conn, after))

    async def close(self) -> None:
        """Finish what was submitted, close, and let the lock go. The lease row stays: a crash looks the same."""
        await self._driver.close()
        self._lock.drop(self)


def _prepare(path: Path, lock: Lock, busy_ms: int | None) -> None:
    """Make sure that the file is a ledger of this release's schema."""
    try:
        if not path.exists():
            create(path)
    except OSError as error:
        raise StoreError(
            str(path), f"cannot be created ({error.strerror})", "choose another home with --home"
        ) from error
    check_file(path, writing=True, busy_ms=busy_ms)
    with closing(connect(path, mode="rw", busy_ms=busy_ms)) as conn:
        version: int = conn.execute("PRAGMA user_version").fetchone()[0]
        if not version:
            migrate(conn, path)
        elif version < SCHEMA_VERSION:
            token = object()
            if not lock.take(token):
                raise StoreError(str(path), "is in use by an engine of an older release", "let that engine end first")
            try:
                migrate(conn, path)
            finally:
                lock.drop(token)


def _connect_engine(path: Path, synchronous: str, busy_ms: int | None) -> sqlite3.Connection:
    """The one connection that checkpoints."""
    conn = connect(path, mode="rw", busy_ms=busy_ms)
    try:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute(f"PRAGMA synchronous={synchronous}")
        conn.execute("PRAGMA wal_autocheckpoint=1000")
        if sys.version_info >= (3, 12):
            conn.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, False)  # noqa: FBT003
        conn.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten, not only forgotten
        conn.execute(
            "BEGIN IMMEDIATE"
        )  # now, not at the first event, is the time to learn that the file cannot be written
        conn.execute("ROLLBACK")
    except sqlite3.Error:
        conn.close()
        raise
    return conn
