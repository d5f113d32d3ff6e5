"""JSON Schema 2020-12 over values that somebody else made: bounded, and closed to the outside.

References are resolved inside the schema alone: nothing is fetched. Patterns run on RE2, in linear time: no text can
hang the engine. What does not fit, and a schema that is none, come back as a sentence, never as an exception.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # most engines never look at a schema, and the library is slow to import
    import jsonschema


class BadSchemaError(Exception):
    """The schema itself does not hold."""


@cache
def _validators() -> tuple[Any, Any]:
    """The class of validators, and the registry of what they may refer to: nothing."""
    import jsonschema
    import re2
    import referencing

    def pattern(
        _validator: Any, wanted: str, instance: object, _schema: object
    ) -> Iterator[jsonschema.ValidationError]:
        if isinstance(instance, str) and not re2.search(wanted, instance):
            yield jsonschema.ValidationError(f"does not match {wanted!r}")

    def properties(
        validator: Any, patterns: Mapping[str, Any], instance: object, _schema: object
    ) -> Iterator[jsonschema.ValidationError]:
        if not isinstance(instance, dict):
            return
        for wanted, schema in patterns.items():
            for name, value in instance.items():
                if re2.search(wanted, name):
                    yield from validator.descend(value, schema, path=name, schema_path=wanted)

    rules = {"pattern": pattern, "patternProperties": properties}
    made = jsonschema.validators.extend(jsonschema.Draft202012Validator, rules)  # type: ignore[no-untyped-call]
    return made, referencing.Registry()


def misfit(schema: Mapping[str, object], value: object) -> jsonschema.ValidationError | None:
    """The first thing in a value that does not fit a schema. Raises `BadSchemaError` for what is no schema."""
    import jsonschema.exceptions
    import re2
    import referencing.exceptions

    validator, nothing = _validators()
    try:
        validator(schema, registry=nothing).validate(value)
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
