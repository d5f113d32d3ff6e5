"""What the types of the contract say about a value that does not fit them, in a person's words, at its place."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.contract.clauses import Clause
from engine.contract.model import Contract
from engine.contract.planned import Check
from engine.contract.problems import Path, Positions, Problem, dotted, shown, suggestion

_NAME_PATTERN = "^[a-z][a-z0-9_-]{0,39}$"
_SUGGESTIONS = 60
"""Looking for the nearest key is dear: a file full of unknown keys gets hints for the first ones."""
_EXAMPLES: dict[Path, str] = {
    (): "mission: Find a channel with real signal",
    ("target",): "target: {statement: ...}",
    ("budget",): "budget: {money: 500 USD}",
    ("budget", "money"): "money: 500 USD",
    ("target", "statement"): "statement: what shall be true at the end",
}


def _keys(model: type[Clause]) -> dict[str, Any]:
    """The keys a clause may have in a file, each with its type."""
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def _variants(annotation: Any) -> Iterator[Any]:
    """The alternatives of a type, with `Annotated` and unions unwrapped."""
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        yield from _variants(get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for part in get_args(annotation):
            yield from _variants(part)
    else:
        yield annotation


def unknown_keys(value: dict[str, Any], positions: Positions) -> Iterator[Problem]:
    """Every key that no clause knows, with the nearest one that it does."""
    work: list[tuple[Path, Any, Any]] = [((), value, Contract)]
    found = 0
    while work:
        path, node, annotation = work.pop()
        for variant in _variants(annotation):
            origin = get_origin(variant)
            if isinstance(variant, type) and issubclass(variant, Clause) and isinstance(node, dict):
                known = _keys(variant)
                for key, inner in node.items():
                    if key in known:
                        work.append(((*path, key), inner, known[key]))
                    else:
                        found += 1
                        yield _unknown(positions, (*path, key), key, known if found <= _SUGGESTIONS else ())
            elif origin is dict and isinstance(node, dict):
                inner_type = get_args(variant)[1]
                work.extend(((*path, key), inner, inner_type) for key, inner in node.items())
            elif origin is tuple and isinstance(node, tuple):
                work.extend(((*path, index), inner, get_args(variant)[0]) for index, inner in enumerate(node))


def _unknown(positions: Positions, path: Path, key: str, known: Iterable[str]) -> Problem:
    message = f"{shown(key)} is not a key of a contract" if len(path) == 1 else f"{shown(key)} is not a known key here"
    return positions.problem(path, message, suggestion(key, known), code="E101", key=True)


def problems_of(
    error: ValidationError, value: dict[str, Any], positions: Positions, refused: set[Path]
) -> list[Problem]:
    """Every type error as a problem, except for unknown keys and for values that were refused before."""
    found: list[Problem] = []
    for detail in error.errors(include_url=False):
        path, node, beyond = _locate(detail["loc"], value, missing=detail["type"] == "missing")
        if detail["type"] == "extra_forbidden" or any(path[:end] in refused for end in range(1, len(path) + 1)):
            continue
        if beyond and _other_variant(beyond, node):
            continue
        found.append(_problem(detail, path, positions))
    return found


def _locate(loc: tuple[int | str, ...], value: Any, *, missing: bool) -> tuple[Path, Any, list[str]]:
    """The path of an error in the file, the value there, and the parts of its location that are tags of a union."""
    path: list[str | int] = []
    tags: list[str] = []
    node = value
    for index, part in enumerate(loc):
        within = isinstance(node, tuple) and isinstance(part, int) and part < len(node)
        if within or (isinstance(node, dict) and part in node):
            node = node[part]
            path.append(part)
        elif missing and index == len(loc) - 1:
            path.append(part)
            node = None
        elif isinstance(part, str) and part != "[key]":
            tags.append(part)
    return tuple(path), node, tags


def _other_variant(tags: list[str], node: Any) -> bool:
    """Whether an error belongs to that alternative of `check` which its author did not mean."""
    return (isinstance(node, dict) and any(tag.startswith("literal[") for tag in tags)) or (
        not isinstance(node, dict) and Check.__name__ in tags
    )


def _problem(detail: ErrorDetails, path: Path, positions: Positions) -> Problem:
    kind = detail["type"]
    context: dict[str, Any] = detail.get("ctx") or {}
    given = detail["input"]
    if kind == "missing":
        example = _EXAMPLES.get(path) or f"{path[-1]}: ..."
        parent = positions.problem(path[:-1], f"{path[-1]} is missing", f"add {example}", code="E102", key=True)
        return replace(parent, path=dotted(path))
    if kind == "unit":
        return positions.problem(path, context["said"], context["hint"], code="E105")
    if detail["loc"] and detail["loc"][-1] == "[key]":
        return positions.problem(path, f"{shown(given)} is not a name", _name_hint(given), code="E104", key=True)
    wrong_type = _wrong_type(kind, given)
    if wrong_type:
        return positions.problem(path, *wrong_type, code="E103")
    return positions.problem(path, *_wrong_value(kind, given, context), code="E104")


def _wrong_type(kind: str, given: Any) -> tuple[str, str] | None:
    what = "is empty" if given is None else f"{shown(given)} is not"
    if kind == "string_type":
        scalar = isinstance(given, (bool, int, float))
        hint = (
            f'write "{shown(given)}"'
            if scalar
            else "write a text, or delete the key"
            if given is None
            else "write a text"
        )
        return (what if given is None else f"{what} text"), hint
    if kind in ("int_type", "int_parsing", "int_from_float"):
        return (what if given is None else f"{what} a whole number"), "write a number such as 3"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return (what if given is None else f"{what} a mapping"), "write key: value lines below it, or {key: value}"
    if kind in ("tuple_type", "list_type"):
        return (what if given is None else f"{what} a list"), "write [a, b], or one - line for each"
    return None


def _wrong_value(kind: str, given: Any, context: dict[str, Any]) -> tuple[str, str]:
    if kind == "literal_error":
        known = re.findall(r"'([^']+)'", str(context.get("expected", "")))
        hint = suggestion(given, known) if isinstance(given, str) else f"known: {', '.join(known)}"
        return f"{shown(given)} is not known here", hint
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        if ":[0-5]" in pattern:
            return f"{shown(given)} is not a time of day", 'write "09:00"'
        if pattern == "^[A-Z]{2}$":
            return f"{shown(given)} is not a country code", "write two capital letters such as DE or US"
        return f"{shown(given)} is not a name", _name_hint(given, pattern)
    if kind == "string_too_long":
        return f"{shown(given)} is longer than {context['max_length']} characters", "shorten it"
    if kind in ("string_too_short", "too_short"):
        return "is empty", "write a text, or delete the key"
    if kind == "greater_than_equal":
        return f"{shown(given)} is too small", f"at least {context['ge']}"
    if kind == "less_than_equal":
        return f"{shown(given)} is too large", f"at most {context['le']}" if isinstance(given, int) else "write less"
    return f"{shown(given)} does not fit: {kind.replace('_', ' ')}", "docs/contract.md shows what stands here"


def _name_hint(given: Any, pattern: str = _NAME_PATTERN) -> str:
    rule = "use lower-case letters, digits, - and _"
    if not isinstance(given, str):
        return rule
    slug = re.sub(r"[^a-z0-9_-]+", "-", given.lower()[:40]).strip("-_")
    slug = slug if slug[:1].isalpha() else ""
    if slug and slug != given and re.fullmatch(pattern, slug):
        return f"write {slug}"
    return f"{rule}, beginning with a letter"


__all__ = ["problems_of", "unknown_keys"]
