"""What is particular to the SQLite store: the file, its writer thread and its group commits."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from engine.errors import StoreError
from engine.ledger import schema
from engine.ledger.chain import faults
from engine.ledger.file import APPLICATION_ID, SCHEMA_VERSION, connect
from engine.ledger.lease import FileLock, held
from engine.ledger.protocol import ConflictError, FencedError
from engine.ledger.sqlite import SqliteStore
from engine.ledger.writer import InlineDriver, Writer
from engine.values import MissionId, sha256
from tests.engine.ledger.stores import GTM, Ledger, event, listed


def raw(path: Path) -> closing[sqlite3.Connection]:
    """A connection as other people's tools make it: without our pragmas."""
    return closing(sqlite3.connect(path, isolation_level=None))


@pytest.fixture
async def written(file_ledger: Ledger, tmp_path: Path) -> Path:
    """A ledger file with three events, closed."""
    store, epoch = await file_ledger.engine()
    await store.append(GTM, 0, [event(n=1), event(n=2), event(n=3)], epoch=epoch, wall=1)
    await store.close()
    return tmp_path / "ledger.db"


FORGED = "kind, version, '{}', body_hash, prev, hash, at, wall, 'mallory', 9 FROM events WHERE seq = 2"

# --- append-only ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'mallory' WHERE seq = 2",
        "DELETE FROM events WHERE seq = 3",
        "DELETE FROM events",
        f"INSERT OR REPLACE INTO events SELECT 2, mission, 2, {FORGED}",
        f"INSERT OR REPLACE INTO events SELECT NULL, mission, 2, {FORGED}",
        f"REPLACE INTO events SELECT 2, 'other', 77, {FORGED}",
        f"INSERT INTO events SELECT NULL, mission, 2, {FORGED}",
    ],
)
def test_history_cannot_be_rewritten_through_sql(written: Path, statement: str, recursive: str) -> None:
    with raw(written) as conn:
        before = conn.execute("SELECT * FROM events").fetchall()
        conn.execute(f"PRAGMA recursive_triggers={recursive}")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            conn.execute(statement)
        assert conn.execute("SELECT * FROM events").fetchall() == before


def test_tables_are_strict(written: Path) -> None:
    with raw(written) as conn:
        tables = dict(conn.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall())
    ours = {"events", "inbox", "results", "blobs", "progress", "lease", "views"}
    assert ours <= tables.keys()
    assert all(tables[name] for name in ours)


def test_the_file_says_what_it_is(written: Path) -> None:
    with raw(written) as conn:
        assert conn.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert conn.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_files_are_private(file_ledger: Ledger, tmp_path: Path) -> None:
    store, epoch = await file_ledger.engine()
    await store.append(GTM, 0, [event()], epoch=epoch, wall=1)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["ledger.db", "ledger.db-wal", "ledger.db-shm", "engine.lock"], 0o600)


async def test_an_erased_blob_leaves_no_bytes_in_the_file(file_ledger: Ledger, tmp_path: Path) -> None:
    store, epoch = await file_ledger.engine()
    content = b"a private address " * 2_000
    await store.put_blobs({sha256(content): content})
    await store.erase([sha256(content)], epoch=epoch)
    await store.close()
    assert b"private address" not in (tmp_path / "ledger.db").read_bytes()


# --- group commit --------------------------------------------------------------------------------------------


class Held:
    """A writer whose next group is under the test's control: work queues up until `go`."""

    def __init__(self, path: Path, connection: Callable[[], sqlite3.Connection] | None = None) -> None:
        schema.create(path)
        self.path = path
        self.writer = Writer(path, connection or partial(connect, path, mode="rw"), "FULL")
        self._gate = threading.Event()

    async def __aenter__(self) -> Held:
        self._first = asyncio.create_task(self.writer.submit(self._hold, durable=False))
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go()
        await self.writer.finish()

    def _hold(self, conn: sqlite3.Connection) -> None:
        self._gate.wait()

    def put(self, name: str) -> asyncio.Task[None]:
        """Queue the writing of a view row."""
        return asyncio.create_task(self.writer.submit(partial(put, name=name), durable=True))

    async def go(self) -> None:
        await asyncio.sleep(0)
        self._gate.set()
        await self._first

    def names(self) -> list[str]:
        with raw(self.path) as conn:
            return [row[0] for row in conn.execute("SELECT id FROM views ORDER BY rowid")]


