"""A call of an MCP server as an effect, in the whole program: pinned first, approved under the pin, then called."""

from __future__ import annotations

import json
import re
import sys

from tests.e2e.stage import Hurried, Json, Stage, until
from tests.engine.tools.mcp_bench import SERVER

WRITE = """\
import json
effect = {"verb": "publish", "body": '{ "text": "all is out" }'}
print(json.dumps({"summary": "wrote it", "effects": [effect]}))
"""
CONTRACT = """\
mission: Say that all is out
id: say
target: {statement: It is said.}
budget: {money: 1 USD}
actions: {allowed: [draft], restricted: [publish]}
approvals: {publish: {undo: 0s}}
inputs: {write: {path: write.py, privacy: public, trust: trusted}}
tools: {page: {need: required, verbs: [publish], connector: page}}
roles: {writer: {worker: command, command: ["{python}", "{input.write}"]}}
plan:
  tasks:
    - {id: write, role: writer, verb: draft, context: [write], proposes: [publish],
       criteria: [{text: short, check: {max_words: 60}}]}
"""

AGAIN_MS = 61_000
"""After so long an engine has looked at everything once more."""


def _approve(stage: Stage) -> None:
    item = stage.item("approve")
    assert stage.decide("approve", item["id"], "--digest", item["digest"]).code == 0


def _ends(stage: Stage, kind: str) -> list[Json]:
    return [event["body"] for event in stage.events("say") if event["kind"] == kind]


def test_p2_what_is_called_was_pinned_and_approved_under_its_pin(hurried: Hurried) -> None:
    stage = hurried
    stage.home.ensure()
    script = stage.write("script.json", json.dumps({"fault": ""}))
    argv = [sys.executable, "-I", "-S", str(SERVER), str(script.resolve())]
    table = f'[connectors.page]\nkind = "mcp"\nargv = {json.dumps(argv)}\noperation = "echo"\n'
    stage.home.config.write_text(table)
    stage.write("write.py", WRITE)
    stage.engine()
    stage.fine("start", stage.write("say.yaml", CONTRACT).name)
    _approve(stage)
    until(lambda: _ends(stage, "effect.postponed"), "a server without a pin to be refused")
    said = re.search(r'pin = "([0-9a-f]{64})"', json.dumps(_ends(stage, "effect.postponed")).replace("\\", ""))
    assert said
    stage.home.config.write_text(f'{table}pin = "{said[1]}"\n')
    until(lambda: _ends(stage, "effect.withdrawn"), "what was approved without the pin to be withdrawn")
    assert stage.decide("answer", stage.item("answer")["id"], "write again").code == 0
    _approve(stage)
    stage.pass_(AGAIN_MS)
    until(
        lambda: _ends(stage, "effect.done"),
        "the call, without a word that the connector is mended: it has another setup",
    )
    assert _ends(stage, "outage.ended")
    assert [row for row in stage.items() if row["kind"] == "tool"] == []
    assert [done["reference"] for done in _ends(stage, "effect.done")] == ["all is out"]
    assert [tried["n"] for tried in _ends(stage, "effect.attempting")] == [1, 1]
