"""The whole program with a model that uses tools: a file, a page, a program, a real MCP server; and their account."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.e2e.audit import of_kind
from tests.e2e.gtm import NORTH
from tests.e2e.stage import Stage, until
from tests.endpoint import Answer, ScriptedEndpoint, Use
from tests.engine.tools.site import serving

CONTRACT = """\
mission: Find out what time it is in the city of our first customer
id: looking
target: {{statement: We know., met_when: mission.tasks.accepted >= 1}}
budget: {{money: 2 USD, time: 1d, attempts: 5}}
actions: {{allowed: [research, read]}}
roles: {{researcher: {{worker: model, tier: strong, timeout: 2m}}}}
tools:
  crm: {{path: crm.csv, stance: allow, verbs: [read], roles: [researcher], hosts: [local]}}
  browser:
    builtin: http
    stance: allow
    verbs: [research]
    roles: [researcher]
    hosts: [127.0.0.1]
    limits: {{url: {{host_in: [127.0.0.1]}}}}
    evidence: [source url]
  lines: {{command: [wc, -c, --, "{{FILE}}"], stance: allow, verbs: [read], roles: [researcher], hosts: [local]}}
  clock:
    mcp: {{command: ["{python}", -m, mcp_server_time]}}
    operations: [convert_time]
    stance: allow
    verbs: [research]
    roles: [researcher]
    hosts: [local]
plan:
  tasks:
    - id: look
      role: researcher
      verb: research
      criteria: [{{text: short, check: {{max_words: 50}}}}]
      verify: [checks]
      budget: 1 USD
"""
TIMES = {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}


def uses(url: str) -> list[Use]:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("crm__search", {"text": "first"}),
        ("browser__fetch", {"url": url}),
        ("lines__run", {"FILE": "crm.csv"}),
        ("clock__convert_time", TIMES),
        ("clock__get_current_time", {"timezone": "UTC"}),
    ]
    return [Use(name, json.dumps(arguments), f"c{n}") for n, (name, arguments) in enumerate(calls)]


def test_a_model_uses_every_kind_of_tool_and_each_call_is_accounted_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        with serving() as site:
            site.page("/tokyo", b"<h1>Tokyo</h1><p>Nine hours ahead of UTC.")
            asked = uses(f"{site.url}/tokyo")
            answers = [Answer.using(use) for use in asked]
            said = Answer.json({"summary": "It is 21:00 there when it is noon here."}, 1_000, 120)
            with ScriptedEndpoint([*answers, said]) as endpoint:
                stage.home.ensure()
                entry = NORTH.toml(endpoint.url, "env:A_KEY")
                stage.home.config.write_text(f'{entry.rstrip()}\ncapabilities = ["json", "tools"]\n')
                stage.engine({"A_KEY": "sk-tools"})
                stage.write("crm.csv", "customer,city\nfirst,Tokyo\nsecond,Berlin\n")
                path = stage.write("looking.yaml", CONTRACT.format(python=sys.executable))
                stage.fine("start", path.name)
                until(lambda: stage.card("looking").get("state") == "finished", "the end", 90)
                results = endpoint.requests[-1].results
        assert "first,Tokyo" in results["c0"]
        assert "Nine hours ahead" in results["c1"]
        assert "crm.csv" in results["c2"]
        assert "21:00" in results["c3"]
        assert "no granted operation" in results["c4"]
        events = stage.events("looking")
        called = {body["tool"]: body for body in of_kind(events, "tool.called")}
        assert called.keys() == {"crm", "browser", "lines", "clock"}
        assert len(of_kind(events, "tool.refused")) == 1
        pinned = {body["operation"] for body in of_kind(events, "tool.pinned")}
        assert pinned == {"read", "search", "fetch", "run", "convert_time"}
        receipt = stage.write("r.json", stage.fine("receipt", "looking", "--json").out)
        stage.fine("receipt", "verify", receipt.name)
    finally:
        stage.close()
