"""A full disk, a file that goes, a strange home: one clear line, nothing acknowledged lost, never an empty queue."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from cockpit.__main__ import main
from cockpit.client import Client
from engine.errors import PassingStoreError, StoreError
from engine.home import Home
from engine.ledger.anchor import Anchor
from engine.ledger.lease import held
from engine.ledger.reader import Reader
from engine.ledger.verify import verify
from engine.loop.service import patiently
from tests.durable.living import Living

PATIENCE_S = 60.0


# -- a full disk


class Narrow:
    """Every other turn of an engine finds that the file cannot grow."""

    def __init__(self, one: Living) -> None:
        self._conn: sqlite3.Connection = one.store._driver._conn  # type: ignore[attr-defined]
        self._tick, self._turn, self.refused = one.engine.tick, 0, set[str]()
        self.times = 0
        one.engine.tick = self  # type: ignore[method-assign]

    async def __call__(self) -> bool:
        self._turn += 1
        pages = self._conn.execute("PRAGMA page_count").fetchone()[0]
        self._conn.execute(f"PRAGMA max_page_count={pages if self._turn % 2 else 1_000_000}")
        before = self._conn.execute("SELECT COUNT(*) FROM events").fetchone()[0]
        try:
            return await self._tick()
        except PassingStoreError as error:
            self.refused.add(error.what + "; " + error.mend)
            self.times += 1
            assert self._conn.execute("SELECT COUNT(*) FROM events").fetchone()[0] >= before
            return True


async def played(folder: Path, *, narrow: bool) -> tuple[object, ...]:
    """How a mission ends."""
    async with Living(folder / str(narrow)) as one:
        slug = await one.begin_template(folder / "contracts", seed=39)
        disk = Narrow(one) if narrow else None
        await one.work(lambda: one.over(slug))
        if disk:
            assert disk.refused == {"the disk is full, nothing was written; free some space, then try again"}
            assert disk.times >= 5
        with Reader.open(one.home.ledger) as reader:
            assert verify(reader) == []
        state, sent = one.state(slug), list((one.home.outbox / "sandbox" / "new").iterdir())
        return state.status, state.because, state.spent, len(state.attempts), len(sent)


async def test_p16_a_disk_that_is_full_again_and_again_changes_nothing_in_the_end(tmp_path: Path) -> None:
    assert await played(tmp_path, narrow=True) == await played(tmp_path, narrow=False)


async def test_p16_an_engine_waits_for_space_and_gives_up_with_the_sentence() -> None:
    tried = 0

    async def work() -> str:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise PassingStoreError("ledger.db", "the disk is full, nothing was written", "free some space")
        return "written"

    assert await patiently(work, asyncio.Event(), longest=0.0) == "written"
    tried = -100
    with pytest.raises(StoreError, match="the disk is full"):
        await patiently(work, asyncio.Event(), patience=2, longest=0.0)
    stop = asyncio.Event()
    stop.set()
    tried = 0
    with pytest.raises(StoreError):
        await patiently(work, stop)


# -- a ledger that goes while it is in use


def engine(home: Home) -> subprocess.Popen[str]:
    """A real engine, its words in its standard error."""
    environ = {**os.environ, "COCKPIT_HOME": str(home.root)}
    line = [sys.executable, "-m", "cockpit", "engine"]
    process = subprocess.Popen(line, env=environ, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    until(lambda: (held(home.lock) and home.newest.exists()) or process.poll() is not None)
    return process


def until(look: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["ledger.db", "ledger.db-wal"])
def test_p16_an_engine_whose_file_is_deleted_ends_with_exit_code_3_and_the_sentence(home: Home, name: str) -> None:
    process = engine(home)
    try:
        until((home.root / name).exists)
        (home.root / name).unlink()
        said = process.communicate(timeout=PATIENCE_S)[1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert process.returncode == 3, said
    assert f"{home.root / name}: was deleted while the engine had it open; cockpit engine --stop" in said
    assert "Traceback" not in said


def test_p16_a_ledger_that_is_gone_is_never_an_empty_queue(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(home, clock=lambda: 0)
    client.pull()
    shown = dict(client.views.cards)
    assert shown
    with Reader.open(home.ledger) as reader:
        Anchor(home.ledger).note(reader)
    kept = home.ledger.read_bytes()
    home.ledger.unlink()
    with pytest.raises(StoreError, match=r"is gone; newest\.json beside it tells that it was there; put a backup back"):
        client.pull()
    assert dict(client.views.cards) == shown, "what was held stays"
    client.close()
    for call in (["ls"], ["attention"], ["log", "gtm"], ["pause", "gtm"], ["engine", "--until-idle"]):
        assert main(call) == 3, call
        assert "is gone; newest.json beside it" in capsys.readouterr().err
    assert not home.ledger.exists(), "nothing makes a new one in its place"
    home.ledger.write_bytes(kept)
    assert main(["ls"]) == 0


# -- strange surroundings


Said = subprocess.CompletedProcess[str]


def run(*args: str, cwd: Path, limits: Sequence[str] = (), **environ: str) -> Said:
    """A command in an environment of its own, under limits of the shell."""
    plain = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[2]), "TZ": "UTC"}
    line = [sys.executable, "-m", "cockpit", *args]
    if limits:
        line = ["/bin/sh", "-c", f'ulimit {" ".join(limits)}; exec "$@"', "sh", *line]
    return subprocess.run(
        line,
        cwd=cwd,
        env=plain | environ,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=PATIENCE_S,
    )


def one_line(said: Said, code: int) -> str:
    assert said.returncode == code, (said.stdout, said.stderr)
    assert "Traceback" not in said.stderr
    assert said.stderr.count("\n") == 1, said.stderr
    return said.stderr


@pytest.mark.parametrize("name", ["HOME", "XDG_DATA_HOME", "COCKPIT_HOME"])
def test_p16_a_file_where_the_home_belongs_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    home = {"HOME": str(tmp_path)} if name != "HOME" else {}
    for call in (["pause", "gtm"], ["ls"], ["engine"]):
        line = one_line(run(*call, cwd=tmp_path, **home, **{name: str(tmp_path / "file")}), 3)
        assert f"{tmp_path / 'file'}: is a file where a folder belongs" in line


def test_p16_a_home_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    for place in ("/proc/nowhere", "/dev/null/x"):
        line = one_line(run("engine", cwd=tmp_path, HOME=place), 3)
        assert line.startswith(place[:5])
        assert "--home" in line


def test_p16_homes_with_spaces_and_every_alphabet_work(tmp_path: Path) -> None:
    place = tmp_path / "mein Zuhause, 家 ü 'q' %20 #1 ?mode=ro"
    place.mkdir()
    assert run("new", "gtm-channel", "-o", "gtm.yaml", cwd=place, HOME=str(place)).returncode == 0
    said = run("start", "gtm.yaml", "--rehearse", "--no-engine", cwd=place, HOME=str(place))
    assert "the command is kept" in said.stderr
    assert run("engine", "--until-idle", cwd=place, HOME=str(place)).returncode == 0
    assert "gtm" in run("ls", cwd=place, HOME=str(place)).stdout
    assert run("backup", "a copy, 家.db", cwd=place, HOME=str(place)).returncode == 0
    assert run("restore", "a copy, 家.db", "--yes", cwd=place, HOME=str(place)).returncode == 0


def test_p16_few_files_and_little_memory_are_enough_or_named(tmp_path: Path) -> None:
    assert run("new", "gtm-channel", "-o", "gtm.yaml", cwd=tmp_path, HOME=str(tmp_path)).returncode == 0
    run("start", "gtm.yaml", "--rehearse", "--no-engine", cwd=tmp_path, HOME=str(tmp_path))
    few = run("engine", "--until-idle", cwd=tmp_path, limits=("-n", "64"), HOME=str(tmp_path))
    assert few.returncode == 0, few.stderr
    assert "Traceback" not in few.stderr
    little = run("ls", cwd=tmp_path, limits=("-v", str(300 * 1024)), HOME=str(tmp_path))
    assert little.returncode == 0, little.stderr
    assert "gtm" in little.stdout


def test_p16_a_ledger_that_stays_locked_is_one_line_and_what_was_asked_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engine.ledger.file.BUSY_MS", 5)
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        assert main(["pause", "gtm", "--no-engine"]) == 3
        conn.execute("ROLLBACK")
    assert "is locked by another program; close what holds it open, then try again" in capsys.readouterr().err
    with Reader.open(home.ledger) as reader:
        assert reader.query("SELECT COUNT(*) FROM inbox WHERE state = 'pending'") == [(0,)]
