"""`kill -9` of the engine at bad moments, with real processes, a real ledger and a real outbox (decision 11).

Whatever the moment, the mission ends as it does undisturbed, modulo times, lost attempts with their charges, and
doubts; each approved effect is in the outbox exactly once; and nothing that a dead engine's worker started lives on.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections import Counter
from email import message_from_bytes
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.contracts import letters
from tests.e2e.stage import Json, Stage, until

PEOPLE = ["ada@initech.example", "maya@northwind.example", "tom@acme.example"]


class Moment(NamedTuple):
    """When to kill: after the nth event of a kind, or while a command runs."""

    kind: str
    nth: int = 1


IN_COMMAND = "(a command works)"
LIVES = {
    "at the very beginning": (Moment("mission.created"), Moment("plan.accepted"), Moment("attempt.dispatched")),
    "inside command attempts": (Moment(IN_COMMAND), Moment("attempt.lost"), Moment(IN_COMMAND)),
    "around a delivery": (Moment("attempt.delivered"), Moment("charge.settled", 2), Moment("verdict.given", 3)),
    "around proposals": (Moment("effect.proposed"), Moment("effect.proposed", 3), Moment("attention.raised")),
    "around an approval": (Moment("decision.made"), Moment("effect.approved", 3), Moment("effect.attempting")),
    "around a delivery outside": (Moment("effect.attempting", 3), Moment("effect.done"), Moment("effect.done", 3)),
}


def play(stage: Stage, moments: tuple[Moment, ...] = ()) -> Json:
    """Run the mission to its end, killing the engine at each moment and starting another; the receipt."""
    file = letters(stage)
    stage.engine()
    stage.fine("start", file)
    for moment in moments:
        until(lambda moment=moment: _come(stage, moment) or _over(stage), f"{moment}")  # type: ignore[misc]
        stage.kill_engine()
        stage.engine()
        until(lambda: _left_behind(stage) == [], "the end of the dead engine's workers")
    until(lambda: _over(stage), "the end of the mission")
    receipt: Json = stage.json("receipt", "small")
    stage.write("receipt.json", stage.fine("receipt", "small", "--json").out)
    stage.fine("receipt", "verify", "receipt.json")
    assert not stage.workers()
    return receipt


def _come(stage: Stage, moment: Moment) -> bool:
    """Whether the moment has come; approvals that wait on the way to it are given without waiting for an engine."""
    if moment.kind == IN_COMMAND:
        return bool(stage.workers())
    come = len(stage.events("small", kinds=[moment.kind])) >= moment.nth
    if not come and moment.kind.startswith(("decision", "effect.a", "effect.d")):
        _approve(stage, "--no-engine")
        come = len(stage.events("small", kinds=[moment.kind])) >= moment.nth
    return come


def _over(stage: Stage) -> bool:
    if not any(event["kind"] == "attention.raised" for event in stage.events("small")):
        return False
    _approve(stage)
    return bool(stage.card("small")["state"] == "finished")


def _approve(stage: Stage, *more: str) -> None:
    for row in stage.items():
        if row["kind"] == "approve":
            stage.decide("approve", row["id"], "--digest", row["digest"], *more)


def _left_behind(stage: Stage) -> list[int]:
    """Workers whose engine is not the living one."""
    engine = stage.engine_pid()
    found = []
    for worker in stage.workers():
        with contextlib.suppress(Exception):
            if engine not in [parent.pid for parent in worker.parents()]:
                found.append(worker.pid)
    return found


def outcome(receipt: Json) -> dict[str, Any]:
    """What must not depend on kills: everything but times, lost attempts with their charges, and doubts."""
    lines = [line for line in receipt["spend"]["lines"] if line["outcome"] != "lost"]
    lost = [line for line in receipt["spend"]["lines"] if line["outcome"] == "lost"]
    again = {line["task"] for line in lost if line["purpose"] in ("work", "retry")}
    tasks = receipt["work"]["tasks"]
    fields = ("id", "key", "kind", "role", "state", "needs", "budget_micro_usd")

    def purpose(line: Json) -> str:
        return "work" if line["task"] in again else str(line["purpose"])  # what replaces a lost attempt is a retry

    return {
        "mission": {key: receipt["mission"][key] for key in ("id", "title", "state", "because", "clause")},
        "contract": receipt["contract"],
        "tasks": [[task[key] for key in fields] for task in tasks],
        "branches": [[branch[key] for key in ("key", "state", "reason")] for branch in receipt["work"]["branches"]],
        "charges": sorted((one["task"], purpose(one), one["outcome"], one["micro_usd"]) for one in lines),
        "artifacts": sorted((one["name"], one["sha"], one["task"], one["accepted"]) for one in receipt["artifacts"]),
        "evidence": sorted((one["metric"], one["value"], one["task"]) for one in receipt["evidence"]["entries"]),
        "decisions": [(one["who"], one["what"], one["excepted"]) for one in receipt["decisions"]],
        "learnings": [one["text"] for one in receipt["learnings"]],
        "integrity": receipt["integrity"]["policies"],
    }


def addressed(mails: list[Path]) -> list[str]:
    """To whom the messages went, sorted."""
    return sorted(str(message_from_bytes(path.read_bytes())["To"]).split("<")[-1].strip(" >") for path in mails)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The receipt of a run in which nothing is killed."""
    stage = Stage(tmp_path_factory.mktemp("undisturbed"))
    try:
        return play(stage)
    finally:
        stage.close()


