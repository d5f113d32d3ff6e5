"""Every bad input of the list, through the real command line: the right exit code, one clear line, nothing lost."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cockpit.__main__ import main
from engine.home import Home
from tests.e2e.contracts import LETTERS, letters, one_command
from tests.e2e.stage import Stage

SHAPE = re.compile(r"(?P<where>\S.*?): (?P<what>\S.*?); (?P<mend>\S.*)")
"""`where: what; how to mend it`."""

CYCLE = LETTERS.replace("role: measurer\n      verb", "role: measurer\n      needs: [again]\n      verb", 1)
BOMB = "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\nmission: x\n"

UNREADABLE: dict[str, tuple[bytes, str]] = {
    "random bytes": (bytes(range(256)) * 20, "save it as UTF-8"),
    "UTF-16": ("mission: x\n".encode("utf-16"), "save it as UTF-8"),
    "a NUL byte": (b"mission: x\0y\n", "holds a NUL byte"),
    "empty": (b"", "is empty"),
    "one MB": (b"a" * 2**20, "larger than 64 KiB"),
    "nested 10,000 deep": (b"mission: " + b"[" * 10_000, "nested more than 20 deep"),
    "nested mappings": (b"\n".join(b" " * n + b"a:" for n in range(200)), "nested more than 20 deep"),
    "not YAML": (b"mission: 'x\n", "is not YAML"),
    "a list": (b"- mission\n", "not a contract"),
    "two documents": (b"mission: x\n---\nmission: y\n", "second document"),
}
WRONG: dict[str, tuple[str, str]] = {
    "an unknown key": (LETTERS.replace("budget: {money", "bugdet: {money"), "did you mean budget?"),
    "an alias bomb": (BOMB, "is refused; write the value out"),
    "a tag": (LETTERS.replace("id: small", "id: !!python/object:os.system small"), "is refused; delete the tag"),
    "a key twice": (LETTERS.replace("id: small", "id: small\nid: large"), "id"),
    "a bad amount": (LETTERS.replace("5 USD", "five hundred"), '"five hundred" is not an amount; write 500 USD'),
    "a negative amount": (LETTERS.replace("5 USD", "-5 USD"), "budget.money"),
    "a missing input": (LETTERS.replace("leads: leads.csv", "leads: nowhere.csv"), '"nowhere.csv" does not exist'),
    "an input outside": (LETTERS.replace("leads: leads.csv", "leads: ../../../../etc/passwd"), "inputs.leads"),
    "a dependency cycle": (CYCLE, "wait for each other: measure → again → measure"),
    "an unknown role": (LETTERS.replace("role: writer", "role: wirter"), "did you mean writer?"),
    "an unknown tool's connector": (LETTERS.replace("maildir", "pigeon"), '"pigeon" is not provided'),
    "an unknown verb": (LETTERS.replace("verb: draft", "verb: darft"), '"darft" is not a verb; did you mean draft?'),
    "an unknown fact": (LETTERS.replace("tasks.open", "tasks.opne"), "tasks.open"),
}


def clear(line: str) -> str:
    """A line of the form `where: what; how to mend it` in which nothing steers a terminal."""
    assert SHAPE.fullmatch(line), line
    assert line.isprintable()
    assert "Error" not in line
    return line


def in_process(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *args: str
) -> tuple[int, list[str]]:
    """A command in this process, for what needs no process of its own: its code and its lines on standard error."""
    for name, value in stage.environ().items():
        monkeypatch.setenv(name, value)
    for name in ("COCKPIT_DECISION_TOKEN", "COCKPIT_ATTEMPT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(stage.folder)
    capsys.readouterr()
    try:
        code = main(args)
    except SystemExit as end:  # how argparse ends a call that makes no sense
        code = int(str(end.code))
    return code, capsys.readouterr().err.splitlines()


# -- contracts


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_contract_is_bad_input(
    stage: Stage, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, word = UNREADABLE[name]
    stage.write("bad.yaml", data)
    for command in ("check", "start"):
        code, lines = in_process(stage, capsys, monkeypatch, command, "bad.yaml")
        assert code == 2
        assert len(lines) == 1
        assert word in lines[0]
        assert lines[0].startswith("bad.yaml:")
    assert not stage.home.root.exists(), "nothing was made for it"


@pytest.mark.parametrize("place", ["a folder", "a pipe", "/dev/zero", "nowhere"])
def test_what_is_no_file_is_bad_input(stage: Stage, place: str) -> None:
    (stage.folder / "a folder").mkdir()
    os.mkfifo(stage.folder / "a pipe")
    for command in ("check", "start"):
        said = stage.run(command, place, patience_s=10)
        assert said.code == 2
        assert place in clear(said.complaint)


@pytest.mark.parametrize("name", WRONG)
def test_a_contract_with_mistakes_is_refused_with_a_line_for_each(
    stage: Stage, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, word = WRONG[name]
    letters(stage)
    stage.write("bad.yaml", text)
    for command in ("check", "start"):
        code, lines = in_process(stage, capsys, monkeypatch, command, "bad.yaml")
        assert code == 1
        assert any(word in line for line in lines), lines
        assert all(re.match(r"bad\.yaml:\d+:\d+ \S+: \S", line) for line in lines)
    assert stage.home.ledger.stat().st_size == 0, "nothing was given to any engine"


def test_a_mistake_leaves_what_is_there_alone(stage: Stage) -> None:
    file = one_command(stage, "print('size: 3')")
    stage.fine("start", file, "--wait")
    before = stage.fine("log", "one", "--json").out
    stage.write("bad.yaml", "mission: [\n")
    assert stage.run("start", "bad.yaml").code == 2
    assert stage.run("show", "two").code == 2
    assert stage.decide("approve", "Q9", "--digest", "a" * 64).code == 1
    assert stage.fine("log", "one", "--json").out == before


# -- homes and ledgers


def test_a_file_where_the_home_belongs(stage: Stage) -> None:
    letters(stage)
    (stage.root / "file").write_text("mine")
    for home in (stage.root / "file", stage.root / "file" / "below"):
        for command in (["ls"], ["start", "small.yaml"]):
            said = stage.run(*command, environ={"COCKPIT_HOME": str(home)})
            assert said.code == 3
            assert "is a file where a folder belongs" in clear(said.complaint)
        assert stage.run("doctor", environ={"COCKPIT_HOME": str(home)}).code == 1
    assert (stage.root / "file").read_text() == "mine"


def test_a_home_whose_parents_are_missing_is_made(stage: Stage) -> None:
    letters(stage)
    deep = Home.at(stage.root / "a" / "b" / "c")
    kept = stage.run("start", "small.yaml", "--no-engine", environ={"COCKPIT_HOME": str(deep.root)})
    assert kept.code == 3
    assert deep.ledger.stat().st_mode & 0o777 == 0o600


def test_a_home_that_may_not_be_written(stage: Stage) -> None:
    letters(stage)
    said = stage.run("start", "small.yaml", environ={"COCKPIT_HOME": "/proc/cockpit"})
    assert said.code == 3
    assert "choose another home" in clear(said.complaint)
    if os.getuid() == 0:
        return  # modes do not bind this user; the kernel's own read-only folders above do
    stage.home.root.chmod(0o500)
    said = stage.run("start", "small.yaml")
    stage.home.root.chmod(0o700)
    assert said.code == 3
    clear(said.complaint)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


LEDGERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "random bytes": ("is not a ledger", lambda path: path.write_bytes(bytes(range(1, 255)) * 40)),
    "cut short": ("is cut short", lambda path: os.truncate(path, 20_000)),
    "the head only": ("is cut short", lambda path: os.truncate(path, 50)),
    "a folder": ("is a folder", _folder),
    "another program's": ("is an SQLite file of another program", lambda path: _sql(path, "PRAGMA application_id=7")),
}


def _sql(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(statement)
        conn.commit()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a ledger with a finished mission."""
    stage = Stage(tmp_path_factory.mktemp("whole"))
    try:
        stage.run("start", one_command(stage, "print('size: 3')"), "--no-engine")
        stage.fine("engine", "--until-idle")
        with closing(sqlite3.connect(stage.home.ledger)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return stage.home.ledger.read_bytes()
    finally:
        stage.close()


def _begun(stage: Stage, whole: bytes) -> None:
    """Put that ledger into the stage, with the contract beside it."""
    one_command(stage, "print('size: 3')")
    stage.home.ensure()
    stage.home.ledger.write_bytes(whole)


@pytest.mark.parametrize("name", LEDGERS)
def test_a_ledger_that_is_none_or_damaged(
    stage: Stage, whole: bytes, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _begun(stage, whole)
    word, damage = LEDGERS[name]
    damage(stage.home.ledger)
    size = stage.home.ledger.stat().st_size
    for command in (["ls"], ["start", "one.yaml"], ["receipt", "one"], ["stop", "one"]):
        code, lines = in_process(stage, capsys, monkeypatch, *command)
        assert code == 3
        assert len(lines) == 1
        assert word in lines[0]
        assert SHAPE.fullmatch(lines[0])
    engine = stage.run("engine", "--until-idle")
    assert engine.code == 3
    assert word in clear(engine.complaint)
    assert in_process(stage, capsys, monkeypatch, "doctor")[0] == 1
    assert stage.home.ledger.stat().st_size == size, "what is damaged is not touched"
    if stage.home.ledger.is_dir():
        shutil.rmtree(stage.home.ledger)
    stage.home.ledger.write_bytes(whole)
    assert in_process(stage, capsys, monkeypatch, "show", "one")[0] == 0, "and put back, it is whole"


def test_a_newer_ledger_is_read_and_not_written(stage: Stage, whole: bytes) -> None:
    _begun(stage, whole)
    _sql(stage.home.ledger, "PRAGMA user_version=99")
    before = stage.home.ledger.read_bytes()
    assert stage.json("ls")[0]["state"] == "finished"
    for command in (["start", "one.yaml"], ["engine"]):
        said = stage.run(*command)
        assert said.code == 3
        assert "newer release" in clear(said.complaint)
    assert stage.home.ledger.read_bytes() == before


def test_an_empty_ledger_file_is_a_new_one(stage: Stage) -> None:
    stage.home.ensure()
    assert "no missions yet" in stage.fine("ls").out
    assert stage.run("start", one_command(stage, "print('size: 3')"), "--wait").code == 0


def test_a_ledger_that_another_program_locks(stage: Stage, whole: bytes) -> None:
    _begun(stage, whole)
    with closing(sqlite3.connect(stage.home.ledger, isolation_level=None)) as conn:
        conn.execute("BEGIN EXCLUSIVE")
        conn.execute("INSERT INTO blobs VALUES ('x', x'00')")
        said = stage.run("start", "one.yaml")
        assert said.code == 3
        assert "is locked by another program; close what holds it open" in clear(said.complaint)
        conn.execute("ROLLBACK")
    assert stage.json("ls")[0]["state"] == "finished"


def test_a_lock_file_that_somebody_else_holds_means_an_engine_that_does_not_answer(stage: Stage, whole: bytes) -> None:
    _begun(stage, whole)
    with stage.home.lock.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = stage.run("engine")
        assert said.code == 3
        assert "another engine runs already" in said.complaint


# -- arguments


@pytest.mark.parametrize(
    ("code", "args"),
    [
        (2, ["frobnicate"]),
        (2, ["show"]),
        (2, ["show", "nobody"]),
        (2, ["log", "../../etc"]),
        (2, ["new", "nothing-like-it"]),
        (2, ["new", "gtm-channel", "-o", "small.yaml"]),
        (2, ["receipt", "verify", "nowhere.json"]),
        (2, ["receipt", "verify", "small.yaml"]),
        (2, ["start", "small.yaml", "--seed", "-1"]),
        (2, ["suppress", "not an address"]),
        (2, ["spend", "--by", "moon"]),
        (1, ["why", "Q77"]),
        (1, ["approve", "Q1", "--digest", "x"]),
        (2, ["evidence", "add", "nobody", "size", "3"]),
        (2, ["evidence", "import", "nobody", "nowhere.csv"]),
    ],
)
def test_bad_arguments(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, code: int, args: list[str]
) -> None:
    letters(stage)
    told, lines = in_process(stage, capsys, monkeypatch, *args)
    assert (told, len(lines)) == (code, 1), lines
    assert SHAPE.fullmatch(lines[0]), lines[0]
