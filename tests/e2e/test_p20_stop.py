"""P20: stop means stop, with real processes: two calls in mid-answer and a command, and nothing more afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.ledger.reader import Reader
from tests.e2e.audit import of_kind
from tests.e2e.gtm import NORTH
from tests.e2e.stage import Json, Stage, until
from tests.endpoint import Answer, ScriptedEndpoint

CONTRACT = """\
mission: Describe three competitors
id: {name}
target: {{statement: Three pages.}}
budget: {{money: 9 USD, time: 1d, attempts: 20}}
actions: {{allowed: [research, test]}}
inputs: {{work: {{path: work.py, privacy: public, trust: trusted}}}}
roles:
  researcher: {{worker: model, tier: strong}}
  runner: {{worker: command, command: ["{{python}}", "{{input.work}}"]}}
plan:
  tasks:
    - {{id: one, role: researcher, verb: research, budget: 1 USD, criteria: [{{text: x, check: {{max_words: 99}}}}]}}
    - {{id: two, role: researcher, verb: research, budget: 1 USD, criteria: [{{text: x, check: {{max_words: 99}}}}]}}
    - {{id: run, role: runner, verb: test, context: [work], criteria: [{{text: x, check: {{max_words: 9}}}}]}}
    - {{id: then, role: researcher, verb: research, needs: [one], budget: 1 USD,
       criteria: [{{text: short, check: {{max_words: 500}}}}]}}
"""
ENDLESS = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
GOOD = Answer.json({"summary": "They sell plans by the seat."}, 1_000, 120)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    try:
        yield made
    finally:
        made.close()


def begun(stage: Stage, name: str, endpoint: ScriptedEndpoint) -> None:
    """A mission with two calls and a command under way."""
    stage.home.ensure()
    stage.home.config.write_text(NORTH.toml(endpoint.url, "env:A_KEY"))
    stage.engine({"A_KEY": "sk-p20"})
    stage.write("work.py", ENDLESS)
    stage.fine("start", stage.write(f"{name}.yaml", CONTRACT.format(name=name)).name)
    endpoint.wait_for(2)
    until(lambda: len(stage.workers()) >= 2, "the command and its child")


def rows(stage: Stage, name: str) -> list[Json]:
    with Reader.open(stage.home.ledger, busy_ms=5_000) as reader:
        return reader.views("task", name)


def test_p20_after_a_stop_nothing_is_called_and_what_runs_ends(stage: Stage) -> None:
    """Both calls are closed towards the provider, the command ends with its tree, and only what was in flight costs."""
    with ScriptedEndpoint(Answer.drip("more " * 3_000, 0.1)) as endpoint:
        begun(stage, "halt", endpoint)
        assert stage.decide("stop", "halt", "--because", "enough").code == 0
        asked = len(endpoint.requests)
        assert all(request.over.wait(30) for request in endpoint.requests), "the connections were closed"
        until(lambda: not stage.workers(), "the command's processes to end")
        until(lambda: len(of_kind(stage.events("halt"), "charge.settled")) == 3, "three charges")
        time.sleep(1.5)  # longer than any heartbeat: nothing may begin now
        assert len(endpoint.requests) == asked == 2
        kinds = [event["kind"] for event in stage.events("halt")]
        after = kinds[kinds.index("mission.stopped") :]
        assert not {"attempt.dispatched", "charge.reserved", "effect.attempting"} & set(after)
        reserved = {e["attempt"]: e.get("micro_usd", 0) for e in of_kind(stage.events("halt"), "charge.reserved")}
        charged = {e["attempt"]: e.get("micro_usd", 0) for e in of_kind(stage.events("halt"), "charge.settled")}
        assert charged.keys() == reserved.keys()
        assert all(charged[attempt] <= reserved[attempt] for attempt in charged)
        assert {row["state"] for row in rows(stage, "halt")} == {"cancelled"}


def test_p20_in_a_pause_nothing_new_begins_and_what_runs_may_end(stage: Stage) -> None:
    with ScriptedEndpoint(Answer.drip(GOOD.whole, 0.4)) as endpoint:
        begun(stage, "rest", endpoint)
        assert stage.decide("pause", "rest").code == 0
        until(lambda: len(of_kind(stage.events("rest"), "attempt.delivered")) == 2, "both answers")
        time.sleep(1.5)
        assert len(endpoint.requests) == 2, "the task that needs the first one has not begun"
        assert stage.decide("resume", "rest").code == 0
        endpoint.wait_for(3)
        assert stage.decide("stop", "rest").code == 0
