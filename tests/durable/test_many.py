"""P14: several processes give commands, look, copy and try to lead at once: no decision is lost, one engine writes."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from engine.home import Home
from engine.ledger.backup import back_up
from engine.ledger.lease import held
from engine.ledger.reader import Reader
from engine.ledger.verify import verify
from tests.durable.test_trouble import until

KINDS = {"contact.suppressed": "suppress", "mission.paused": "pause", "mission.resumed": "resume"}


def many(home: Home, folder: Path, processes: int, commands: int, backups: int) -> int:
    """So many processes at once; how many decisions were acknowledged."""
    environ = {**os.environ, "COCKPIT_HOME": str(home.root)}
    line = [sys.executable, "-m", "cockpit", "engine"]
    engine = subprocess.Popen(line, env=environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: held(home.lock))
        hands = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.durable.hands", str(seed), str(commands)],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
            )
            for seed in range(processes)
        ]
        second = subprocess.run(
            line, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert (second.returncode, "another engine runs already" in second.stderr) == (3, True)
        for number in range(backups):
            assert back_up(home.ledger, folder / f"copy-{number}.db").events
        said = [line.split(" ", 2) for one in hands for line in one.communicate(timeout=300)[0].splitlines()]
        assert [one.returncode for one in hands] == [0] * processes
    finally:
        engine.terminate()
        engine.communicate(timeout=60)
    assert engine.returncode == 0
    assert [words for words in said if words[0] not in {"done", "refused"}] == []
    done = {(kind, mark) for state, kind, mark in said if state == "done"}
    with Reader.open(home.ledger) as reader:
        assert verify(reader) == []
        events = list(reader.events())
        assert reader.query("SELECT COUNT(*) FROM inbox WHERE state = 'pending'") == [(0,)]
    recorded = {
        (KINDS[event["kind"]], because)
        for event in events
        if event["kind"] in KINDS and "@yours.example" in (because := str(event["body"].get("because")))
    }
    assert done - recorded == set(), "a decision that was acknowledged is in the ledger"
    refused = {(kind, mark) for state, kind, mark in said if state == "refused"}
    assert refused & recorded == set(), "what was refused is not"
    assert all(one["epoch"] <= other["epoch"] for one, other in pairwise(events)), "one writer at any time"
    return len(done)


def test_p14_several_processes_at_once_lose_no_decision(home: Home, tmp_path: Path) -> None:
    assert many(home, tmp_path, 4, 10, 3) > 8


@pytest.mark.thorough
def test_p14_eight_processes_and_a_storm_of_copies(home: Home, tmp_path: Path) -> None:
    assert many(home, tmp_path, 8, 150, 40) > 200
