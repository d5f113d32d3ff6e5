"""P3 and T3 with real processes: one approval is one consumption, whoever presses how often; what waits survives."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections import Counter
from pathlib import Path

import pytest

from engine.errors import PassingStoreError
from engine.ledger.reader import Inbox, Reader
from tests.e2e.stage import Json, Stage, until

WRITE = """\
import json, sys
count, name = int(sys.argv[1]), sys.argv[2]
effects = [{"verb": "publish", "path": f"{name}-{n}.html", "body": f"<p>{n}</p>"} for n in range(count)]
print(json.dumps({"summary": "wrote pages", "effects": effects}))
"""
CONTRACT = """\
mission: Publish some pages
id: {slug}
target: {{statement: All are out.}}
budget: {{money: 1 USD}}
actions: {{allowed: [draft], restricted: [publish]}}
approvals: {{publish: {{undo: 0s, batch: 1}}}}
inputs: {{write: {{path: write.py, privacy: public, trust: trusted}}}}
tools: {{page: {{need: required, verbs: [publish], connector: folder}}}}
roles: {{writer: {{worker: command, command: ["{{python}}", "{{input.write}}", "{count}", "{slug}"]}}}}
plan:
  tasks:
    - {{id: write, role: writer, verb: draft, context: [write], proposes: [publish],
       criteria: [{{text: short, check: {{max_words: 60}}}}]}}
"""
PROCESSES = 8


def begin(stage: Stage, count: int, slug: str = "many") -> list[Json]:
    """A mission with so many approvals that wait."""
    stage.write("write.py", WRITE)
    stage.engine()
    stage.fine("start", stage.write(f"{slug}.yaml", CONTRACT.format(count=count, slug=slug)).name)

    def waiting() -> list[Json]:
        rows = [row for row in stage.items() if row["kind"] == "approve"]
        return rows if len(rows) == count else []

    return until(waiting, f"{count} approvals to wait")


def _press(ledger: Path, who: int, rows: list[tuple[str, str]], again: str) -> None:
    """One process that approves everything, in an order of its own."""
    inbox = Inbox(ledger)
    for item, digest in rows[who:] + rows[:who]:
        mission, _, name = item.rpartition("/")
        body = {"attention": name, "digest": digest, "except": []}
        while True:
            with contextlib.suppress(
                PassingStoreError
            ):  # the file was held for too long: one is told so, and tries again
                inbox.submit(f"approve:{item}:{who}{again}", "approve", mission, body, "human:ada", 1)
                break


def press(stage: Stage, rows: list[Json], again: str = "") -> None:
    """Eight processes at once."""
    listed = [(row["id"], row["digest"]) for row in rows]
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=_press, args=(stage.home.ledger, n, listed, again)) for n in range(PROCESSES)]
    for process in started:
        process.start()
    for process in started:
        process.join()
        assert process.exitcode == 0


def answered(stage: Stage) -> bool:
    """Whether the engine has answered everything."""
    with Reader.open(stage.home.ledger, busy_ms=5_000) as reader:
        return not reader.query("SELECT 1 FROM inbox WHERE state = 'pending' LIMIT 1")


def test_p3_eight_processes_use_each_approval_exactly_once(stage: Stage, request: pytest.FixtureRequest) -> None:
    """A worker may propose two hundred effects at most: 2,000 approvals are those of eleven missions."""
    missions, count = (11, 182) if request.config.getoption("--thorough") else (1, 25)
    for number in range(missions):
        slug = f"many{number}"
        rows = begin(stage, count, slug)
        press(stage, rows)
        until(lambda slug=slug: len(stage.events(slug, kinds=["effect.done"])) == count, "all to be published", 600)  # type: ignore[misc]
        until(lambda: answered(stage), "every command to be answered", 600)
        press(stage, rows, ":again")  # as from a copy of the inbox
        until(lambda: answered(stage), "every command to be answered", 600)
        used = Counter(event["body"]["effect"] for event in stage.events(slug, kinds=["effect.attempting"]))
        assert len(used) == count
        assert set(used.values()) == {1}
        assert len(stage.events(slug, kinds=["decision.made"])) == count
        assert len(list((stage.home.outbox / "published").iterdir())) == count * (number + 1)
        print(f"{PROCESSES} processes, {count * (number + 1)} approvals: each was used once")


def test_t3_what_waits_survives_a_kill_with_the_same_ids_and_bytes(stage: Stage) -> None:
    rows = begin(stage, 50)
    stage.kill_engine()
    stage.engine()
    until(lambda: stage.alive, "another engine")
    again = [row for row in stage.items() if row["kind"] == "approve"]
    assert sorted((row["id"], row["digest"]) for row in again) == sorted((row["id"], row["digest"]) for row in rows)
    with Reader.open(stage.home.ledger) as reader:
        bodies = [event["body"] for event in stage.events("many", kinds=["effect.proposed"])]
        assert all(reader.blob(body["content"]) and reader.blob(body["body"]) for body in bodies)
    assert len(bodies) == 50
