"""A program under its supervisor: started with pipes of its own, ended with everything it started.

A supervisor ends the tree when the engine's lifeline closes; a cookie in the environment finds what was left. What a
hostile process of the same user can still do without bubblewrap (kill its supervisor and shed its cookie) is written
down in docs/security.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import IO, TypeVar

from engine.containment.environment import COOKIE_VARIABLE
from engine.containment.leftovers import end_tree

T = TypeVar("T")

PATIENCE_S = 2.0
_SUPERVISOR = Path(__file__).with_name("supervisor.py")


async def uninterrupted(work: Awaitable[T]) -> T:
    """Finish `work` even when cancelled meanwhile, then be cancelled."""
    task, cancelled = asyncio.ensure_future(work), None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as again:
            cancelled = again
        except Exception:  # noqa: BLE001 - the result below raises it
            break
    if cancelled is not None:
        raise cancelled
    return task.result()


class Supervised:
    """One program. `end` may be called at any time, and after it nothing of the program runs."""

    def __init__(self, argv: list[str], *, environ: Mapping[str, str], workspace: Path) -> None:
        self._argv, self._environ, self._workspace = argv, environ, workspace
        self._process: asyncio.subprocess.Process | None = None
        self._lifeline, self._ended = -1, False
        self._transports: list[asyncio.BaseTransport] = []

    @property
    def returncode(self) -> int | None:
        """The program's exit status once it ended; 128 + n for signal n."""
        return self._process.returncode if self._process else None

    async def start(self) -> tuple[asyncio.StreamReader, asyncio.StreamReader]:
        """Start it; what it writes to its output and to its errors. Raises OSError when nothing can be started."""
        return await self._start(asyncio.subprocess.DEVNULL)

    async def start_with_input(self) -> tuple[asyncio.StreamReader, asyncio.StreamReader, asyncio.StreamWriter]:
        """The same, with a pipe to its standard input."""
        theirs, ours = os.pipe()
        try:
            out, err = await self._start(theirs)
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(ours, "wb", buffering=0)
        )
        self._transports.append(transport)
        return out, err, asyncio.StreamWriter(transport, protocol, None, loop)

    async def _start(self, stdin: int) -> tuple[asyncio.StreamReader, asyncio.StreamReader]:
        inner, self._lifeline = os.pipe()
        pipes = [os.pipe(), os.pipe()]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_SUPERVISOR), str(inner), *self._argv),
                stdin=stdin,
                stdout=pipes[0][1],
                stderr=pipes[1][1],
                cwd=self._workspace,
                env=self._environ,
                pass_fds=(inner,),
                start_new_session=True,
            )
        except BaseException:
            for readable, _ in pipes:
                os.close(readable)
            raise
        finally:
            for end in (inner, *(writable for _, writable in pipes)):
                os.close(end)
        out, err = [await self._reader(os.fdopen(readable, "rb", buffering=0)) for readable, _ in pipes]
        return out, err

    async def _reader(self, pipe: IO[bytes]) -> asyncio.StreamReader:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        self._transports.append(transport)
        return reader

    async def wait(self) -> None:
        """Until it has ended. Does nothing when it was never started."""
        if self._process is not None:
            await self._process.wait()

    async def end(self) -> None:
        """End the tree first, then wait for its leader (bounded), then let go of the pipes. Once is enough."""
        if self._ended:
            return
        self._ended = True
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        if self._process is not None:
            await self._waited(self._process)
            await asyncio.to_thread(end_tree, self._process.pid, self._environ[COOKIE_VARIABLE])
            await self._waited(self._process)
        for transport in self._transports:
            transport.close()
        await asyncio.sleep(0)  # the transports close their pipes in the next turn of the loop

    @staticmethod
    async def _waited(process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), PATIENCE_S)
