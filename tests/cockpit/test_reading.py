"""Reading commands: their text, their JSON, and what they say where there is nothing yet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cockpit.__main__ import main
from tests.cockpit.ledger import DIGEST, Ledger

LS = (
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
)


def _json(capsys: pytest.CaptureFixture[str], *call: str) -> Any:
    assert main([*call, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_home_that_was_never_used_is_read_without_being_made(
    capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    assert main(["ls"]) == 0
    assert "no missions yet; cockpit new gtm-channel" in capsys.readouterr().out
    for call in (["attention"], ["spend"], ["doctor"]):
        assert main(call) == 0
    assert _json_after(capsys, "ls") == []
    assert not (tmp_path / "home").exists()


def _json_after(capsys: pytest.CaptureFixture[str], *call: str) -> Any:
    capsys.readouterr()
    return _json(capsys, *call)


def test_ls_shows_the_missions_and_its_documented_shape(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.mission(rehearsed=True, attention=2, phase="needs you", title="Find \x1b[2J it")
    assert main(["ls"]) == 0
    line = capsys.readouterr().out
    assert line.startswith("gtm  ⚑ needs you  $0.0042  of $500.00  needs you: 2")
    assert "REHEARSED Find <U+001B>[2J it" in line
    (row,) = _json(capsys, "ls")
    assert set(LS) <= set(row)


def test_show_embeds_contract_branches_and_tasks(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.mission()
    shown = _json(capsys, "show", "gtm")
    assert shown["contract"] == {"mission": "Find a channel"}
    assert [branch["id"] for branch in shown["branches"]] == ["gtm/B1"]
    assert shown["tasks"][0]["title"] == "draft batch 1"
    for call in (["show", "gtm"], ["board", "gtm"], ["branches", "gtm"], ["state", "gtm"], ["context", "gtm"]):
        assert main(call) == 0
        assert capsys.readouterr().out


def test_a_mission_that_is_not_there_is_bad_input_that_names_what_is(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.mission()
    assert main(["show", "gmt"]) == 2
    assert capsys.readouterr().err == "gmt: there is no such mission; there is gtm\n"


def test_the_queue_is_ranked_and_says_how_to_settle_each_item(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.mission()
    ledger.question(short="Q1", kind="answer", rank=1, digest="", items=[], choices=["keep", "prune"])
    ledger.question(short="Q4")
    assert main(["attention"]) == 0
    out = capsys.readouterr().out
    assert out.index("gtm/Q4") < out.index("gtm/Q1")
    assert "digest a3f9 1c07: cockpit approve gtm/Q4" in out
    assert "1) keep" in out
    first, _second = _json(capsys, "attention")
    assert first["digest"] == DIGEST
    wanted = "id kind mission branch task title digest expires_at raised_at holds takes_minutes rank why items"
    assert set(wanted.split()) <= set(first)


def test_spend_adds_up_settled_and_corrected_charges(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.mission()
    charge = {"attempt": "A1.1", "task": "T1", "branch": "B1", "role": "writer", "worker": "model", "model": "heron",
              "purpose": "work", "outcome": "useful", "tokens": {"input": 7}, "micro_usd": 5_000, "basis": "reported",
              }  # fmt: skip
    ledger.event("gtm", "charge.settled", charge)
    ledger.event("gtm", "charge.corrected", {"attempt": "A1.1", "micro_usd": -800, "because": "late news"})
    told = _json(capsys, "spend", "gtm")
    assert told["total_micro_usd"] == 4_200 == sum(line["micro_usd"] for line in told["lines"])
    settled, corrected = told["lines"]
    assert settled["tokens"] == {"input": 7, "output": 0, "cache_read": 0, "cache_write": 0, "reasoning": 0}
    assert (corrected["task"], corrected["outcome"], corrected["tokens"]["input"]) == ("gtm/T1", "corrected", 0)
    assert main(["spend", "--by", "task"]) == 0
    assert "gtm/T1 draft batch 1  $0.0042" in capsys.readouterr().out


def test_the_log_is_calm_and_tells_everything_when_asked(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.mission()
    ledger.event("gtm", "later.release", {"x": "\x1b"})
    ledger.event("gtm", "mission.stopped", {"because": "no \u202esignal"})
    assert main(["log", "gtm"]) == 0
    calm = capsys.readouterr().out
    assert "the mission is stopped: no <U+202E>signal" in calm
    assert "later.release" not in calm
    assert main(["log", "gtm", "--all"]) == 0
    assert "later.release" in capsys.readouterr().out


def test_a_package_is_shown_as_it_was_sent_and_two_can_be_compared(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.mission()
    for number, text in ((1, b"one\ntwo\n"), (2, b"one\nthree\x1b\n")):
        manifest = {"included": [{"id": "T1", "kind": "task", "form": "full", "tokens": 2, "reason": "the task"}],
                    "excluded": [{"id": "S1", "kind": "claim", "code": "budget", "detail": "9 tokens"}]}  # fmt: skip
        body = {"attempt": f"A1.{number}", "task": "T1", "tokens": 2, "budget": 10, "text": ledger.blob(text),
                "manifest": ledger.blob(json.dumps(manifest).encode())}  # fmt: skip
        ledger.event("gtm", "package.compiled", body)
    latest = _json(capsys, "context", "gtm", "T1")
    assert {"attempt", "digest", "tokens", "budget", "route", "text", "included", "excluded"} <= set(latest)
    assert latest["attempt"] == "gtm/A1.2"
    assert _json(capsys, "context", "gtm", "T1/A1.1")["text"] == "one\ntwo\n"
    assert main(["context", "gtm", "A1.2"]) == 0
    assert "│ three<U+001B>" in capsys.readouterr().out
    assert main(["context", "gtm", "--diff", "A1.1", "A1.2"]) == 0
    assert "+three<U+001B>" in capsys.readouterr().out
    assert main(["context", "gtm", "T9"]) == 1


def test_why_tells_the_events_that_name_an_id(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.mission()
    considered = [
        {"name": "heron", "passed": True, "why": "cheapest"},
        {"name": "swift", "passed": False, "why": "down"},
    ]
    route = {
        "attempt": "A1.1",
        "task": "T1",
        "name": "heron",
        "worker": "model",
        "because": "cheapest",
        "considered": considered,
    }
    ledger.event("gtm", "route.chosen", route)
    assert main(["why", "a1.1"]) == 0
    assert "- swift: down" in capsys.readouterr().out
    assert main(["why", "Z9"]) == 1
    ledger.mission("other")
    assert main(["why", "T1"]) == 2
    assert "gtm/T1 or other/T1" in capsys.readouterr().err


def test_why_shows_what_a_model_answered_that_could_not_be_used(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.mission()
    answer = ledger.blob(b"Sure! {'summary' \x1b[2J}")
    ledger.event("gtm", "attempt.failed", {"attempt": "A1.1", "because": "not JSON", "answer": answer})
    ledger.event("gtm", "attempt.failed", {"attempt": "A1.2", "because": "not JSON", "answer": "0" * 64})
    assert main(["why", "A1.1"]) == 0
    said = capsys.readouterr().out
    assert "│ Sure! {'summary'" in said
    assert "\x1b" not in said
    assert main(["why", "A1.2"]) == 0
    assert "what it answered was erased" in capsys.readouterr().out
