"""The board by its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cockpit.screens.mission.board_pane import BoardPane
from cockpit.screens.mission.sheet import Lines, Sheet
from engine.home import Home
from tests.screens.mission.driving import WIDE, opened, text
from tests.screens.samples import clock
from tests.screens.samples_mission import SLUG, gtm
from tests.screens.stage import cockpit
from widgets.palette import plain_text
from widgets.prompt import Prompt


async def test_the_selection_stays_with_its_task_when_others_come_and_go(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        pane = screen.pane
        assert isinstance(pane, BoardPane)
        pane.point(f"{SLUG}/T12")
        tasks = screen.cockpit.client.views.tasks[SLUG]
        del tasks[f"{SLUG}/T7"], tasks[f"{SLUG}/T8"]
        pane.show(frozenset({("task", f"{SLUG}/T7")}))
        assert pane.chosen is not None
        assert pane.chosen.task.id == f"{SLUG}/T12"
        assert "send DM batch 1" in text(screen, "#board-foot")


async def test_what_belongs_to_another_mission_costs_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        pane = screen.pane
        assert isinstance(pane, BoardPane)
        filled: list[int] = []
        monkeypatch.setattr(pane, "_fill", lambda: filled.append(1))
        pane.show(frozenset({("task", "homepage-hero/T1"), ("spend", SLUG), ("engine", "")}))
        assert filled == []
        pane.show(frozenset({("progress", f"{SLUG}/A8.1")}))
        assert filled == [1]


async def test_a_filter_is_typed_kept_and_ended(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        pane = screen.pane
        assert isinstance(pane, BoardPane)
        await pilot.press("slash", *"batch1", "backspace")
        await pilot.pause()
        assert screen.query_one(Prompt).text == "batch"
        assert pilot.app.screen is screen  # 1 was part of the search
        await pilot.press("enter")
        await pilot.pause()
        assert pane.listing.has_focus
        assert len([entry for entry in pane.listing.entries if entry.selectable]) == 5
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert len([entry for entry in pane.listing.entries if entry.selectable]) == 13
        assert not screen.query_one(Prompt).display


async def test_enter_shows_all_of_a_task_and_escape_goes_back_to_it(home: Home) -> None:
    async with cockpit(home).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("enter")
        await pilot.pause()
        sheet = pilot.app.screen
        assert isinstance(sheet, Sheet)
        told = plain_text([entry.body for entry in sheet.query_one(Lines).entries])
        assert "gtm-signal/Q2" in told
        assert "⚑ send 25 e-mails" in told
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_context_of_a_task_opens_the_context_tab_at_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        wanted: list[tuple[str, str]] = []
        monkeypatch.setattr(screen, "open_tab", lambda tab, subject="": wanted.append((tab, subject)))
        await pilot.press("c")
        await pilot.pause()
        assert wanted == [("context", f"{SLUG}/T7")]


async def test_ages_of_what_runs_are_drawn_every_second_only_while_something_runs(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        assert screen.wants_seconds
        tasks = screen.cockpit.client.views.tasks[SLUG]
        for name in [name for name, row in tasks.items() if row.state in {"running", "verifying"}]:
            del tasks[name]
        screen.show(None)
        assert not screen.wants_seconds


async def test_a_task_is_opened_with_what_it_made_and_a_hint_at_what_lies_below(tmp_path: Path) -> None:
    world = gtm()
    made = "\n".join(f"line {number}" for number in range(40))
    file: dict[str, Any] = {
        "name": "batch-2.md",
        "sha": world.blob(made.encode()),
        "bytes": len(made),
        "media": "text/markdown",
    }
    world.event(SLUG, "artifact.produced", clock(0, 13, 6), artifact="P9", task="T7", attempt="A7.1", **file)
    summary = "I wrote \x1b[2J forty lines"
    world.event(SLUG, "attempt.delivered", clock(0, 13, 7), attempt="A7.1", handoff="0" * 64, summary=summary)
    home = world.write(tmp_path / "home", alive=False)
    async with cockpit(home).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        pane = screen.pane
        assert isinstance(pane, BoardPane)
        pane.point(f"{SLUG}/T7")
        await pilot.press("enter")
        await pilot.pause()
        sheet = pilot.app.screen
        assert isinstance(sheet, Sheet)
        told = plain_text([entry.body for entry in sheet.query_one(Lines).entries])
        assert "batch-2.md   text/markdown" in told
        assert "line 39" in told
        assert "forty lines" in told
        assert "\x1b" not in told
        assert "more lines ↓" in text(sheet, "#sheet-keys")
        await pilot.press("end")
        await pilot.pause()
        assert "more line" not in text(sheet, "#sheet-keys")
