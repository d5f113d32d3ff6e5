"""P5: `cockpit doctor` finds each kind of damage, says how to mend it, and the mend that it names mends it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cockpit import __version__
from cockpit.__main__ import main
from cockpit.cli import machine
from cockpit.cli.damage import REBUILD, RESTORE
from cockpit.cli.doctor import LEDGER, examine
from cockpit.cli.finding import Finding
from cockpit.cli.receipt import build, dump
from engine.home import Home
from engine.ledger.anchor import Anchor
from engine.ledger.backup import back_up
from engine.ledger.lease import FileLock
from engine.ledger.reader import Reader
from engine.values import sha256
from tests.durable.living import Living

Damage = Callable[[Home], object]


def sql(*statements: str) -> Damage:
    """What somebody with another tool did to the ledger."""

    def damage(home: Home) -> None:
        with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
            conn.execute("PRAGMA recursive_triggers=OFF")
            for trigger in ("update", "delete", "replace"):
                conn.execute(f"DROP TRIGGER IF EXISTS events_no_{trigger}")
            for statement in statements:
                conn.execute(statement)

    return damage


def written(content: bytes) -> Damage:
    return lambda home: home.ledger.write_bytes(content)


def truncated(home: Home) -> None:
    os.truncate(home.ledger, home.ledger.stat().st_size // 2)


def flipped(home: Home) -> None:
    """One bit of a body."""
    whole = bytearray(home.ledger.read_bytes())
    whole[whole.index(b'"because":') + 12] ^= 1
    home.ledger.write_bytes(bytes(whole))


def deleted(home: Home) -> None:
    with Reader.open(home.ledger) as reader:
        Anchor(home.ledger).note(reader)
    home.ledger.unlink()


def old_copy(home: Home) -> None:
    """The end is gone, and every chain is whole."""
    with Reader.open(home.ledger) as reader:
        Anchor(home.ledger).note(reader)
    sql("DELETE FROM events WHERE seq > (SELECT MAX(seq) - 5 FROM events)")(home)


def folder(home: Home) -> None:
    home.ledger.unlink()
    home.ledger.mkdir()


def fails(home: Home) -> list[Finding]:
    return [finding for finding in examine(home, LEDGER) if finding.state == "fail"]


DAMAGE: dict[str, tuple[Damage, str, str]] = {
    "a body": (sql("UPDATE events SET body = '{}' WHERE height = 7"), "the stored body of event 7", RESTORE),
    "a body's hash": (sql("UPDATE events SET body_hash = hash WHERE height = 7"), "of event 7", RESTORE),
    "a hash": (sql("UPDATE events SET hash = prev WHERE height = 7"), "event 7", RESTORE),
    "a link": (sql("UPDATE events SET prev = hash WHERE height = 7"), "event 7", RESTORE),
    "who did it": (sql("UPDATE events SET actor = 'human:eve' WHERE height = 7"), "event 7", RESTORE),
    "when it was": (sql("UPDATE events SET wall = wall + 1 WHERE height = 7"), "event 7", RESTORE),
    "a gap": (sql("DELETE FROM events WHERE height = 7"), "height 8 where 7 belongs", RESTORE),
    "a blob": (sql("UPDATE blobs SET content = x'00' WHERE rowid = 3"), "does not fit its name", RESTORE),
    "a missing blob": (sql("DELETE FROM blobs"), "gtm: missing are source of event 1 (mission.created)", RESTORE),
    "a result": (
        sql("UPDATE results SET body = json_set(body, '$.summary', 'x') WHERE rowid = 2"),
        "the result of job gtm/",
        RESTORE,
    ),
    "a command": (sql("UPDATE inbox SET actor = 'human:eve' WHERE id = 2"), "the command approve:", RESTORE),
    "an answer": (sql("UPDATE inbox SET error = 'no' WHERE id = 2"), "the answer to command approve:", RESTORE),
    "a forged answer": (
        sql("INSERT INTO inbox(key, kind, mission, body, actor, wall, seal) VALUES ('k', 'x', 'm', '{}', 'a', 1, 's')"),
        "the command k is not what was written",
        RESTORE,
    ),
    "a row of a screen": (
        sql("UPDATE views SET body = json_set(body, '$.title', 'x') WHERE kind = 'card'"),
        "1 rows differ from the events: card gtm",
        REBUILD,
    ),
    "a row that cannot be read": (sql("UPDATE views SET body = '{' WHERE kind = 'card'"), "card gtm", REBUILD),
    "a row that went": (sql("DELETE FROM views WHERE kind = 'task'"), "rows differ from the events: task", REBUILD),
    "a row of nobody": (sql("INSERT INTO views VALUES ('card', 'eve', 'eve', '{}', 1)"), "card eve", REBUILD),
    "a flipped bit": (flipped, "event", RESTORE),
    "half a file": (truncated, "is cut short", "restore a backup"),
    "a header alone": (lambda home: os.truncate(home.ledger, 60), "is cut short (60 bytes)", "restore a backup"),
    "junk": (written(b"hello " * 1_000), "is not a ledger (not an SQLite file)", "move it away"),
    "a folder": (folder, "is a folder", "move it away"),
    "another program's file": (sql("PRAGMA application_id=42"), "of another program", "move it away"),
    "a deleted file": (deleted, "newest.json tell that it was there", "cockpit restore FILE"),
    "a cut end": (old_copy, "was here and is not: the end was cut off", RESTORE),
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(begun: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the home that tests damage; nothing is wrong with that home."""
    assert fails(begun) == []
    return back_up(begun.ledger, tmp_path_factory.mktemp("backup") / "copy.db").path


