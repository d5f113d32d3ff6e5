"""A beat of the event loop: what is asked twenty times a second for as long as the cockpit is open.

An interval of Textual wakes the loop twice for each beat, makes an event and asks whether the answer can be awaited;
here a beat is one call of the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Pulse:
    """Calls `beat` every `period_s` seconds, until it is stopped. What `beat` raises ends it and goes to `failed`.

    A beat that comes late, because the loop was busy, is not made up for.
    """

    def __init__(self, period_s: float, beat: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        self._period_s, self._beat, self._failed = period_s, beat, failed
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin; the first beat comes after one period. Every beat has the context of this call."""
        self._next = asyncio.get_running_loop().call_later(self._period_s, self._run)

    def stop(self) -> None:
        """No further beat."""
        if self._next is not None:
            self._next.cancel()
        self._next = None

    def _run(self) -> None:
        try:
            self._beat()
        except Exception as error:  # noqa: BLE001 - the loop would only log it
            self._next = None
            self._failed(error)
            return
        if self._next is not None:
            self.start()
