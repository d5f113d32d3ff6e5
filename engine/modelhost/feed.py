"""What one caller has not taken yet of its call: pieces grow together while it is busy, and the end is never lost."""

from __future__ import annotations

import asyncio

from engine.modelhost.wire import CallFailed, Delta, Done, Said


class Feed:
    """For one reader. Memory is bounded by `most_bytes` of text: what exceeds it is dropped, for the end has it all."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._held = most_bytes, 0
        self._pieces: list[str] = []
        self._end: Done | CallFailed | None = None
        self._drained = False
        self._something = asyncio.Event()

    @property
    def ended(self) -> bool:
        """The end came, whether or not it was taken."""
        return self._end is not None

    @property
    def drained(self) -> bool:
        """The end was taken."""
        return self._drained

    def add(self, text: str) -> None:
        """More of the answer; nothing after the end."""
        self._held += len(text.encode(errors="replace"))
        if not self.ended and self._held <= self._most:
            self._pieces.append(text)
            self._something.set()

    def end(self, end: Done | CallFailed) -> None:
        """The end. The first one counts."""
        if not self.ended:
            self._end = end
            self._something.set()

    async def next(self) -> Said:
        """Everything that has come since, as one delta; then the end."""
        await self._something.wait()
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            self._held = 0
            if not self.ended:
                self._something.clear()
            return Delta(text=text)
        assert self._end is not None
        self._drained = True
        return self._end
