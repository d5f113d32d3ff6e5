"""Why something is as it is: asked of a process, shown as it answers, and never waited for without an end."""

from __future__ import annotations

import sys

import pytest

from cockpit.screens.mission import why
from engine.home import Home
from widgets.palette import plain_text


async def test_the_answer_is_what_the_command_says(home: Home) -> None:
    fine, told = await why.ask(home, "gtm-signal/B3")
    assert fine
    assert "reply_quality = 0.55" in told


async def test_what_is_wrong_is_said_in_the_words_of_the_command(home: Home) -> None:
    fine, told = await why.ask(home, "gtm-signal/T999")
    assert not fine
    assert "T999" in told


async def test_a_command_that_never_answers_is_ended(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(why, "PATIENCE_S", 0.05)
    forever = (sys.executable, "-c", "import time; time.sleep(600)")
    assert await why.ask(home, "x", command=forever) == (False, "no answer within 0 s")


async def test_what_others_wrote_stays_behind_its_gutter_when_it_is_wrapped() -> None:
    lines = why.answer("Thu 18:02  ✓ fine\n│ " + "their words " * 30 + "\x1b[2J\n")(40)
    text = plain_text(lines)
    assert "\x1b" not in text
    assert all(line.startswith("│ ") for line in text.split("\n")[1:])
    assert all(len(line) <= 40 for line in text.split("\n"))
