"""An engine that holds the ledger and has been silent for two of its periods is not shown as living."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from cockpit.client import Client
from cockpit.screens.facts import engine_runs
from engine.home import Home
from engine.ledger.lease import SILENT_MS, FileLock

BEAT = 1_000_000_000_000


def header(client: Client, wall: int) -> str:
    return "".join(run.text for run in engine_runs(client.views, wall, 120, ""))


def test_the_header_flips_when_an_engine_falls_silent_and_back(home: Home) -> None:
    wall = BEAT
    client = Client(home, clock=lambda: wall)
    lock = FileLock(home.lock)
    assert lock.take(None)
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
        conn.execute("UPDATE lease SET owner = 'here:1:x', beat = ?", (BEAT,))
        client.pull()
        assert "engine live" in header(client, wall)
        wall = BEAT + SILENT_MS + 1
        assert ("engine", "") in client.pull()
        assert "engine silent" in header(client, wall)
        conn.execute("UPDATE lease SET beat = ?", (wall,))
        assert ("engine", "") in client.pull()
        assert "engine live" in header(client, wall)
    lock.drop(None)
    assert ("engine", "") in client.pull()
    assert "no engine" in header(client, wall)
    client.close()
