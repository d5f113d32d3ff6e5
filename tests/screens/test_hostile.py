"""Every text of a ledger is a payload: no screen hands one on, and none is obeyed. The guard never has to step in."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual.color import Color

from cockpit import compat
from engine.home import Home
from tests.pty.grammar import HIDDEN
from tests.pty.hostile import hostile
from tests.pty.payloads import PAYLOADS
from tests.screens.samples import NOW
from tests.screens.seen import until
from tests.screens.stage import cockpit

pytestmark = pytest.mark.usefixtures("utc")
WALKS: dict[str, tuple[str, ...]] = {
    "bridge": ("tab", "tab", "tab", "j", "pagedown", "G", "g"),
    "board": ("1", "j", "pagedown", "w", "escape", "G", "enter", "escape", "c", "escape"),
    "branches": ("1", "l", "j", "pagedown", "w", "escape", "G", "f", "c"),
    "context": ("1", "l", "l", "j", "tab", "j", "tab", "pagedown", "right_square_bracket", "d", "left_square_bracket"),
    "spend": ("1", "l", "l", "l", "j", "enter", "escape", "g", "g", "g", "W", "pagedown"),
    "log": ("1", "l", "l", "l", "l", "j", "e", "pagedown", "G", "enter", "escape"),
    "attention": ("n", "j", "j", "tab", "j", "o", "x", "d", "pagedown", "c", "escape", "w", "escape"),
    "all spend": ("s", "j", "enter", "escape", "g", "m", "g"),
    "help": ("question_mark", "pagedown", "G"),
    "palette": ("ctrl+p", "p", "0", "0", "down", "down"),
    "others": ("2", "0", "3", "0", "4", "0", "9"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The hostile ledger."""
    return hostile(NOW).write(tmp_path_factory.mktemp("hostile") / "home", alive=False)


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("walk", WALKS)
async def test_no_screen_hands_on_what_the_guard_would_have_to_stop(
    home: Home, monkeypatch: pytest.MonkeyPatch, walk: str, size: tuple[int, int]
) -> None:
    stopped: set[str] = set()
    before = compat.TerminalGuard.apply

    def apply(self: compat.TerminalGuard, segments: list[Segment], background: Color) -> list[Segment]:
        stopped.update(segment.text for segment in segments if not segment.control and foul(segment.text))
        return before(self, segments, background)

    monkeypatch.setattr(compat.TerminalGuard, "apply", apply)
    app = cockpit(home)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: bool(app.client.views.branches))
        for key in WALKS[walk]:
            await pilot.press(key)
            await pilot.pause(0.02)
        await pilot.pause(0.1)
        assert app.is_running
    assert app.crash is None
    assert stopped == set()


def test_there_are_many_payloads() -> None:
    assert len(set(PAYLOADS)) >= 150
    assert sum(foul(text) for text in PAYLOADS) >= 150


def foul(text: str) -> bool:
    """Whether a text would steer a terminal, or hide something."""
    return "\x1b" in text or HIDDEN.search(text) is not None
