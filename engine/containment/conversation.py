"""A contained program that is spoken with line by line: its lines capped, its errors drained, a flood ends it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from engine.containment.supervised import Supervised

LINE_CAP = 8 * 2**20
"""Bytes of one line; a program that writes a longer one is given up."""
FLOOD_CAP = 64 * 2**20
"""Bytes that may be read between two lines that were written to the program."""
ERRORS_KEPT = 16 * 2**10
"""Bytes of the program's errors that are kept, of its last ones; all others are read and dropped."""
_CHUNK = 65_536


class BrokenConversationError(Exception):
    """The program can be spoken with no more: one sentence on why."""


class Conversation:
    """A program under its supervisor with open pipes. After `end` nothing of it runs.

    `say` and `line` may be used side by side, but each by one task at a time.
    """

    def __init__(self, argv: list[str], *, environ: Mapping[str, str], workspace: Path) -> None:
        self._supervised = Supervised(argv, environ=environ, workspace=workspace)
        self._out: asyncio.StreamReader | None = None
        self._in: asyncio.StreamWriter | None = None
        self._errors = bytearray()
        self._drain: asyncio.Task[None] | None = None
        self._pending = bytearray()
        self._searched = 0
        self._read = 0

    @property
    def returncode(self) -> int | None:
        """The program's exit status once it ended; 128 + n for signal n."""
        return self._supervised.returncode

    @property
    def errors(self) -> str:
        """The end of what the program wrote to its standard error. Untrusted."""
        return self._errors.decode("utf-8", errors="replace")

    async def start(self) -> None:
        """Start it. Raises OSError when the supervisor itself cannot be started."""
        self._out, err, self._in = await self._supervised.start_with_input()
        self._drain = asyncio.create_task(self._drained(err))

    async def _drained(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(_CHUNK):
            self._errors += chunk
            del self._errors[:-ERRORS_KEPT]

    async def say(self, line: bytes) -> None:
        """Write one line, waiting until the program reads. Raises `BrokenConversationError` when it never will."""
        if self._in is None or self._in.is_closing():
            raise BrokenConversationError("its input is closed")
        self._read = 0
        try:
            self._in.write(line + b"\n")
            await self._in.drain()
        except (OSError, RuntimeError):
            raise BrokenConversationError("it does not read any more") from None

    async def line(self) -> bytes | None:
        """The next line without its end, None when the program closed its output. Raises `BrokenConversationError` for
        one that is too long and for a flood.
        """
        assert self._out is not None, "not started"
        while (stop := self._pending.find(b"\n", self._searched)) < 0:
            self._searched = len(self._pending)
            if self._searched > LINE_CAP:
                raise BrokenConversationError(f"it wrote a line of more than {LINE_CAP // 2**20} MiB")
            if self._read > FLOOD_CAP:
                raise BrokenConversationError(f"it wrote more than {FLOOD_CAP // 2**20} MiB unasked")
            chunk = await self._out.read(_CHUNK)
            if not chunk:
                return None
            self._read += len(chunk)
            self._pending += chunk
        line = bytes(self._pending[:stop])
        del self._pending[: stop + 1]
        self._searched = 0
        return line

    async def end(self, *, grace_s: float = 0.0) -> None:
        """Close the program's input, give it `grace_s` to end by itself, then end its whole tree. Once is enough."""
        if self._in is not None:
            self._in.close()
        if grace_s > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_s):
                    await self._supervised.wait()
        await self._supervised.end()
        if self._drain is not None:
            self._drain.cancel()
            await asyncio.gather(self._drain, return_exceptions=True)
