"""Starting a command so that it, and everything it starts, can be ended: on cancel, on time-out, at the engine's death.

Three layers, each for when the one above it is missing or was defeated: bubblewrap (a process namespace of its own and
a read-only machine, where the system has it), a supervisor that ends the tree when the engine's lifeline closes, and a
cookie in the environment by which leftovers are found. What a hostile process of the same user can still do without
bubblewrap (kill its supervisor and shed its cookie) is written down in docs/security.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from engine.containment.bubble import bubblewrap, wrapped
from engine.containment.supervised import PATIENCE_S, Supervised

__all__ = ["STDERR_CAP", "STDOUT_CAP", "ContainedProcess", "Method", "bubblewrap", "wrapped"]

Method = Literal["bubblewrap", "supervisor"]

STDOUT_CAP, STDERR_CAP = 4 * 2**20, 256 * 2**10
_LINE_CAP = 2_000
_LINES_WAITING = 1_000


class ContainedProcess:
    """A command under its supervisor. `end` may be called at any time, and after it nothing of the command runs."""

    def __init__(self, argv: list[str], *, environ: Mapping[str, str], workspace: Path) -> None:
        self._supervised = Supervised(argv, environ=environ, workspace=workspace)
        self._tasks: list[asyncio.Task[None]] = []
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self.stdout, self.stderr = bytearray(), bytearray()
        self.flooded: Literal["", "stdout", "stderr"] = ""

    @property
    def returncode(self) -> int | None:
        """The command's exit status once it ended; 128 + n for signal n."""
        return self._supervised.returncode

    async def start(self) -> None:
        """Start it. Raises OSError when the supervisor itself cannot be started."""
        out, err = await self._supervised.start()
        drains = [asyncio.create_task(self._drain_stdout(out)), asyncio.create_task(self._drain_stderr(err))]
        self._tasks = [*drains, asyncio.create_task(self._watch(drains))]

    async def _drain_stdout(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(65_536):
            self.stdout += chunk
            if len(self.stdout) > STDOUT_CAP:
                self._flood("stdout")
                return

    async def _drain_stderr(self, reader: asyncio.StreamReader) -> None:
        start = 0
        while chunk := await reader.read(65_536):
            self.stderr += chunk
            if len(self.stderr) > STDERR_CAP:
                self._flood("stderr")
                return
            while (stop := self.stderr.find(b"\n", start)) >= 0:
                if self._lines.qsize() < _LINES_WAITING:
                    self._lines.put_nowait(self.stderr[start : min(stop, start + _LINE_CAP)].decode(errors="replace"))
                start = stop + 1

    def _flood(self, stream: Literal["stdout", "stderr"]) -> None:
        self.flooded = stream
        self._lines.put_nowait(None)

    async def _watch(self, drains: list[asyncio.Task[None]]) -> None:
        await self._supervised.wait()
        await asyncio.wait(drains, timeout=PATIENCE_S)
        self._lines.put_nowait(None)

    async def line(self, timeout_s: float) -> str | None:
        """The next line of stderr, None when the command ended or flooded. Raises TimeoutError."""
        return await asyncio.wait_for(self._lines.get(), max(timeout_s, 0.0))

    async def end(self) -> None:
        """End the whole tree (bounded), then let go of pipes and tasks. Once is enough."""
        await self._supervised.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
