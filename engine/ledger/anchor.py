"""What the engine keeps beside its ledger, and looks at with every beat: the newest event, and which file it is.

A chain cannot tell that its end is missing. `newest.json` names the newest event that was ever seen here, so that a
write-ahead log that was deleted, or an old copy that was put in place, is noticed. And a ledger whose file was taken
away under a living engine must not be written any further.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.errors import StoreError
from engine.ledger.reader import Reader

NAME = "newest.json"
_RESTORE = "cockpit engine --stop, then put a backup back: cockpit restore FILE"


class Anchor:
    """The newest event of a ledger that this process has open, and the file's identity."""

    def __init__(self, ledger: Path) -> None:
        self._ledger, self._place = ledger, ledger.with_name(NAME)
        self._seen = 0
        self._files: dict[str, tuple[int, int]] = {}

    def check(self) -> None:
        """Raises `StoreError` when the file, or its write-ahead log, is not the one it was at the first look."""
        for side in ("", "-wal"):
            path = Path(f"{self._ledger}{side}")
            now = _identity(path)
            first = self._files.get(side)
            if first is None:
                if now is not None:
                    self._files[side] = now
            elif now != first:
                what = "was deleted" if now is None else "was replaced"
                raise StoreError(str(path), f"{what} while the engine had it open", _RESTORE)

    def note(self, reader: Reader) -> None:
        """Write down the newest event, when there is a newer one. What cannot be written is left for the next time."""
        newest = reader.latest(None, None, 1)
        if not newest or newest[0]["seq"] <= self._seen:
            return
        event = newest[0]
        told = {name: event[name] for name in ("seq", "mission", "height", "hash", "wall")}
        draft = self._place.with_name(f".{NAME}.{os.getpid()}")
        try:
            descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(told, file)
            draft.replace(self._place)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            return
        self._seen = int(event["seq"])


def cut_off(reader: Reader) -> str:
    """What says that the end of this ledger is missing; empty when its newest noted event is there."""
    told = _read(reader.path.with_name(NAME))
    if told is None:
        return ""
    rows = reader.query(
        "SELECT hash FROM events WHERE mission = ? AND height = ?", str(told["mission"]), int(told["height"])
    )
    if rows and rows[0][0] == told["hash"]:
        return ""
    return (
        f"event {told['height']} of {told['mission']} was here and is not: the end was cut off, or this is an old copy"
    )


def forget(ledger: Path) -> None:
    """Another ledger is put in place: what was newest before means nothing any more."""
    ledger.with_name(NAME).unlink(missing_ok=True)


def _read(place: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
        return {"mission": str(told["mission"]), "height": int(told["height"]), "hash": str(told["hash"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
