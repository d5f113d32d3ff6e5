"""An event loop on virtual time: nothing sleeps. Where a real loop would wait, its clock moves on at once.

It has no file to wait for, so that a run that waits for anything outside itself ends with an error instead of hanging.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any


class NothingMovesError(RuntimeError):
    """Nothing is ready and no timer is set: a fault of the rehearsal itself."""


class _NoWait(selectors.BaseSelector):
    """Adds the time that a selector would sleep to the clock instead."""

    def __init__(self) -> None:
        self._keys: dict[Any, selectors.SelectorKey] = {}
        self.passed = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = selectors.SelectorKey(fileobj, 0, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingMovesError("nothing is ready and no timer is set")
        self.passed += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Seconds since its beginning are virtual; callbacks run in the order in which they became ready."""

    def __init__(self) -> None:
        self._time = _NoWait()
        super().__init__(self._time)

    def time(self) -> float:
        """Virtual seconds."""
        return self._time.passed
