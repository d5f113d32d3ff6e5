"""`check: {schema: ...}`: JSON Schema 2020-12 over text that somebody else wrote. Bounded, and closed to the outside.

References are resolved inside the schema alone: nothing is fetched. Patterns run on RE2, in linear time: no text can
hang the engine. Both what is not JSON and what is no schema come back as a sentence, never as an exception.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import re2
import referencing
import referencing.exceptions


def _pattern(_validator: Any, pattern: str, instance: object, _schema: object) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, str) and not re2.search(pattern, instance):
        yield jsonschema.ValidationError(f"does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: object, _schema: object
) -> Iterator[jsonschema.ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, schema in patterns.items():
        for name, value in instance.items():
            if re2.search(pattern, name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {"pattern": _pattern, "patternProperties": _pattern_properties}
)


def fault(schema: Mapping[str, object], text: str) -> str:
    """What is wrong with a text by a schema; empty when nothing is."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {str(error)[:80]}"
    try:
        _Validator(schema, registry=referencing.Registry()).validate(value)
    except jsonschema.ValidationError as error:
        return f"{error.json_path}: {error.message[:120]}"
    except (
        jsonschema.SchemaError,
        referencing.exceptions.Unresolvable,
        referencing.exceptions.NoSuchResource,
        RecursionError,
        re2.error,
        ValueError,
        TypeError,
    ) as error:
        return f"the schema itself does not hold: {str(error).splitlines()[0][:80]}"
    return ""
