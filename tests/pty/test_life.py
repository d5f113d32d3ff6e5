"""How the cockpit begins and ends at a real terminal: whatever happens, the terminal is as it was."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from engine.home import Home
from tests.pty.conftest import ROOT, Open, environment
from tests.pty.crashing import SECRET
from tests.pty.grammar import parse

SIZES = ((40, 12), (20, 6), (300, 100), (10, 3), (1, 1))
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def test_q_ends_it_with_zero_and_says_nothing(home: Home, open_at: Open) -> None:
    terminal = open_at(home, "--no-engine")
    terminal.wait_for("gtm-signal")
    assert terminal.modes["1049"]
    assert not terminal.cooked
    terminal.press("q")
    assert terminal.ended(30) == 0
    assert terminal.restored
    assert parse(bytes(terminal.raw)).wrong == []
    assert parse(bytes(terminal.raw).partition(b"\x1b[?1049l")[2]).text.strip("\0\r\n") == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_it_and_restores_the_terminal(home: Home, open_at: Open, number: signal.Signals) -> None:
    terminal = open_at(home, "--no-engine")
    terminal.wait_for("gtm-signal")
    terminal.signal(number)
    terminal.ended(30)
    assert terminal.restored, terminal.modes


def test_it_ends_with_its_terminal_when_no_signal_says_so(home: Home) -> None:
    """Under a terminal that is not its controlling one, as below a program that ended before it."""
    master, slave = pty.openpty()
    program = [sys.executable, "-m", "cockpit", "--no-engine"]
    process = subprocess.Popen(
        program, stdin=slave, stdout=slave, stderr=slave, env=environment(home), cwd=ROOT, start_new_session=True
    )
    os.close(slave)
    shown = b""
    while b"gtm-signal" not in shown and select.select([master], [], [], 20)[0]:
        shown += os.read(master, 1 << 16)
    assert b"gtm-signal" in shown
    os.close(master)
    try:
        assert process.wait(30) != 0
    finally:
        process.kill()
        process.wait()


def test_ctrl_c_is_no_end_and_ctrl_q_is(home: Home, open_at: Open) -> None:
    terminal = open_at(home, "--no-engine")
    terminal.wait_for("gtm-signal")
    terminal.press("\x03")
    terminal.settle(0.3)
    assert terminal.process.poll() is None
    terminal.press("\x11")
    assert terminal.ended(30) == 0
    assert terminal.restored


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_it_can_be_put_aside_and_comes_back(home: Home, open_at: Open) -> None:
    terminal = open_at(home, argv=[str(shutil.which("bash")), "--norc", "--noediting", "-i"], controlling=True)
    terminal.press(f"{sys.executable} -m cockpit --no-engine\r")
    terminal.wait_for("gtm-signal")
    terminal.settle()
    terminal.press("\x1a")
    terminal.wait_for("Stopped")
    assert not terminal.modes["1049"]
    assert not terminal.modes["1000"]
    assert terminal.modes["25"]
    terminal.press("fg\r")
    terminal.wait(lambda seen: seen.modes["1049"])
    terminal.settle()
    terminal.press("2")
    terminal.wait_for("Board")
    terminal.press("q")
    terminal.wait(lambda seen: not seen.modes["1049"])


def test_killing_the_screen_changes_nothing(home: Home, open_at: Open) -> None:
    before = dump(home)
    terminal = open_at(home, "--no-engine")
    terminal.wait_for("gtm-signal")
    terminal.press("1")
    terminal.settle()
    terminal.signal(signal.SIGKILL)
    assert terminal.ended(30) == -signal.SIGKILL
    assert dump(home) == before
    again = open_at(home, "--no-engine")
    again.wait_for("gtm-signal")


def dump(home: Home) -> list[str]:
    """All that a ledger holds."""
    with closing(sqlite3.connect(home.ledger)) as conn:
        return list(conn.iterdump())


# -- sizes


@pytest.mark.parametrize(
    "size", [(40, 12), (20, 6), (300, 100), (10, 3), (1, 1)], ids=lambda size: f"{size[0]}x{size[1]}"
)
def test_it_lives_at_every_size(home: Home, open_at: Open, size: tuple[int, int]) -> None:
    terminal = open_at(home, "--no-engine", size=size)
    terminal.wait(lambda seen: seen.modes.get("1049", False))
    terminal.settle(0.4)
    for key in ("\t", "1", "l", "l", "l", "l", "0", "n", "\x1b", "s", "\x1b", "?", "\x1b", "\x10", "\x1b"):
        terminal.press(key)
        terminal.settle(0.05, most_s=1)
    assert terminal.process.poll() is None
    terminal.press("\x11")
    assert terminal.ended(30) == 0
    assert terminal.restored


def test_a_storm_of_sizes(home: Home, open_at: Open) -> None:
    terminal = open_at(home, "--no-engine", controlling=True)
    terminal.wait_for("gtm-signal")
    for number in range(100):
        terminal.resize(20 + (number * 37) % 200, 5 + (number * 13) % 60)
        if number % 10 == 0:
            terminal.press("j")
        terminal.run(0.01)
    terminal.resize(160, 45)
    terminal.wait_for("ranked here because")
    terminal.press("q")
    assert terminal.ended(30) == 0
    assert parse(bytes(terminal.raw)).wrong == []


# -- terminals


def test_without_colours_none_is_sent(home: Home, open_at: Open) -> None:
    terminal = open_at(home, "--no-engine", NO_COLOR="1")
    terminal.wait_for("gtm-signal")
    terminal.press("1")
    terminal.wait_for("enrich 25 leads")
    terminal.press("\x10")
    terminal.wait_for("bridge")
    numbers = {number for found in COLOUR.findall(bytes(terminal.raw)) for number in found[2:-1].split(b";")}
    assert numbers <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"39", b"49"}


@pytest.mark.parametrize("environ", [{"LANG": "C"}, {"LANG": "C.UTF-8", "COCKPIT_ASCII": "1"}], ids=["LANG=C", "ascii"])
def test_without_utf8_everything_is_ascii(home: Home, open_at: Open, environ: dict[str, str]) -> None:
    terminal = open_at(home, "--no-engine", **environ)
    terminal.wait_for("gtm-signal")
    terminal.wait_for(r"\? needs you")
    for key in ("1", "l", "l", "l", "l", "0", "s", "\x1b", "n", "\x1b", "?"):
        terminal.press(key)
        terminal.settle(0.1, most_s=2)
    shown = re.sub(rb"\x1b\[[0-9;?<>]*[A-Za-z]", b"", bytes(terminal.raw))
    assert [hex(byte) for byte in shown if byte > 0x7E] == []


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_is_told_what_works_there(home: Home, open_at: Open, term: str) -> None:
    terminal = open_at(home, TERM=term)
    assert terminal.ended(30) == 2
    assert "cockpit --plain" in terminal.text
    assert b"\x1b" not in bytes(terminal.raw)


def test_where_there_is_no_terminal_it_prints_help(home: Home) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cockpit"],
        env=environment(home),
        cwd=ROOT,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert b"usage" in done.stdout.lower()
    assert b"\x1b" not in done.stdout + done.stderr


def test_standard_error_in_a_file_leaves_the_screen_on_the_terminal(home: Home, open_at: Open, tmp_path: Path) -> None:
    aside = tmp_path / "stderr"
    terminal = open_at(home, "--no-engine", stderr=aside)
    terminal.wait_for("gtm-signal")
    terminal.press("q")
    assert terminal.ended(30) == 0
    assert terminal.restored
    assert aside.read_bytes() == b""


# -- what goes wrong


@pytest.mark.parametrize("what", ["paint", "take"])
def test_a_crash_is_one_harmless_line_and_a_log_without_values(home: Home, open_at: Open, what: str) -> None:
    terminal = open_at(home, what, "--no-engine", argv=[sys.executable, "-m", "tests.pty.crashing"])
    assert terminal.ended(30) == 3
    assert terminal.restored
    assert "an unexpected error (RuntimeError: <U+001B>]52;c;aGk=" in terminal.text.replace("\n", "")
    assert parse(bytes(terminal.raw)).wrong == []
    logs = list(home.log.glob("crash-*.log"))
    assert len(logs) == 1
    assert "RuntimeError" in logs[0].read_text("utf-8")
    assert SECRET not in logs[0].read_text("utf-8") + terminal.text
    assert logs[0].stat().st_mode & 0o777 == 0o600


def test_an_engine_that_cannot_start_is_said_and_the_screen_stays(home: Home, open_at: Open) -> None:
    home.config.write_text("this is not toml [", encoding="utf-8")
    terminal = open_at(home)
    terminal.wait_for("gtm-signal")
    terminal.wait_for("no engine")
    terminal.wait_for("config.toml")
    assert terminal.process.poll() is None
    terminal.press("q")
    assert terminal.ended(30) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_made_is_said_before_any_screen(open_at: Open, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    terminal = open_at(Home.at(tmp_path / "home"))
    assert terminal.ended(30) == 3
    assert b"\x1b[?1049h" not in bytes(terminal.raw)


def test_a_file_in_place_of_the_home_is_said_before_any_screen(open_at: Open, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    terminal = open_at(Home.at(tmp_path / "home"))
    assert terminal.ended(30) == 3
    assert b"\x1b" not in bytes(terminal.raw)
    assert terminal.text.strip().count("\n") <= 1
