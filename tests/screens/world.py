"""A whole world as rows and events, and how it is written into a ledger at once, as an engine would have left it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.home import Home
from engine.ledger.lease import FileLock
from engine.ledger.schema import create

Json = dict[str, Any]
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@dataclass
class World:
    """What a ledger holds: view rows by (kind, id), events in order, blobs, the latest words of jobs."""

    views: dict[tuple[str, str], Json] = field(default_factory=dict)
    events: list[tuple[str, str, Json, int, str]] = field(default_factory=list)
    """Mission, kind, body, wall and mission time, actor."""
    blobs: list[bytes] = field(default_factory=list)
    progress: list[tuple[str, str, str]] = field(default_factory=list)
    """Job, mission, note."""

    def view(self, kind: str, row: Json) -> None:
        """A row; it names its own id and mission."""
        self.views[kind, row["id"]] = row

    def event(self, mission: str, kind: str, at: int, actor: str = "engine", **body: Any) -> None:
        """An event."""
        self.events.append((mission, kind, body, at, actor))

    def blob(self, content: bytes) -> str:
        """A blob; its name."""
        self.blobs.append(content)
        return hashlib.sha256(content).hexdigest()

    def write(self, path: Path, *, alive: bool = True, beat: int = 0) -> Home:
        """A home with this ledger; `alive`: with the lease row of an engine."""
        home = Home.at(path)
        home.ensure()
        create(home.ledger)
        with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
            conn.execute("PRAGMA synchronous=OFF")
            conn.execute("BEGIN")
            conn.executemany(
                "INSERT INTO views(kind, id, mission, body, seq) VALUES (?, ?, ?, ?, ?)",
                [
                    (kind, name, row.get("mission", name), json.dumps(row), seq)
                    for seq, ((kind, name), row) in enumerate(self.views.items(), start=1)
                ],
            )
            heights: dict[str, int] = {}
            for mission, kind, body, at, actor in self.events:
                height = heights[mission] = heights.get(mission, 0) + 1
                conn.execute(
                    "INSERT INTO events(mission, height, kind, version, body, body_hash, prev, hash, at, wall, actor, "
                    "epoch) VALUES (?, ?, ?, 1, ?, '', '', '', ?, ?, ?, 1)",
                    (mission, height, kind, json.dumps(body), at, at, actor),
                )
            conn.executemany(
                "INSERT OR IGNORE INTO blobs VALUES (?, ?)",
                [(hashlib.sha256(content).hexdigest(), content) for content in self.blobs],
            )
            conn.executemany(
                "INSERT INTO progress VALUES (?, ?, ?, 0, ?)",
                [(job, mission, note, beat) for job, mission, note in self.progress],
            )
            if alive:
                conn.execute("UPDATE lease SET owner = 'tests', epoch = 1, version = '1', beat = ?", (beat,))
            conn.execute("COMMIT")
        return home


@contextmanager
def living(home: Home) -> Iterator[None]:
    """While this lasts, an engine seems to live."""
    lock = FileLock(home.lock)
    assert lock.take(None)
    try:
        yield
    finally:
        lock.drop(None)