@pytest.mark.parametrize("name", DAMAGE)
def test_p5_damage_is_found_with_its_mend_and_a_backup_mends_it(home: Home, whole: Path, name: str) -> None:
    damage, words, mend = DAMAGE[name]
    damage(home)
    found = fails(home)
    assert any(words in finding.detail for finding in found), found
    assert all(finding.mend for finding in found)
    assert any(mend in finding.mend for finding in found if words in finding.detail), found
    if mend == REBUILD:
        assert main(["doctor", "--rebuild", "--json"]) == 0
        assert fails(home) == []
        return
    if home.ledger.is_dir():
        home.ledger.rename(home.root / "away")
    assert main(["restore", str(whole), "--yes"]) == 0
    assert fails(home) == []
    if name not in ("a deleted file", "a folder"):
        assert list(home.root.glob("ledger.db.before-restore-*")), "the damaged file is kept"


def test_p5_a_newer_ledger_is_named_with_what_to_do(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    sql("PRAGMA user_version=999")(home)
    main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    (told,) = (one for one in found if "newer release" in one["detail"])
    assert (told["state"], "update Mission Cockpit" in told["mend"]) == ("warn", True)
    assert main(["doctor", "--rebuild"]) == 3
    assert "was written by a newer release" in capsys.readouterr().err


def test_p5_a_locked_ledger_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ledger.file.BUSY_MS", 1)
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
        conn.execute("PRAGMA locking_mode=EXCLUSIVE")
        conn.execute("BEGIN EXCLUSIVE")
        (found,) = fails(home)
        conn.execute("ROLLBACK")
    assert "is locked by another program" in found.detail
    assert "close what holds it open" in found.mend
    assert fails(home) == []


def test_p5_a_ledger_that_may_not_be_written_is_a_failure(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    (found,) = fails(home)
    assert "may not be written by this user" in found.detail
    assert "chmod u+rw" in found.mend


def test_p5_rights_are_looked_at_down_to_the_copies(home: Home) -> None:
    assert [one.state for one in machine.permissions(home)] == ["ok"]
    copy = home.root / "ledger.db.bak-1"
    copy.write_bytes(b"")
    for path in (home.ledger, copy, home.outbox):
        path.chmod(0o755)
    found = list(machine.permissions(home))
    assert {one.mend for one in found} == {f"chmod go= {path}" for path in (home.ledger, copy, home.outbox)}
    for one in found:
        subprocess.run(one.mend.split(), check=True)
    assert [one.state for one in machine.permissions(home)] == ["ok"]


def test_p5_a_receipt_kept_elsewhere_proves_that_the_end_is_missing(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Reader.open(home.ledger) as reader:
        (tmp_path / "receipt.json").write_text(dump(build(reader, "gtm")))
        height = reader.head("gtm")["height"]
    call = ["doctor", "--json", "--receipt", str(tmp_path / "receipt.json")]
    main(call)
    assert f"the ledger holds the {height} events of gtm" in capsys.readouterr().out
    sql(f"DELETE FROM events WHERE height > {height - 6}")(home)
    assert main(call) == 1
    found = [one for one in json.loads(capsys.readouterr().out) if one["check"] == "receipt"]
    words = f"accounts for {height} events of gtm, the ledger has {height - 6}: its end was cut off"
    assert found[0]["detail"].endswith(words)
    assert main(["doctor", "--receipt", str(tmp_path / "nothing.json")]) == 1


async def test_p5_a_deleted_write_ahead_log_is_noticed(tmp_path: Path) -> None:
    one = Living(tmp_path / "home")
    async with one:
        slug = await one.begin_template(tmp_path / "contracts", seed=39)
        await one.work(lambda: one.state(slug).height > 60)
        with Reader.open(one.home.ledger) as reader:
            Anchor(one.home.ledger).note(reader)
        for path in one.home.root.glob("ledger.db*"):  # as they lie there when the machine loses its power
            shutil.copy2(path, tmp_path / path.name)
    for path in one.home.root.glob("ledger.db*"):
        path.unlink()
    shutil.copy2(tmp_path / "ledger.db", one.home.ledger)  # somebody thought that the -wal was rubbish
    found = fails(one.home)
    assert any("was here and is not" in finding.detail or "is gone" in finding.detail for finding in found), found


# -- around the ledger


def lease(home: Home, *, beat: int, pid: int = 0) -> None:
    owner = f"{socket.gethostname()}:{pid or os.getpid()}:x"
    sql(f"UPDATE lease SET owner = '{owner}', beat = {beat}, version = '{__version__}'")(home)


def test_p5_an_engine_that_died_without_a_word_is_told(home: Home) -> None:
    lease(home, beat=int(time.time() * 1000) - 3 * 3_600_000)
    (found,) = machine.engine(home)
    assert (found.state, "ended without a word 3h" in found.detail) == ("warn", True)


def test_p5_an_engine_that_does_not_beat_is_a_failure_with_its_process(home: Home) -> None:
    lock = FileLock(home.lock)
    assert lock.take(None)
    lease(home, beat=int(time.time() * 1000) - 60_000, pid=4_000_000)
    (found,) = machine.engine(home)
    lock.drop(None)
    assert found.state == "fail"
    assert "has not said for 1m that it lives (process 4000000)" in found.detail
    assert "kill -9 4000000" in found.mend


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="told by /proc")
def test_p5_an_engine_on_a_deleted_file_is_a_failure(home: Home) -> None:
    lock = FileLock(home.lock)
    assert lock.take(None)
    lease(home, beat=int(time.time() * 1000))
    with closing(sqlite3.connect(home.ledger)) as conn:
        conn.execute("SELECT 1 FROM sqlite_master")
        kept = home.ledger.read_bytes()
        home.ledger.unlink()
        home.ledger.write_bytes(kept)
        found = list(machine.engine(home))
    lock.drop(None)
    assert any(one.state == "fail" and "ledger.db, which was deleted" in one.detail for one in found)


def test_p5_processes_of_ended_attempts_are_told(home: Home) -> None:
    cookie = f"gtm/A1.1+{sha256(str(home.root).encode())[:16]}"
    line = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
    with subprocess.Popen(line, env={**os.environ, "COCKPIT_ATTEMPT": cookie}, stdout=subprocess.PIPE) as left:
        assert left.stdout is not None
        left.stdout.readline()
        (found,) = machine.orphans(home)
        left.send_signal(signal.SIGKILL)
    assert f"({left.pid}, of gtm/A1.1)" in found.detail
    assert "cockpit engine" in found.mend
    assert list(machine.orphans(home)) == []


def test_p5_a_full_disk_and_a_full_table_of_files_are_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home.root)
    for free, state in ((100 * 2**20, "warn"), (2**20, "fail")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free: usage._replace(free=free))
        assert [one.state for one in machine.disk(home) if "MiB" in one.detail] == [state]
    monkeypatch.setattr(machine, "FEW_FILES", 2**62)
    assert any("more files can be made" in one.detail for one in machine.disk(home))


def test_p5_a_network_file_system_and_a_synced_folder_are_guessed(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import psutil

    assert machine.shared(home.root) == ""
    part = psutil.disk_partitions(all=True)[0]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [part._replace(mountpoint=str(tmp_path), fstype="nfs4")])
    (found,) = machine.file_system(home)
    assert (found.state, "network file system (nfs4)" in found.detail) == ("fail", True)
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [])
    (found,) = machine.file_system(Home.at(tmp_path / "Dropbox" / "home"))
    assert (found.state, "lies in Dropbox" in found.detail) == ("warn", True)


@pytest.mark.parametrize(("release", "state"), [((3, 36, 9), "fail"), ((3, 40, 1), "warn"), ((3, 51, 3), "ok")])
def test_p5_the_release_of_sqlite_is_judged(
    home: Home, monkeypatch: pytest.MonkeyPatch, release: tuple[int, int, int], state: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", release)
    assert [one.state for one in machine.sqlite(home)] == [state]


def test_p5_nothing_is_rebuilt_under_a_living_engine(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    lock = FileLock(home.lock)
    assert lock.take(None)
    assert main(["doctor", "--rebuild"]) == 1
    lock.drop(None)
    assert "an engine is at work on it; end it first: cockpit engine --stop" in capsys.readouterr().err
