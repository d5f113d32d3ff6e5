"""The built-in `state` tool: what the mission knows beside a package, by id or by words, within an attempt's room.

The provider checks and counts; a `Shelf` answers, through the gates of a package, and says what has to be recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.context.pulling import HITS, HITS_MOST, ID_CAP, KINDS, MOST, QUERY_CAP, Wish, wish_of
from engine.governance.labels import Label
from engine.tools import arguments as given
from engine.tools.arguments import BadArgumentError, integer, schema, string
from engine.tools.protocol import Json, Result, Spec, ToolDownError
from engine.tools.telling import failed
from engine.values import sha256

LEAST = 200
"""With less room than this left, nothing more is told."""
SPECS = (
    Spec(
        name="get",
        description="One thing of the mission's record by its id, as the package names it: an item such as D14, a "
        "message or file such as E7 or F3, a passage of it such as E7#2.",
        input_schema=schema({"id": string("the id", minLength=1, maxLength=ID_CAP)}),
    ),
    Spec(
        name="search",
        description="What the mission's record holds about some words: items that hold, and passages of messages and "
        "accepted files.",
        input_schema=schema(
            {
                "query": string("words that it should hold", minLength=2, maxLength=QUERY_CAP),
                "kind": string("only this kind", enum=list(KINDS)),
                "limit": integer(f"things to tell, {HITS} when not given", 1, HITS_MOST),
            },
            optional=("kind", "limit"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer: whether it tells anything, what its text adds to a context, and what has to be recorded of it."""

    text: str
    tokens: int
    ok: bool
    label: Label
    height: int
    noted: Json


class Shelf(Protocol):
    """Where answers come from: one mission's record, for one attempt."""

    async def pull(self, wish: Wish, room: int) -> Drawn:
        """The answer to a wish, in `room` estimated tokens. Raises `ToolDownError` when nobody can answer now."""


class Bare:
    """For whoever looks at what the tool offers and asks for nothing."""

    async def pull(self, wish: Wish, room: int) -> Drawn:
        """Nothing. Raises `ToolDownError`."""
        del wish, room
        raise ToolDownError("no attempt asks", "it is answered within an attempt")


class StateProvider:
    """`get` and `search` over a shelf, for one attempt; answers are made one after another, so that room is counted."""

    identity = "builtin:state/1"

    def __init__(self, name: str, shelf: Shelf) -> None:
        self.name = name
        self._shelf, self._told, self._turn = shelf, 0, asyncio.Lock()

    async def specs(self) -> tuple[Spec, ...]:
        """The same two in every mission."""
        return SPECS

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        """One operation. Raises `ToolDownError` when the mission cannot be asked."""
        del key, timeout_ms
        source = f"the record, {operation[:40]}"
        try:
            wish = _wish(operation, arguments)
        except BadArgumentError as problem:
            return failed(str(problem), source=source)
        async with self._turn:
            room = MOST - self._told
            if room < LEAST:
                said = f"this attempt was told the {MOST} tokens that it may ask for; work with what you have"
                return failed(said, source=source)
            drawn = await self._shelf.pull(wish, room)
            self._told += drawn.tokens
        where = f"the record, height {drawn.height}"
        named = sha256(drawn.text.encode())
        return Result(ok=drawn.ok, text=drawn.text, source=where, sha=named, label=drawn.label, pulled=drawn.noted)

    async def close(self) -> None:
        """Nothing is open."""


def _wish(operation: str, arguments: Mapping[str, object]) -> Wish:
    """Raises `BadArgumentError`."""
    if operation == "get":
        given.known(arguments, ("id",))
        if not given.text(arguments, "id", cap=ID_CAP).strip():
            raise BadArgumentError("id is empty")
    elif operation == "search":
        given.known(arguments, ("query", "kind", "limit"))
        if not given.text(arguments, "query", cap=QUERY_CAP).strip():
            raise BadArgumentError("query is empty")
        kind = given.text(arguments, "kind", cap=40, default="")
        if kind and kind not in KINDS:
            raise BadArgumentError(f"there is no kind {kind!r}; there are: {', '.join(KINDS)}")
        given.whole(arguments, "limit", least=1, most=HITS_MOST, default=HITS)
    else:
        raise BadArgumentError(f"there is no operation {operation[:60]!r}")
    return wish_of(operation, arguments)
