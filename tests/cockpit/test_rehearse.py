"""`cockpit rehearse`: a forecast that fits the terminal, and a home that is as it was."""

from __future__ import annotations

import json
import os
import signal
from argparse import Namespace
from pathlib import Path

import pytest

from cockpit.cli import rehearse, steer
from cockpit.cli.forecast import one_line, plain, rows
from cockpit.cli.parser import parse
from cockpit.cli.render import cells
from engine.errors import BadInputError, SaysNoError
from engine.home import Home
from tests.engine.rehearsal.scenes import LEADS, MODELS, contract
from tests.screens.samples_forecast import sample


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A contract with its leads, and a home with models beside it."""
    (tmp_path / "leads.csv").write_bytes(LEADS)
    file = tmp_path / "gtm.mission.yaml"
    file.write_text(contract(), "utf-8")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(MODELS, "utf-8")
    return file


def called(file: Path, *words: str) -> Namespace:
    """The arguments of a call with one run in this process."""
    home = str(file.parent / "home")
    return parse(["rehearse", str(file), "--home", home, "--runs", "1", "--processes", "1", *words])


def test_the_json_has_the_promised_shape_and_the_home_is_as_it_was(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rehearse.rehearse(called(file, "--json", "--seed", "4")) == 0
    first = capsys.readouterr().out
    told = json.loads(first)
    assert set(told["money_micro_usd"]) >= {"p50", "p90", "cap"}
    assert set(told["ends"]) == {"finished", "stopped", "waits", "stuck"}
    assert {
        "seed",
        "days",
        "approvals",
        "attention_minutes",
        "branches",
        "dead_clauses",
        "missing",
        "assumptions",
    } <= set(told)
    assert (told["seed"], told["runs"]) == (4, 1)
    assert sorted(path.name for path in (file.parent / "home").iterdir()) == ["config.toml"]
    assert rehearse.rehearse(called(file, "--json", "--seed", "4")) == 0
    assert capsys.readouterr().out == first


@pytest.mark.parametrize("ending", ["json", "md"])
def test_the_receipt_of_a_history_is_written_and_says_that_it_is_rehearsed(
    file: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    out = file.parent / f"receipt.{ending}"
    rehearse.rehearse(called(file, "-o", str(out)))
    assert "REHEARSED" in capsys.readouterr().out
    text = out.read_text("utf-8")
    assert json.loads(text)["mission"]["rehearsed"] if ending == "json" else "REHEARSED" in text


def test_what_cannot_be_rehearsed_says_why(file: Path) -> None:
    for words in (["--runs", "0"], ["--seconds", "0"], ["--processes", "99"], ["--seed", "-1"], ["-o", "receipt.txt"]):
        with pytest.raises(BadInputError):
            rehearse.rehearse(called(file, *words))
    file.write_text(contract(met="branch.nonsense > 1"), "utf-8")
    with pytest.raises(SaysNoError, match="nonsense"):
        rehearse.rehearse(called(file))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_forecast_fits_its_width(width: int) -> None:
    shown = plain(sample(), width)
    assert all(cells(line) <= width for line in shown)
    text = " ".join(" ".join(shown).split())
    for said in (
        "REHEARSED",
        "unknown",
        "human.attention",
        "never happened",
        "judge[3]",
        "publish",
        "n = 44",
        "keyring:acme",
    ):
        assert said in text
    assert "booked_calls.value unknown" in text
    assert "judge[1]" not in text.partition("cannot be said")[0]


def test_a_line_before_a_start_says_what_matters() -> None:
    assert one_line(sample()) == (
        "$0.32 to $0.55 of $500.00 · at least 6.1 d to 12.0 d · 3 approvals · finishes in 75 % of 40 histories"
    )
    never = sample(days={"p50": None}, ends={"finished": 0, "stopped": 0, "waits": 1, "stuck": 0}, runs=1)
    assert one_line(never).endswith("it never ends · 3 approvals · waits for you in 100 % of 1 history")


def test_what_waits_for_a_person_says_for_what_and_what_rule_would_settle_it() -> None:
    text = " ".join(" ".join(plain(sample(), 80)).split())
    assert "waits ▓▓░░░░░░░░ 15 % your verdict on community: no rule decides add a last rule under judge" in text


def test_an_early_end_is_labelled_as_such(file: Path) -> None:
    scene, basis = rehearse.prepared(Home.at(file.parent / "home"), file)

    def pressed(done: int, _left: float) -> None:
        if done == 2:
            os.kill(os.getpid(), signal.SIGINT)

    told = rehearse.forecast(scene, basis, seed=0, runs=40, seconds=None, processes=1, progress=pressed)
    assert (told["runs"], told["asked"], told["partial"]) == (2, 40, True)
    assert "PARTIAL: ended early, 40 were asked for" in plain(told, 80)
    whole = rehearse.forecast(scene, basis, seed=0, runs=1, seconds=None, processes=1)
    assert not whole["partial"]
    assert not any("PARTIAL" in line for line in plain(whole, 80))


def test_progress_says_how_far_it_is() -> None:
    assert [rehearse.far(0, None, 9.0), rehearse.far(1, None, 9.0), rehearse.far(12, 40, 8.6)] == [
        "the first history", "1 history, 9 s left", "12 of 40, about 9 s left"
    ]  # fmt: skip


def test_hostile_words_of_a_contract_steer_nothing() -> None:
    told = sample(mission="\x1b[2J\u202eevil", warnings=["\x07"])
    assert all("\x1b" not in piece.text and "\u202e" not in piece.text for row in rows(told, 80) for piece in row)


def test_a_start_at_a_terminal_asks_with_the_forecast_before_the_eyes(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun: list[Path] = []
    monkeypatch.setattr(steer, "at_terminal", lambda: True)
    monkeypatch.setattr(steer, "ask", lambda _question: "n")
    monkeypatch.setattr(steer, "author", lambda _home: None)
    monkeypatch.setattr(rehearse, "BRIEF_RUNS", 1)
    monkeypatch.setattr(steer, "begin", lambda _home, path, *_rest, **_more: begun.append(path))
    arguments = parse(["start", str(file), "--home", str(file.parent / "home")])
    assert steer.start(arguments) == 0
    said = capsys.readouterr().out
    assert "forecast  $" in said
    assert "1 history" in said
    assert "nothing was started" in said
    assert begun == []


def test_a_forecast_that_fails_keeps_nobody_from_starting(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object, **_more: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(rehearse, "forecast", broken)
    assert rehearse.brief(Home.at(file.parent / "home"), file) == "none (RuntimeError: it cannot be rehearsed)"
