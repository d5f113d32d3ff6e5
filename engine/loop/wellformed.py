"""Whether a command's body has the shape that every handler may rely on. Pure.

Front ends are ours, but an inbox row is a row in a file: what stands there is looked at once, at the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LISTS = frozenset({"except", "hosts"})
"""Lists of texts."""
NUMBERS = frozenset({"opened", "count", "seed", "focus_ms", "height"})
FLAGS = frozenset({"scripted", "rehearse"})
FREE = NUMBERS | FLAGS
"""Judged by whoever reads them: what is no number, or no flag, counts as not given or is refused there."""


def malformed(body: Mapping[str, Any]) -> str:
    """What is wrong with a body, as a sentence that ends in its mend; empty when nothing is."""
    for key, value in body.items():
        if not _sound(key):
            return "the command has a key that is no text; ask again with this release's own commands"
        if wrong := _wrong(key, value):
            return f"{key[:40]} {wrong}; ask again with this release's own commands"
    return ""


def _wrong(key: str, value: object) -> str:
    if key in LISTS:
        listed = isinstance(value, list | tuple) and all(isinstance(one, str) and _sound(one) for one in value)
        return "" if listed else "is no list of texts"
    if key == "inputs":
        return "" if _inputs(value) else "is no mapping of names to files"
    if key == "seed":
        return "" if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else "is no seed"
    if key in FREE or (isinstance(value, str) and _sound(value)):
        return ""
    return "" if value is None or isinstance(value, bool | int) else "is no text"


def _inputs(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str)
        and _sound(name)
        and isinstance(ref, Mapping)
        and all(not isinstance(part, str) or _sound(part) for pair in ref.items() for part in pair)
        and isinstance(ref.get("sha"), str)
        for name, ref in value.items()
    )


def _sound(text: str) -> bool:
    """Text that can be stored: a lone surrogate cannot."""
    return not any("\ud800" <= char <= "\udfff" for char in text)
