"""What workers asked for beside their packages, in the documented shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cockpit.cli.desk import Json

GONE = "something that was erased"


def asked(operation: str, arguments: bytes | None) -> str:
    """What was asked in a few words: `get D14`, `search "price"`."""
    try:
        told = json.loads(arguments or b"")
    except ValueError:
        return f"{operation} {GONE}"
    if not isinstance(told, dict):
        return operation
    kind = f" of kind {told['kind']}" if told.get("kind") else ""
    return f"get {told.get('id', '')}" if operation == "get" else f'search "{told.get("query", "")}"{kind}'


def pulls(events: Iterable[Mapping[str, Any]], attempt: str, blob: Callable[[str], bytes | None]) -> list[Json]:
    """The `context.pulled` events of one attempt (its short id), oldest first; `text` None where it was erased."""
    found: list[Json] = []
    for event in events:
        body = event["body"]
        if body["attempt"] != attempt:
            continue
        text = blob(body["answer"])
        found.append(
            {
                "call": f"{event['mission']}/{body['call']}",
                "asked": asked(body["operation"], blob(body["arguments"])),
                "height": body["height"],
                "tokens": body["tokens"],
                "items": [dict(one) for one in body.get("items", ())],
                "untold": [dict(one) for one in body.get("untold", ())],
                "text": text.decode("utf-8", "replace") if text is not None else None,
            }
        )
    return found
