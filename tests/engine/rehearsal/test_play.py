"""A rehearsal is the real loop over a ledger in memory: the same seed is the same history, and it says how it ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.receipt.build import build, integrity
from engine.rehearsal.forecast import forecast
from engine.rehearsal.many import Limit, many
from engine.rehearsal.missing import Machine
from engine.rehearsal.play import NOWHERE, play
from tests.engine.rehearsal.scenes import ASSUME, contract, staged


def test_the_same_seed_is_the_same_history_byte_for_byte() -> None:
    scene, _ = staged(contract())
    one, two, other = (play(scene, seed, keep=True) for seed in (7, 7, 8))
    assert [event.hash for event in one.events] == [event.hash for event in two.events]
    assert one.events[-1].hash != other.events[-1].hash
    assert one.run == two.run == play(scene, 7).run  # whether its events are kept or only counted


def test_a_receipt_of_a_history_says_that_it_is_rehearsed() -> None:
    played = play(staged(contract())[0], 3, keep=True)
    receipt = build(played.state, integrity(played.events))
    assert receipt["mission"]["rehearsed"] is True
    assert receipt["spend"]["total_micro_usd"] == played.run.spent > 0


def test_it_ends_and_counts_what_a_person_has_to_do() -> None:
    runs = [play(staged(contract())[0], seed).run for seed in range(4)]
    assert {run.end for run in runs} <= {"finished", "stopped"}
    for run in runs:
        assert run.approvals >= 2
        assert run.attention_ms >= 2 * 60_000
        assert run.time_ms >= 60 * 60_000
        assert not run.leaned


def test_what_nobody_assumes_is_leaned_on_by_name_and_never_made_up() -> None:
    runs = [play(staged(contract(assume="  writer: {tokens_in: 9}\n"))[0], seed).run for seed in range(2)]
    unknown = {"writer.tokens", "writer.success", "writer.takes", "human.answers", "human.attention", "human.approves"}
    for run in runs:
        assert unknown | {"reply_rate.reply"} <= set(run.leaned)
        assert (run.spent, run.attention_ms) == (0, 0)
        assert run.ended("pruned") == 2  # nobody replies


def test_nothing_is_written_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_given: object, **_more: object) -> None:
        raise AssertionError("a rehearsal touched the disk")

    scene, _ = staged(contract())
    play(scene, 0)  # whatever is imported late is there now
    for name in ("mkdir", "open", "write_bytes", "write_text"):
        monkeypatch.setattr(Path, name, refused)
    monkeypatch.setattr("builtins.open", refused)
    assert play(scene, 1).run.end in {"finished", "stopped"}
    assert not NOWHERE.exists()


def test_a_contract_that_can_never_end_says_what_it_waits_for_and_what_would_mend_it() -> None:
    text = contract(met="mission.branches.kept >= 5").replace(
        "mission.branches.tried >= 2 && mission.branches.alive == 0", "mission.branches.kept > 9"
    )
    scene, basis = staged(text)
    told = forecast(basis, [play(scene, seed).run for seed in range(3)], seed=0)
    assert told["ends"] == {"finished": 0, "stopped": 0, "waits": 3, "stuck": 0}
    assert "the target is not met: finish or stop?" in told["because"][0]["because"]
    assert "a rule under stop" in told["because"][0]["mend"]
    assert told["days"]["p50"] is None


def test_a_branch_that_no_rule_decides_about_waits_for_a_verdict_and_is_no_ending() -> None:
    text = contract().replace('when: "branch.reply_rate < 0.3"', 'when: "branch.reply_rate < 0.0"')
    scene, basis = staged(text)
    runs = [play(scene, seed).run for seed in range(6)]
    told = forecast(basis, runs, seed=0)
    waiting = [one for one in told["because"] if one["end"] == "waits"]
    assert told["ends"]["waits"] == sum(one["runs"] for one in waiting) > 0
    assert waiting[0]["because"].startswith("your verdict on ")
    assert waiting[0]["because"].endswith(": no rule decides")
    assert waiting[0]["mend"].startswith("add a last rule under judge, such as {when: branch.windows >= 1")
    mended = text.replace("stop:\n", '  - {when: "branch.windows >= 1", then: prune, because: unclear}\nstop:\n', 1)
    assert {play(staged(mended)[0], run.seed).run.end for run in runs if run.end == "waits"} <= {"finished", "stopped"}


def test_a_rule_that_no_number_lets_hold_is_dead_and_one_that_waits_for_a_number_is_not() -> None:
    dead = '  - {when: "branch.reply_rate > 1.5", then: keep, because: never}\n'
    scene, basis = staged(contract(judge=dead))
    told = forecast(basis, [play(scene, seed).run for seed in range(4)], seed=0)
    assert {"judge[2]", "actions.allowed[2]"} <= {one["clause"] for one in told["dead_clauses"]}
    assert all(not one["rests_on"] for one in told["dead_clauses"])
    silent = contract(judge=dead, assume=ASSUME.replace("  reply_rate: {reply: 40%, stop: 10%, bounce: 5%}\n", ""))
    scene, basis = staged(silent)
    told = forecast(basis, [play(scene, 0).run], seed=0)
    rests = {one["clause"]: one["rests_on"] for one in told["dead_clauses"]}
    assert rests["judge[0]"] == ["reply_rate.reply"]


def test_a_missing_tool_model_and_key_are_named_with_who_needs_them() -> None:
    server = "mcp: {command: [no-such-server], env: {TOKEN: env:NO_TOKEN}}"
    tools = f", browser: {{stance: allow, verbs: [research], roles: [writer], {server}}}"
    scene, basis = staged(contract(tools=tools), settings="", machine=Machine(program=lambda _name: False))
    told = forecast(basis, [play(scene, 0).run], seed=0)
    named = [
        (next(kind for kind in ("tool", "model", "key") if kind in one), one["needed_by"]) for one in told["missing"]
    ]
    assert named == [
        ("model", "writer"),
        ("model", "reviewer"),
        ("tool", "write"),
        ("tool", "writer"),
        ("key", "tool browser"),
    ]
    lent = next(line for line in told["assumptions"] if line["name"].endswith(".price"))
    assert lent["from"] == "rehearsed price list"
    assert any("nobody's price" in one["taken"] for one in told["if"])


def test_the_prices_are_those_of_the_models_that_are_configured() -> None:
    scene, basis = staged(contract())
    told = forecast(basis, [play(scene, seed).run for seed in range(2)], seed=0)
    prices = {line["name"]: (line["value"], line["from"]) for line in told["assumptions"] if "price" in line["name"]}
    assert prices["swift.price"] == ("$1.00 in, $5.00 out, a million tokens", "config.toml")
    assert told["missing"] == []


def test_a_cap_that_is_reached_is_a_warning() -> None:
    scene, basis = staged(contract(money="21 USD", time="2d"))
    told = forecast(basis, [play(scene, 0).run], seed=0)
    assert "the contract's time is used up in 100 % of runs" in told["warnings"]


def test_processes_change_nothing_but_the_time_it_takes() -> None:
    scene, basis = staged(contract())
    alone, together = (many(scene, 5, Limit(4, None), processes=count) for count in (1, 2))
    assert alone == together
    assert [run.seed for run in alone] == [5, 6, 7, 8]
    json.dumps(forecast(basis, alone, seed=5))


def test_an_early_end_keeps_the_histories_from_the_first_on_without_a_gap() -> None:
    scene, _ = staged(contract())
    done: list[int] = []
    runs = many(
        scene, 0, Limit(50, None), progress=lambda count, _left: done.append(count), stop=lambda: len(done) >= 2
    )
    assert [run.seed for run in runs] == [0, 1]
    late = iter(range(0, 1000, 6))
    assert len(many(scene, 0, Limit(50, 10.0), clock=lambda: float(next(late)))) >= 1
