"""T14: a screen that crashes takes nothing with it: the engine lives, and what waits is still waiting."""

from __future__ import annotations

import sys

from tests.e2e.contracts import letters
from tests.e2e.stage import Stage
from tests.pty.conftest import ROOT
from tests.pty.terminal import Terminal


def test_t14_the_engine_outlives_a_screen_that_crashes(stage: Stage) -> None:
    stage.engine()
    stage.fine("start", letters(stage))
    item = stage.item("approve")
    engine, mission = stage.engine_pid(), item["mission"]
    before = stage.events(mission)
    environ = stage.environ({"TERM": "xterm-256color", "PYTHONPATH": str(ROOT)})
    program = [sys.executable, "-m", "tests.pty.crashing", "paint"]
    with Terminal(program, env=environ, columns=120, rows=40, cwd=ROOT) as terminal:
        assert terminal.ended(60) == 3
        assert terminal.restored
    assert stage.engine_pid() == engine
    after = stage.events(mission)
    assert after[: len(before)] == before
    assert {event["actor"] for event in after[len(before) :]} <= {"engine"}, "it goes on, and nobody decided anything"
    left = stage.item("approve")
    assert (left["id"], left["digest"]) == (item["id"], item["digest"])
    assert stage.decide("reject", item["id"], "--because", "it is a test").code == 0
