"""What each operation of the store is in SQL: plain functions of a connection.

What writes expects to be in a transaction. Nothing here awaits, opens, begins or commits: the drivers in
`engine.ledger.sqlite` and `engine.ledger.writer` do.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.ledger import viewrows
from engine.ledger.chain import faults, link
from engine.ledger.door import clean, clean_text, json_text
from engine.ledger.door import seal as of_row
from engine.ledger.file import parse
from engine.ledger.protocol import (
    Answer,
    Answered,
    Command,
    ConflictError,
    Event,
    FencedError,
    Head,
    Job,
    LeaseInfo,
    NewEvent,
    Progress,
    Result,
    ViewRow,
)
from engine.values import MissionId, Sha256, canonical, sha256

PAGE = 512
"""How many events one reading statement fetches, so that no read transaction stays open between two of them."""

START = Head(height=0, hash="", seq=0)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event whose body went through the door: all that can be known of it before its place in the chain."""

    kind: str
    version: int
    text: str
    body_hash: Sha256
    at: int
    actor: str


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything one append writes, encoded: nothing in it can fail for reasons of content."""

    mission: MissionId
    expected_height: int
    epoch: int
    wall: int
    events: tuple[Sealed, ...]
    views: tuple[viewrows.Encoded, ...]
    answers: tuple[tuple[str, str, str, str, str], ...]
    seen: tuple[str, ...]
    history: tuple[tuple[Any, ...], ...] = ()
    """Rows that were recorded elsewhere, columns as in `chained`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far events, inbox and results have grown: what `wait` compares."""

    seq: int
    inbox: int
    results: int


def seal(event: NewEvent) -> Sealed:
    """Pass an event through the door. Raises ValueError, naming its kind."""
    body = canonical(clean(event.kind, event.body))
    for name, number in (("at", event.at), ("version", event.version)):
        if type(number) is not int or not 0 <= number < 2**53:
            raise ValueError(f"{event.kind}: {name} is not a whole number from 0 to 2^53 ({number!r})")
    return Sealed(clean_text(event.kind), event.version, body.decode(), sha256(body), event.at, clean_text(event.actor))


def prepare(
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
) -> Commit:
    """Encode an append. Jobs are checked and left out: the local executor starts them. Raises ValueError."""
    if clean_text(mission) != mission or not mission:
        raise ValueError(f"{mission!r} is not a mission's name")
    if type(wall) is not int or not 0 <= wall < 2**53:
        raise ValueError(f"{mission}: wall is not a whole number from 0 to 2^53 ({wall!r})")
    for job in jobs:
        json_text(job.kind, job.body)
    return Commit(
        mission,
        expected_height,
        epoch,
        wall,
        tuple(seal(event) for event in events),
        tuple(viewrows.encoded(row) for row in views),
        tuple(_answered(item) for item in answers),
        tuple(seen),
        _adopted(mission, expected_height, history),
    )


def _adopted(mission: MissionId, height: int, history: Sequence[Event]) -> tuple[tuple[Any, ...], ...]:
    """The rows of a history from elsewhere. Raises ValueError when it is not this mission's, whole, from the start."""
    if not history:
        return ()
    if height or any(event.mission != mission for event in history) or (fault := next(faults(history), "")):
        raise ValueError(f"{mission}: a history is taken over whole or not at all ({fault if not height else 'late'})")
    return tuple(
        (
            event.mission,
            event.height,
            event.kind,
            event.version,
            canonical(event.body).decode(),
            event.body_hash,
            event.prev,
            event.hash,
            event.at,
            event.wall,
            event.actor,
            event.epoch,
        )
        for event in history
    )


def after(commit: Commit, head: Head) -> Head:
    """Where a commit's own events go on: behind its history, if it brings one."""
    return Head(commit.history[-1][1], commit.history[-1][7], 0) if commit.history else head


def _answered(item: Answered) -> tuple[str, str, str, str, str]:
    """State, error, ids, their seal and the key of an answer."""
    told = (item.answer.state, clean_text(item.answer.error), json.dumps(item.answer.ids))
    return *told, of_row(item.key, *told), item.key


def chained(commit: Commit, head: Head) -> Iterable[tuple[Any, ...]]:
    """The rows of a commit's events, each bound to the one before it: the columns of `events` without seq."""
    prev, height = head.hash, head.height
    for event in commit.events:
        height += 1
        mine = link(
            prev,
            commit.mission,
            height,
            event.kind,
            event.version,
            event.at,
            commit.wall,
            event.actor,
            commit.epoch,
            event.body_hash,
        )
        yield (
            commit.mission,
            height,
            event.kind,
            event.version,
            event.text,
            event.body_hash,
            prev,
            mine,
            event.at,
            commit.wall,
            event.actor,
            commit.epoch,
        )
        prev = mine


def fenced(mission: str, epoch: int) -> FencedError:
    """The error of an engine whose epoch has passed."""
    return FencedError(
        mission, f"epoch {epoch} no longer holds the lease", "another engine took over; this one steps down"
    )


