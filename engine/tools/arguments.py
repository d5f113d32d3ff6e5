"""Reading the arguments of a call once more inside a provider, and describing them as JSON Schema.

The gateway has judged them already; a provider that is used without one must not be the weaker for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.tools.protocol import Json


class BadArgumentError(ValueError):
    """An argument that cannot be used: one sentence that says which, and what would be right."""


def text(arguments: Mapping[str, object], name: str, *, cap: int, default: str | None = None) -> str:
    """A string of at most `cap` characters. Raises `BadArgumentError`."""
    value = arguments.get(name, default)
    if value is None:
        raise BadArgumentError(f"{name} is missing")
    if not isinstance(value, str):
        raise BadArgumentError(f"{name} must be text")
    if len(value) > cap:
        raise BadArgumentError(f"{name} has {len(value)} characters, at most {cap} are allowed")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise BadArgumentError(f"{name} is not valid Unicode")
    return value


def whole(arguments: Mapping[str, object], name: str, *, least: int, most: int, default: int) -> int:
    """A whole number within bounds. Raises `BadArgumentError`."""
    value = arguments.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadArgumentError(f"{name} must be a whole number from {least} to {most}")
    return value


def known(arguments: Mapping[str, object], names: tuple[str, ...]) -> None:
    """Raises `BadArgumentError` when there is an argument of another name."""
    for name in arguments:
        if name not in names:
            raise BadArgumentError(f"there is no argument {name[:60]!r}; there are: {', '.join(names) or 'none'}")


def schema(properties: dict[str, Json], *, optional: tuple[str, ...] = ()) -> Json:
    """The JSON Schema of an object with these properties and no others."""
    required: list[object] = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def string(description: str, **more: object) -> Json:
    """The schema of a text."""
    return {"type": "string", "description": description, **more}


def integer(description: str, least: int, most: int) -> Json:
    """The schema of a whole number."""
    return {"type": "integer", "description": description, "minimum": least, "maximum": most}
