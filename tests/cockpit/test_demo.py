"""The demo's pieces: its stage, its fixed policy, its person, and the engine process it would start."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cockpit.cli import background
from cockpit.cli.authority import Author
from cockpit.demo.desk import FIXED, Person, Policy
from cockpit.demo.stage import PLAYS, make_home, write_contracts
from engine.errors import BadInputError
from engine.home import Home
from engine.ledger.reader import Reader
from tests.cockpit.ledger import Ledger, attention


def test_the_stage_is_a_private_home_with_an_identity_that_cannot_exist(tmp_path: Path) -> None:
    home = make_home(str(tmp_path / "demo"))
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o600
    assert "demo.example" in home.config.read_text()
    contracts = write_contracts(home)
    assert list(contracts) == [play.template for play in PLAYS]
    assert all(path.is_file() for path in contracts.values())


def test_the_demo_never_enters_a_home_in_use(home: Home) -> None:
    with pytest.raises(BadInputError, match="holds a ledger already"):
        make_home(str(home.root))


def test_the_policy_takes_the_first_choice_and_does_not_ask_for_ever(home: Home) -> None:
    policy = Policy()
    assert policy.who == Author("script:demo", scripted=True)
    with Reader.open(home.ledger) as reader:
        answers = []
        for number in range(3):
            title = f"draft failed {number + 2} times; what now?"
            row = attention("gtm", f"Q{number}", kind="answer", title=title, choices=["retry", "skip", "stop"])
            order = policy.decide(reader, row).order
            assert order is not None
            answers.append(order.body["text"])
        assert answers == ["retry", "retry", "stop"]
        free = policy.decide(reader, attention("gtm", "Q9", kind="answer")).order
        assert free is not None
        assert free.body["text"] == FIXED


def test_a_person_may_approve_reject_or_leave_it(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.mission()
    ledger.question()
    typed = iter(["A3F9", "nonsense", "r too pushy", "", ""])
    monkeypatch.setattr("builtins.input", lambda _question: next(typed))
    person = Person(Author("human:me", scripted=False))
    with Reader.open(ledger.home.ledger) as reader:
        (row,) = reader.views("attention")
        approved, rejected, left = (person.decide(reader, row) for _ in range(3))
    assert approved.order is not None
    assert approved.order.kind == "approve"
    assert rejected.order is not None
    assert rejected.order.body["because"] == "too pushy"
    assert left.order is None
    assert "that is neither a3f9 nor r REASON" in capsys.readouterr().out


def test_an_engine_process_knows_its_home_and_no_decision_token(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COCKPIT_DECISION_TOKEN", "secret")
    line = background.command(home)
    assert line[1:] == ["-P", "-m", "cockpit", "engine", "--home", str(home.root)]
    environ = background.environment(home)
    assert "COCKPIT_DECISION_TOKEN" not in environ
    assert environ["COCKPIT_HOME"] == str(home.root)
