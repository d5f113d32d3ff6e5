"""P18: what an earlier release wrote opens, and loses nothing on its way to this release's tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.ledger.file import SCHEMA_VERSION, connect
from engine.ledger.reader import Reader
from engine.ledger.sqlite import SqliteStore
from engine.ledger.verify import verify
from tests.engine.ledger.stores import GTM, event

FILES = Path(__file__).with_name("files")


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A ledger as the first release left it: a mission, its rows, a command without an answer, a blob."""
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript((FILES / "schema-1.sql").read_text("utf-8"))
        conn.execute("PRAGMA journal_mode=WAL")
    return path


def test_p18_a_ledger_of_the_first_schema_is_read_as_it_is(first: Path) -> None:
    with Reader.open(first) as reader:
        assert reader.warning == ""
        told = reader.changes()
        assert (told.whole, told.seq) == (True, -1)
        assert {kind for kind, _row in told.rows} == {"card", "branch", "task", "attention", "spend"}
        assert reader.changes(7) == told
        assert [one["kind"] for one in reader.latest("home", None, 5)] == ["contact.suppressed"]
        assert verify(reader) == []


async def test_p18_an_engine_migrates_it_after_a_backup(first: Path) -> None:
    with Reader.open(first) as reader:
        events, before = list(reader.events()), reader.changes().rows
    store = SqliteStore.open(first)
    try:
        assert [command.kind for command in await store.pending()] == ["pause"]
        epoch = await store.acquire("host:2:b", version="2", wall=1)
        assert epoch == 2
        head = await store.head(GTM)
        await store.append(GTM, head.height, [event()], epoch=epoch, wall=1)
    finally:
        await store.close()
    with Reader.open(first) as reader:
        assert list(reader.events())[: len(events)] == events
        assert reader.changes().rows == before
        assert reader.changes(0).rows == []
        assert verify(reader) == []
    saved = first.with_name("ledger.db.bak-1")
    with closing(connect(saved, mode="ro")) as old, closing(connect(first, mode="ro")) as new:
        assert old.execute("PRAGMA user_version").fetchone() == (1,)
        assert new.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        tables = "SELECT type, name, sql FROM sqlite_master WHERE name IN ('events', 'events_no_update', 'blobs')"
        assert old.execute(tables).fetchall() == new.execute(tables).fetchall()


async def test_a_new_ledger_has_the_tables_of_a_migrated_one(first: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.db"
    for path in (first, fresh):
        await SqliteStore.open(path).close()
    shapes = []
    for path in (first, fresh):
        with closing(connect(path, mode="ro")) as conn:
            rows = conn.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY 1, 2").fetchall()
            columns = {
                name: conn.execute(f"PRAGMA table_info({name})").fetchall() for kind, name, _ in rows if kind == "table"
            }
            shapes.append((rows, columns))
    assert shapes[0] == shapes[1]
