"""The stores that the contract is held against, and what its tests share.

A store joins by an entry in `STORES`: how to open one more of it on a test's ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.ledger.lease import LocalLock
from engine.ledger.memory import Memory, MemoryStore
from engine.ledger.protocol import (
    Command,
    Event,
    NewEvent,
    Store,
)
from engine.ledger.sqlite import SqliteStore
from engine.values import MissionId

Opener = Callable[[], Store]

GTM = MissionId("gtm")
SEO = MissionId("seo")


def _memory(_: Path) -> Opener:
    memory = Memory()
    return lambda: MemoryStore(memory)


def _inline(folder: Path) -> Opener:
    lock = LocalLock()
    return lambda: SqliteStore.open(folder / "ledger.db", threaded=False, synchronous="OFF", lock=lock)


def _threaded(folder: Path) -> Opener:
    return lambda: SqliteStore.open(folder / "ledger.db", synchronous="OFF")


STORES: dict[str, Callable[[Path], Opener]] = {
    "memory": _memory,
    "sqlite-inline": _inline,
    "sqlite-threaded": _threaded,
}


class Ledger:
    """One ledger of one test, on which several stores may be opened; each is closed at its end."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._stores: list[Store] = []

    def open(self) -> Store:
        store = self._opener()
        self._stores.append(store)
        return store

    async def engine(self, owner: str = "host:1:a") -> tuple[Store, int]:
        store = self.open()
        epoch = await store.acquire(owner, version="1.0", wall=1)
        assert epoch is not None
        return store, epoch

    async def close(self) -> None:
        for store in self._stores:
            await store.close()


def event(kind: str = "task.added", at: int = 0, actor: str = "engine", **body: Any) -> NewEvent:
    return NewEvent(kind, body, actor, at)


def command(key: str = "approve:gtm/Q1:ab", **body: Any) -> Command:
    return Command(key, "approve", GTM, body, "human:ada")


async def listed(store: Store, after: int = 0, mission: MissionId | None = None) -> list[Event]:
    return [item async for item in store.read(after=after, mission=mission)]
