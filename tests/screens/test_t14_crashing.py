"""T14: whatever raises while it is drawn ends the screens alone; the ledger is as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

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