def conflict(mission: str, expected: int, height: int) -> ConflictError:
    """The error of an append that expected another height."""
    return ConflictError(mission, f"stands at height {height}, not {expected}", "read it again and decide again")


# --- the lease -------------------------------------------------------------------------------------------


def acquire(conn: sqlite3.Connection, owner: str, version: str, wall: int) -> int:
    """A new epoch for the holder of the lock."""
    row = conn.execute(
        "UPDATE lease SET epoch = epoch + 1, owner = ?, version = ?, beat = ?, idle = 0 WHERE id = 1 RETURNING epoch",
        (owner, version, wall),
    ).fetchone()
    return int(row[0])


def beat(conn: sqlite3.Connection, epoch: int, wall: int, idle: bool) -> None:
    """Note that the holder lives. Raises `FencedError`."""
    done = conn.execute(
        "UPDATE lease SET beat = ?, idle = ? WHERE epoch = ? AND owner IS NOT NULL", (wall, int(idle), epoch)
    )
    if not done.rowcount:
        raise fenced("lease", epoch)


def release(conn: sqlite3.Connection, epoch: int) -> None:
    """Empty the lease, if it is still this epoch's."""
    conn.execute("UPDATE lease SET owner = NULL, idle = 0 WHERE epoch = ?", (epoch,))


def check_epoch(conn: sqlite3.Connection, where: str, epoch: int) -> None:
    """Raise `FencedError` unless this epoch holds the lease."""
    if not conn.execute("SELECT 1 FROM lease WHERE epoch = ? AND owner IS NOT NULL", (epoch,)).fetchone():
        raise fenced(where, epoch)


def lease(conn: sqlite3.Connection) -> LeaseInfo | None:
    """The row of the holder, if any."""
    row = conn.execute("SELECT owner, epoch, version, beat, idle FROM lease WHERE owner IS NOT NULL").fetchone()
    return LeaseInfo(row[0], row[1], row[2], row[3], bool(row[4])) if row else None


# --- events ----------------------------------------------------------------------------------------------

