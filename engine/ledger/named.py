"""Which blobs the events name: what has to be there for a mission to be whole, and what an export takes along. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from engine.ledger.bodies.base import Body, Opaque, decode
from engine.ledger.protocol import Event
from engine.values import BLOB, Value

ERASED = "blob.erased"
"""The event after which a blob may be missing."""
_HASH = re.compile(r"[0-9a-f]{64}")


def named(event: Event) -> Iterator[tuple[str, str]]:
    """Every blob that an event needs: the name of the field, and the hash. Nothing for kinds of a later release."""
    body = decode(event)
    if not isinstance(body, Opaque):
        yield from _of(body)


def hashes(value: object) -> Iterator[str]:
    """Everything in a stored body that could name a blob: for what has no model of its own."""
    if isinstance(value, str):
        if _HASH.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from hashes(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from hashes(inner)


def erased(events: Iterable[Event]) -> set[str]:
    """Blobs that were erased on purpose, as far as these events say."""
    return {sha for event in events if event.kind == ERASED for sha in hashes(dict(event.body))}


def _of(body: Value) -> Iterator[tuple[str, str]]:
    direct, inner = _fields(type(body))
    for name in direct:
        found = getattr(body, name)
        for sha in found if isinstance(found, tuple) else (found,):
            if sha:
                yield name, str(sha)
    for name in inner:
        held = getattr(body, name)
        for part in held if isinstance(held, tuple) else (held,):
            if isinstance(part, Value):
                yield from ((f"{name}.{field}", sha) for field, sha in _of(part))


@cache
def _fields(model: type[Value]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a model that name blobs, and those that hold values which may."""
    hints = get_type_hints(model, include_extras=True)
    direct = tuple(name for name, hint in hints.items() if name in model.model_fields and _marked(hint))
    inner = tuple(name for name, hint in hints.items() if name in model.model_fields and any(_values(hint)))
    return direct, inner


def _marked(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return BLOB in get_args(hint)[1:] or _marked(get_args(hint)[0])
    return any(_marked(part) for part in get_args(hint))


def _values(hint: Any) -> Iterator[type[Value]]:
    if isinstance(hint, type) and issubclass(hint, Value) and not issubclass(hint, Body):
        yield hint
    for part in get_args(hint):
        yield from _values(part)
