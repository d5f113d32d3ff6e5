"""A scripted `Models`: what it says to each call, in order, and every call it was given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any, Literal

from engine.modelhost.wire import Call, Delta, Done, Said
from engine.secrets import SecretError
from engine.values import MICRO, Price, Tokens
from engine.workers.model import Endpoint, ModelWorker
from engine.workers.protocol import AttemptJob
from tests.engine.workers.contract import job

USED = Tokens(input=900, output=100)
FINE = json.dumps({"summary": "I looked and wrote it down."})
PRICE = Price(input=2 * MICRO, output=10 * MICRO)


class Scripted:
    """Answers one line per call: a text, a whole ending, or `...` for one that goes on until it is closed."""

    def __init__(self, *lines: Any, usage: Tokens | None = USED, finish: str = "stop", pieces: int = 4) -> None:
        self._lines, self._usage, self._finish, self._pieces = list(lines), usage, finish, pieces
        self.calls: list[Call] = []
        self.closed = 0
        self.between: Callable[[], None] = lambda: None

    async def call(self, call: Call) -> AsyncGenerator[Said, None]:
        self.calls.append(call)
        line = self._lines.pop(0)
        try:
            if line is ...:
                yield Delta(text="I think")
                await asyncio.Event().wait()
            if isinstance(line, str):
                size = max(1, -(-len(line) // self._pieces))
                for start in range(0, len(line), size):
                    self.between()
                    yield Delta(text=line[start : start + size])
                source: Literal["provider", "estimated"] = "provider" if self._usage is not None else "estimated"
                line = Done(text=line, finish_reason=self._finish, usage=self._usage, usage_source=source)
            if line is not None:
                yield line
        finally:
            self.closed += 1


class Vault:
    """Secrets by reference, from a dictionary."""

    def __init__(self, **values: str) -> None:
        self._values = values

    async def get(self, reference: str) -> str:
        try:
            return self._values[reference.partition(":")[2]]
        except KeyError:
            raise SecretError("missing", reference, "there is no such key", "set it with cockpit keys") from None


def endpoint(**more: Any) -> Endpoint:
    given: dict[str, Any] = {"model": "vendor/clever-1", "price": PRICE, "max_output": 2_000, "json_mode": True}
    return Endpoint(**(given | more))


def worker(models: Scripted, reached: Endpoint | None = None, **more: Any) -> ModelWorker:
    """A worker that reaches `clever` alone."""
    known = {"clever": reached or endpoint()}
    given: dict[str, Any] = {"endpoints": known.get, "secrets": Vault(), "clock": lambda: 0}
    return ModelWorker(models=models, **(given | more))


def asked(**changes: Any) -> AttemptJob:
    """A job for the model `clever`."""
    given: dict[str, Any] = {"worker": "model", "model": "clever", "role": "writer", "package": "# Work package\n"}
    return job(**(given | changes))


def said(**more: Any) -> str:
    """An answer with these keys beside its summary."""
    return json.dumps({"summary": "done"} | more)
