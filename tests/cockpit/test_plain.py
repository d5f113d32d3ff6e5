"""The cockpit as lines, at a real terminal."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.home import Home
from tests.cockpit.ledger import Ledger
from tests.pty.conftest import ROOT, environment
from tests.pty.grammar import parse
from tests.pty.payloads import PAYLOADS
from tests.pty.terminal import Terminal


@pytest.fixture
def plain(home: Home) -> Iterator[Terminal]:
    """`cockpit --plain` over the home's ledger, told what to say by the test."""
    argv = [sys.executable, "-m", "cockpit", "--plain"]
    with Terminal(argv, env=environment(home), columns=100, rows=200, cwd=ROOT, controlling=True) as terminal:
        yield terminal


PROMPT = b"cockpit> "


def say(terminal: Terminal, text: str) -> str:
    """What is answered to a line: all that is written until the next prompt."""
    terminal.wait(lambda seen: seen.raw.endswith(PROMPT))
    start = len(terminal.raw)
    terminal.press(text + "\n")
    terminal.wait(lambda seen: len(seen.raw) > start and seen.raw.endswith(PROMPT), timeout_s=60)
    return bytes(terminal.raw[start:]).decode("utf-8")


def test_it_greets_numbers_what_needs_you_and_ends(ledger: Ledger, plain: Terminal) -> None:
    ledger.mission(attention=2)
    ledger.question()
    ledger.question(short="Q5", kind="answer", title="which market?", rank=5, items=[], digest="")
    plain.wait_for("cockpit>")
    shown = bytes(plain.raw).decode() + say(plain, "")
    assert "1. ⚑ needs you: gtm: approve: send 2 mails" in shown
    assert "2. ⚑ needs you: gtm: answer: which market?" in shown
    plain.press("quit\n")
    assert plain.ended(30) == 0


def test_what_happened_since_the_last_prompt_is_told(ledger: Ledger, plain: Terminal) -> None:
    ledger.mission()
    plain.wait_for("cockpit>")
    ledger.event("gtm", "task.accepted", {"task": "T1"})
    assert "draft batch 1 accepted" in say(plain, "")
    assert "accepted" not in say(plain, "")


def test_every_command_works_without_its_first_word(ledger: Ledger, plain: Terminal) -> None:
    ledger.mission()
    plain.wait_for("cockpit>")
    assert "gtm" in say(plain, "ls")
    assert "draft batch 1" in say(plain, "board gtm")
    assert "approve 1" in say(plain, "help")
    assert "cockpit engine" in say(plain, "engine")
    assert plain.process.poll() is None


@pytest.mark.parametrize(
    "said", ["no-such-command", "approve", "99", "0", "'open quote", "show nobody", "approve 7", "-x"]
)
def test_what_cannot_be_done_is_said_in_a_line_and_the_dialogue_goes_on(
    ledger: Ledger, plain: Terminal, said: str
) -> None:
    ledger.mission()
    plain.wait_for("cockpit>")
    answer = say(plain, said)
    assert "Traceback" not in answer
    assert len(answer.strip().splitlines()) >= 2
    assert plain.process.poll() is None


def test_a_number_shows_the_item_with_its_exact_words(ledger: Ledger, plain: Terminal) -> None:
    ledger.mission(attention=1)
    ledger.question(kind="answer", title="which market?", detail="Two are left.", choices=["north", "south"], items=[])
    plain.wait_for("cockpit>")
    say(plain, "")
    answer = say(plain, "1")
    assert "Two are left." in answer
    assert "south" in answer


def test_no_payload_steers_the_terminal(ledger: Ledger, plain: Terminal) -> None:
    ledger.mission(attention=1, title=PAYLOADS[0])
    for number, text in enumerate(PAYLOADS):
        ledger.event("gtm", "task.failed", {"task": "T1", "because": text}, at=1_000 + number)
    for number, text in enumerate(PAYLOADS[::9]):
        ledger.question(short=f"Q{number + 10}", kind="answer", title=text, detail=text, choices=[text], items=[])
    plain.wait_for("cockpit>")
    for command in ("", "ls", "1", "2", "3", "board gtm", "log gtm", "attention"):
        say(plain, command)
    stream = parse(bytes(plain.raw))
    assert stream.wrong == []
    assert not stream.sequences


def test_ctrl_c_ends_nothing_while_an_answer_is_written_and_ctrl_d_ends_it(ledger: Ledger, plain: Terminal) -> None:
    ledger.mission()
    plain.wait_for("cockpit>")
    plain.press("\x04")
    assert plain.ended(30) == 0
    assert plain.cooked


def test_ctrl_c_at_the_prompt_leaves_as_a_shell_expects(plain: Terminal) -> None:
    plain.wait_for("cockpit>")
    plain.settle()
    plain.press("\x03")
    assert plain.ended(30) in {130, -signal.SIGINT}
    assert "Traceback" not in plain.text
    assert plain.cooked


def test_without_a_terminal_it_says_what_programs_use(home: Home, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "cockpit", "--plain"]
    done = subprocess.run(
        argv, env=environment(home), cwd=ROOT, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    assert done.returncode == 2
    assert b"cockpit attention --json" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_at_a_dumb_terminal_it_works(ledger: Ledger, home: Home) -> None:
    ledger.mission()
    argv = [sys.executable, "-m", "cockpit", "--plain"]
    env = environment(home, TERM="dumb", LANG="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    with Terminal(argv, env=env, columns=80, rows=100, cwd=ROOT) as terminal:
        terminal.wait_for("cockpit>")
        say(terminal, "ls")
        assert "gtm" in terminal.text
        assert max(bytes(terminal.raw)) < 0x80
