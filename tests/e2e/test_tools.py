"""Tools of a model, whole: a real engine, model host, workspace and program; a scripted model that asks for them."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.stage import Stage, until
from tests.e2e.vendors import Sold
from tests.endpoint import Answer, ScriptedEndpoint
from tests.endpoint.answers import Use

NORTH = Sold("north-1", "north", "1.0", "2.0", "0.1", "2.0")
CONTRACT = """\
mission: Write a note and tell it
id: note
target: {statement: It is told.}
budget: {money: 20 USD}
actions: {allowed: [draft], restricted: [publish]}
inputs: {leads: leads.csv}
tools:
  files: {builtin: workspace, stance: allow, verbs: [draft], roles: [clerk], limits: {path: {max_length: 40}}}
  teller: {command: [echo, "told {text}"], stance: allow, verbs: [publish], roles: [clerk], hosts: [local]}
roles: {clerk: {worker: model, privacy: any}}
plan:
  tasks:
    - {id: tell, role: clerk, context: [leads], budget: 5 USD, criteria: [{text: short, check: {max_words: 50}}]}
"""


def script(_number: int, body: dict[str, Any]) -> Answer:
    """Writes, reads what it wrote, tells it, and answers; nothing twice."""
    brought = [message["content"] for message in body["messages"] if message["role"] == "tool"]
    steps = (
        Use("files__write", json.dumps({"path": "note.txt", "text": "hello"}), id="c1"),
        Use("files__read", json.dumps({"path": "note.txt"}), id="c2"),
        Use("teller__run", json.dumps({"text": "hello"}), id="c3"),
    )
    if len(brought) < len(steps) and body.get("tools"):
        return Answer.using(steps[len(brought)])
    return Answer.json({"summary": "told: " + ("yes" if "told hello" in brought[-1] else "no")})


def test_a_model_uses_its_tools_and_what_leaves_waits_for_a_human(stage: Stage) -> None:
    with ScriptedEndpoint(script) as endpoint:
        entry = NORTH.toml(endpoint.url, "env:A_KEY").rstrip() + '\ncapabilities = ["json", "tools"]\n'
        stage.home.config.parent.mkdir(parents=True, exist_ok=True)
        stage.home.config.write_text(entry)
        stage.write("leads.csv", "name,email\nBob,bob@post.example\n")
        stage.write("note.yaml", CONTRACT)
        stage.spawn("engine", environ={"A_KEY": "sk-test-north-1234567890"})
        until(lambda: stage.alive or None, "an engine")
        stage.fine("start", "note.yaml", "--no-engine")
        item = until(lambda: next((i for i in stage.items() if i["kind"] == "approve"), None), "the call")
        assert "teller run" in item["title"]
        assert "leads" in item["detail"]
        assert [event["body"]["operation"] for event in stage.events("note", kinds=["tool.called"])] == [
            "write",
            "read",
        ]
        said = stage.decide("approve", item["id"], "--digest", item["digest"], "--no-engine")
        assert said.code == 0, said.err
        until(lambda: stage.json("tools", "note")[1]["calls"] == 1, "the call to run")
        until(lambda: stage.events("note", kinds=["task.accepted"]), "the task")
    (delivered,) = stage.events("note", kinds=["attempt.delivered"])
    assert delivered["body"]["summary"] == "told: yes"
    files, teller = stage.json("tools", "note")
    assert (files["availability"], files["calls"], teller["asked"]) == ("up", 2, 1)
    log = stage.fine("log", "note").out
    assert "called files write" in log
    assert "W1 teller run waits for your approval" in log


ASKING = """\
mission: Write a note about the price
id: note
target: {statement: It is told.}
budget: {money: 20 USD}
actions: {allowed: [draft, read]}
tools:
  record: {builtin: state, stance: allow, verbs: [read], roles: [clerk], calls: 3}
roles: {clerk: {worker: model, privacy: any}}
plan:
  tasks:
    - {id: tell, role: clerk, budget: 5 USD, criteria: [{text: short, check: {max_words: 50}}]}
"""


def test_a_model_asks_for_what_was_decided_since_its_package_and_uses_it(stage: Stage) -> None:
    def asking(_number: int, body: dict[str, Any]) -> Answer:
        brought = [message["content"] for message in body["messages"] if message["role"] == "tool"]
        if not brought:
            assert stage.decide("note", "note", "The price is 90", "--subject", "price", "--no-engine").code == 0
            return Answer.using(Use("record__search", json.dumps({"query": "which price"}), id="c1"))
        known = "| - D1 The price is 90" in brought[0]
        claim = {"text": "90 it is", "subject": "offer", "supports": ["D1"]}
        return Answer.json({"summary": f"told: {known}", "claims": [claim]})

    with ScriptedEndpoint(asking) as endpoint:
        entry = NORTH.toml(endpoint.url, "env:A_KEY").rstrip() + '\ncapabilities = ["json", "tools"]\n'
        stage.home.config.parent.mkdir(parents=True, exist_ok=True)
        stage.home.config.write_text(entry)
        stage.write("note.yaml", ASKING)
        stage.spawn("engine", environ={"A_KEY": "sk-test-north-1234567890"})
        until(lambda: stage.alive or None, "an engine")
        stage.fine("start", "note.yaml", "--no-engine")
        until(lambda: stage.events("note", kinds=["task.accepted"]), "the task")
    (delivered,) = stage.events("note", kinds=["attempt.delivered"])
    assert delivered["body"]["summary"] == "told: True"
    package = stage.json("context", "note", "T1")
    assert "record (get, search), at most 3 calls; what your package does not tell" in package["text"]
    assert "The price is 90" not in package["text"]
    (pulled,) = package["pulled"]
    assert (pulled["asked"], [one["id"] for one in pulled["items"]]) == ('search "which price"', ["D1"])
    assert "- D1 The price is 90" in pulled["text"]
    shown = stage.fine("state", "note", "D1").out
    assert 'pulled   by A1.1: search "which price"' in shown
    assert "pulled later, when the worker asked for it" in stage.fine("context", "note", "T1").out
    assert "1 attempt asked for 1 item beside the package" in stage.fine("receipt", "note").out
    (said,) = [one for one in stage.run("doctor", "--replay", "note", "--json").json if one["check"] == "replay"]
    assert said["state"] == "ok"
