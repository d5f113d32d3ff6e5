"""Decisions are human: who may make them, what they are bound to, and how a command finds its answer."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from cockpit.__main__ import main
from cockpit.cli import authority, decide, orders
from cockpit.cli.authority import Author, author, token
from cockpit.cli.inbox import Order, submit
from engine.effects.canonical import batch_digest, effect_digest
from engine.errors import BadInputError, EngineUnavailableError, SaysNoError, StoreError
from engine.home import Home
from engine.ledger.lease import FileLock
from engine.ledger.reader import Reader
from tests.cockpit.ledger import DIGEST, Ledger, attention

ME = Author("human:me", scripted=False)
MAIL = b"To: maya@north.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHi Maya\x1b[2J,\r\n"


@contextmanager
def answering(home: Home, state: str = "done", error: str = "", ids: tuple[str, ...] = ()) -> Iterator[list[str]]:
    """An engine that answers every command alike; the kinds it saw."""
    seen: list[str] = []
    lock, over = FileLock(home.lock), threading.Event()
    assert lock.take(seen)
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
        conn.execute("UPDATE lease SET owner = 'test', version = '0'")

    def serve() -> None:
        with closing(sqlite3.connect(home.ledger, isolation_level=None, timeout=5)) as conn:
            while not over.is_set():
                for id_, kind in conn.execute("SELECT id, kind FROM inbox WHERE state = 'pending'").fetchall():
                    seen.append(kind)
                    answer = (state, error, json.dumps(ids), id_)
                    conn.execute("UPDATE inbox SET state = ?, error = ?, ids = ? WHERE id = ?", answer)
                time.sleep(0.005)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
        lock.drop(seen)


def _inbox(home: Home) -> list[tuple[str, str, str, dict[str, object], str]]:
    with Reader.open(home.ledger) as reader:
        rows = reader.query("SELECT key, kind, mission, body, actor FROM inbox ORDER BY id")
    return [(key, kind, mission, json.loads(body), actor) for key, kind, mission, body, actor in rows]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sits at the terminal."""
    monkeypatch.setattr(authority, "at_terminal", lambda: True)
    monkeypatch.setattr(decide, "at_terminal", lambda: True)
    monkeypatch.setattr(authority, "user", lambda: "me")


# -- who


