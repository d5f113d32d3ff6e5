"""The lines between engine and model host: one JSON object each, `op` says which."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from engine.modelhost.wire import Call, CallFailed, Delta, Done
from engine.values import Value

LONGEST_LINE = 64 * 2**20
"""Bytes. A package of a whole repository fits; more is a mistake."""


class Start(Value):
    """To the host: make this call."""

    op: Literal["call"] = "call"
    call: Call


class Cancel(Value):
    """To the host: close the connection of this call and say no more of it."""

    op: Literal["cancel"] = "cancel"
    id: str


class Ready(Value):
    """From the host: everything is imported."""

    op: Literal["ready"] = "ready"


class Broken(Value):
    """From the host: it cannot work here. Its last line."""

    op: Literal["broken"] = "broken"
    line: str


class Piece(Value):
    """From the host: more of an answer."""

    op: Literal["delta"] = "delta"
    id: str
    delta: Delta


class Ended(Value):
    """From the host: a call's good end."""

    op: Literal["done"] = "done"
    id: str
    done: Done


class Failed(Value):
    """From the host: a call's bad end."""

    op: Literal["failed"] = "failed"
    id: str
    failed: CallFailed


ToHost = Start | Cancel
FromHost = Ready | Broken | Piece | Ended | Failed

_TO: TypeAdapter[ToHost] = TypeAdapter(Annotated[ToHost, Field(discriminator="op")])
_FROM: TypeAdapter[FromHost] = TypeAdapter(Annotated[FromHost, Field(discriminator="op")])


def to_host(line: bytes) -> ToHost:
    """Raises `pydantic.ValidationError`, whose text may hold what the line held: never show it."""
    return _TO.validate_json(line)


def from_host(line: bytes) -> FromHost:
    """Raises `pydantic.ValidationError`."""
    return _FROM.validate_json(line)


def written(message: Cancel | FromHost) -> bytes:
    """A message as its line."""
    return message.model_dump_json().encode() + b"\n"


def start_line(call: Call) -> bytes:
    """A call as its line: the only place where its key is written out."""
    body = call.model_dump(mode="json") | {"key": call.key.get_secret_value() if call.key else None}
    line = json.dumps({"op": "call", "call": body}, ensure_ascii=False)
    return line.encode("utf-8", "replace") + b"\n"  # half a character has no bytes, and nobody could read the line
