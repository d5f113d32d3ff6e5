"""One example of every kind of event, each field filled: `python -m tests.durable.golden` adds those that lack one.

A line of `tests/fixtures/events.jsonl` is never changed: it is what some release wrote, and has to be read for ever.
"""

from __future__ import annotations

import json
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from engine.ledger.bodies import REGISTRY, Body
from engine.values import Sha256

FILE = Path(__file__).parents[1] / "fixtures" / "events.jsonl"
Json = dict[str, Any]


def golden() -> dict[tuple[str, int], Json]:
    """Every line, by kind and version."""
    lines = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()] if FILE.exists() else []
    return {(line["kind"], line["version"]): line for line in lines}


def lacking() -> list[type[Body]]:
    """Bodies that have no line yet."""
    known = golden()
    return [body for kind, body in sorted(REGISTRY.items()) if (kind, body.VERSION) not in known]


def example(model: type[BaseModel]) -> Any:
    """An instance with every field filled."""
    hints = get_type_hints(model, include_extras=True)
    return model.model_validate({name: _value(hints[name]) for name in model.model_fields})


def _value(hint: Any) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _value(parts[0])
    if origin is Literal:
        return parts[-1]
    if origin in (Union, types.UnionType):
        return _value(next(part for part in parts if part is not type(None)))
    if origin is tuple:
        return (_value(parts[0]),) if parts[-1] is ... else tuple(_value(part) for part in parts)
    if origin is dict:
        return {"name": "value" if parts[1] is Any else _value(parts[1])}
    if hint is Sha256:
        return "ab" * 32
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return example(hint)
    return {str: "text", int: 3, bool: True}[hint]


def line_of(body: type[Body]) -> str:
    """The line of a body: as it is stored, and what it means."""
    made = example(body)
    event = made.event(at=1)
    told = {"kind": body.KIND, "version": body.VERSION, "body": event.body, "means": made.model_dump(mode="json")}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


if __name__ == "__main__":
    with FILE.open("a", encoding="utf-8") as file:
        for missing in lacking():
            file.write(line_of(missing) + "\n")
            print(f"{missing.KIND} {missing.VERSION}")
