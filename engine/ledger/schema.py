"""The tables of the SQLite ledger and the way from any older file to this release's. Forward only, a backup first.

A release that changes the schema adds a step to `MIGRATIONS` and raises `SCHEMA_VERSION`; it never edits a step that
was shipped.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database, Migrations

from engine.ledger.file import APPLICATION_ID, SCHEMA_VERSION, begun, connect, copy

MIGRATIONS = Migrations("mission-cockpit")

_FIRST = (
    """CREATE TABLE events(
        seq INTEGER PRIMARY KEY AUTOINCREMENT, mission TEXT NOT NULL, height INTEGER NOT NULL, kind TEXT NOT NULL,
        version INTEGER NOT NULL, body TEXT NOT NULL, body_hash TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL,
        at INTEGER NOT NULL, wall INTEGER NOT NULL, actor TEXT NOT NULL, epoch INTEGER NOT NULL,
        UNIQUE(mission, height)) STRICT""",
    "CREATE INDEX events_by_kind ON events(mission, kind)",
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    # INSERT OR REPLACE deletes without a trigger wherever recursive_triggers is off, as it is in other people's tools.
    """CREATE TRIGGER events_no_replace BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE mission = NEW.mission AND height = NEW.height)
          OR EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TABLE inbox(
        id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, mission TEXT NOT NULL,
        body TEXT NOT NULL, actor TEXT NOT NULL, wall INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
        error TEXT NOT NULL DEFAULT '', ids TEXT NOT NULL DEFAULT '[]') STRICT""",
    "CREATE INDEX inbox_pending ON inbox(id) WHERE state = 'pending'",
    """CREATE TABLE results(
        job TEXT NOT NULL PRIMARY KEY, mission TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
        wall INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 0) STRICT""",
    "CREATE INDEX results_unseen ON results(seen) WHERE seen = 0",
    "CREATE TABLE blobs(sha TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL) STRICT",
    """CREATE TABLE progress(
        job TEXT NOT NULL PRIMARY KEY, mission TEXT NOT NULL, note TEXT NOT NULL, micro_usd INTEGER NOT NULL,
        wall INTEGER NOT NULL) STRICT""",
    """CREATE TABLE lease(
        id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT, epoch INTEGER NOT NULL, version TEXT NOT NULL,
        beat INTEGER NOT NULL, idle INTEGER NOT NULL) STRICT""",
    "INSERT INTO lease(id, owner, epoch, version, beat, idle) VALUES (1, NULL, 0, '', 0, 0)",
    """CREATE TABLE views(
        kind TEXT NOT NULL, id TEXT NOT NULL, mission TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY(kind, id)) STRICT""",
    "CREATE INDEX views_by_mission ON views(mission, kind)",
)


@MIGRATIONS()
def first(db: Database) -> None:
    """Schema 1."""
    for statement in _FIRST:
        db.conn.execute(statement)


_SECOND = (
    # Rows carry the number of the append that wrote them, so that a front end reads only what changed since.
    "ALTER TABLE views ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX views_by_seq ON views(seq)",
    """CREATE TABLE gone(
        kind TEXT NOT NULL, id TEXT NOT NULL, mission TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY(kind, id)) STRICT""",
    "CREATE INDEX gone_by_seq ON gone(seq)",
    "CREATE INDEX progress_by_wall ON progress(wall)",
    "CREATE INDEX events_of_kind ON events(kind)",
)


@MIGRATIONS()
def second(db: Database) -> None:
    """Schema 2: view rows are numbered, and a row that went leaves its name in `gone`."""
    for statement in _SECOND:
        db.conn.execute(statement)


_THIRD = (
    # What is not chained carries a seal: sha256 over what was written, empty where an older release wrote it.
    "ALTER TABLE inbox ADD COLUMN seal TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE inbox ADD COLUMN told TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE results ADD COLUMN seal TEXT NOT NULL DEFAULT ''",
)


@MIGRATIONS()
def third(db: Database) -> None:
    """Schema 3: commands, their answers and results are sealed, so that damage to them is noticed."""
    for statement in _THIRD:
        db.conn.execute(statement)


def migrate(
    conn: sqlite3.Connection,
    path: Path,
    *,
    migrations: Migrations = MIGRATIONS,
    target: int = SCHEMA_VERSION,
    keep: bool = True,
) -> Path | None:
    """Bring the file behind `conn` (autocommit) to schema `target`; the backup made, if there was anything to lose.

    Without `keep` none is made: for what is a copy itself.

    Two processes may do so at once: the second waits for the first and finds nothing left to do.
    """
    version: int = conn.execute("PRAGMA user_version").fetchone()[0]
    if version >= target:
        return None
    saved = back_up(conn, path, version) if version and keep else None
    conn.execute("PRAGMA journal_mode=WAL")
    db = Database(conn, execute_plugins=False)
    conn.execute("BEGIN IMMEDIATE")
    try:
        if conn.execute("PRAGMA user_version").fetchone()[0] < target:
            migrations.apply(db)
            conn.execute(f"PRAGMA application_id={APPLICATION_ID}")
            conn.execute(f"PRAGMA user_version={target}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    return saved


def back_up(conn: sqlite3.Connection, path: Path, version: int) -> Path:
    """A whole copy beside the ledger, `ledger.db.bak-VERSION`, 0600; an earlier one of that name is kept."""
    place = path.with_name(f"{path.name}.bak-{version}")
    number = 1
    while place.exists():
        number += 1
        place = path.with_name(f"{path.name}.bak-{version}.{number}")
    unfinished = place.with_name(f"{place.name}.part")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600))
    copy(conn, unfinished, path)
    unfinished.replace(place)
    return place


def create(path: Path) -> None:
    """Give an empty file its tables, and make a missing one (0600). A ledger that has begun is left alone."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(connect(path, mode="rw")) as conn:
        if not begun(conn):
            migrate(conn, path)
