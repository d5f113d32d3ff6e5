"""One mission from its template to a verified receipt, through the command line alone, and engines beside engines."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.e2e.contracts import letters, one_command
from tests.e2e.stage import Json, Stage, until

CARD = {
    "id",
    "title",
    "state",
    "rehearsed",
    "rev",
    "phase",
    "spent_micro_usd",
    "budget_micro_usd",
    "attention",
    "next_wake",
}
BRANCH = {"id", "parent", "hypothesis", "state", "reason", "spent_micro_usd", "evidence"}
TASK = {"id", "branch", "title", "role", "state", "waiting_for", "worker", "route", "missing", "spent_micro_usd"}
ITEM = {
    "id",
    "kind",
    "mission",
    "branch",
    "task",
    "title",
    "digest",
    "expires_at",
    "raised_at",
    "holds",
    "takes_minutes",
    "rank",
    "why",
    "items",
}
CHARGE = {
    "seq",
    "at",
    "mission",
    "branch",
    "task",
    "attempt",
    "worker",
    "model",
    "purpose",
    "outcome",
    "tokens",
    "micro_usd",
    "basis",
}
PACKAGE = {"attempt", "digest", "tokens", "budget", "route", "text", "included", "excluded"}
RECEIPT = {
    "schema",
    "mission",
    "contract",
    "work",
    "workforce",
    "spend",
    "artifacts",
    "evidence",
    "pruned",
    "learnings",
    "decisions",
    "next",
    "integrity",
}
OVER = ("finished", "stopped")


def has(row: Json, keys: set[str]) -> Json:
    """The row, which must have these keys; more may come."""
    assert keys <= row.keys(), keys - row.keys()
    return row


def drive(stage: Stage, mission: str) -> None:
    """Decide whatever comes up until the mission is over: approve bytes, take the first choice."""

    def over() -> bool:
        for row in stage.items():
            if row["kind"] == "approve":
                stage.decide("approve", row["id"], "--digest", row["digest"])
            else:
                stage.decide("answer", row["id"], "1")
        return stage.card(mission)["state"] in OVER

    until(over, f"the end of {mission}")


def test_a_rehearsed_template_runs_from_new_to_a_receipt_that_verifies(stage: Stage) -> None:
    written = stage.fine("new", "gtm-channel", "-o", "gtm.yaml").out.split()
    assert "gtm.yaml" in written
    assert len(written) > 1
    check = has(stage.json("check", "gtm.yaml"), {"file", "errors", "warnings", "coverage"})
    assert check["errors"] == []
    assert has(check["coverage"], {"enforced", "checked", "advisory", "clauses"})["enforced"] > 10
    assert not stage.alive
    card = has(stage.json("start", "gtm.yaml", "--rehearse", "--seed", "7"), CARD)
    assert (card["id"], card["rehearsed"]) == ("gtm", True)
    assert stage.alive, "start has an engine run in the background"
    engine = stage.engine_pid()

    until(lambda: len(stage.items()) == 3, "three batches")
    for item in stage.json("attention"):
        assert has(item, ITEM)["kind"] == "approve"
        has(item["items"][0], {"id", "digest", "preview"})
    assert [row["id"] for row in stage.json("ls")] == ["gtm"]
    shown = has(stage.json("show", "gtm"), CARD | {"contract", "branches", "tasks"})
    assert {branch["state"] for branch in shown["branches"]} <= {"open", "waiting"}
    assert all(has(branch, BRANCH) for branch in shown["branches"])
    assert all(has(task, TASK) for task in shown["tasks"])

    drive(stage, "gtm")
    assert stage.engine_pid() == engine, "one engine did it all"
    kept = [branch for branch in stage.json("branches", "gtm") if branch["state"] == "kept"]
    assert len(stage.mails("sandbox")) == 24 + 4 * len(kept), "and the second batch of each channel that was kept"
    assert stage.mails() == [], "nothing of a rehearsal leaves"
    _reads(stage)
    _receipts(stage)


def _reads(stage: Stage) -> None:
    """Every reading command has its documented shape."""
    shown = stage.json("show", "gtm")
    assert stage.json("board", "gtm") == shown["tasks"]
    assert stage.json("branches", "gtm") == shown["branches"]
    spend = has(stage.json("spend", "gtm"), {"total_micro_usd", "reserved_micro_usd", "lines"})
    assert spend["total_micro_usd"] == sum(has(line, CHARGE)["micro_usd"] for line in spend["lines"]) > 0
    assert stage.json("ls")[0]["spent_micro_usd"] == spend["total_micro_usd"]
    has(spend["lines"][0]["tokens"], {"input", "output", "cache_read", "cache_write", "reasoning"})
    package = has(stage.json("context", "gtm", "T1"), PACKAGE)
    assert package["text"]
    has(package["included"][0], {"id", "kind", "form", "tokens", "reason"})
    assert {item["kind"] for item in stage.json("state", "gtm")} >= {"decision", "learning", "artifact"} - {"artifact"}
    told = [json.loads(line) for line in stage.fine("log", "gtm", "--json").out.splitlines()]
    assert [event["height"] for event in told] == list(range(1, len(told) + 1))
    assert stage.json("why", "gtm")["events"]
    assert stage.json("why", "Q1")["id"] == "gtm/Q1"
    for command in (["ls"], ["show", "gtm"], ["board", "gtm"], ["branches", "gtm"], ["state", "gtm"], ["log", "gtm"]):
        assert "REHEARSED" in stage.fine(*command).out, command
    assert "total $" in stage.fine("spend", "gtm").out
    assert {finding["state"] for finding in stage.json("doctor")} <= {"ok", "warn"}


def _receipts(stage: Stage) -> None:
    """A receipt verifies; one that was touched says where."""
    stage.fine("receipt", "gtm", "--format", "json", "-o", "r.json")
    stage.fine("receipt", "gtm", "--format", "md", "-o", "r.md")
    assert "REHEARSED" in (stage.folder / "r.md").read_text().upper()
    made = has(json.loads((stage.folder / "r.json").read_text()), RECEIPT)
    assert made["spend"]["total_micro_usd"] == stage.json("spend", "gtm")["total_micro_usd"]
    assert len(made["decisions"][0]["digest"]) == 64
    has(made["integrity"], {"head_hash", "height"})
    assert "verifies" in stage.fine("receipt", "verify", "r.json").out

    made["spend"]["total_micro_usd"] -= 1
    made["mission"]["because"] = "everybody agreed"
    stage.write("forged.json", json.dumps(made))
    forged = stage.run("receipt", "verify", "forged.json")
    assert forged.code == 1
    assert "spend.total_micro_usd" in forged.out
    assert 'mission.because: receipt says "everybody agreed"' in forged.out
    made["integrity"]["head_hash"] = "0" * 64
    stage.write("forged.json", json.dumps(made))
    assert "integrity.head_hash" in stage.run("receipt", "verify", "forged.json").out


def test_wait_follows_a_mission_to_its_end_and_says_how_it_ended(stage: Stage) -> None:
    file = one_command(stage, "print('size: 3')")
    told = stage.fine("start", file, "--wait").out
    assert "measure accepted" in told
    assert "finished: the target is met" in told


def test_an_engine_until_idle_does_what_there_is_and_ends(stage: Stage) -> None:
    file = one_command(stage, "print('size: 3')")
    kept = stage.run("start", file, "--no-engine")
    assert kept.code == 3
    assert "the command is kept" in kept.complaint
    stage.fine("engine", "--until-idle")
    assert not stage.alive
    assert stage.card("one")["state"] == "finished"
    assert stage.json("ls")[0]["state"] == "finished", "reading needs no engine"


def test_a_second_engine_says_no_and_harms_nothing(stage: Stage) -> None:
    stage.engine()
    pid = stage.engine_pid()
    second = stage.run("engine")
    assert second.code == 3
    assert "another engine runs already" in second.complaint
    assert stage.run("engine", "--until-idle").code == 0, "it waits until the living one is idle"
    assert stage.engine_pid() == pid
    assert stage.alive


def test_an_engine_that_is_told_to_end_gives_its_lease_back(stage: Stage) -> None:
    engine = stage.spawn("engine")
    until(lambda: stage.alive, "an engine")
    engine.send_signal(signal.SIGTERM)
    assert engine.wait(30) == 0
    assert stage.lease is None


def test_where_no_engine_can_start_a_decision_is_kept_and_made_later(stage: Stage) -> None:
    stage.fine("start", letters(stage))
    item = stage.item("approve")
    stage.kill_engine()
    # An engine cannot begin where a folder stands in the place of its lock.
    lock = stage.home.lock
    lock.unlink()
    lock.mkdir()
    kept = stage.decide("approve", item["id"], "--digest", item["digest"])
    assert kept.code == 3
    assert "the command is kept" in kept.complaint
    assert stage.mails() == []
    lock.rmdir()
    stage.fine("engine", "--until-idle")
    assert len(stage.mails()) == 3
    decisions = stage.json("receipt", "small")["decisions"]
    assert [decision["what"] for decision in decisions] == ["approve"]


def test_pause_resume_and_stop_are_obeyed(stage: Stage) -> None:
    stage.fine("start", letters(stage))
    item = stage.item("approve")
    stage.fine("pause", "small", "--because", "lunch")
    assert stage.card("small")["state"] == "paused"
    refused = stage.decide("approve", item["id"], "--digest", item["digest"])
    assert refused.code == 1
    assert "the mission is paused" in refused.complaint
    stage.fine("resume", "small")
    stage.fine("stop", "small", "--because", "enough")
    again = stage.run("stop", "small")
    assert again.code == 1
    assert "stopped already" in again.complaint
    assert stage.mails() == []
    assert stage.json("attention") == []


@pytest.mark.parametrize("template", ["gtm-channel", "website-experiment", "agent-improvement", "feature-launch"])
def test_every_template_passes_check_untouched(stage: Stage, template: str) -> None:
    stage.fine("new", template, "-o", "m.yaml")
    assert stage.json("check", "m.yaml")["errors"] == []
    assert Path(stage.folder / "m.yaml").stat().st_size > 1000
