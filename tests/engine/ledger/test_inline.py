"""The inline and the in-memory store on an event loop of virtual time: no threads, no waiting, one outcome."""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.ledger.protocol import NewEvent, Result
from tests.engine.ledger.stores import GTM, STORES, Ledger, command


class NoWait(selectors.BaseSelector):
    """A selector that moves the loop's clock instead of sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return self._keys[fileobj]

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "deadlock: nothing left to run"
        self.now += max(0.0, timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time."""

    def __init__(self) -> None:
        self._virtual = NoWait()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now

    def run_in_executor(self, *_: Any) -> Any:  # type: ignore[override]
        raise AssertionError("a thread in the simulated world")


async def story(ledger: Ledger) -> list[tuple[float, str]]:
    """An engine that sleeps for hours, and a front end and a worker that wake it."""
    loop = asyncio.get_running_loop()
    store, epoch = await ledger.engine()
    front = ledger.open()
    told: list[tuple[float, str]] = []

    async def engine() -> None:
        height = 0
        for _ in range(4):
            await store.wait(height, 8 * 3600)
            kinds = [one.kind for one in await store.pending()] + [one.kind for one in await store.unseen()]
            told.append((loop.time(), ",".join(kinds)))
            made = NewEvent("clock.advanced", {"kinds": kinds}, "engine", int(loop.time()))
            height = await store.append(GTM, height, [made], epoch=epoch, wall=int(loop.time()))

    async def others() -> None:
        await asyncio.sleep(3600)
        await front.submit(command(), wall=1)
        await asyncio.sleep(3600)
        await store.put_result(Result("j", GTM, "handoff", {}), wall=1)

    await asyncio.gather(engine(), others())
    return told


@pytest.mark.parametrize("kind", ["memory", "sqlite-inline"])
def test_hours_pass_at_once_and_always_alike(tmp_path: Path, kind: str) -> None:
    threads = threading.active_count()
    outcomes = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        ledger = Ledger(STORES[kind](folder))
        loop = VirtualLoop()
        try:
            outcomes.append(loop.run_until_complete(story(ledger)))
            loop.run_until_complete(ledger.close())
        finally:
            loop.close()
    assert threading.active_count() == threads
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] == [
        (3600, "approve"),
        (7200, "approve,handoff"),
        (7200 + 8 * 3600, "approve,handoff"),
        (7200 + 16 * 3600, "approve,handoff"),
    ]
