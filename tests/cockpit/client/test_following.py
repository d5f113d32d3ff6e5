"""A client follows an engine that writes a thousand events a second in another process: nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from cockpit.client import ChargeLine, Client, Happening, Views
from engine.home import Home
from tests.cockpit.client.writer import GROUP

ROOT = Path(__file__).parents[3]
ROUNDS, RATE = 600, 1_000


def fresh(home: Home) -> Views:
    """What a client sees that opens now."""
    client = Client(home, clock=lambda: 0)
    client.pull()
    client.close()
    return client.views


def test_a_client_that_follows_ends_with_the_rows_of_one_that_opens_at_the_end(home: Home) -> None:
    client = Client(home, clock=lambda: 0)
    client.pull()
    happened: list[Happening] = []
    charged: list[ChargeLine] = []
    dirty: set[tuple[str, str]] = set()
    seen, pulls = 0, 0
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.cockpit.client.writer", str(home.root), str(ROUNDS), str(RATE)], cwd=ROOT
    )
    try:
        while (running := writer.poll() is None) or client.changed():
            if client.changed():
                pulls += 1
                dirty |= client.pull()
                news = client.since(None, seen, limit=5_000)
                assert not news.missed
                seen = news.seq
                happened += news.happenings
                charged += news.charges
            if running:
                time.sleep(0.02)
    finally:
        writer.kill()
        writer.wait()
    assert writer.returncode == 0
    assert pulls > 1
    assert client.pull() <= {("engine", "")}  # its end changes no file
    assert client.views == fresh(home)
    assert client.views.engine.version == "9.9"
    assert [charge.micro_usd for charge in charged] == list(range(ROUNDS))
    assert [line.seq for line in happened] == sorted(line.seq for line in happened)
    assert len(happened) == ROUNDS * (GROUP - 1)
    assert client.newest() == ROUNDS * GROUP
    kinds = {kind for kind, _id in dirty}
    assert kinds == {"card", "task", "attention", "progress", "engine"}
    client.close()
