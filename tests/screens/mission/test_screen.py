"""The mission's screen by its keys: its tabs, its footer, and what it asks before a mission is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cockpit.app import CockpitApp
from cockpit.cli.inbox import Order
from cockpit.screens.mission.board_pane import BoardPane
from cockpit.screens.mission.branches_pane import BranchesPane
from cockpit.screens.mission.log_pane import LogPane
from engine.errors import SaysNoError
from engine.home import Home
from tests.screens.mission.driving import WIDE, ask, inbox, opened, text
from tests.screens.samples_mission import SLUG
from tests.screens.stage import cockpit
from widgets.palette import plain_text
from widgets.tabs import TabBar


async def test_a_mission_opens_on_its_board_and_the_list_has_the_keys(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        assert screen.tab == "board"
        pane = screen.pane
        assert isinstance(pane, BoardPane)
        assert pane.listing.has_focus
        assert "gtm-signal" in text(screen, "#fact")


async def test_left_and_right_turn_around_the_tabs_and_a_pane_is_made_once(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        first = screen.pane
        assert first is not None
        await pilot.press("l")
        await pilot.pause()
        assert screen.tab == "branches"
        assert isinstance(screen.pane, BranchesPane)
        assert not first.display
        await pilot.press("left", "left")
        await pilot.pause()
        assert screen.tab == "log"
        await pilot.press("right")
        await pilot.pause()
        assert screen.pane is first
        assert first.display


async def test_tabs_are_made_only_when_they_are_opened(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        assert not screen.query(LogPane)
        assert not screen.query(BranchesPane)


async def test_a_click_on_a_tab_opens_it(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        await pilot.click(TabBar, offset=(10, 0))
        await pilot.pause()
        assert screen.tab == "branches"


async def test_the_footer_shows_the_keys_of_the_open_tab_and_never_more_than_eight(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        assert "filter" in text(screen, "#foot")
        for tab in ("board", "branches", "log"):
            screen.open_tab(tab)
            await pilot.pause()
            line = screen.foot(200)
            assert sum(run.bold for run in line) <= 8
            assert line[-1].text == " help"
        assert "everything" in text(screen, "#foot")


async def test_escape_goes_back_to_the_bridge_and_the_mission_is_found_as_it_was_left(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "branches")
        await pilot.press("j", "j", "escape")
        await pilot.pause()
        assert pilot.app.screen is not screen
        await pilot.press("1")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_an_unknown_tab_opens_the_board(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "nonsense")
        assert screen.tab == "board"


async def test_p_pauses_and_what_the_engine_has_against_it_is_said(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Order] = []

    async def give(_self: CockpitApp, order: Order) -> dict[str, Any]:
        given.append(order)
        raise SaysNoError("pause gtm-signal", "the mission is finished already", "nothing is left to pause")

    monkeypatch.setattr(CockpitApp, "give", give)
    async with cockpit(home).run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("p")
        await pilot.pause()
        await pilot.pause()
        assert [(order.kind, order.mission) for order in given] == [("pause", SLUG)]
        assert any("finished already" in note.message for note in pilot.app._notifications)


async def test_stop_asks_for_a_reason(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        await opened(pilot)
        dialog = await ask(pilot, "S")
        assert "Stop gtm-signal" in plain_text(dialog._question(60, 0))
        await pilot.press("tab", *"enough", "enter", "enter")
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    assert inbox(home) == [("stop", SLUG, {"because": "enough"})]


async def test_a_mission_that_is_gone_says_so(tmp_path: Path, home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        views = screen.cockpit.client.views
        del views.cards[SLUG]
        views.tasks.pop(SLUG)
        screen.show(None)
        assert "no longer in this ledger" in text(screen, "#fact")
        await pilot.press("p", "S", "l")
        await pilot.pause()
        assert screen.tab == "branches"
