"""T14: whatever raises while it is drawn ends the screens alone; the ledger is as it was."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest
from textual.css.query import NoMatches
from textual.screen import ModalScreen

from engine.home import Home
from tests.screens.seen import until
from tests.screens.stage import cockpit
from widgets.listing import Listing
from widgets.panel import Panel

pytestmark = pytest.mark.usefixtures("utc")
WALKS = {"bridge": (), "board": ("1",), "branches": ("1", "l"), "attention": ("n",), "spend": ("s",), "help": ("?",)}


def dump(home: Home) -> list[str]:
    """All that a ledger holds, the sign of life of its engine among it."""
    with closing(sqlite3.connect(home.ledger)) as conn:
        return list(conn.iterdump())


@pytest.mark.parametrize("widget", [Panel, Listing], ids=["panel", "list"])
@pytest.mark.parametrize("walk", WALKS)
async def test_t14_a_painter_that_raises_leaves_the_ledger_as_it_was(
    three: Home, monkeypatch: pytest.MonkeyPatch, walk: str, widget: type[Panel | Listing]
) -> None:
    before = dump(three)
    app = cockpit(three)

    def broken(*_args: object) -> None:
        raise RuntimeError("planted")

    async def crash() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: bool(app.client.views.branches))
            await pilot.press(*(key.replace("?", "question_mark") for key in WALKS[walk]))
            monkeypatch.setattr(widget, "render_line", broken)
            for one in app.screen.query(widget):
                one.refresh()
            await pilot.pause(0.3)

    with pytest.raises(RuntimeError, match="planted"):
        await crash()
    assert isinstance(app.crash, RuntimeError)
    assert dump(three) == before


class Parts(ModalScreen[None]):
    """Takes its time to become whole, and then wants a part that it does not have."""

    async def on_mount(self) -> None:
        await asyncio.sleep(0.2)
        self.query_one("#nothing")


async def test_what_is_taken_down_may_miss_its_parts_and_what_stands_may_not(three: Home) -> None:
    app = cockpit(three)
    async with app.run_test(size=(120, 40)) as pilot:
        app.push_screen(Parts())
        await asyncio.sleep(0.05)
        await app.pop_screen()
        await pilot.pause()
        assert not isinstance(app.screen, Parts)
        assert app.crash is None

    async def stands() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            app.push_screen(Parts())
            await pilot.pause(0.3)

    app = cockpit(three)
    with pytest.raises(NoMatches):
        await stands()
    assert isinstance(app.crash, NoMatches)
