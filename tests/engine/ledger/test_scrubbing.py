"""What is erased is nowhere in the files: not in free pages, not in the write-ahead log."""

from __future__ import annotations

from pathlib import Path

from engine.ledger.lease import LocalLock
from engine.ledger.protocol import Command
from engine.ledger.reader import Reader
from engine.ledger.sqlite import SqliteStore
from engine.ledger.verify import verify
from engine.values import HOME, Sha256, sha256

WORD = b"maya@northwind.example"


def holding(folder: Path) -> list[str]:
    """Files in which the word stands."""
    return sorted(path.name for path in folder.glob("ledger.db*") if WORD in path.read_bytes())


async def test_p23_what_is_erased_is_in_no_file_any_more(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "ledger.db", lock=LocalLock())
    epoch = await store.acquire("tests", version="0", wall=1)
    assert epoch is not None
    small, large = b"to " + WORD, b"x" * 40_000 + WORD + b"y" * 40_000
    await store.put_blobs({sha256(small): small, sha256(large): large})
    await store.submit(Command("k", "answer", HOME, {"text": WORD.decode()}, "human:ada"), wall=1)
    assert await store.let_go()
    assert holding(tmp_path) == ["ledger.db"]
    await store.put_blobs({Sha256(sha256(WORD)): WORD})
    assert holding(tmp_path) == ["ledger.db", "ledger.db-wal"]
    await store.erase(await store.holding([WORD]), epoch=epoch)
    assert await store.scrub([WORD], "[erased]", epoch=epoch) == 1
    assert "ledger.db-wal" in holding(tmp_path)
    assert await store.let_go()
    assert holding(tmp_path) == []
    await store.close()
    assert holding(tmp_path) == []
    with Reader.open(tmp_path / "ledger.db") as reader:
        assert verify(reader) == []