def put(conn: sqlite3.Connection, name: str) -> None:
    conn.execute("INSERT INTO views(kind, id, mission, body) VALUES ('card', ?, 'gtm', '{}')", (name,))
    if name == "refused":
        raise ConflictError("gtm", "stands elsewhere", "read again")
    if name == "broken":
        conn.execute("INSERT INTO views(kind) VALUES (NULL)")


async def test_one_bad_caller_does_not_undo_its_neighbours(tmp_path: Path) -> None:
    async with Held(tmp_path / "ledger.db") as held_writer:
        tasks = [held_writer.put(name) for name in ("a", "refused", "b", "broken", "c")]
        await held_writer.go()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), ConflictError, type(None), StoreError, type(None)]
    assert held_writer.names() == ["a", "b", "c"]


async def test_what_a_cancelled_caller_asked_for_is_written(tmp_path: Path) -> None:
    async with Held(tmp_path / "ledger.db") as held_writer:
        first, second = held_writer.put("a"), held_writer.put("b")
        await asyncio.sleep(0)
        first.cancel()
        await held_writer.go()
        async with asyncio.timeout(10):
            await second
        assert first.cancelled()
    assert held_writer.names() == ["a", "b"]


async def test_a_failed_commit_is_reported_to_everybody_and_heals(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    failing = threading.Event()

    class Failing(sqlite3.Connection):
        def execute(self, statement: str, *rest: Any) -> sqlite3.Cursor:
            if statement == "COMMIT" and failing.is_set():
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(statement, *rest)

    def opened() -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None, factory=Failing)

    async with Held(path, opened) as held_writer:
        await held_writer.go()
        failing.set()
        tasks = [held_writer.put(name) for name in ("a", "b")]
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(outcome, StoreError) for outcome in outcomes)
        assert held_writer.names() == []
        failing.clear()
        await held_writer.put("c")
    assert held_writer.names() == ["c"]


async def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "ledger.db")
    epoch = await store.acquire("me", version="1", wall=1)
    assert epoch is not None
    await store.append(GTM, 0, [event()], epoch=epoch, wall=1)

    def fill(conn: sqlite3.Connection) -> None:
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count={pages + 2}")

    await store._driver.write(fill)
    outcomes = await asyncio.gather(
        *(
            store.append(MissionId(f"m{number}"), 0, [event(text="x" * 60_000)], epoch=epoch, wall=1)
            for number in range(3)
        ),
        return_exceptions=True,
    )
    assert [str(one) for one in outcomes] == [
        f"{tmp_path}/ledger.db: the disk is full, nothing was written; free some space, then try again"
    ] * 3
    assert await store.append(GTM, 1, [event()], epoch=epoch, wall=1) == 2
    assert [one.height for one in await listed(store)] == [1, 2]
    await store.close()


async def test_many_callers_at_once(file_ledger: Ledger) -> None:
    store, epoch = await file_ledger.engine()

    async def mission(name: str) -> None:
        for height in range(20):
            await store.append(MissionId(name), height, [event(n=height)], epoch=epoch, wall=1)

    await asyncio.gather(*(mission(f"m{number}") for number in range(15)))
    events = await listed(store)
    assert [one.seq for one in events] == list(range(1, 301))
    for name in await store.missions():
        assert not list(faults([one for one in events if one.mission == name]))


async def test_lossy_and_durable_groups_may_alternate(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "ledger.db", synchronous="FULL")
    epoch = await store.acquire("me", version="1", wall=1)
    assert epoch is not None
    for height in range(3):
        await store.beat(epoch, wall=height, idle=False)
        await store.append(GTM, height, [event()], epoch=epoch, wall=1)

    def level(conn: sqlite3.Connection) -> int:
        return int(conn.execute("PRAGMA synchronous").fetchone()[0])

    assert await store._driver.write(level, durable=True) == 2
    assert await store._driver.write(level, durable=False) == 1
    await store.close()


