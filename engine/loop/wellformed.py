"""Whether a command's body has the shape that every handler may rely on. Pure.

Front ends are ours, but an inbox row is a row in a file: what stands there is looked at once, at the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LISTS = frozenset({"except", "hosts"})
"""Lists of texts."""
FILES = frozenset({"inputs", "files"})
"""What a start names: files by name, each with its hash, its own name and its size."""
PEOPLE = frozenset({"suppressed"})
"""What an import brings of the do-not-contact list."""
CHECKS = frozenset({"check"})
"""How a rule is checked: a record of texts, numbers and lists of texts, or its kind alone."""
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
    if key in FILES:
        files = isinstance(value, Mapping) and _records(value)
        named = files and all(isinstance(ref.get("sha"), str) for ref in value.values())  # type: ignore[attr-defined]
        return "" if named else "is no mapping of names to files"
    if key in PEOPLE:
        listed = isinstance(value, list | tuple) and _records({str(n): one for n, one in enumerate(value)})
        return "" if listed else "is no list of people"
    if key in CHECKS and isinstance(value, Mapping):
        return "" if all(_sound(str(name)) and _part(part) for name, part in value.items()) else "is no check"
    if key == "seed":
        return "" if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else "is no seed"
    if key in FREE or (isinstance(value, str) and _sound(value)):
        return ""
    return "" if value is None or isinstance(value, bool | int) else "is no text"


def _records(named: Mapping[Any, Any]) -> bool:
    """Whether everything named is a flat record of texts and whole numbers, a file's size among them."""
    return all(
        isinstance(name, str)
        and _sound(name)
        and isinstance(ref, Mapping)
        and all(isinstance(key, str) and _sound(key) and _plain(part) for key, part in ref.items())
        for name, ref in named.items()
    )


def _part(value: object) -> bool:
    return all(map(_plain, value)) if isinstance(value, list | tuple) else value is None or _plain(value)


def _plain(value: object) -> bool:
    return _sound(value) if isinstance(value, str) else isinstance(value, int)


def _sound(text: str) -> bool:
    """Text that can be stored: a lone surrogate cannot."""
    return not any("\ud800" <= char <= "\udfff" for char in text)
