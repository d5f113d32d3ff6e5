"""`cockpit artifacts`: what a mission made is listed, read and taken out byte for byte, and nothing is overwritten."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cockpit.__main__ import main
from cockpit.cli.made import made
from engine.home import Home
from engine.values import sha256
from tests.cockpit.ledger import Ledger, card, home_at

DRAFT = b"# Draft\n\nhello \x1b[2J there\n"
PICTURE = b"\x89PNG\0\xff"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Two branches with a task each: one accepted with its second attempt, one still under review."""
    monkeypatch.setenv("COCKPIT_HOME", str(tmp_path / "home"))
    home = home_at(tmp_path / "home")
    ledger = Ledger(home)
    ledger.view("card", "gtm", "gtm", card("gtm"))
    for branch, key in (("B1", "cold"), ("B2", "warm")):
        ledger.event("gtm", "branch.opened", {"branch": branch, "key": key})
    for task, branch in (("T1", "B1"), ("T2", "B2")):
        ledger.event("gtm", "task.added", {"task": task, "key": "draft", "branch": branch, "title": "draft batch 1"})
    _file(ledger, "P1", "draft.md", b"too early\n", "T1", "A1.1")
    _file(ledger, "P2", "draft.md", DRAFT, "T1", "A1.2")
    ledger.event("gtm", "task.accepted", {"task": "T1", "attempt": "A1.2"})
    _file(ledger, "P3", "draft.md", b"warm\n", "T2", "A2.1")
    _file(ledger, "P4", "chart.png", PICTURE, "T2", "A2.1")
    return home


def _file(ledger: Ledger, name: str, file: str, content: bytes, task: str, attempt: str) -> None:
    body = {"artifact": name, "name": file, "sha": ledger.blob(content), "bytes": len(content), "media": "text/plain"}
    ledger.event("gtm", "artifact.produced", {**body, "task": task, "attempt": attempt})


def test_what_stands_is_listed_and_what_was_not_accepted_says_so(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["artifacts", "gtm"]) == 0
    said = capsys.readouterr().out
    lines = [line.split() for line in said.splitlines() if line.startswith("  P")]
    assert [(line[0], line[1], "not" in line) for line in lines] == [
        ("P2", "draft.md", False), ("P3", "draft.md", True), ("P4", "chart.png", True),
    ]  # fmt: skip
    assert "1 more that other attempts left: --all" in said
    assert main(["artifacts", "gtm", "--all", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["id"], row["accepted"], row["branch"]) for row in rows] == [
        ("gtm/P1", False, "cold"), ("gtm/P2", True, "cold"), ("gtm/P3", False, "warm"), ("gtm/P4", False, "warm"),
    ]  # fmt: skip
    assert rows[1]["sha256"] == sha256(DRAFT)


def test_one_is_read_behind_the_gutter_and_steers_no_terminal(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["artifacts", "gtm", "P2"]) == 0
    said = capsys.readouterr().out
    assert "│ # Draft" in said
    assert "\x1b" not in said
    assert main(["artifacts", "gtm", "chart.png"]) == 0
    assert "it is no text; -o FILE writes it" in capsys.readouterr().out
    assert main(["artifacts", "gtm", "chart.png", "--json"]) == 0
    assert base64.b64decode(json.loads(capsys.readouterr().out)["base64"]) == PICTURE


def test_a_name_that_several_tasks_made_is_asked_about(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["artifacts", "gtm", "draft.md"]) == 2
    assert "say which: gtm/P2 of cold, gtm/P3 of warm" in capsys.readouterr().err
    assert main(["artifacts", "gtm", "nothing.md"]) == 1
    assert "no file of this id or name was made; cockpit artifacts gtm" in capsys.readouterr().err


def test_all_are_written_byte_for_byte_and_nothing_is_replaced(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["artifacts", "gtm", "-o", str(out)]) == 0
    files = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert files == {"cold/draft/draft.md": DRAFT, "warm/draft/draft.md": b"warm\n", "warm/draft/chart.png": PICTURE}
    (out / "cold/draft/draft.md").unlink()
    assert main(["artifacts", "gtm", "-o", str(out)]) == 2
    assert "is there already; nothing was written" in capsys.readouterr().err
    assert not (out / "cold/draft/draft.md").exists()
    assert main(["artifacts", "gtm", "P1", "-o", str(tmp_path / "early.md")]) == 0
    assert (tmp_path / "early.md").read_bytes() == b"too early\n"


def test_one_goes_to_a_pipe_as_it_is_and_to_no_terminal(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Out(io.TextIOWrapper):
        terminal = False

        def isatty(self) -> bool:
            return self.terminal

    out = Out(io.BytesIO())
    monkeypatch.setattr("sys.stdout", out)
    assert main(["artifacts", "gtm", "P2", "-o", "-"]) == 0
    buffer = out.buffer
    assert isinstance(buffer, io.BytesIO)
    assert buffer.getvalue() == DRAFT
    out.terminal = True
    assert main(["artifacts", "gtm", "P2", "-o", "-"]) == 2
    assert main(["artifacts", "gtm", "-o", "-"]) == 2


def test_what_was_erased_is_said(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    Ledger(home).run("DELETE FROM blobs WHERE sha = ?", sha256(DRAFT))
    assert main(["artifacts", "gtm", "P2"]) == 1
    assert "its content was erased" in capsys.readouterr().err


def test_a_task_that_was_sent_back_shows_nothing_as_accepted_until_that_is_taken_back() -> None:
    def event(kind: str, **body: Any) -> dict[str, Any]:
        return {"mission": "gtm", "kind": kind, "at": 0, "body": {"task": "T1", **body}}

    file = event("artifact.produced", artifact="P1", name="a", sha="x", bytes=1, media="", attempt="A1.1")
    history = [file, event("task.accepted", attempt="A1.1"), event("task.retried")]
    assert [(one.accepted, one.stands) for one in made(history)] == [(False, True)]
    assert [one.accepted for one in made([*history, event("task.restored")])] == [True]


@pytest.mark.parametrize("name", ["../up.md", ".hidden", "a/b.md", "x\n.md"])
def test_a_worker_does_not_say_where_a_file_is_put(home: Home, tmp_path: Path, name: str) -> None:
    ledger = Ledger(home)
    ledger._heights["gtm"] = 100
    _file(ledger, "P9", name, b"x", "T2", "A2.2")
    assert main(["artifacts", "gtm", "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out/warm/draft/P9").read_bytes() == b"x"
    assert {path.name for path in tmp_path.iterdir()} == {"home", "out"}
