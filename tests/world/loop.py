"""A seeded event loop on virtual time: nothing sleeps, and what is ready runs in an order drawn from the seed.

Test code only: it reaches into asyncio's private queue of ready callbacks. Python 3.11 to 3.13 have it as used here.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Mapping
from typing import Any


class _NoWait(selectors.BaseSelector):
    """Never waits for a file: the time a real selector would sleep is added to the virtual clock instead."""

    def __init__(self) -> None:
        self._keys: dict[Any, selectors.SelectorKey] = {}
        self.loop: SimLoop | None = None

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
            raise RuntimeError("deadlock: nothing is ready and no timer is set")
        if self.loop is not None:
            self.loop.now += max(0.0, timeout)
        return []


class LivelockError(RuntimeError):
    """A run that does not come to rest."""


class SimLoop(asyncio.SelectorEventLoop):
    """Virtual time and shuffled scheduling. `steps` bounds a run that does not come to rest."""

    def __init__(self, seed: int, steps: int = 400_000) -> None:
        self.now = 0.0
        self._dice = random.Random(seed)
        self._left = steps
        selector = _NoWait()
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        ready = self._ready  # type: ignore[attr-defined]
        if len(ready) > 1:
            shuffled = list(ready)
            self._dice.shuffle(shuffled)
            ready.clear()
            ready.extend(shuffled)
        self._left -= 1
        if self._left <= 0:
            raise LivelockError("the step bound is reached")
        super()._run_once()  # type: ignore[misc]