@pytest.mark.parametrize("life", LIVES)
def test_a_mission_ends_as_undisturbed_whenever_its_engine_dies(stage: Stage, undisturbed: Json, life: str) -> None:
    receipt = play(stage, LIVES[life])
    assert outcome(receipt) == outcome(undisturbed)

    assert addressed(stage.mails()) == PEOPLE, "exactly one message for each approved effect"
    effects = Counter(event["body"]["effect"] for event in stage.events("small", kinds=["effect.done"]))
    settled = {event["body"]["effect"] for event in stage.events("small", kinds=["effect.settled"])}
    assert all(count == 1 for count in effects.values())
    assert len(effects.keys() | settled) == 3

    events = stage.events("small")
    lost = {event["body"]["attempt"] for event in events if event["kind"] == "attempt.lost"}
    charged = [line for line in receipt["spend"]["lines"] if line["outcome"] == "lost"]
    assert {line["attempt"].removeprefix("small/") for line in charged} == lost, "what was lost is charged and named"
    total = receipt["spend"]["total_micro_usd"]
    assert total == undisturbed["spend"]["total_micro_usd"] + sum(line["micro_usd"] for line in charged)
    lease = stage.lease
    assert lease is not None
    assert lease["epoch"] == len(LIVES[life]) + 1, "each death was followed by another engine"
    if life != "around a delivery outside":  # there the first engine may have written all before it dies
        assert len({event["epoch"] for event in events}) >= 2, "several engines wrote this"
    assert not [finding for finding in stage.json("doctor") if finding["state"] == "fail"]


def test_killing_the_front_end_does_not_stop_the_engine(stage: Stage) -> None:
    front = stage.spawn("start", letters(stage), "--wait")
    until(lambda: stage.events("small", kinds=["attempt.dispatched"]), "the first attempt")
    os.kill(front.pid, signal.SIGKILL)
    front.wait()
    item = stage.item("approve")
    assert stage.alive
    assert stage.decide("approve", item["id"], "--digest", item["digest"]).code == 0
    until(lambda: stage.card("small")["state"] == "finished", "the end")
    assert addressed(stage.mails()) == PEOPLE


def test_what_a_daemonising_command_left_is_ended_with_its_engine(stage: Stage) -> None:
    from tests.e2e.contracts import one_command

    program = """
        import os, subprocess, sys, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        time.sleep(600)
    """
    stage.engine()
    stage.fine("start", one_command(stage, program, timeout="10m"))
    until(lambda: len(stage.workers()) >= 3, "the daemon")
    stage.kill_engine()
    until(lambda: stage.workers() == [], "nobody of the attempt, without any new engine")


def test_a_command_that_was_given_to_a_dead_engine_is_taken_by_the_next(stage: Stage) -> None:
    stage.engine()
    stage.fine("start", letters(stage))
    item = stage.item("approve")
    stage.kill_engine()
    kept = stage.decide("approve", item["id"], "--digest", item["digest"], "--no-engine")
    assert kept.code == 3
    again = stage.decide("approve", item["id"], "--digest", item["digest"])
    assert again.code == 0, "the same press again starts an engine and gets the answer of the first"
    until(lambda: stage.card("small")["state"] == "finished", "the end")
    assert len(stage.events("small", kinds=["decision.made"])) == 1
    assert addressed(stage.mails()) == PEOPLE
