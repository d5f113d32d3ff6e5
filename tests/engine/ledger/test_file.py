"""Files that are no ledger, or no longer, or not yet: one clear line each, and nothing lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.ledger.file import APPLICATION_ID, SCHEMA_VERSION
from engine.ledger.protocol import DamagedError
from engine.ledger.reader import Inbox, Reader, check_file
from engine.ledger.schema import create
from engine.ledger.sqlite import SqliteStore
from tests.engine.ledger.stores import GTM, event


async def make(path: Path, events: int = 60) -> None:
    """A ledger with some events, everything in the one file."""
    store = SqliteStore.open(path, threaded=False, synchronous="OFF")
    epoch = await store.acquire("host:1:a", version="9.1", wall=1)
    assert epoch is not None
    await store.append(GTM, 0, [event(text="x" * 300, n=n) for n in range(events)], epoch=epoch, wall=1)
    await store.release(epoch)
    await store.close()


def missing(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def no_sqlite(path: Path) -> None:
    path.write_bytes(b"hello " * 1_000)


def short_text(path: Path) -> None:
    path.write_bytes(b"hi")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE bookmarks(url)")
        conn.execute("PRAGMA user_version=7")


def other_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA application_id=42")


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def header_only(path: Path) -> None:
    os.truncate(path, 60)


def torn_schema(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3_000)


FAULTS: list[tuple[Callable[[Path], None], str, type[StoreError]]] = [
    (missing, "there is no ledger here; start the engine once, or choose another home with --home", StoreError),
    (folder, "is a folder, not a ledger; move it away, or choose another home with --home", StoreError),
    (
        no_sqlite,
        "is not a ledger (not an SQLite file); move it away, or choose another home with --home",
        StoreError,
    ),
    (
        short_text,
        "is not a ledger (not an SQLite file); move it away, or choose another home with --home",
        StoreError,
    ),
    (
        foreign,
        "is an SQLite file of another program, not a ledger; move it away, or choose another home with --home",
        StoreError,
    ),
    (
        other_application,
        "is an SQLite file of another program, not a ledger; move it away, or choose another home with --home",
        StoreError,
    ),
    (
        truncated,
        "is cut short ({half} of {size} bytes); restore a backup (ledger.db.bak-*), and keep the damaged file",
        DamagedError,
    ),
    (
        header_only,
        "is cut short (60 bytes); restore a backup (ledger.db.bak-*), and keep the damaged file",
        DamagedError,
    ),
    (
        torn_schema,
        "is damaged (database disk image is malformed); restore a backup (ledger.db.bak-*), and keep the damaged file",
        DamagedError,
    ),
]


@pytest.mark.parametrize(("damage", "line", "kind"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS])
async def test_a_damaged_file_is_named_and_kept(
    tmp_path: Path, damage: Callable[[Path], None], line: str, kind: type[StoreError]
) -> None:
    path = tmp_path / "ledger.db"
    await make(path)
    size = path.stat().st_size
    damage(path)
    before = path.read_bytes() if path.is_file() else b""
    expected = f"{path}: {line.format(half=size // 2, size=size)}"
    doors: list[Callable[[Path], object]] = [check_file, Reader.open]
    if damage is not missing:  # an engine makes what is missing
        doors += [SqliteStore.open, lambda place: Inbox(place).submit("k", "approve", "gtm", {}, "human:ada", 1)]
    for door in doors:
        with pytest.raises(StoreError) as caught:
            door(path)
        assert str(caught.value) == expected
        assert (type(caught.value), caught.value.exit_code) == (kind, 3)
    assert (path.read_bytes() if path.is_file() else b"") == before


async def test_a_newer_ledger_is_read_with_a_warning_and_refused_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    await make(path)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA user_version=9")
    newer = f"{path}: was written by a newer release (9.1, schema 9; this one writes {SCHEMA_VERSION})"
    with Reader.open(path) as reader:
        assert reader.warning == f"{newer}; it is open for reading only; update Mission Cockpit to change it"
        assert len(list(reader.events())) == 60
    doors: list[Callable[[Path], object]] = [
        SqliteStore.open,
        lambda place: Inbox(place).submit("k", "approve", "gtm", {}, "human:ada", 1),
    ]
    for door in doors:
        with pytest.raises(StoreError) as caught:
            door(path)
        assert str(caught.value) == f"{newer}; update Mission Cockpit, or choose another home with --home"


async def test_a_locked_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    await make(path)
    line = f"{path}: is locked by another program; close what holds it open, then try again"
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA locking_mode=EXCLUSIVE")
        conn.execute("BEGIN EXCLUSIVE")
        conn.execute("UPDATE lease SET beat = 3")
        doors: list[Callable[[], object]] = [
            lambda: check_file(path, busy_ms=10),
            lambda: Reader.open(path, busy_ms=10),
            lambda: SqliteStore.open(path, busy_ms=10),
            lambda: Inbox(path, busy_ms=10).submit("k", "approve", "gtm", {}, "human:ada", 1),
        ]
        for door in doors:
            with pytest.raises(StoreError) as caught:
                door()
            assert str(caught.value) == line
    assert Inbox(path).submit("k", "approve", "gtm", {}, "human:ada", 1)


def test_an_empty_file_is_a_ledger_that_has_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.touch()
    assert check_file(path) == ""
    with Reader.open(path) as reader:
        assert reader.views("card") == []
        assert reader.lease() is None
        create(path)
        assert reader.views("card") == []
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


async def test_a_file_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    path = tmp_path / "plain" / "ledger.db"
    with pytest.raises(StoreError) as caught:
        check_file(path)
    assert str(caught.value) == f"{path}: lies below a file, not a folder; choose another home with --home"
    with pytest.raises(StoreError, match="cannot be created"):
        SqliteStore.open(path)


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of a user to whom the rights of files apply."""
    root = os.geteuid() == 0
    place = Path(tempfile.mkdtemp(prefix="ledger-test-"))
    if root:
        os.chown(place, 65_534, 65_534)
        os.seteuid(65_534)
    try:
        yield place
    finally:
        if root:
            os.seteuid(0)
        place.chmod(0o700)
        shutil.rmtree(place)


async def test_a_ledger_of_somebody_else(unprivileged: Path) -> None:
    path = unprivileged / "ledger.db"
    await make(path)
    path.chmod(0)
    for door in (check_file, Reader.open, SqliteStore.open):
        with pytest.raises(StoreError) as caught:
            door(path)
        assert str(caught.value) == (
            f"{path}: may not be read by this user; "
            "give yourself the right to read and write it, or choose another home with --home"
        )


async def test_a_read_only_home_can_be_read_and_says_that_it_cannot_be_written(unprivileged: Path) -> None:
    path = unprivileged / "ledger.db"
    await make(path)
    path.chmod(0o400)
    unprivileged.chmod(0o500)
    with Reader.open(path) as reader:
        assert len(list(reader.events())) == 60
        assert reader.warning == f"{path}: is read-only here; what is shown does not follow changes"
    doors: list[Callable[[Path], object]] = [
        SqliteStore.open,
        lambda place: Inbox(place).submit("k", "approve", "gtm", {}, "human:ada", 1),
    ]
    for door in doors:
        with pytest.raises(StoreError) as caught:
            door(path)
        assert str(caught.value) == (
            f"{path}: is read-only here; give yourself the right to write it, or choose another home with --home"
        )
