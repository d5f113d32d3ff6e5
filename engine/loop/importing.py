"""What an import command brings: the history of one mission, looked at once more before it becomes one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import BadInputError, StoreError
from engine.ledger.archive import parse
from engine.ledger.bodies import decode
from engine.ledger.protocol import Event
from engine.loop.outcome import RefusedError


def archive_of(content: bytes | None, body: Mapping[str, Any]) -> tuple[Event, ...]:
    """The events that a command brings, verified and understood. Raises RefusedError with what speaks against them."""
    if content is None:
        raise RefusedError("the events to import were not given", "ask again: cockpit import FILE")
    try:
        events = parse(content, "the import")
        for event in events:
            decode(event)
    except (BadInputError, StoreError) as error:
        raise RefusedError(f"{error.where}: {error.what}", error.mend) from error
    if body.get("head") != events[-1].hash:
        raise RefusedError("the events to import are not those that were shown", "ask again: cockpit import FILE")
    return events
