"""The two drivers of the SQLite store: one that runs in the caller's coroutine, one with a writer and a reader thread.

The writer commits in groups: it takes what has queued up, gives each caller a savepoint, commits once, and only then
answers. A caller who was cancelled meanwhile gets no answer, but what it asked for is written: cancelling means
"outcome unknown".
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from engine.errors import StoreError
from engine.ledger.file import FAILURES, explain

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
Connect = Callable[[], sqlite3.Connection]

GROUP = 256
"""How many callers share one commit at most."""


class Driver(Protocol):
    """Runs work on the ledger's connections. Errors of SQLite arrive as `StoreError`, others as they are."""

    polls: bool
    """Whether other processes may write too, so that waiting means looking."""

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        """Run work in a transaction; returns after its commit. What is not durable may go with the power."""

    async def alone(self, work: Work[T]) -> T:
        """Run work on the writing connection, outside of any transaction."""

    async def read(self, work: Work[T]) -> T:
        """Run work that only reads; it sees every commit that was answered."""

    async def close(self) -> None:
        """Finish what was submitted, then close the connections."""


class InlineDriver:
    """Everything at once, in the caller's coroutine, without a thread or a suspension."""

    polls = False

    def __init__(self, path: Path, connect: Connect) -> None:
        self._path = path
        self._conn: sqlite3.Connection | None = connect()

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        """Run work in a transaction of its own."""
        del durable
        conn = self._open()
        try:
            conn.execute("BEGIN IMMEDIATE")
            value = work(conn)
            conn.execute("COMMIT")
        except FAILURES as error:
            _roll_back(conn)
            raise explain(self._path, error) from error
        except BaseException:
            _roll_back(conn)
            raise
        return value

    async def alone(self, work: Work[T]) -> T:
        """Run work outside of any transaction."""
        return await self.read(work)

    async def read(self, work: Work[T]) -> T:
        """Run work on the same connection."""
        try:
            return work(self._open())
        except FAILURES as error:
            raise explain(self._path, error) from error

    async def close(self) -> None:
        """Close the connection."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _open(self) -> sqlite3.Connection:
        if self._conn is None:
            raise closed(self._path)
        return self._conn


class ThreadedDriver:
    """A writer thread that owns the write connection, and a reader thread that owns a read-only one."""

    polls = True

    def __init__(self, path: Path, connect: Connect, connect_reader: Connect, synchronous: str) -> None:
        self._path = path
        self._closed = False
        self._writer = Writer(path, connect, synchronous)
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="ledger-reader")
        try:
            self._reader = self._readers.submit(connect_reader).result()
        except BaseException:
            self._readers.shutdown()
            self._writer.stop()
            raise

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        """Run work in the next group commit."""
        if self._closed:
            raise closed(self._path)
        return await self._writer.submit(work, durable=durable)

    async def alone(self, work: Work[T]) -> T:
        """Run work on the writer thread, after the commit of what is queued before it."""
        if self._closed:
            raise closed(self._path)
        return await self._writer.submit(work, durable=False, alone=True)

    async def read(self, work: Work[T]) -> T:
        """Run work on the reader thread."""
        if self._closed:
            raise closed(self._path)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, work, self._reader)
        except FAILURES as error:
            raise explain(self._path, error) from error

    async def close(self) -> None:
        """Let both threads finish what they have and end."""
        if not self._closed:
            self._closed = True
            await asyncio.get_running_loop().run_in_executor(self._readers, self._reader.close)
            self._readers.shutdown()
            await self._writer.finish()


@dataclass(slots=True)
class _Job:
    """One caller's work and where its answer goes."""

    work: Work[Any]
    durable: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    alone: bool = False
    value: Any = None
    error: Exception | None = None


class Writer:
    """The thread that writes. Its connection is opened within it, before the constructor returns."""

    def __init__(self, path: Path, connect: Connect, synchronous: str) -> None:
        self._path = path
        self._levels = {True: synchronous, False: "OFF" if synchronous == "OFF" else "NORMAL"}
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._failure: BaseException | None = None
        ready = threading.Event()
        # A daemon: a process that ends without closing the store must not hang; what was acknowledged is on the disk.
        self._thread = threading.Thread(target=self._run, args=(connect, ready), name="ledger-writer", daemon=True)
        self._thread.start()
        ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    async def submit(self, work: Work[T], *, durable: bool, alone: bool = False) -> T:
        """Run work in the next group; returns after its commit. `alone`: after it, in no transaction."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Job(work, durable, loop, future, alone))
        return await future

    def stop(self) -> None:
        """End the thread after what is queued, and wait for that."""
        self._queue.put(None)
        self._thread.join()

    async def finish(self) -> None:
        """End the thread without blocking the loop while it has work."""
        with suppress(StoreError):
            await self.submit(_nothing, durable=False)
        self.stop()

    def _run(self, connect: Connect, ready: threading.Event) -> None:
        try:
            conn = connect()
        except BaseException as error:  # noqa: BLE001 (raised again in the thread that opened the store)
            self._failure = error
            ready.set()
            return
        ready.set()
        level = ""
        going = True
        while going:
            group, going = self._take()
            together = [job for job in group if not job.alone]
            if together:
                wanted = self._levels[any(job.durable for job in together)]
                self._write(conn, together, wanted if wanted != level else "")
                level = wanted
                _answer(together)
            for job in group:
                if job.alone:
                    self._run_alone(conn, job)
                    _answer([job])
        conn.close()

    def _take(self) -> tuple[list[_Job], bool]:
        """Wait for one job, then take what else is there."""
        group: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            group.append(job)
            if len(group) == GROUP:
                return group, True
            try:
                job = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _write(self, conn: sqlite3.Connection, group: list[_Job], level: str) -> None:
        """Write a group in one transaction: a caller's mistake is rolled back alone, a failed commit is everybody's."""
        try:
            if level:  # not allowed within a transaction
                conn.execute(f"PRAGMA synchronous={level}")
            conn.execute("BEGIN IMMEDIATE")
            for job in group:
                self._write_one(conn, job)
            conn.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 (answered to every caller: none of them was written)
            _roll_back(conn)
            for job in group:
                job.error = explain(self._path, error)

    def _run_alone(self, conn: sqlite3.Connection, job: _Job) -> None:
        try:
            job.value = job.work(conn)
        except Exception as error:  # noqa: BLE001 (answered to its caller)
            job.error = explain(self._path, error) if isinstance(error, FAILURES) else error

    def _write_one(self, conn: sqlite3.Connection, job: _Job) -> None:
        conn.execute("SAVEPOINT caller")
        try:
            job.value = job.work(conn)
        except Exception as error:
            if not conn.in_transaction:  # SQLite gave up all of it (a full disk does that): nobody was written
                raise
            conn.execute("ROLLBACK TO caller")
            job.error = explain(self._path, error) if isinstance(error, FAILURES) else error
        conn.execute("RELEASE caller")


def _nothing(conn: sqlite3.Connection) -> None:
    del conn


def _roll_back(conn: sqlite3.Connection) -> None:
    if conn.in_transaction:
        with suppress(sqlite3.Error):
            conn.execute("ROLLBACK")


def _answer(group: list[_Job]) -> None:
    """Settle the callers, with one call into each of their loops."""
    loops: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in group:
        loops.setdefault(job.loop, []).append(job)
    for loop, jobs in loops.items():
        with suppress(RuntimeError):  # that loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle, jobs)


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():  # the caller was cancelled
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.value)


def closed(where: Path | str) -> StoreError:
    """The error of using a store after `close`."""
    return StoreError(str(where), "is closed", "open it again")
