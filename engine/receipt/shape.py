"""What a receipt looks like from outside: its schema's name, its keys, and reading one that somebody hands in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from engine.errors import BadInputError

SCHEMA = "mission-receipt/1"
KEYS = (
    "schema",
    "mission",
    "contract",
    "work",
    "workforce",
    "spend",
    "artifacts",
    "evidence",
    "pruned",
    "learnings",
    "decisions",
    "next",
    "integrity",
)
MAX_BYTES = 64 * 1024 * 1024
"""No receipt is larger; a file that is, is something else."""
_MEND = "write it again with cockpit receipt MISSION --format json"


def load(data: bytes, where: str = "receipt") -> dict[str, Any]:
    """A receipt from the bytes of a file. Raises `BadInputError` for anything that is not one."""
    if len(data) > MAX_BYTES:
        raise BadInputError(where, f"larger than {MAX_BYTES // 1024 // 1024} MiB, so it is not a receipt", _MEND)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_float=_no, parse_constant=_no)
    except UnicodeDecodeError:
        raise BadInputError(where, "is not UTF-8 text", _MEND) from None
    except json.JSONDecodeError as error:
        cut = "; it ends too early" if not error.doc.rstrip().endswith("}") else ""
        place = f"line {error.lineno}, column {error.colno}"
        raise BadInputError(where, f"is not JSON ({place}: {error.msg.lower()}){cut}", _MEND) from None
    except (ValueError, RecursionError) as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadInputError(where, f"is not a receipt: {what}", _MEND) from None
    return check(value, where)


def check(value: object, where: str = "receipt") -> dict[str, Any]:
    """The value, when it has the schema and exactly the keys of a receipt. Raises `BadInputError` otherwise."""
    if not isinstance(value, dict) or "schema" not in value:
        raise BadInputError(where, "is not a receipt: it names no schema", _MEND)
    if value["schema"] != SCHEMA:
        shown = json.dumps(value["schema"], default=str)[:60]
        raise BadInputError(
            where, f"has the schema {shown}; this release reads {SCHEMA}", "use a release that reads it"
        )
    for wrong, words in ((set(KEYS) - set(value), "lacks"), (set(value) - set(KEYS), "has the unknown key")):
        if wrong:
            raise BadInputError(where, f"{words} {', '.join(json.dumps(str(k))[:60] for k in sorted(wrong))}", _MEND)
    return value


@contextmanager
def reading(receipt: Mapping[str, Any], where: str = "receipt") -> Iterator[None]:
    """Around code that walks a receipt: whatever does not have the shape ends as one `BadInputError`."""
    check(receipt, where)
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
        what = f"does not have the shape of {SCHEMA}"
        hint = f" (at {json.dumps(str(error.args[0]))[:60]})" if isinstance(error, KeyError) and error.args else ""
        raise BadInputError(where, what + hint, _MEND) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return out


def _no(text: str) -> Any:
    raise ValueError(f"it holds {text[:40]}, and receipts hold whole numbers only")
