"""A mission without a plan, a model at a scripted endpoint, a person at the command line: real processes all the way.

The model's first patch has an error that the linter names; it is told once, and its second patch is accepted.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.gtm import NORTH
from tests.e2e.stage import Json, Stage, until
from tests.endpoint import Answer, ScriptedEndpoint

KEY = "sk-planning-canary-77ab"
CONTRACT = """\
mission: Describe one competitor
id: probe
target: {statement: One page., met_when: mission.tasks.accepted >= 1}
budget: {money: 5 USD, time: 1d, attempts: 20}
actions: {allowed: [research]}
roles: {researcher: {worker: model, tier: strong, privacy: any}}
planning: {budget: 2 USD}
"""
TASK = {
    "id": "describe",
    "role": "researcher",
    "verb": "research",
    "criteria": [{"text": "at most one page", "check": {"max_words": 500}}],
    "budget": "1 USD",
}


def patch(**task: object) -> Answer:
    change = {"do": "add", "task": {**TASK, **task}, "because": "there is one thing to find out"}
    return Answer.json(
        {"summary": "one task", "patch": {"because": "one page is asked for", "changes": [change]}}, 900, 90
    )


def test_a_model_plans_a_person_accepts_and_the_plan_runs(tmp_path: Path) -> None:
    done = Answer.json({"summary": "They sell plans by the seat."}, 1_000, 120)
    stage = Stage(tmp_path / "home")
    with ScriptedEndpoint([patch(role="nobody"), patch(), done]) as endpoint:
        try:
            stage.home.ensure()
            stage.home.config.write_text(NORTH.toml(endpoint.url, "env:A_KEY"))
            stage.engine({"A_KEY": KEY})
            stage.fine("start", stage.write("probe.yaml", CONTRACT).name)
            until(lambda: any(row["kind"] == "plan" for row in stage.items()), "the proposal", 60)
            item: Json = stage.items()[0]
            assert [change["name"] for change in item["plan"]["changes"]] == ["describe"]
            assert item["plan"]["findings"] == []
            told = endpoint.requests[1].prompt
            assert "E211" in told or "E02" in told  # the second package says what was wrong with the first patch
            assert "+ task describe" in stage.fine("attention").out
            assert json.loads(stage.fine("plan", "probe", "--json").out)["planned"] is False
            assert stage.decide("answer", item["id"], "accept").code == 0
            until(lambda: stage.card("probe").get("state") == "finished", "the end", 60)
            shown = stage.fine("plan", "probe").out
            assert "proposed by planner" in shown
            assert "8/8" in shown
            purposes = [line["purpose"] for line in json.loads(stage.fine("spend", "probe", "--json").out)["lines"]]
            assert purposes.count("plan") == 2
        finally:
            stage.close()
