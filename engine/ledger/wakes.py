"""Who waits for a change of one ledger within this process, woken without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class Wakes:
    """The waiters of one event loop, in order of arrival (a simulation must not depend on addresses)."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Event, None] = {}

    def ring(self) -> None:
        """Something changed: wake everybody."""
        for event in self._waiting:
            event.set()

    @contextmanager
    def waiter(self) -> Iterator[asyncio.Event]:
        """An event that `ring` sets."""
        event = asyncio.Event()
        self._waiting[event] = None
        try:
            yield event
        finally:
            del self._waiting[event]


_shared: WeakValueDictionary[str, Wakes] = WeakValueDictionary()


def shared(name: str) -> Wakes:
    """The waiters of the ledger of this name, common to all inline stores that have it open."""
    wakes = _shared.get(name)
    if wakes is None:
        wakes = _shared[name] = Wakes()
    return wakes


async def pause(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set or time has passed, with nothing but a timer of the running loop."""
    loop = asyncio.get_running_loop()
    timer = loop.call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()
