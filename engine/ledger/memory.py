"""The in-memory twin of the SQLite store: the same semantics, nothing on the disk. For tests and rehearsals.

Several stores may share one `Memory`, as several engines share one file. What is stored is kept as JSON text, as in
the file, so that nobody can change the past through a dictionary that he was handed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.ledger import scrubbing
from engine.ledger import transactions as sql
from engine.ledger.door import clean_text, json_text
from engine.ledger.lease import LocalLock, Lock
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
from engine.ledger.viewrows import Encoded
from engine.ledger.wakes import Wakes, pause
from engine.ledger.writer import closed
from engine.values import MissionId, Sha256

Row = tuple[str, int, str, int, str, str, str, str, int, int, str, int]


_PENDING = Answer("pending")


@dataclass(slots=True)
class _Inboxed:
    command: Command
    text: str
    answer: Answer = _PENDING


@dataclass(slots=True)
class _Resulted:
    result: Result
    text: str
    seen: bool = False


@dataclass(slots=True)
class Memory:
    """What a ledger file would hold."""

    lock: Lock = field(default_factory=LocalLock)
    wakes: Wakes = field(default_factory=Wakes)
    epoch: int = 0
    lease: LeaseInfo | None = None
    events: list[Row] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    inbox: dict[str, _Inboxed] = field(default_factory=dict)
    results: dict[str, _Resulted] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    views: dict[tuple[str, str], tuple[str, str, int]] = field(default_factory=dict)
    """Kind and id to mission, JSON and the number of the append that wrote it."""
    gone: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """Kind and id of a row that went to its mission and number."""
    number: int = 0


class MemoryStore:
    """A ledger in memory; every operation is done when its coroutine is awaited, without a suspension."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()
        self._epoch = 0
        self._known = (0, 0)
        self._closed = False

    async def acquire(self, owner: str, *, version: str, wall: int) -> int | None:
        """Take the lease: always a new epoch, or None while another engine holds the lock."""
        memory = self._open()
        if not memory.lock.take(self):
            return None
        memory.epoch += 1
        memory.lease = LeaseInfo(owner, memory.epoch, version, wall)
        self._epoch = memory.epoch
        return self._epoch

    async def beat(self, epoch: int, *, wall: int, idle: bool) -> None:
        """Say that the holder lives. Raises `FencedError`."""
        memory = self._open()
        if memory.lease is None or memory.epoch != epoch:
            raise sql.fenced("lease", epoch)
        memory.lease = replace(memory.lease, beat=wall, idle=idle)

    async def release(self, epoch: int) -> None:
        """Give the lease back; harmless when it is already lost."""
        memory = self._open()
        if memory.epoch == epoch:
            memory.lease = None
        if self._epoch == epoch:
            memory.lock.drop(self)

    async def lease(self) -> LeaseInfo | None:
        """The holder, if any."""
        return self._open().lease

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
        """Record everything or nothing; the new height. Raises `ConflictError`, `FencedError`, ValueError."""
        memory = self._open()
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
        if memory.lease is None or memory.epoch != epoch:
            raise sql.fenced(mission, epoch)
        head = memory.heads.get(mission, sql.START)
        if head.height != expected_height:
            raise sql.conflict(mission, expected_height, head.height)
        for row in [*commit.history, *sql.chained(commit, sql.after(commit, head))]:
            memory.events.append(row)
            head = Head(row[1], row[7], len(memory.events))
            memory.heads[mission] = head
        self._write_views(commit.views)
        for item in answers:
            row_ = memory.inbox.get(item.key)
            if row_ is not None and row_.answer.state == "pending":
                row_.answer = replace(item.answer, error=clean_text(item.answer.error))
        for job in commit.seen:
            if job in memory.results:
                memory.results[job].seen = True
        memory.wakes.ring()
        return head.height

    def _write_views(self, rows: Sequence[Encoded]) -> None:
        memory = self._memory
        if rows:
            memory.number = max(memory.number + 1, len(memory.events))
        for kind, name, of, text in rows:
            if text is not None:
                memory.views[kind, name] = (of, text, memory.number)
                memory.gone.pop((kind, name), None)
            elif memory.views.pop((kind, name), None) is not None:
                memory.gone[kind, name] = (of, memory.number)

    async def read(self, *, after: int = 0, mission: MissionId | None = None) -> AsyncIterator[Event]:
        """Events with seq > after, in order."""
        memory, seq = self._open(), after
        while seq < len(memory.events):
            row = memory.events[seq]
            seq += 1
            if mission is None or row[0] == mission:
                yield sql.event((seq, *row))

    async def head(self, mission: MissionId) -> Head:
        """The end of a mission's chain."""
        return self._open().heads.get(mission, sql.START)

    async def missions(self) -> list[MissionId]:
        """Every stream that has events, in order of their first event."""
        return [MissionId(name) for name in self._open().heads]

    async def wait(self, after: int, timeout: float) -> None:
        """Return when events passed `after`, or inbox or results grew since the last return, or in time."""
        memory, loop = self._open(), asyncio.get_running_loop()
        deadline = loop.time() + timeout
        known = self._known
        with memory.wakes.waiter() as event:
            while True:
                event.clear()
                grown = (len(memory.inbox), len(memory.results))
                left = deadline - loop.time()
                if len(memory.events) > after or grown != known or left <= 0:
                    self._known = grown
                    return
                await pause(event, left)

    async def put_blobs(self, blobs: Mapping[Sha256, bytes]) -> None:
        """Store blobs by their sha256, insert-only. Raises ValueError when a name does not fit its content."""
        memory = self._open()
        sql.check_blobs(blobs)
        for name, content in blobs.items():
            memory.blobs.setdefault(name, bytes(content))

    async def blob(self, sha: Sha256) -> bytes | None:
        """A blob, or None if it was never stored or was erased."""
        return self._open().blobs.get(sha)

    async def erase(self, blobs: Sequence[Sha256], *, epoch: int) -> None:
        """Erase blobs. Raises `FencedError`."""
        memory = self._open()
        if memory.lease is None or memory.epoch != epoch:
            raise sql.fenced("blobs", epoch)
        for name in blobs:
            memory.blobs.pop(name, None)

    async def holding(self, words: Sequence[bytes]) -> list[Sha256]:
        """Blobs that hold any of these bytes; ASCII letters of both cases count as the same."""
        pattern = scrubbing.pattern(words)
        return [Sha256(name) for name, content in self._open().blobs.items() if pattern.search(content)]

    async def scrub(self, words: Sequence[bytes], instead: str, *, epoch: int) -> int:
        """Put `instead` in the place of these words in commands and results; how many were changed."""
        memory = self._open()
        if memory.lease is None or memory.epoch != epoch:
            raise sql.fenced("inbox", epoch)
        pattern, changed = scrubbing.text_pattern(words), 0
        rows: list[_Inboxed | _Resulted] = [*memory.inbox.values(), *memory.results.values()]
        for kept in rows:
            text = scrubbing.redacted(kept.text, pattern, instead)
            changed += text != kept.text
            kept.text = text
        return changed

    async def let_go(self) -> bool:
        """Nothing holds what was erased."""
        return True

    async def submit(self, command: Command, *, wall: int) -> bool:
        """Put a command into the inbox; False when its key is already there."""
        del wall
        memory = self._open()
        text = json_text(command.kind, command.body)
        if command.key in memory.inbox:
            return False
        memory.inbox[command.key] = _Inboxed(replace(command, body={}, actor=clean_text(command.actor)), text)
        memory.wakes.ring()
        return True

    async def pending(self) -> list[Command]:
        """Commands without an answer, oldest first."""
        return [
            replace(row.command, body=json.loads(row.text))
            for row in self._open().inbox.values()
            if row.answer.state == "pending"
        ]

    async def answer(self, key: str) -> Answer | None:
        """The answer to a command; None for an unknown key."""
        row = self._open().inbox.get(key)
        return row.answer if row else None

    async def put_result(self, result: Result, *, wall: int) -> bool:
        """The result of a job; False when one is already there (first write wins)."""
        del wall
        memory = self._open()
        text = json_text(result.kind, result.body)
        if result.job in memory.results:
            return False
        memory.results[result.job] = _Resulted(replace(result, body={}), text)
        memory.wakes.ring()
        return True

    async def unseen(self) -> list[Result]:
        """Results that no commit has consumed, oldest first."""
        return [replace(row.result, body=json.loads(row.text)) for row in self._open().results.values() if not row.seen]

    async def progress(self, progress: Progress) -> None:
        """Overwrite the progress of a job."""
        self._open().progress[progress.job] = replace(progress, note=clean_text(progress.note))

    async def views(self, kind: str, mission: MissionId | None = None) -> list[ViewRow]:
        """View rows of a kind, in order of their first writing."""
        return [
            ViewRow(kind, name, MissionId(of), json.loads(text))
            for (is_kind, name), (of, text, _number) in self._open().views.items()
            if is_kind == kind and mission in (None, of)
        ]

    async def changes(self, after: int = -1) -> tuple[list[ViewRow], int]:
        """View rows written after a number, body None for one that went; and the number to ask with the next time."""
        memory = self._open()
        gone = [(n, ViewRow(*key, MissionId(of), None)) for key, (of, n) in memory.gone.items() if n > after]
        there = [
            (number, ViewRow(*key, MissionId(of), json.loads(text)))
            for key, (of, text, number) in memory.views.items()
            if number > after
        ]
        found = sorted([*gone, *there], key=lambda pair: pair[0])
        return [row for _number, row in found], max([after, 0, *(number for number, _row in found)])

    async def close(self) -> None:
        """Let the lock go; the memory stays, as a file would."""
        self._closed = True
        self._memory.lock.drop(self)

    def _open(self) -> Memory:
        if self._closed:
            raise closed("memory")
        return self._memory
