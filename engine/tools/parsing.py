"""Reading the arguments that a model wrote: one JSON object, strictly, within bounds. Pure."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

LARGEST = 256_000
"""Characters of arguments that are read."""
DEEPEST = 24


class BadAskError(ValueError):
    """Arguments that are not read any further: a sentence for whoever wrote them."""


def parse(text: str) -> dict[str, object]:
    """The arguments of a call. Raises `BadAskError` for everything that readers may read differently."""
    if len(text) > LARGEST:
        raise BadAskError(f"the arguments are longer than {LARGEST} characters")
    try:
        value = json.loads(
            text or "{}", object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite, parse_int=_whole
        )
    except RecursionError:
        raise BadAskError("the arguments are nested too deep") from None
    except BadAskError:
        raise
    except ValueError as error:
        raise BadAskError(f"the arguments are not JSON: {str(error)[:100]}") from None
    if not isinstance(value, dict):
        raise BadAskError("the arguments must be one JSON object")
    _shallow(value, 0)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadAskError("the arguments give a key twice")
    return found


def _no_number(_text: str) -> NoReturn:
    raise BadAskError("the arguments hold NaN or Infinity, which is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadAskError("the arguments hold a number that is too large")
    return value


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > 2**53 - 1:
        raise BadAskError("the arguments hold a number that is too large")
    return int(text)


def _shallow(value: object, depth: int) -> None:
    if depth > DEEPEST:
        raise BadAskError("the arguments are nested too deep")
    if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
        raise BadAskError("the arguments hold half a character (a lone surrogate)")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _shallow(inner, depth + 1)
    if isinstance(value, dict):
        for key in value:
            _shallow(key, depth + 1)
