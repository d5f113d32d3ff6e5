"""One life of the model host: from its start until its pipe closes, with the calls that are in flight."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from engine.modelhost.feed import Feed
from engine.modelhost.lines import LONGEST_LINE, Broken, Cancel, Ended, Failed, Piece, from_host, start_line, written
from engine.modelhost.wire import Call, CallFailed, Kind

MOST_LOG = 2**20
_PATIENCE_S = 5.0


class NoHostError(Exception):
    """There is no model host to make a call: `broken_install` when it cannot work here, else `host_lost`."""

    def __init__(self, line: str, kind: Kind = "broken_install") -> None:
        super().__init__(line)
        self.line, self.kind = line, kind


class HostProcess:
    """A running model host. `on_death` is called once when it is gone, `on_end` whenever it ended a call itself."""

    def __init__(self, *, on_death: Callable[[HostProcess], None], on_end: Callable[[], None]) -> None:
        self._on_death, self._on_end = on_death, on_end
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._feeds: dict[str, Feed] = {}
        self._sent = 0
        self.alive = True

    @property
    def pid(self) -> int | None:
        """Its process id once it was started."""
        return self._process.pid if self._process else None

    async def boot(
        self, argv: Sequence[str], *, environ: Mapping[str, str], folder: Path, log: Path, timeout_s: float
    ) -> None:
        """Start it and wait until it can make calls. Raises `NoHostError`; then it is gone."""
        try:
            await self._spawn(argv, environ, folder, log)
        except OSError as problem:
            self.alive = False
            raise NoHostError(f"the model host cannot be started: {problem.strerror}") from problem
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(self._ready)
        except TimeoutError:
            raise NoHostError(f"the model host was not ready within {timeout_s:g} s; see {log}") from None
        finally:
            if not self._ready.done() or self._ready.exception():
                await self.kill()

    async def _spawn(self, argv: Sequence[str], environ: Mapping[str, str], folder: Path, log: Path) -> None:
        sink = _opened(log)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=sink,
                cwd=folder,
                env=environ,
                limit=LONGEST_LINE,
                start_new_session=True,
            )
        finally:
            os.close(sink)
        self._reading = asyncio.create_task(self._read(self._process, log))

    async def _read(self, process: asyncio.subprocess.Process, log: Path) -> None:
        assert process.stdout is not None
        try:
            with contextlib.suppress(ValueError, OSError):  # ValueError: a line without an end
                while line := await process.stdout.readline():
                    self._hear(line)
        finally:
            self.alive = False
            _end(process)
            if not self._ready.done():
                self._ready.set_exception(NoHostError(f"the model host ended before it was ready; see {log}"))
                self._ready.exception()  # seen, even when nobody waits any more
            for feed in self._feeds.values():
                feed.end(CallFailed(kind="host_lost", line="the model host ended", billed="maybe"))
            self._feeds.clear()
            self._on_death(self)

    def _hear(self, line: bytes) -> None:
        """One line of the host. What cannot be read, and what is about no call in flight, is nothing."""
        try:
            message = from_host(line)
        except ValidationError:
            return
        match message:
            case Piece():
                if message.id in self._feeds:
                    self._feeds[message.id].add(message.delta.text)
            case Ended() | Failed():
                feed = self._feeds.pop(message.id, None)
                if feed is not None:
                    feed.end(message.done if isinstance(message, Ended) else message.failed)
                    self._on_end()
            case Broken():
                if not self._ready.done():
                    self._ready.set_exception(NoHostError(message.line))
                    self._ready.exception()
            case _:
                if not self._ready.done():
                    self._ready.set_result(None)

    def send(self, call: Call, feed: Feed) -> str:
        """Begin a call whose answer goes into `feed`; returns the name under which it can be cancelled."""
        self._sent += 1
        name = f"{call.id}#{self._sent}"
        if self.alive:
            self._feeds[name] = feed
            self._write(start_line(call.model_copy(update={"id": name})))
        else:
            feed.end(CallFailed(kind="host_lost", line="the model host ended", billed="no"))
        return name

    def cancel(self, name: str) -> None:
        """Close the connection of a call, if it is still in flight."""
        if self._feeds.pop(name, None) is not None:
            self._write(written(Cancel(id=name)))

    def _write(self, line: bytes) -> None:
        """Into the pipe's buffer: what waits there is bounded by the calls that are allowed at a time. That the pipe
        broke is seen by the reader, which ends every call.
        """
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line)

    async def kill(self) -> None:
        """End it at once and wait until it is gone."""
        if self._process is None:
            return
        _end(self._process)
        await self._gone()

    async def close(self) -> None:
        """Let it end by closing its input; kill it when it does not."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._process.wait()
        except TimeoutError:
            _end(self._process)
        await self._gone()

    async def _gone(self) -> None:
        assert self._process is not None
        await self._process.wait()
        if self._reading is not None:
            await asyncio.wait((self._reading,), timeout=_PATIENCE_S)
            self._reading.cancel()


def _opened(log: Path) -> int:
    """The log, for this user alone; a large one begins anew and the old one is kept beside it."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > MOST_LOG:
        log.replace(log.with_name(log.name + ".1"))
    return os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)


def _end(process: asyncio.subprocess.Process) -> None:
    """Kill it, if it has not been waited for. Not by `Process.kill`, which would reap it before asyncio does."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
