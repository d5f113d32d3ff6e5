"""A provider whose every move a test decides, and what gets out by it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.tools.protocol import Json, Result, Spec, ToolDownError
from engine.values import sha256

TEXTS: Json = {"type": "object", "properties": {"url": {"type": "string"}, "text": {"type": "string"}}}
FETCH = Spec(name="fetch", description="Read a page.", input_schema={**TEXTS, "required": ["url"]})
POST = Spec(name="post", description="Write to a page.", input_schema={**TEXTS, "required": ["url", "text"]})


@dataclass
class Sink:
    """What is known of one tool over all of its providers: shared by all attempts, as the world outside is."""

    specs: tuple[Spec, ...] = (FETCH, POST)
    identity: str = "fake 1.0"
    down: str = ""
    answer: str = "a page"
    source: str = "https://docs.example.org/ (200)"
    evidence: bool = True
    raises: Exception | None = None
    gate: asyncio.Event | None = None
    """When given, calls wait for it."""
    got: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    """Operation, arguments and key of every call that arrived."""
    opened: int = 0
    closed: int = 0
    running: int = 0
    most: int = 0

    def provider(self, name: str) -> FakeProvider:
        """Another provider of this tool."""
        self.opened += 1
        return FakeProvider(name, self)


class FakeProvider:
    """One attempt's provider over a sink."""

    def __init__(self, name: str, sink: Sink) -> None:
        self.name, self._sink = name, sink

    @property
    def identity(self) -> str:
        """The sink's."""
        return self._sink.identity

    async def specs(self) -> tuple[Spec, ...]:
        """The sink's, now."""
        if self._sink.down:
            raise ToolDownError(self._sink.down, "start it")
        return self._sink.specs

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        """Take everything down, and answer."""
        sink = self._sink
        sink.got.append((operation, dict(arguments), key))
        sink.running += 1
        sink.most = max(sink.most, sink.running)
        try:
            if sink.gate is not None:
                await sink.gate.wait()
            await asyncio.sleep(0)
            if sink.raises is not None:
                raise sink.raises
        finally:
            sink.running -= 1
        sha = sha256(sink.answer.encode()) if sink.evidence else None
        return Result(ok=True, text=sink.answer[:100_000], source=sink.source, sha=sha, cut=len(sink.answer) > 100_000)

    async def close(self) -> None:
        """Counted."""
        self._sink.closed += 1
