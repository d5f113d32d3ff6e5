"""When an engine that ended without a word is started again. Pure."""

from __future__ import annotations

from cockpit.client import EngineState

FIRST_S, MOST_S = 15.0, 900.0
"""Seconds between two starts: at first, and at most for an engine that ends again and again."""


class Keeper:
    """Knows when it last started an engine. One that resigned, because somebody stopped it, is left alone."""

    def __init__(self) -> None:
        self._wait_s = 0.0
        self._started_s: float | None = None

    def due(self, engine: EngineState, now_s: float) -> bool:
        """Whether to start one now; `now_s` counts seconds. True is followed by a start."""
        if engine.alive or not engine.version:
            return False
        if self._started_s is not None and now_s - self._started_s < self._wait_s:
            return False
        lived = self._started_s is None or now_s - self._started_s > 4 * max(self._wait_s, FIRST_S)
        self._wait_s = FIRST_S if lived else min(2 * self._wait_s, MOST_S)
        self._started_s = now_s
        return True
