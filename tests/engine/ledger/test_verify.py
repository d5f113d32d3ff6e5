"""Damage that SQLite itself does not see is found, and nothing is found where nothing is wrong."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.ledger.protocol import ConflictError, ViewRow
from engine.ledger.reader import Reader
from engine.ledger.sqlite import SqliteStore
from engine.ledger.verify import verify
from engine.values import HOME, sha256
from tests.engine.ledger.stores import GTM, command, event

BLOB = bytes(range(256)) * 8
FLIPS = 60


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A ledger that holds a bit of everything, in one file."""
    place = tmp_path / "ledger.db"
    store = SqliteStore.open(place, threaded=False, synchronous="OFF")
    epoch = await store.acquire("me", version="1", wall=1)
    assert epoch is not None
    for height in range(20):
        await store.append(
            GTM, height, [event(text=f"grüße {height}\n", n=height)], epoch=epoch, wall=1_763_000_000_000 + height
        )
    rows = [ViewRow("card", "gtm", GTM, {"n": 1})]
    await store.append(HOME, 0, [event("rule.adopted", text="be brief")], epoch=epoch, wall=9, views=rows)
    await store.put_blobs({sha256(BLOB): BLOB})
    await store.submit(command(), wall=1)
    await store.close()
    return place


def found(path: Path) -> list[str]:
    try:
        with Reader.open(path) as reader:
            return verify(reader)
    except StoreError as error:
        return [str(error)]


def tamper(path: Path, *statements: str) -> None:
    """Change a ledger as somebody would who owns the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for trigger in ("events_no_update", "events_no_delete", "events_no_replace"):
            conn.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            conn.execute(statement)


def test_a_whole_ledger_has_no_faults(path: Path) -> None:
    assert found(path) == []


def test_an_empty_ledger_has_no_faults(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    assert [line for line in found(tmp_path / "ledger.db") if line] == []


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE events SET body = '{}' WHERE height = 7", "gtm: the stored body of event 7 (task.added) does not fit"),
        (
            "UPDATE events SET body = '{' WHERE height = 7",
            "gtm: the stored body of event 7 (task.added) does not fit",
        ),
        ("UPDATE events SET wall = wall + 1 WHERE height = 7", "gtm: event 7 (task.added) does not fit its own hash"),
        ("UPDATE events SET actor = 'x' WHERE height = 20", "gtm: event 20 (task.added) does not fit its own hash"),
        ("DELETE FROM events WHERE height = 7", "gtm: height 8 where 7 belongs"),
        ("UPDATE blobs SET content = x'00'", "blob "),
        ("UPDATE views SET body = '{'", "views: the body of card gtm cannot be read"),
        ("UPDATE inbox SET body = ''", "inbox: the body of approve:gtm/Q1:ab cannot be read"),
    ],
)
def test_what_somebody_changed_is_named(path: Path, statement: str, line: str) -> None:
    tamper(path, statement)
    assert any(fault.startswith(line) for fault in found(path))


def test_a_forged_body_whose_hash_fits_is_a_fault_and_no_crash(path: Path) -> None:
    for body in ("no json", '{"n":0.5e999}', "[]"):
        name = sha256(body.encode())
        with closing(sqlite3.connect(path, isolation_level=None)) as conn:
            conn.execute("DROP TRIGGER IF EXISTS events_no_update")
            conn.execute("UPDATE events SET body = ?, body_hash = ? WHERE seq = 3", (body, name))
        assert found(path)


def test_an_erased_blob_is_no_fault(path: Path) -> None:
    tamper(path, "DELETE FROM blobs")
    assert found(path) == []


def flipped(whole: bytes, place: int, bit: int) -> bytes:
    damaged = bytearray(whole)
    damaged[place] ^= 1 << bit
    return bytes(damaged)


def contents(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as conn:
        return [conn.execute(f"SELECT * FROM {table}").fetchall() for table in ("events", "blobs")]


def test_flipped_bits_in_events_and_blobs_are_found(path: Path) -> None:
    dice = random.Random(20_261_122)
    with Reader.open(path) as reader:
        events = list(reader.events())
    whole = path.read_bytes()
    for number in range(FLIPS):
        chosen = dice.choice(events)
        live = [BLOB, chosen["body"]["text"].strip(), chosen["hash"], chosen["body_hash"], chosen["prev"] or "engine"]
        target = live[number % len(live)]
        target = target.encode() if isinstance(target, str) else target
        place = whole.index(target) + dice.randrange(len(target))
        path.write_bytes(flipped(whole, place, dice.randrange(8)))
        assert found(path), f"bit flip {number} at {place}, within {target!r}"
    path.write_bytes(whole)
    assert found(path) == []


def test_a_bit_flipped_anywhere_is_found_or_changes_no_event_and_no_blob(path: Path) -> None:
    dice = random.Random(7)
    before = contents(path)
    whole = path.read_bytes()
    for number in range(FLIPS):
        place = dice.randrange(len(whole))
        path.write_bytes(flipped(whole, place, dice.randrange(8)))
        assert found(path) or contents(path) == before, f"bit flip {number} at {place}"


async def test_a_bit_flipped_anywhere_stops_an_engine_with_one_clear_line_or_not_at_all(path: Path) -> None:
    dice = random.Random(11)
    whole = path.read_bytes()
    for _ in range(FLIPS):
        path.write_bytes(flipped(whole, dice.randrange(len(whole)), dice.randrange(8)))
        with suppress(StoreError):
            store = SqliteStore.open(path, threaded=False, synchronous="OFF")
            try:
                epoch = await store.acquire("again", version="1", wall=1)
                assert epoch is not None
                await store.pending()
                await store.views("card")
                height = len([one async for one in store.read(mission=GTM)])
                with suppress(ConflictError):
                    await store.append(GTM, height, [event()], epoch=epoch, wall=1)
            finally:
                await store.close()
