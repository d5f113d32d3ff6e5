"""What reaches a real terminal when every text is a payload: text, and the sequences of the screens."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from engine.home import Home
from tests.pty.conftest import Open
from tests.pty.grammar import parse, switched
from tests.pty.payloads import PAYLOADS

DOWN, END, HOME, ESC = "\x1b[6~", "G", "g", "\x1b"
WALKS = {
    "bridge": ("\t", "\t", "\t", "\t", "\t", DOWN, END),
    "board": ("1", DOWN, "w", ESC, END, "\r", ESC),
    "branches": ("1", "l", DOWN, "w", ESC, END, "\r", ESC),
    "context": ("1", "l", "l", "\t", DOWN, "]", "d", "["),
    "spend": ("1", "l", "l", "l", DOWN, "\r", ESC, "g", "g", "W"),
    "log": ("1", "l", "l", "l", "l", DOWN, "e", END, HOME),
    "attention": ("n", "j", "o", "x", "d", DOWN, "c", ESC, "w", ESC),
    "all spend": ("s", DOWN, "\r", ESC, "g"),
    "help and palette": ("?", DOWN, ESC, "\x10", "p", "0", "1"),
}


def written(home: Home) -> tuple[int, int]:
    """How many events and commands the ledger holds."""
    with closing(sqlite3.connect(home.ledger)) as conn:
        events, commands = (conn.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in ("events", "inbox"))
        return events, commands


@pytest.mark.parametrize("size", [(160, 45), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("walk", WALKS)
def test_nothing_but_text_and_our_own_sequences_reach_the_terminal(
    hostile_home: Home, open_at: Open, walk: str, size: tuple[int, int]
) -> None:
    before = written(hostile_home)
    terminal = open_at(hostile_home, "--no-engine", size=size)
    terminal.wait_for("hostile")
    terminal.settle(0.2)
    for key in WALKS[walk]:
        terminal.press(key)
        terminal.settle(0.12, most_s=2)
    for row in range(6, size[1] - 4, 5):  # what stands behind [@click=...] is text and nothing else
        terminal.click(size[0] // 3, row)
    terminal.settle(0.2)
    assert terminal.process.poll() is None, terminal.text
    terminal.press("\x11")
    assert terminal.ended(30) == 0
    stream = parse(bytes(terminal.raw))
    assert stream.wrong == []
    modes = switched(stream)
    assert modes["1049"] == modes["2004"] == (1, 1)  # no payload has left the screen, or ended bracketed paste
    assert terminal.restored
    assert written(hostile_home) == before


def test_the_payloads_are_shown_in_words(hostile_home: Home, open_at: Open) -> None:
    terminal = open_at(hostile_home, "--no-engine", size=(160, 45))
    terminal.wait_for("hostile")
    terminal.press("1")
    terminal.wait_for(r"P006<U\+001B>\[\?25hp006")
    raw = bytes(terminal.raw)
    assert not [text for text in PAYLOADS if "\x1b" in text and text.encode("utf-8", "replace") in raw]


def test_the_grammar_finds_what_must_not_be_there() -> None:
    found = [text for text in PAYLOADS if not parse(text.encode("utf-8", "surrogatepass")).wrong]
    assert not [text for text in found if "\x9b" in text or "\x1b]" in text or "\u202e" in text or "\ud800" in text]
    assert parse(b"\x1b[?1049h\x1b[1;1Hplain \x1b[38;2;1;2;3mtext\x1b[0m\x1b[?1049l").wrong == []
    for text in (
        "\x1b]52;c;aGk=\x07",
        "\x1bc",
        "\x1b[5n",
        "\x1b[2;3r",
        "\x1b[?47l",
        "\x1bP$q\x1b\\",
        "\u202e",
        "\x9b2J",
    ):
        assert parse(text.encode()).wrong