async def test_an_error_of_the_work_rolls_back_the_inline_transaction(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    schema.create(path)
    driver = InlineDriver(path, partial(connect, path, mode="rw"))
    for name in ("refused", "broken"):
        with pytest.raises((ConflictError, StoreError)):
            await driver.write(partial(put, name=name))
    await driver.write(partial(put, name="a"))
    assert await driver.read(lambda conn: conn.execute("SELECT id FROM views").fetchall()) == [("a",)]
    await driver.close()


# --- engines -------------------------------------------------------------------------------------------------


async def test_the_lock_ends_with_the_store(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    first, second = SqliteStore.open(path), SqliteStore.open(path)
    assert not held(tmp_path / "engine.lock")
    assert await first.acquire("a", version="1", wall=1) == 1
    assert held(tmp_path / "engine.lock")
    assert await second.acquire("b", version="1", wall=1) is None
    await first.close()
    assert not held(tmp_path / "engine.lock")
    lease = await second.lease()
    assert lease is not None
    assert lease.owner == "a"
    assert await second.acquire("b", version="1", wall=1) == 2
    await second.close()


async def test_a_frozen_engine_that_lost_its_lock_file_is_fenced(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    old, new = SqliteStore.open(path), SqliteStore.open(path)
    epoch = await old.acquire("a", version="1", wall=1)
    assert epoch is not None
    (tmp_path / "engine.lock").unlink()
    later = await new.acquire("b", version="1", wall=1)
    assert later == epoch + 1
    with pytest.raises(FencedError):
        await old.append(GTM, 0, [event()], epoch=epoch, wall=1)
    assert await new.append(GTM, 0, [event()], epoch=later, wall=1) == 1
    await old.close()
    await new.close()


async def test_a_lease_that_could_not_be_written_lets_the_lock_go(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    store = SqliteStore.open(path, busy_ms=10)
    with raw(path) as conn:
        conn.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked by another program"):
            await store.acquire("a", version="1", wall=1)
        conn.execute("ROLLBACK")
    assert not held(tmp_path / "engine.lock")
    assert await store.acquire("a", version="1", wall=1) == 1
    await store.close()


# --- the schema ----------------------------------------------------------------------------------------------


def newer_migrations() -> Migrations:
    """This release's steps and one of the next."""
    migrations = Migrations("mission-cockpit")
    migrations(name="first")(schema.first)
    migrations(name="second")(schema.second)
    migrations(name="third")(schema.third)

    @migrations()
    def next_step(db: Database) -> None:
        db.conn.execute("CREATE TABLE added(x INTEGER) STRICT")

    return migrations


def test_a_migration_of_an_older_file_makes_a_backup_first(written: Path) -> None:
    for number in range(2):
        with closing(connect(written, mode="rw")) as conn:
            conn.execute("PRAGMA user_version=3")
            conn.execute("DROP TABLE IF EXISTS added")
            conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'next_step'")
            saved = schema.migrate(conn, written, migrations=newer_migrations(), target=4)
            assert conn.execute("PRAGMA user_version").fetchone() == (4,)
            assert conn.execute("SELECT COUNT(*) FROM added").fetchone() == (0,)
            assert conn.execute("SELECT COUNT(*) FROM events").fetchone() == (3,)
        assert saved == written.with_name("ledger.db.bak-3" if number == 0 else "ledger.db.bak-3.2")
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        with raw(saved) as conn:
            assert conn.execute("PRAGMA user_version").fetchone() == (3,)
            assert conn.execute("SELECT COUNT(*) FROM events").fetchone() == (3,)
            assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_failing_migration_changes_nothing(written: Path) -> None:
    migrations = newer_migrations()

    @migrations()
    def one_more(db: Database) -> None:
        raise sqlite3.OperationalError("no")

    with closing(connect(written, mode="rw")) as conn:
        with pytest.raises(sqlite3.OperationalError):
            schema.migrate(conn, written, migrations=migrations, target=5)
        assert conn.execute("PRAGMA user_version").fetchone() == (3,)
        assert not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'added'").fetchone()
        assert conn.execute("SELECT COUNT(*) FROM events").fetchone() == (3,)


def test_an_older_file_is_migrated_only_while_no_engine_runs_on_it(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ledger.sqlite.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    lock = FileLock(written.with_name("engine.lock"))
    assert lock.take(lock)
    with pytest.raises(StoreError, match="is in use by an engine of an older release; let that engine end first"):
        SqliteStore.open(written)
    lock.drop(lock)


def test_creating_twice_at_once_makes_one_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with ThreadPoolExecutor(6) as threads:
        for done in [threads.submit(schema.create, path) for _ in range(6)]:
            done.result()
    with raw(path) as conn:
        assert conn.execute("SELECT COUNT(*) FROM lease").fetchone() == (1,)
