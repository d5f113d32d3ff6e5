"""The door of the ledger: what a body may hold before it is stored. Standard library only: front ends pass it too.

NUL is taken out and lone surrogates become U+FFFD, because they come with text from the world and other databases
refuse them. Floats, integers beyond 2^53 and unknown types are mistakes of our own and refused by name.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_LARGEST = 2**53 - 1


def clean_text(text: str) -> str:
    """The text without NUL, each lone surrogate replaced by U+FFFD."""
    if _UNFIT.search(text) is None:
        return text
    return _UNFIT.sub(lambda found: "" if found.group() == "\x00" else "\ufffd", text)


def clean(kind: str, body: Mapping[str, Any], *, floats: bool = False) -> dict[str, Any]:
    """A copy of a body, fit to be stored. Raises ValueError that names the kind and the place of what is not."""
    cleaned: dict[str, Any] = _clean(body, kind, "", floats)
    return cleaned


def json_text(kind: str, body: Mapping[str, Any], *, floats: bool = False) -> str:
    """The compact JSON of a body that is not hashed (commands, results, views), cleaned as by `clean`."""
    return json.dumps(clean(kind, body, floats=floats), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def seal(*values: object) -> str:
    """sha256 over values as they are stored: what tells a row that nothing else vouches for from a damaged one."""
    import hashlib  # a list of missions does without it

    return hashlib.sha256(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _clean(value: Any, kind: str, place: str, floats: bool) -> Any:
    kind_of = type(value)  # the plain types of JSON first: nearly everything is one
    if kind_of is str:
        return value if _UNFIT.search(value) is None else clean_text(value)
    if kind_of is dict and not value:
        return {}
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if -_LARGEST <= value <= _LARGEST:
            return value
        raise ValueError(f"{kind}: {place or 'body'} is beyond 2^53 ({value}); write it as text")
    if kind_of is dict or isinstance(value, Mapping):
        cleaned: dict[str, Any] = {}
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{kind}: {place or 'body'} has a key that is not text ({key!r})")  # noqa: TRY004 (one type for all)
            name = clean_text(key)
            if name in cleaned:
                raise ValueError(f"{kind}: {place or 'body'} has the key {name!r} twice")
            cleaned[name] = _clean(inner, kind, f"{place}.{name}" if place else name, floats)
        return cleaned
    if kind_of is list or kind_of is tuple or isinstance(value, (list, tuple)):
        return [_clean(inner, kind, f"{place}[{number}]", floats) for number, inner in enumerate(value)]
    if isinstance(value, float):
        if floats and math.isfinite(value):
            return value
        raise ValueError(f"{kind}: {place or 'body'} is a float ({value!r}); use an integer, a ratio or text")
    raise ValueError(f"{kind}: {place or 'body'} is of type {type(value).__name__}, which JSON does not know")
