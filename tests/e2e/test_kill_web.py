"""`kill -9` of the engine around a web sink: what arrives, arrives once, and what nobody can know is asked about."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.e2e.stage import Json, Stage, until
from tests.sinks.web import Came, Say, WebSink

WRITE = """\
import json, sys
effects = [{"verb": "publish", "body": json.dumps({"n": n})} for n in range(int(sys.argv[1]))]
print(json.dumps({"summary": "wrote pages", "effects": effects}))
"""
CONTRACT = """\
mission: Publish some pages
id: web
target: {{statement: All are out.}}
budget: {{money: 1 USD}}
actions: {{allowed: [draft], restricted: [publish]}}
approvals: {{publish: {{undo: 0s, batch: 50}}}}
inputs: {{write: {{path: write.py, privacy: public, trust: trusted}}}}
tools: {{page: {{need: required, verbs: [publish], connector: page}}}}
roles: {{writer: {{worker: command, command: ["{{python}}", "{{input.write}}", "{count}"]}}}}
plan:
  tasks:
    - {{id: write, role: writer, verb: draft, context: [write], proposes: [publish],
       criteria: [{{text: short, check: {{max_words: 60}}}}]}}
"""


@pytest.fixture
def sink() -> Iterator[WebSink]:
    def script(_came: Came) -> Say:
        time.sleep(0.05)  # long enough for a death while the line is open
        return Say()

    with WebSink(script) as made:
        yield made


def _begin(stage: Stage, sink: WebSink, count: int, window: str) -> None:
    stage.home.ensure()
    terms = f'kind = "webhook"\nurl = "{sink.url}"\ntimeout = "5s"\n'
    stage.home.config.write_text(f"[connectors.page]\n{terms}" + (f'window = "{window}"\n' if window else ""))
    stage.write("write.py", WRITE)
    stage.engine()
    stage.fine("start", stage.write("web.yaml", CONTRACT.format(count=count)).name)
    item = stage.item("approve")
    assert len(item["items"]) == count
    assert stage.decide("approve", item["id"], "--digest", item["digest"]).code == 0


def _effects(stage: Stage) -> Counter[str]:
    """How many effects ended, are in doubt, or still go on."""
    last: dict[str, str] = {}
    for event in stage.events("web"):
        if event["kind"].startswith("effect.") and "effect" in event["body"]:
            last[event["body"]["effect"]] = event["kind"]
            if event["kind"] == "effect.settled" and event["body"]["outcome"] == "not_sent":
                last[event["body"]["effect"]] = "effect.approved"
    return Counter(last.values())


def _play(stage: Stage, sink: WebSink, deaths: int, dice: random.Random) -> None:
    """Kill the engine so many times, each time around another effect: the same one again is held back for longer."""
    for _ in range(deaths):
        seen = len(sink.came)
        until(lambda seen=seen: len(sink.came) > seen + 1 or _over(stage), "something new to arrive")  # type: ignore[misc]
        time.sleep(dice.random() * 0.08)
        stage.kill_engine()
        stage.engine()
        if _over(stage):
            break


def _over(stage: Stage) -> bool:
    return not set(_effects(stage)) & {"effect.approved", "effect.attempting", "effect.postponed", "effect.held"}


@pytest.mark.parametrize("window", ["24h", ""], ids=["dedup", "blind"])
def test_p4_nothing_is_published_twice_and_every_gap_is_settled_or_asked_about(
    stage: Stage, sink: WebSink, window: str, request: pytest.FixtureRequest
) -> None:
    thorough = bool(request.config.getoption("--thorough"))
    count, deaths = (50, 24) if thorough else (7, 3)
    _begin(stage, sink, count, window)
    _play(stage, sink, deaths, random.Random(7))
    until(lambda: _over(stage), "every effect to be settled")
    tries = Counter(came.key for came in sink.came)
    ends = _effects(stage)
    assert len(sink.kept) <= count
    if window:
        assert ends == {"effect.done": count}
        assert len(sink.kept) == count
    else:
        assert set(tries.values()) == {1}
        assert ends["effect.done"] + ends["effect.doubted"] == count
        asked: list[Json] = [row for row in stage.items() if row["kind"] == "doubt"]
        assert len(asked) == ends["effect.doubted"]
