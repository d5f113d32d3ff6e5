"""The branches by their keys, and the question before one is pruned."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from cockpit.screens.mission.branches_pane import BranchesPane
from cockpit.screens.mission.dialog import ReasonDialog
from engine.home import Home
from tests.screens.mission.driving import WIDE, ask, inbox, opened, text
from tests.screens.samples_mission import SLUG
from tests.screens.stage import cockpit


async def test_the_foot_of_the_branches_follows_the_selection_and_reads_its_evidence(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "branches")
        await pilot.press("j", "j")
        await pilot.pause()
        await pilot.pause()
        told = text(screen, "#branches-foot")
        assert told.split("\n")[1].startswith("teardown")
        assert "E31" in told
        assert "4/22, 22" in told
        assert "target  branch.kept >= 1" in text(screen, "#branches-answer")


async def test_past_branches_are_folded_and_come_back(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "branches")
        pane = screen.pane
        assert isinstance(pane, BranchesPane)
        names = {entry.id for entry in pane.listing.entries}
        await pilot.press("f")
        assert f"{SLUG}/B7" not in {entry.id for entry in pane.listing.entries}
        await pilot.press("f")
        assert {entry.id for entry in pane.listing.entries} == names


async def test_a_prune_asks_stands_on_cancel_and_enter_changes_nothing(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "branches")
        dialog = await ask(pilot, "P")
        assert dialog.focused is not None
        assert dialog.focused.id == "dialog-no"
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert inbox(home) == []


async def test_nothing_decides_without_a_reason(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        await opened(pilot, "branches")
        dialog = await ask(pilot, "P")
        dialog.query_one("#dialog-yes").focus()
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is dialog
        dialog.query_one(Input).value = "   "
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is dialog
        assert inbox(home) == []


async def test_nothing_decides_before_the_question_was_on_the_screen_for_a_while(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReasonDialog, "_arm", lambda _self: None)
    async with cockpit(home).run_test(size=WIDE) as pilot:
        await opened(pilot, "branches")
        dialog = await ask(pilot, "P", arm_s=60.0)
        dialog.query_one(Input).value = "nobody answers"
        dialog.query_one("#dialog-yes").focus()
        await pilot.press("enter")
        dialog.query_one("#dialog-no").focus()
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is dialog
        await pilot.press("escape")
        await pilot.pause()
        assert inbox(home) == []


async def test_a_prune_with_its_reason_is_the_command_of_the_command_line(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        await opened(pilot, "branches")
        await ask(pilot, "P")
        await pilot.press("tab", *"too few", "enter", "enter")
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
    assert inbox(home) == [("prune", SLUG, {"branch": "B3", "because": "too few"})]


async def test_the_root_and_what_is_over_are_not_judged(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "branches")
        await pilot.press("K")
        await pilot.pause()
        assert pilot.app.screen is screen
        await pilot.press("G", "P")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert len(pilot.app._notifications) == 2
