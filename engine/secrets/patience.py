"""Blocking work with a bound: what does not answer in time is left behind in its thread, which no exit waits for.

A few pieces of work run at once, the others queue; their time begins with their turn. Only work that has passed its
time counts as hanging.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

MOST_LEFT = 4
"""So many threads work at once. When so many hang, nothing new is begun until one of them came back."""
TURNS = 4
"""Time-outs that work waits for its turn, at most."""


class Patience:
    """Runs work for at most `timeout_s` seconds from its turn on. Raises `TimeoutError` for what takes longer."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._turn = threading.BoundedSemaphore(MOST_LEFT)
        self._began: dict[threading.Thread, float] = {}

    @property
    def hanging(self) -> int:
        """Threads that work longer than they may."""
        late = time.monotonic() - self.timeout_s
        return sum(began <= late for began in list(self._began.values()))

    def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, waited for here."""
        begun, answer = self._begin(work)
        try:
            begun.result(self.timeout_s * TURNS)
            return answer.result(self.timeout_s)
        finally:
            begun.cancel()  # whoever still queues need not begin

    async def wait(self, work: Callable[[], T]) -> T:
        """The result of `work`, while the event loop goes on."""
        begun, answer = self._begin(work)
        try:
            await asyncio.wait_for(asyncio.wrap_future(begun), self.timeout_s * TURNS)
            return await asyncio.wait_for(asyncio.wrap_future(answer), self.timeout_s)
        finally:
            begun.cancel()

    def _begin(self, work: Callable[[], T]) -> tuple[Future[None], Future[T]]:
        """Have it done in a thread: a future for the moment of its turn, and one for what comes of it."""
        if self.hanging >= MOST_LEFT:
            raise TimeoutError
        begun, answer = Future[None](), Future[T]()
        answer.set_running_or_notify_cancel()  # it is not taken back: whoever gave it up is not told
        threading.Thread(target=self._do, args=(work, begun, answer), name="keyring", daemon=True).start()
        return begun, answer

    def _do(self, work: Callable[[], T], begun: Future[None], answer: Future[T]) -> None:
        if not self._turn.acquire(timeout=self.timeout_s * TURNS):
            return
        try:
            if not begun.set_running_or_notify_cancel():
                return
            self._began[threading.current_thread()] = time.monotonic()
            begun.set_result(None)
            try:
                done = work()
            except BaseException as error:  # noqa: BLE001 (carried over to whoever waits)
                answer.set_exception(error)
            else:
                answer.set_result(done)
        finally:
            self._began.pop(threading.current_thread(), None)
            self._turn.release()
