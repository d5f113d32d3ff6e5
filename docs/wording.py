"""How generated pages say things: prose, cells of tables, types, defaults, and the notes that stand below fields."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise
from types import ModuleType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

MADE = "<!-- Made by docs/generate.py from the code; change the code, then run it again. -->"


def page(*parts: str) -> str:
    """A page of these lines, below the mark of how it was made."""
    return "\n".join((MADE, *parts)).rstrip("\n") + "\n"


def prose(text: str) -> list[str]:
    """A paragraph, wrapped."""
    return textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)


def cell(text: str) -> str:
    """A text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def notes_of(module: ModuleType) -> dict[str, dict[str, str]]:
    """Class to field to the string that stands below the field, which Python itself forgets."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = dict(_below(node.body))
    return found


def _below(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    for one, after in pairwise(body):
        said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and after.value.value
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(said, str):
            yield one.target.id, cell(inspect.cleandoc(said))


def type_of(field: FieldInfo) -> str:
    """What a field holds."""
    return cell(type_named(field.annotation))


def type_named(kind: Any) -> str:
    """A type in words."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f"`{choice}`" if choice else "nothing" for choice in args)
    if origin is Annotated:
        return type_named(args[0])
    if origin is tuple:
        return f"list of {type_named(args[0])}"
    if origin is dict:
        return "mapping"
    if args:
        return " or ".join(type_named(arg) for arg in args)
    plain = {"str": "text", "int": "integer", "bool": "yes or no", "dict": "mapping", "NoneType": "nothing"}
    name = str(getattr(kind, "__name__", kind))
    return plain.get(name, name)


def default_of(field: FieldInfo) -> str:
    """What holds when a field is left out."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, BaseModel):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{part}`" for part in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def limits_of(field: FieldInfo) -> str:
    """What a field is limited to."""
    told = {"min_length": "at least {}", "max_length": "at most {}", "ge": "{:,} or more", "le": "{:,} or less"}
    found = []
    for rule in field.metadata:
        for name, words in told.items():
            limit = getattr(rule, name, None)
            if limit is not None and (name, limit) not in (("min_length", 1), ("ge", 0)):
                found.append(words.format(limit) + (" characters" if "length" in name else ""))
    return ", ".join(found)
