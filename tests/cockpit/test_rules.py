"""Rules and learnings on the command line: what is in force, what a rejection would make, what is promoted."""

from __future__ import annotations

import json

import pytest

from cockpit.__main__ import main
from cockpit.cli import authority
from engine.home import Home
from engine.ledger import bodies as b
from engine.views.board import Board
from tests.builders import Play, mails
from tests.cockpit.ledger import Ledger
from tests.cockpit.test_deciding import _inbox, answering
from tests.engine.loop.test_rules import CHEAP, FINE, banned, written


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sits at the terminal."""
    monkeypatch.setattr(authority, "at_terminal", lambda: True)
    monkeypatch.setattr(authority, "user", lambda: "me")


def write(ledger: Ledger, play: Play) -> None:
    """A played mission as its engine would have left it."""
    for event in play.events:
        ledger.event("gtm", event.kind, dict(event.body), at=event.at, actor=event.actor)
    for content in play.contents.values():
        ledger.blob(content)
    for (kind, name), row in Board(play.state()).rows.items():
        ledger.view(kind, name, "gtm", row)


def told(capsys: pytest.CaptureFixture[str], *call: str) -> str:
    """What a command prints."""
    capsys.readouterr()
    assert main(list(call)) == 0
    return capsys.readouterr().out


def test_rules_are_listed_with_how_they_fared_and_one_is_shown_with_what_was_rejected(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    play = banned(written(), rule="mission").hand_off("A1.2", mails("bob", body=CHEAP))
    play.say("rule", because="Ask before you sell", verb="send", strength="should")
    write(ledger, play)
    listed = told(capsys, "rules", "gtm")
    assert (
        "gtm/R1  Never say “cheap”.\n      the mission, send · must not hold “cheap” · checked 1, violated 1" in listed
    )
    assert "gtm/R2  Ask before you sell (should)" in listed
    assert "in force 2 of 25 at most" in listed
    shown = told(capsys, "rules", "show", "gtm/R1")
    assert "because   banned word: cheap" in shown
    assert f"│ {CHEAP}" in shown
    (first, _second) = json.loads(told(capsys, "rules", "gtm", "--json"))
    assert (first["check"], first["violated"]) == ({"kind": "lexicon", "words": ["cheap"]}, 1)
    assert "binds: the mission, send" in told(capsys, "why", "gtm/R1")


def test_a_rejection_is_tried_without_being_made(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    write(ledger, written())
    said = told(capsys, "reject", "gtm/Q1", "--because", "banned word: cheap", "--dry-run")
    assert said.startswith("Never say “cheap”.\n    must not hold “cheap”\n    fails on 2 of 2 texts rejected")
    assert "branch: writer in cold" in said
    dry = json.loads(told(capsys, "reject", "gtm/Q1", "--because", "dull", "--dry-run", "--json"))
    assert (dry["exact"], dry["proof"]) == (False, "not machine-checkable; reviewers are asked")
    assert _inbox(ledger.home) == []


@pytest.mark.usefixtures("terminal")
def test_what_is_typed_becomes_the_command(ledger: Ledger, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    play = written(body=FINE)
    play.say("rule", because="banned word: cheap", verb="send")
    play.record(b.LearningRecorded(learning="L1", text="Short is better", branch="B2", status="proposed"))
    write(ledger, play)
    with answering(home, ids=("R1",)):
        told(capsys, "reject", "gtm/Q1", "--because", "no", "--rule", "user", "--check", "max_words=9", "--should")
        told(capsys, "rules", "retire", "gtm/R1", "--because", "old")
        told(capsys, "rules", "except", "gtm/R1", "T1")
        told(capsys, "rules", "add", "Never", "shout", "--mission", "gtm", "--until", "2030-01-01")
        told(capsys, "learnings", "promote", "gtm/L1")
    sent = {kind: body for _key, kind, _mission, body, _actor in _inbox(home)}
    assert (sent["reject"]["rule"], sent["reject"]["strength"]) == ("user", "should")
    assert sent["reject"]["check"] == {
        "kind": "length",
        "most": 9,
        "least": 0,
        "pattern": "",
        "wants": False,
        "words": [],
    }
    assert (sent["retire"]["id"], sent["retire"]["because"]) == ("R1", "old")
    assert sent["except"]["task"] == "T1"
    assert (sent["rule"]["because"], sent["rule"]["rule"], sent["rule"]["until"]) == (
        "Never shout",
        "mission",
        "2030-01-01",
    )
    assert sent["promote"]["id"] == "L1"
    assert "Short is better\n    proposed" in told(capsys, "learnings", "--search", "better shorts")
    assert "nothing was found" in told(capsys, "learnings", "--search", "quantum")


def test_empty_homes_say_how_rules_and_learnings_come(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert home.ledger.exists()
    assert told(capsys, "rules").startswith("no rules yet; a rejection makes one")
    assert told(capsys, "learnings").startswith("no learnings yet; workers propose them")
    for call in (["rules", "no", "such", "thing"], ["learnings", "promote"], ["rules", "show", "R9"]):
        assert main(call) in {1, 2}
    assert main(["reject", "Q1", "--because", "x", "--check", "nonsense", "--dry-run"]) in {1, 2}
