"""A simulated tool: pages on the web, read slowly, in vain, or not at all while it is down. Survives engines.

Drawn from the seed and the key of each call alone, so that no other draw of a history depends on tools.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.tools.protocol import Grant, Provider, Result, Spec, ToolDownError
from engine.values import sha256

PAGES = "https://docs.example.org/"
FETCH = Spec(
    name="fetch",
    description="Read a page.",
    input_schema={
        "type": "object",
        "properties": {"url": {"type": "string"}},
        "required": ["url"],
        "additionalProperties": False,
    },
)
FIND = Spec(
    name="find",
    description="Find or publish something by its name.",
    input_schema={
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
        "additionalProperties": False,
    },
)
TERMS = (
    "web: {builtin: http, need: optional, stance: allow, verbs: [research], roles: [researcher, writer], "
    "hosts: [docs.example.org], calls: 12}"
)
"""The tool in a contract."""


@dataclass
class Web:
    """What is known of the tool over all lives."""

    seed: int
    clock: Callable[[], float]
    arrived: list[str] = field(default_factory=list)
    """The key of every call that got there."""

    def __post_init__(self) -> None:
        dice = random.Random(f"web {self.seed}")
        self._down = dice.choice([(0.0, 0.0), (0.0, 0.0), (0.0, 90.0), (20.0, 400.0)])

    @property
    def down(self) -> bool:
        """Whether nobody can use it now."""
        begins, ends = self._down
        return begins <= self.clock() < ends

    def opener(self, sleep: Callable[[int], Awaitable[None]]) -> Callable[[Grant, Path], Provider]:
        """How one life opens it."""
        return lambda grant, _workspace: (
            _Reader(grant.tool, self, sleep) if grant.kind == "http" else _Server(grant.tool, self, sleep)
        )


class _Reader:
    """One attempt's way to the web."""

    identity = "simulated web 1"

    def __init__(self, name: str, web: Web, sleep: Callable[[int], Awaitable[None]]) -> None:
        self.name, self._web, self._sleep = name, web, sleep

    async def specs(self) -> tuple[Spec, ...]:
        if self._web.down:
            raise ToolDownError("the web is down", "wait")
        return (FETCH,)

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        web, dice = self._web, random.Random(f"page {self._web.seed} {key}")
        web.arrived.append(key)
        await self._sleep(dice.randrange(50, 3_000))
        if web.down:
            raise ToolDownError("the web is down", "wait")
        if dice.random() < 0.15:
            return Result(ok=False, text="404: there is no such page", source=str(arguments["url"]))
        text = f"{arguments['url']} says: " + "word " * dice.choice([5, 200, 4_000])
        return Result(ok=True, text=text, source=f"{arguments['url']} (200)", sha=sha256(text.encode()))

    async def close(self) -> None:
        return


class _Server:
    """One attempt's way to a server of somebody else, by the name that the contract gives it."""

    identity = "simulated server 1"

    def __init__(self, name: str, web: Web, sleep: Callable[[int], Awaitable[None]]) -> None:
        self.name, self._web, self._sleep = name, web, sleep

    async def specs(self) -> tuple[Spec, ...]:
        if self._web.down:
            raise ToolDownError(f"{self.name} is down", "wait")
        return (FIND,)

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        web, dice = self._web, random.Random(f"{self.name} {self._web.seed} {key}")
        web.arrived.append(key)
        draw = dice.random()
        await self._sleep(timeout_ms if draw < 0.04 else dice.randrange(50, 3_000))
        if draw < 0.04:
            return Result(ok=False, text="it did not answer in its time", source=self.name)
        if draw < 0.1 or web.down:
            raise ToolDownError(f"{self.name} has gone", "wait")
        if draw < 0.3:
            return Result(ok=False, text="there is no such thing", source=self.name)
        text = f"{arguments['name']}: " + "word " * dice.choice([5, 400, 6_000])
        return Result(ok=True, text=text, source=self.name, sha=sha256(text.encode()))

    async def close(self) -> None:
        return
