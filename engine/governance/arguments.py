"""Whether the arguments of a call fit the operation's own schema and the limits of the grant. Pure.

A missing, unknown or wrongly typed argument never fits; neither does one that is limited and left to the other side's
default. What is said about it names the argument and the rule, never the value: values may be private.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from engine.contract.shapes import BadSchemaError, misfit
from engine.governance.destinations import DEEPEST, UNREADABLE, among, host


@dataclass(frozen=True, slots=True)
class Bound:
    """The limits on one argument; None does not limit. Of a list, every element is held to them."""

    allowed: tuple[str, ...] | None = None
    most: int | None = None
    max_length: int | None = None
    max_items: int | None = None
    host_in: tuple[str, ...] | None = None
    under: str | None = None


def misfits(arguments: object, schema: Mapping[str, object], bounds: Mapping[str, Bound]) -> Iterator[str]:
    """What is wrong with the arguments of a call, one sentence each; nothing when they fit."""
    if not isinstance(arguments, dict):
        yield "arguments must be one JSON object"
        return
    if not _plain(arguments, 0):
        yield "arguments hold what is no JSON, or are nested too deep"
        return
    yield from _shape(arguments, schema)
    known = _known(schema)
    for name, bound in bounds.items():
        if name in arguments:
            yield from (f"{name} {wrong}" for wrong in _outside(arguments[name], bound))
        elif name in known:
            yield f"{name} must be given, for it is limited"


def _known(schema: Mapping[str, object]) -> frozenset[str]:
    """The arguments that an operation says it takes."""
    properties = schema.get("properties", {})
    return frozenset(properties if isinstance(properties, Mapping) else ())


def _plain(value: object, depth: int) -> bool:
    if depth > DEEPEST:
        return False
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(inner, depth + 1) for key, inner in value.items())
    if isinstance(value, list):
        return all(_plain(inner, depth + 1) for inner in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (str, int))


def _shape(arguments: Mapping[str, object], schema: Mapping[str, object]) -> Iterator[str]:
    extra = sorted(set(arguments) - _known(schema))
    if extra:
        yield f"{', '.join(name[:60] for name in extra[:5])} is no argument of this operation"
    try:
        wrong = misfit({"type": "object", **schema}, arguments)
    except BadSchemaError:
        yield "the operation's own schema does not hold"
        return
    if wrong is not None:
        where = ".".join(str(part)[:60] for part in wrong.absolute_path) or "the whole"
        rule = str(wrong.validator)
        needed = wrong.validator_value if rule == "required" and isinstance(wrong.validator_value, list) else []
        missing = [str(name)[:60] for name in needed if name not in arguments] if not wrong.absolute_path else []
        yield f"{', '.join(missing)} is missing" if missing else f"{where} does not fit the schema ({rule})"


def _outside(value: object, bound: Bound) -> Iterator[str]:
    if bound.max_items is not None:
        if not isinstance(value, (list, dict)):
            yield "is no list, and its number of elements is limited"
        elif len(value) > bound.max_items:
            yield f"has more than {bound.max_items} elements"
    for part in value if isinstance(value, list) else [value]:
        yield from _outside_one(part, bound)


def _outside_one(value: object, bound: Bound) -> Iterator[str]:
    if bound.allowed is not None and _word(value) not in bound.allowed:
        yield "is none of those that are granted"
    if bound.most is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        yield "is no number, and is limited by one"
    elif bound.most is not None and isinstance(value, (int, float)) and value > bound.most:
        yield f"is more than {bound.most}"
    if bound.max_length is not None and (not isinstance(value, str) or len(value) > bound.max_length):
        yield f"is no text of at most {bound.max_length} characters"
    if bound.host_in is not None:
        place = host(value) if isinstance(value, str) else UNREADABLE
        if not among(place, bound.host_in):
            yield f"goes to {place if place != UNREADABLE else 'a host that cannot be told'}, which is not granted"
    if bound.under is not None and not (isinstance(value, str) and _below(value, bound.under)):
        yield f"is no path under {bound.under}"


def _word(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int)) else None


def _below(path: str, folder: str) -> bool:
    if "\\" in path or "\x00" in path or not path:
        return False
    there, root = PurePosixPath(path), PurePosixPath(folder)
    if there.is_absolute() or ".." in there.parts:
        return False
    return root == PurePosixPath() or there.parts[: len(root.parts)] == root.parts