_INSERT_EVENT = (
    "INSERT INTO events(mission, height, kind, version, body, body_hash, prev, hash, at, wall, actor, epoch) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_EVENT = "SELECT seq, mission, height, kind, version, body, body_hash, prev, hash, at, wall, actor, epoch FROM events "


def append(conn: sqlite3.Connection, commit: Commit) -> int:
    """Check the epoch and the height, then write everything; the new height. Raises `FencedError`, `ConflictError`."""
    check_epoch(conn, commit.mission, commit.epoch)
    at = head(conn, commit.mission)
    if at.height != commit.expected_height:
        raise conflict(commit.mission, commit.expected_height, at.height)
    at = after(commit, at)
    for row in (*commit.history, *chained(commit, at)):
        conn.execute(_INSERT_EVENT, row)
    if commit.views:
        viewrows.write(conn, commit.views)
    for answered in commit.answers:
        settle(conn, answered)
    for job in commit.seen:
        conn.execute("UPDATE results SET seen = 1 WHERE job = ?", (job,))
    return at.height + len(commit.events)


def settle(conn: sqlite3.Connection, answered: tuple[str, str, str, str, str]) -> None:
    """Answer a command once: state, error, ids, their seal, and its key.

    What was refused was not taken: its words, which may be why, are not kept.
    """
    state, error, ids, told, key = answered
    done = conn.execute(
        "UPDATE inbox SET state = ?, error = ?, ids = ?, told = ? WHERE key = ? AND state = 'pending'",
        (state, error, ids, told, key),
    )
    if done.rowcount and state == "refused":
        conn.execute("UPDATE inbox SET body = '{}' WHERE key = ?", (key,))
        row = conn.execute("SELECT key, kind, mission, body, actor, wall FROM inbox WHERE key = ?", (key,)).fetchone()
        conn.execute("UPDATE inbox SET seal = ? WHERE key = ? AND seal != ''", (of_row(*row), key))


def head(conn: sqlite3.Connection, mission: str) -> Head:
    """The end of a mission's chain."""
    row = conn.execute(
        "SELECT height, hash, seq FROM events WHERE mission = ? ORDER BY height DESC LIMIT 1", (mission,)
    ).fetchone()
    return Head(*row) if row else START


def events(conn: sqlite3.Connection, after: int, mission: str | None) -> list[Event]:
    """The next page of events with seq > after."""
    if mission is None:
        rows = conn.execute(_EVENT + "WHERE seq > ? ORDER BY seq LIMIT ?", (after, PAGE))
    else:
        rows = conn.execute(
            _EVENT + "WHERE mission = ? AND height > ? ORDER BY height LIMIT ?",
            (mission, _height_at(conn, mission, after), PAGE),
        )
    return [event(row) for row in rows.fetchall()]


def event(row: tuple[Any, ...]) -> Event:
    """The event of a row of `events`, all columns in their order."""
    seq, mission, height, kind, version, text, body_hash, prev, own, at, wall, actor, epoch = row
    return Event(seq, mission, height, kind, version, parse(text), body_hash, prev, own, at, wall, actor, epoch)


def _height_at(conn: sqlite3.Connection, mission: str, seq: int) -> int:
    """The height that a mission had at a seq, found from its newest end."""
    if not seq:
        return 0
    row = conn.execute(
        "SELECT height FROM events WHERE mission = ? AND +seq <= ? ORDER BY height DESC LIMIT 1", (mission, seq)
    ).fetchone()
    return int(row[0]) if row else 0


def missions(conn: sqlite3.Connection) -> list[MissionId]:
    """Every stream, in order of its first event; hops from one to the next in the index."""
    rows = conn.execute(
        """WITH RECURSIVE stream(name) AS (
             SELECT MIN(mission) FROM events
             UNION ALL SELECT (SELECT MIN(mission) FROM events WHERE mission > name) FROM stream WHERE name IS NOT NULL)
           SELECT events.mission FROM stream JOIN events ON events.mission = stream.name AND events.height = 1
           ORDER BY events.seq"""
    )
    return [row[0] for row in rows.fetchall()]


def mark(conn: sqlite3.Connection) -> Mark:
    """How far everything has grown that an engine acts upon."""
    row = conn.execute(
        "SELECT (SELECT MAX(seq) FROM events), (SELECT MAX(id) FROM inbox), (SELECT MAX(rowid) FROM results)"
    ).fetchone()
    return Mark(row[0] or 0, row[1] or 0, row[2] or 0)


# --- blobs, inbox, results, progress ----------------------------------------------------------------------


def check_blobs(blobs: Mapping[Sha256, bytes]) -> None:
    """Raise ValueError when a name does not fit its content."""
    for name, content in blobs.items():
        if sha256(content) != name:
            raise ValueError(f"blob {name} does not fit its content")


def put_blobs(conn: sqlite3.Connection, blobs: Mapping[Sha256, bytes]) -> None:
    """Store blobs whose names were checked; what is there stays."""
    conn.executemany("INSERT INTO blobs(sha, content) VALUES (?, ?) ON CONFLICT DO NOTHING", list(blobs.items()))


def blob(conn: sqlite3.Connection, sha: str) -> bytes | None:
    """A blob, if it is there."""
    row = conn.execute("SELECT content FROM blobs WHERE sha = ?", (sha,)).fetchone()
    return bytes(row[0]) if row else None


def erase(conn: sqlite3.Connection, blobs: Sequence[Sha256], epoch: int) -> None:
    """Erase blobs. Raises `FencedError`."""
    check_epoch(conn, "blobs", epoch)
    conn.executemany("DELETE FROM blobs WHERE sha = ?", [(sha,) for sha in blobs])


def submit(conn: sqlite3.Connection, command: Command, text: str, wall: int) -> bool:
    """Put a command into the inbox; False when its key is there."""
    row = (command.key, command.kind, command.mission, text, clean_text(command.actor), wall)
    done = conn.execute(
        "INSERT INTO inbox(key, kind, mission, body, actor, wall, seal) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (*row, of_row(*row)),
    )
    return bool(done.rowcount)


def pending(conn: sqlite3.Connection) -> list[Command]:
    """Commands without an answer, oldest first."""
    rows = conn.execute("SELECT key, kind, mission, body, actor FROM inbox WHERE state = 'pending' ORDER BY id")
    return [Command(key, kind, mission, parse(body), actor) for key, kind, mission, body, actor in rows.fetchall()]


def answer(conn: sqlite3.Connection, key: str) -> Answer | None:
    """What was decided about a command."""
    row = conn.execute("SELECT state, error, ids FROM inbox WHERE key = ?", (key,)).fetchone()
    return Answer(row[0], row[1], tuple(parse(row[2]))) if row else None


def put_result(conn: sqlite3.Connection, result: Result, text: str, wall: int) -> bool:
    """The result of a job; the first one stays."""
    row = (result.job, result.mission, result.kind, text, wall)
    done = conn.execute(
        "INSERT INTO results(job, mission, kind, body, wall, seal) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (*row, of_row(*row)),
    )
    return bool(done.rowcount)


def unseen(conn: sqlite3.Connection) -> list[Result]:
    """Results that no commit has consumed, oldest first."""
    rows = conn.execute("SELECT job, mission, kind, body FROM results WHERE seen = 0 ORDER BY rowid")
    return [Result(job, mission, kind, parse(body)) for job, mission, kind, body in rows.fetchall()]


def progress(conn: sqlite3.Connection, progress: Progress) -> None:
    """Overwrite the progress of a job."""
    conn.execute(
        "INSERT INTO progress(job, mission, note, micro_usd, wall) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT(job) DO UPDATE SET mission = excluded.mission, note = excluded.note, "
        "micro_usd = excluded.micro_usd, wall = excluded.wall",
        (progress.job, progress.mission, clean_text(progress.note), progress.micro_usd, progress.wall),
    )
