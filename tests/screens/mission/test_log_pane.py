"""The log by its keys: it follows, or it stands still."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from cockpit.screens.mission.log_pane import LogPane
from cockpit.screens.mission.sheet import Lines, Sheet
from engine.home import Home
from tests.screens.mission.driving import WIDE, opened, text
from tests.screens.samples_mission import SLUG
from tests.screens.stage import cockpit
from widgets.palette import plain_text


def happen(home: Home, count: int) -> None:
    """So many loud events more."""
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
        conn.execute("BEGIN")
        (top,) = conn.execute("SELECT MAX(height) FROM events WHERE mission = ?", (SLUG,)).fetchone()
        for height in range(top + 1, top + 1 + count):
            conn.execute(
                "INSERT INTO events(mission, height, kind, version, body, body_hash, prev, hash, at, wall, actor, "
                "epoch) VALUES (?, ?, 'task.accepted', 1, '{\"task\": \"T1\"}', '', '', '', 1, 1, 'engine', 1)",
                (SLUG, height),
            )
        conn.execute("COMMIT")


NEWS = frozenset({("card", SLUG)})


async def test_the_log_follows_until_the_cursor_leaves_its_first_row(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "log")
        pane = screen.pane
        assert isinstance(pane, LogPane)
        shown = len(pane.tail.lines)
        happen(home, 3)
        pane.show(NEWS)
        assert len(pane.tail.lines) == shown + 3
        assert pane.listing.at_first
        assert "following" in text(screen, "#log-answer")
        await pilot.press("j")
        await pilot.pause()
        chosen = pane.listing.selected
        happen(home, 12)
        pane.show(NEWS)
        assert pane.listing.selected == chosen
        assert len(pane.tail.lines) == shown + 3
        assert "following paused, 12 new" in text(screen, "#log-answer")
        await pilot.press("f")
        await pilot.pause()
        assert pane.following
        assert len(pane.tail.lines) == shown + 15
        assert pane.listing.at_first


async def test_e_shows_the_quiet_events_too(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "log")
        pane = screen.pane
        assert isinstance(pane, LogPane)
        loud = len(pane.tail.lines)
        await pilot.press("e")
        await pilot.pause()
        assert len(pane.tail.lines) > loud
        assert "everything" in text(screen, "#log-answer")


async def test_older_events_come_when_the_end_nears(home: Home) -> None:
    happen(home, 1_000)
    async with cockpit(home).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "log")
        pane = screen.pane
        assert isinstance(pane, LogPane)
        first = len(pane.tail.lines)
        assert first < 300
        for _ in range(4):
            await pilot.press("G")
            await pilot.pause()
        assert len(pane.tail.lines) > first


async def test_enter_shows_an_event_in_full(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        await opened(pilot, "log")
        await pilot.press("j", "enter")
        await pilot.pause()
        await pilot.pause()
        sheet = pilot.app.screen
        assert isinstance(sheet, Sheet)
        told = plain_text([entry.body for entry in sheet.query_one(Lines).entries])
        assert "evidence.recorded, version 1" in told
        assert '│   "branch": "B3"' in told


async def test_a_hidden_tab_catches_up_when_it_is_opened_again(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "log")
        pane = screen.pane
        assert isinstance(pane, LogPane)
        shown = len(pane.tail.lines)
        screen.open_tab("board")
        await pilot.pause()
        happen(home, 5)
        screen.show(NEWS)
        assert len(pane.tail.lines) == shown
        screen.open_tab("log")
        await pilot.pause()
        assert len(pane.tail.lines) == shown + 5
