"""`check: {schema: ...}`: JSON Schema 2020-12 over text that somebody else wrote.

Both what is not JSON and what is no schema come back as a sentence, never as an exception.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.contract.shapes import BadSchemaError, misfit


def fault(schema: Mapping[str, object], text: str) -> str:
    """What is wrong with a text by a schema; empty when nothing is."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {str(error)[:80]}"
    try:
        wrong = misfit(schema, value)
    except BadSchemaError as error:
        return f"the schema itself does not hold: {error}"
    return f"{wrong.json_path}: {wrong.message[:120]}" if wrong is not None else ""
