"""Whole copies of a ledger, made while it is in use, and putting one back.

A copy is one file: taken through SQLite's own backup from a connection of its own, checked to the last blob, and only
then given its name (0600). What was there before a copy is put back is kept under a dated name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.errors import BadInputError, SaysNoError, StoreError
from engine.ledger import anchor
from engine.ledger.door import seal
from engine.ledger.file import FAILURES, connect, copy, explain
from engine.ledger.lease import FileLock
from engine.ledger.protocol import DamagedError
from engine.ledger.reader import Reader
from engine.ledger.schema import migrate
from engine.ledger.transactions import settle
from engine.ledger.verify import verify

RESTORED = "restored"
"""The command that a copy that was put back carries for each of its missions: the engine's first, before all else."""
_SIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Stream:
    """One mission's chain, or the home stream's, as it ends in a ledger."""

    mission: str
    height: int
    head: str


@dataclass(frozen=True, slots=True)
class Whole:
    """What a ledger file holds, once everything in it was verified."""

    path: Path
    bytes: int
    schema: int
    events: int
    streams: tuple[Stream, ...]

    @property
    def mark(self) -> str:
        """Eight digits of the newest event's hash."""
        return next((stream.head[:8] for stream in self.streams if stream.head), "empty")


def inspect(path: Path) -> Whole:
    """Verify a ledger file wholly and say what it holds. Raises `DamagedError`, and `StoreError` for what is none."""
    with Reader.open(path) as reader:
        if reader.warning:
            raise StoreError.told(reader.warning, "update Mission Cockpit")
        faults = verify(reader)
        if faults:
            more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
            raise DamagedError(str(path), f"does not verify: {faults[0]}{more}", "cockpit doctor says more")
        rows = reader.query("SELECT COUNT(*) FROM events")
        schema = reader.query("PRAGMA user_version")
        ends = reader.query(
            "SELECT mission, height, hash FROM events e WHERE height = (SELECT MAX(height) FROM events WHERE "
            "mission = e.mission) ORDER BY seq DESC"
        )
    return Whole(
        path,
        path.stat().st_size,
        schema[0][0] if schema else 0,
        rows[0][0] if rows else 0,
        tuple(Stream(*end) for end in ends),
    )


def back_up(source: Path, target: Path) -> Whole:
    """A verified copy of a ledger that may be in use at this moment; what it holds.

    Raises `BadInputError` when the target is there already or cannot be made, `DamagedError` when the copy does not
    verify: then nothing is left behind.
    """
    if target.exists():
        raise BadInputError(str(target), "is there already", "choose another name; a backup never replaces a file")
    with _draft(target) as draft:
        with Reader.open(source) as reader:
            if reader.warning and "newer release" in reader.warning:
                raise StoreError.told(reader.warning, "update Mission Cockpit")
            if not reader.query("SELECT 1"):
                raise SaysNoError(str(source), "has not begun: there is nothing to back up", "cockpit start FILE")
            copy(reader.connection, draft, source)
        whole = inspect(draft)
        _keep(draft, target)
    return Whole(target, whole.bytes, whole.schema, whole.events, whole.streams)


def restore(backup: Path, ledger: Path, lock: FileLock, *, moment: str, wall: int) -> tuple[Whole, Path | None]:
    """Put a verified copy in the place of a ledger; what it holds, and where the former ledger is kept.

    The copy knows nothing of what happened after it was taken: its open commands are refused, and each mission gets a
    command, before all others, that pauses it and lets its approvals go. Raises `SaysNoError` while an engine lives.
    """
    whole = inspect(backup)
    if not whole.events:
        raise BadInputError(str(backup), "holds no mission", "name a file that cockpit backup wrote")
    if not lock.take(None):
        raise SaysNoError(str(ledger), "an engine is at work on it", "end it first: cockpit engine --stop")
    try:
        kept = None
        with _draft(ledger) as draft:
            with Reader.open(backup) as reader:
                copy(reader.connection, draft, backup)
            _disarm(draft, whole, wall)
            if ledger.exists():
                kept = _free(ledger.with_name(f"{ledger.name}.before-restore-{moment}"))
                _settle(ledger)
                _link(ledger, kept)
                for side in _SIDE:
                    with suppress(FileNotFoundError):
                        Path(f"{ledger}{side}").rename(f"{kept}{side}")
            anchor.forget(ledger)
            _keep(draft, ledger)
    except OSError as error:
        raise StoreError(str(ledger), f"cannot be replaced ({error.strerror})", "check the folder's rights") from error
    finally:
        lock.drop(None)
    return whole, kept


def _disarm(draft: Path, whole: Whole, wall: int) -> None:
    """Nothing that was asked for before the copy was taken may happen by itself after it was put back."""
    try:
        with closing(connect(draft, mode="rw")) as conn:
            migrate(conn, draft, keep=False)
            conn.execute("PRAGMA journal_mode=DELETE")
            conn.execute("BEGIN IMMEDIATE")
            for (key,) in conn.execute("SELECT key FROM inbox WHERE state = 'pending'").fetchall():
                told = ("refused", "a backup was put back before this was decided; ask again", "[]")
                settle(conn, (*told, seal(key, *told), key))
            for mission in names(whole.streams):
                row = (f"{RESTORED}:{mission}:{wall}", RESTORED, mission, "{}", "engine", wall)
                statement = (
                    "INSERT INTO inbox(key, kind, mission, body, actor, wall, seal) VALUES (?, ?, ?, ?, ?, ?, ?)"
                )
                conn.execute(statement, (*row, seal(*row)))
            conn.execute("COMMIT")
    except FAILURES as error:
        raise explain(draft, error) from error


def _settle(ledger: Path) -> None:
    """Merge what waits in the write-ahead log into the file where that is possible: then the file alone is whole."""
    with suppress(*FAILURES), closing(connect(ledger, mode="rw")) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _link(file: Path, name: Path) -> None:
    """A second name, so that there is no moment without a ledger; a file system without links moves it."""
    try:
        os.link(file, name)
    except OSError:
        file.rename(name)


def _free(place: Path) -> Path:
    number, found = 1, place
    while found.exists():
        number += 1
        found = place.with_name(f"{place.name}.{number}")
    return found


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A private file beside the target that goes again, whatever happens, unless it was renamed."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        what = (error.strerror or "cannot be written").lower()
        raise BadInputError(str(target), f"cannot be written there: {what}", "choose another place") from error
    try:
        yield draft
    finally:
        for name in (draft, *(Path(f"{draft}{side}") for side in _SIDE)):
            name.unlink(missing_ok=True)


def _keep(draft: Path, target: Path) -> None:
    """Give a finished file its name, durably."""
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.replace(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def names(streams: Sequence[Stream]) -> list[str]:
    """The missions among streams, oldest first."""
    return [stream.mission for stream in reversed(streams) if stream.mission != "home"]
