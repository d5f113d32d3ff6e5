"""The engine's side of the model host: starts it when it is needed, shares it between calls, starts it again when it
died.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import engine
from engine.modelhost.feed import Feed
from engine.modelhost.process import HostProcess, NoHostError
from engine.modelhost.spawn import command, environment
from engine.modelhost.wire import Call, CallFailed, Said
from engine.values import SECOND

BACK_OFF_MS = (0, 1_000, 5_000, 15_000, 60_000)
"""Before a new start, by how often it died in a row; a broken installation begins at the third."""
BOOT_S = 120.0
"""For its imports: about five seconds, far more on a busy machine without bytecode."""
GRACE_S = 15.0
"""Beyond a call's own limit before a host that does not end it counts as lost."""
_BROKEN_AT = 2
_ENDING = "the engine is ending"


class ModelHost:
    """The `Models` of a real engine. Belongs to one event loop; `close` it, or use it as a context.

    `log` is the file that the host's standard error goes to; the host's own empty home lies beside it. `environ` is
    where its PATH comes from. `clock` tells milliseconds, `sleep` waits seconds. `argv` replaces the command line in
    tests; `mark` are variables that it is found by when its engine died.
    """

    def __init__(
        self,
        *,
        log: Path,
        environ: Mapping[str, str],
        clock: Callable[[], int],
        python: str = sys.executable,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        argv: Sequence[str] | None = None,
        mark: Mapping[str, str] | None = None,
        boot_s: float = BOOT_S,
        grace_s: float = GRACE_S,
    ) -> None:
        self._log, self._environ, self._clock, self._sleep = log, dict(environ), clock, sleep
        self._argv = list(argv) if argv is not None else command(python, Path(engine.__file__).parents[1])
        self._boot_s, self._grace_s, self._mark = boot_s, grace_s, dict(mark or {})
        self._folder = log.with_name(f"{log.stem}.home")
        self._host: HostProcess | None = None
        self._booting: asyncio.Task[HostProcess] | None = None
        self._deaths, self._not_before = 0, 0
        self._broken = ""
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process id of the living host, None while there is none."""
        return self._host.pid if self._host and self._host.alive else None

    async def prespawn(self) -> None:
        """Have the host ready before it is needed. What is wrong with it is told by the first call."""
        with contextlib.suppress(NoHostError):
            await self._living()

    async def call(self, call: Call) -> AsyncGenerator[Said]:
        """Deltas, then exactly one `Done` or `CallFailed`. Closing the iteration closes the provider's connection."""
        try:
            host = await self._living()
        except NoHostError as problem:
            yield CallFailed(kind=problem.kind, line=problem.line, billed="no")
            return
        feed = Feed(call.most_bytes)
        deadline = asyncio.get_running_loop().time() + call.total_ms / SECOND + self._grace_s
        name = host.send(call, feed)
        try:
            while not feed.drained:
                yield await self._next(feed, host, deadline)
        finally:
            host.cancel(name)

    async def _next(self, feed: Feed, host: HostProcess, deadline: float) -> Said:
        try:
            async with asyncio.timeout_at(deadline):
                return await feed.next()
        except TimeoutError:
            await host.kill()  # it does not keep its own limits: whatever it does, it is not working
            return await feed.next()

    async def _living(self) -> HostProcess:
        """The host, started if need be; callers share one start. Raises `NoHostError`."""
        if self._host is not None and self._host.alive:
            return self._host
        if self._closed:
            raise NoHostError(_ENDING, "host_lost")
        if self._booting is None or self._booting.done():
            if self._broken and self._clock() < self._not_before:
                raise NoHostError(self._broken)
            self._booting = asyncio.create_task(self._boot())
        booting = self._booting
        await asyncio.wait((booting,))  # unlike awaiting it, this leaves it alone when one caller is cancelled
        if booting.cancelled():
            raise NoHostError(_ENDING, "host_lost")
        return booting.result()

    async def _boot(self) -> HostProcess:
        wait_ms = min(self._not_before - self._clock(), BACK_OFF_MS[-1])
        if wait_ms > 0:
            await self._sleep(wait_ms / SECOND)
        host = HostProcess(on_death=self._died, on_end=self._worked)
        try:
            _emptied(self._folder)
            await host.boot(
                self._argv,
                environ=environment(self._environ, self._folder, self._mark),
                folder=self._folder,
                log=self._log,
                timeout_s=self._boot_s,
            )
        except NoHostError as problem:
            self._broken = problem.line
            self._deaths = max(self._deaths, _BROKEN_AT)
            self._wait_longer()
            raise
        self._broken, self._host = "", host
        return host

    def _died(self, host: HostProcess) -> None:
        if host is self._host and not self._closed:
            self._wait_longer()

    def _worked(self) -> None:
        self._deaths = 0

    def _wait_longer(self) -> None:
        self._not_before = self._clock() + BACK_OFF_MS[min(self._deaths, len(BACK_OFF_MS) - 1)]
        self._deaths += 1

    async def close(self) -> None:
        """End the host and forget its folder; calls in flight end as `host_lost`. Once is enough."""
        self._closed = True
        if self._booting is not None and not self._booting.done():
            self._booting.cancel()
            await asyncio.wait((self._booting,))
        if self._host is not None:
            await self._host.close()
            self._host = None
        shutil.rmtree(self._folder, ignore_errors=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _emptied(folder: Path) -> None:
    """An empty home for the host: no credentials or settings of the user's own home take effect in it."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise NoHostError(f"the model host cannot be given a folder: {problem.strerror}") from problem