def test_without_a_terminal_and_a_token_nobody_decides(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.mission()
    ledger.question()
    calls = [["approve", "Q4", "--digest", DIGEST], ["reject", "Q4", "--because", "no"], ["answer", "Q4", "x"],
             ["token"], ["withdraw", "F1"], ["undo", "Q4"],
             ["withdraw", "--batch", "G1"], ["edit", "F1", "--file", "-"],
             ["keep", "gtm", "main", "--because", "x"],
             ["prune", "gtm", "main", "--because", "x"], ["unsuppress", "a@b.example"]]  # fmt: skip
    for call in calls:
        assert main(call) == 1
        assert "a decision needs a person at a terminal" in capsys.readouterr().err
    assert _inbox(ledger.home) == []


def test_the_token_is_made_once_private_and_must_be_this_installations(home: Home) -> None:
    made = token(home)
    assert token(home) == made
    path = home.root / "decision.token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    script = author(home, {"COCKPIT_DECISION_TOKEN": made}, decides=True)
    assert script.scripted
    assert script.actor.startswith("script:")
    with pytest.raises(SaysNoError, match="not the token"):
        author(home, {"COCKPIT_DECISION_TOKEN": made + "x"})
    path.chmod(0o644)
    with pytest.raises(StoreError, match="read by others"):
        author(home, {"COCKPIT_DECISION_TOKEN": made})


def test_a_worker_changes_nothing_token_or_not(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: None
) -> None:
    ledger.mission()
    ledger.question()
    monkeypatch.setenv("COCKPIT_DECISION_TOKEN", token(ledger.home))
    monkeypatch.setenv("COCKPIT_ATTEMPT", "gtm/A1.1")
    calls = [["approve", "Q4", "--digest", DIGEST], ["pause", "gtm"], ["evidence", "add", "gtm", "m", "1"], ["engine"],
             ["suppress", "a@b.example"], ["start", "x.yaml"], ["demo", "--script"]]  # fmt: skip
    for call in calls:
        assert main(call) == 1
        assert "a worker cannot" in capsys.readouterr().err
    assert _inbox(ledger.home) == []


def test_a_scripted_decision_says_so(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.mission()
    ledger.question()
    monkeypatch.setenv("COCKPIT_DECISION_TOKEN", token(ledger.home))
    with answering(ledger.home, ids=("F1", "F3")):
        assert main(["approve", "Q4", "--digest", "A3F9 1c07"]) == 0
    ((key, kind, mission, body, actor),) = _inbox(ledger.home)
    assert (kind, mission) == ("approve", "gtm")
    assert body == {"attention": "Q4", "digest": DIGEST, "except": [], "scripted": True}
    assert actor.startswith("script:")
    assert key == f"approve:gtm/Q4:{DIGEST}"


# -- on what


@pytest.mark.parametrize("given", ["a3f91c07", "a3f9 1c07", "A3F9 1C07", DIGEST])
def test_a_digest_may_be_given_as_it_is_shown(given: str) -> None:
    decide.check_digest(attention("gtm", "Q4"), given)


def test_another_digest_means_that_the_item_changed() -> None:
    with pytest.raises(SaysNoError, match=r"the item changed since you looked; look again: cockpit attention"):
        decide.check_digest(attention("gtm", "Q4"), "a3f91c08")
    for short in ("a3f9", "", "zzzzzzzz", "0" * 65):
        with pytest.raises(BadInputError):
            decide.check_digest(attention("gtm", "Q4"), short)


def test_leaving_an_item_out_is_another_command_and_another_code() -> None:
    row = attention("gtm", "Q4")
    assert decide.excepted_of(row, ["gtm/F3,f1"]) == ["F1", "F3"]
    with pytest.raises(BadInputError, match="there is F1, F3"):
        decide.excepted_of(row, ["F9"])
    assert orders.approval(row, ["F3"]).key != orders.approval(row, []).key
    assert orders.approval(row, []).key == orders.approval(row, []).key
    assert orders.confirmation(DIGEST, []) == "a3f9"
    assert orders.confirmation(DIGEST, ["F3"]) != "a3f9"


def test_ids_need_their_slug_only_where_two_missions_know_them(
    ledger: Ledger, terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for slug in ("gtm", "launch"):
        ledger.mission(slug)
        ledger.question(slug)
    assert main(["approve", "Q4", "--digest", DIGEST]) == 2
    assert capsys.readouterr().err == "Q4: is there in several missions; say gtm/Q4 or launch/Q4\n"
    assert main(["approve", "Q5", "--digest", DIGEST]) == 1
    with answering(ledger.home):
        assert main(["approve", "launch/q4", "--digest", DIGEST]) == 0
    assert _inbox(ledger.home)[0][2] == "launch"


def test_the_number_of_a_choice_stands_for_it() -> None:
    row = attention("gtm", "Q1", kind="answer", choices=["keep", "prune"])
    assert orders.reply(row, "2").body["text"] == "prune"
    assert orders.reply(row, "3").body["text"] == "3"
    assert orders.reply(attention("gtm", "Q1", choices=["1", "0"]), "1").body["text"] == "1"
    with pytest.raises(BadInputError):
        orders.reply(row, "  ")


# -- the bytes


def _mails(ledger: Ledger, tampered: bool = False) -> str:
    ledger.mission()
    body = ledger.blob(MAIL)
    sha = "0" * 64 if tampered else hashlib.sha256(MAIL).hexdigest()
    said = json.dumps({"envelope": {"rcpt_to": ["maya@north.example"], "url": ""}, "body_sha256": sha}).encode()
    digest = effect_digest(said)
    event = {"effect": "F1", "attempt": "A1.1", "verb": "send", "connector": "maildir", "digest": digest,
             "content": ledger.blob(said), "body": body, "fields": ["company"]}  # fmt: skip
    ledger.event("gtm", "effect.proposed", event)
    whole = batch_digest([digest])
    ledger.question(digest=whole, items=[{"id": "gtm/F1", "digest": digest, "preview": "send"}])
    return whole


def test_a_person_sees_the_exact_bytes_and_types_the_code(
    ledger: Ledger, terminal: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = _mails(ledger)
    monkeypatch.setattr("builtins.input", lambda _question: digest[:4])
    with answering(ledger.home, ids=("F1",)):
        assert main(["approve", "gtm/Q4"]) == 0
    out = capsys.readouterr().out
    assert "│ To       maya@north.example" in out
    assert "│ Subject  Grüße" in out
    assert "│ Hi Maya<U+001B>[2J," in out
    assert "private   company" in out
    assert "approved 1 of 1" in out
    assert _inbox(ledger.home)[0][4] == "human:me"


def test_anything_else_than_the_code_approves_nothing(
    ledger: Ledger, terminal: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _mails(ledger)
    monkeypatch.setattr("builtins.input", lambda _question: "yes")
    assert main(["approve", "gtm/Q4"]) == 1
    assert "nothing was approved" in capsys.readouterr().err
    assert _inbox(ledger.home) == []


def test_bytes_that_are_not_those_of_the_digest_cannot_be_approved(
    ledger: Ledger, terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    _mails(ledger, tampered=True)
    assert main(["approve", "gtm/Q4"]) == 1
    captured = capsys.readouterr()
    assert "! these bytes are not those that the digest was made of" in captured.out
    assert "are not whole" in captured.err


# -- the answer


def test_without_an_engine_the_command_is_kept(home: Home) -> None:
    order = Order("stop:gtm:1", "stop", "gtm", {"because": "x"})
    with pytest.raises(EngineUnavailableError, match="the command is kept; it will be decided when an engine runs"):
        submit(home, order, ME, start_engine=False)
    assert [row[0] for row in _inbox(home)] == ["stop:gtm:1"]


def test_what_was_refused_may_be_asked_anew(home: Home) -> None:
    order = Order("approve:gtm/Q4:d", "approve", "gtm", {})
    with answering(home, "refused", "paused"), pytest.raises(SaysNoError, match="paused"):
        submit(home, order, ME)
    with answering(home) as seen:
        assert submit(home, order, ME)["state"] == "done"
    assert seen == ["approve"]
    assert len({row[0] for row in _inbox(home)}) == 2


def test_the_same_press_is_answered_once(home: Home) -> None:
    order = Order("approve:gtm/Q4:e", "approve", "gtm", {})
    with answering(home, ids=("F1",)) as seen:
        assert submit(home, order, ME)["ids"] == submit(home, order, ME)["ids"] == ["F1"]
    assert seen == ["approve"]


def test_an_engine_that_does_not_answer_is_said_to(home: Home) -> None:
    lock = FileLock(home.lock)
    assert lock.take(lock)
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
        conn.execute("UPDATE lease SET owner = 'test'")
    try:
        with pytest.raises(EngineUnavailableError, match="no answer"):
            submit(home, Order("k", "stop", "gtm", {}), ME, patience_s=0.05)
    finally:
        lock.drop(lock)


def test_a_csv_file_given_twice_is_one_import(ledger: Ledger, tmp_path: object) -> None:
    ledger.mission()
    file = ledger.home.root / "numbers.csv"
    file.write_text("metric,value\ncalls,3\ncalls,4\n")
    with answering(ledger.home, ids=("E1",)) as seen:
        assert main(["evidence", "import", "gtm", str(file)]) == 0
        assert main(["evidence", "import", "gtm", str(file)]) == 0
    assert seen == ["evidence", "evidence"]


def test_a_decision_is_taken_back_by_the_item_that_it_was_about(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.mission()
    ledger.event("gtm", "attention.raised", {"attention": "Q1", "kind": "approve"})
    monkeypatch.setenv("COCKPIT_DECISION_TOKEN", token(ledger.home))
    with answering(ledger.home, ids=("Q2",)):
        assert main(["undo", "q1"]) == 0
    assert [(kind, body["attention"]) for _key, kind, _mission, body, _actor in _inbox(ledger.home)] == [("undo", "Q1")]
    assert "taken back: it waits as gtm/Q2, with the same bytes, recorded as decided by" in capsys.readouterr().out
    assert main(["undo", "Q9"]) == 1
    assert "there is nothing of this id" in capsys.readouterr().err
