"""A home of its own for every test, a ledger to fill, and a clock that only the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cockpit.app import CockpitApp
from cockpit.cli.authority import Author
from cockpit.screens.attention.dialogs import CodeDialog, TextDialog
from cockpit.screens.attention.screen import AttentionScreen
from engine.home import Home
from tests.cockpit.ledger import Ledger, home_at
from tests.cockpit.test_deciding import answering
from tests.screens import samples_attention as samples

WAIT_S = 20.0
STEP_S = 0.02


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("COCKPIT_DECISION_TOKEN", "COCKPIT_ATTEMPT", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COCKPIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(CockpitApp, "_account", lambda _app: None)  # what was spent today is not looked at here


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with an empty ledger."""
    return home_at(tmp_path / "home")


@pytest.fixture
def ledger(home: Home) -> Ledger:
    """Its ledger, with a mission."""
    made = Ledger(home)
    samples.mission(made)
    return made


class Stage:
    """The pane under a pilot. Time passes only by `after`."""

    def __init__(self, home: Home) -> None:
        self.home, self.time = home, 1_000.0
        self.app = CockpitApp(home, Author("human:me", False), clock=lambda: samples.NOW, environ={"LANG": "C.UTF-8"})
        self.pilot: Pilot[int]
        self.screen: AttentionScreen

    def clock(self) -> float:
        """Seconds, as the pane counts them."""
        return self.time

    async def until(self, fact: Callable[[], object], what: str) -> None:
        """Wait for something that follows by itself."""
        for _step in range(int(WAIT_S / STEP_S)):
            await self.pilot.pause(STEP_S)
            if fact():
                return
        pytest.fail(f"it never came: {what}")

    async def drawn(self) -> None:
        """Wait until the bytes of the item are on the screen."""
        await self.until(lambda: self.screen.desk.arming._drawn is not None, "the bytes")

    async def asked(self) -> CodeDialog | TextDialog:
        """Wait until a dialog stands there."""
        await self.until(lambda: getattr(self.app.screen, "_opened", None) is not None, "the dialog")
        assert isinstance(self.app.screen, CodeDialog | TextDialog)
        return self.app.screen

    async def after(self, seconds: float, *keys: str) -> None:
        """Let time pass, then press keys at once."""
        self.time += seconds
        if keys:
            await self.pilot.press(*keys)
        await self.pilot.pause()

    async def settle(self) -> None:
        """The silence after a decision key."""
        self.time += 0.2
        await self.pilot.pause(0.25)

    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(
            "".join(segment.text for segment in strip) for strip in self.app.screen._compositor.render_strips()
        )

    def orders(self) -> list[tuple[str, dict[str, Any]]]:
        """Kind and body of every command in the inbox."""
        from tests.cockpit.test_deciding import _inbox

        return [(kind, body) for _key, kind, _mission, body, _actor in _inbox(self.home)]


@asynccontextmanager
async def opened(home: Home, item: str | None = None, size: tuple[int, int] = (160, 45)) -> AsyncIterator[Stage]:
    """The pane at an item, its bytes drawn, if it has any."""
    stage = Stage(home)
    async with stage.app.run_test(size=size) as pilot:
        stage.pilot = pilot
        stage.screen = AttentionScreen(item, clock=stage.clock)
        await stage.app.push_screen(stage.screen)
        await pilot.pause()
        if stage.app.client.views.attention:
            await stage.drawn()
        yield stage


@contextmanager
def engine(home: Home, state: str = "done", error: str = "", ids: tuple[str, ...] = ("F1",)) -> Iterator[list[str]]:
    """An engine that answers every command alike."""
    with answering(home, state, error, ids) as seen:
        yield seen
