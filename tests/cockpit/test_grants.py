"""`grant`, `grants` and `revoke` through the real command line: what they ask for, what they say, what they refuse."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from cockpit.__main__ import main
from engine.home import Home
from tests.cockpit.ledger import Ledger
from tests.cockpit.test_deciding import answering

GRANT = ["grant", "gtm", "send", "--count", "10", "--until", "2026-12-31", "--host", "example.org"]


def asked(home: Home) -> dict[str, object]:
    """The body of the last command in the inbox."""
    with closing(sqlite3.connect(home.ledger)) as conn:
        return dict(json.loads(conn.execute("SELECT body FROM inbox ORDER BY id DESC LIMIT 1").fetchone()[0]))


@pytest.fixture
def decides(monkeypatch: pytest.MonkeyPatch, ledger: Ledger) -> Ledger:
    """A person of this installation, by a script of theirs, and a mission."""
    from cockpit.cli.authority import token

    ledger.mission()
    monkeypatch.setenv("COCKPIT_DECISION_TOKEN", token(ledger.home))
    return ledger


def test_a_grant_is_asked_for_as_it_was_typed(decides: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(decides.home, ids=("N1",)) as seen:
        assert main(GRANT) == 0
    assert seen == ["grant"]
    body = asked(decides.home)
    assert {name: body[name] for name in ("verb", "count", "until", "hosts", "scripted")} == {
        "verb": "send", "count": 10, "until": "2026-12-31", "hosts": ["example.org"], "scripted": True,
    }  # fmt: skip
    told = capsys.readouterr().out
    assert told.startswith("gtm/N1 is given: 10 × send until the end of 2026-12-31\n")
    assert "cockpit revoke gtm/N1 takes it back" in told


def test_a_grant_that_is_refused_says_why_and_how_it_is_mended(
    decides: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(decides.home, "refused", "merge is decided every time; a standing grant may be for send"):
        assert main(GRANT) == 1
    assert capsys.readouterr().err == ("grant gtm: merge is decided every time; a standing grant may be for send\n")


def test_a_grant_is_a_decision_of_a_person(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.mission()
    assert main(GRANT) == 1
    assert "a decision needs a person at a terminal" in capsys.readouterr().err


def test_revoking_names_what_is_withdrawn_with_it(decides: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    decides.event("gtm", "grant.given", {"grant": "N1", "verb": "send"})
    with answering(decides.home, ids=("F3", "F4")) as seen:
        assert main(["revoke", "N1", "--because", "enough"]) == 0
    assert seen == ["revoke"]
    assert asked(decides.home) == {"grant": "N1", "because": "enough", "scripted": True}
    assert capsys.readouterr().out == "revoked gtm/N1; withdrawn with it: F3, F4\n"


def test_a_grant_that_is_not_there_cannot_be_revoked(decides: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["revoke", "N9"]) == 1
    assert "there is nothing of this id" in capsys.readouterr().err


def test_without_grants_every_effect_is_asked_about(decides: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grants"]) == 0
    assert capsys.readouterr().out == "no standing grants; every effect is asked about\n"
    assert main(["grants", "gtm", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
