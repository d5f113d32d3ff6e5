"""JSON Schema 2020-12 over values that somebody else made: bounded, and closed to the outside.

References are resolved inside the schema alone: nothing is fetched. Patterns run on RE2, in linear time: no text can
hang the engine. What does not fit, and a schema that is none, come back as a sentence, never as an exception.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import jsonschema.exceptions
import re2
import referencing
import referencing.exceptions


class BadSchemaError(Exception):
    """The schema itself does not hold."""


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
_NOTHING: Any = referencing.Registry()


def misfit(schema: Mapping[str, object], value: object) -> jsonschema.ValidationError | None:
    """The first thing in a value that does not fit a schema. Raises `BadSchemaError` for what is no schema."""
    try:
        _Validator(schema, registry=_NOTHING).validate(value)
    except jsonschema.ValidationError as error:
        return error
    except (
        jsonschema.SchemaError,
        jsonschema.exceptions.UnknownType,
        referencing.exceptions.Unresolvable,
        referencing.exceptions.NoSuchResource,
        RecursionError,
        re2.error,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
    ) as error:
        raise BadSchemaError((str(error).splitlines() or [type(error).__name__])[0][:80]) from None
    return None
