"""A server on an event loop of its own, in a thread: started and stopped by `with`."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class ThreadedServer(ABC):
    """What the servers here have in common. Errors of a client that hangs up are none of theirs."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self.transports: list[asyncio.BaseTransport] = []
        """Connections, to be cut off at the end."""
        self._thread = threading.Thread(target=self._loop.run_forever, name=type(self).__name__, daemon=True)

    @abstractmethod
    async def begin(self) -> asyncio.Server:
        """Listen on a free port."""

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the server's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self.call(self.begin())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        own = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in self.transports:
            if isinstance(transport, asyncio.WriteTransport):
                with suppress(AttributeError):  # Python 3.11.2: what TLS has ended already has nothing to end
                    transport.abort()
        await asyncio.sleep(0.01)
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()
