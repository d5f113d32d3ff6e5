"""The state by its keys: what holds, what is over, and what each of it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.screens.mission import orders
from cockpit.screens.mission.dialog import ReasonDialog
from cockpit.screens.mission.sheet import Sheet
from cockpit.screens.mission.state import PAGE, Curated
from cockpit.screens.mission.state_pane import StatePane
from engine.home import Home
from tests.screens.mission.driving import WIDE, opened, text
from tests.screens.samples_mission import SLUG
from tests.screens.samples_state import known
from tests.screens.stage import cockpit


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The sample mission with what it knows."""
    return known().write(tmp_path / "home", alive=False)


def ids(pane: StatePane) -> list[str]:
    return [entry.id for entry in pane.listing.entries if entry.selectable]


async def test_what_is_over_is_shown_on_demand_in_its_place(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        pane = (await opened(pilot, "state")).pane
        assert isinstance(pane, StatePane)
        assert ids(pane)[:3] == ["D14", "D9", "O1"]
        assert "2 superseded or retracted, not shown" in text(pane, "#state-answer")
        await pilot.press("f")
        assert ids(pane)[:4] == ["D14", "D9", "D3", "S2"]


async def test_an_item_says_what_it_rests_on_and_what_rests_on_it(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        pane = (await opened(pilot, "state")).pane
        assert isinstance(pane, StatePane)
        pane.point("L2")
        await pilot.pause()
        told = text(pane, "#state-foot")
        assert "rests on    E19" in told
        assert "reply_rate = 1 of 22" in told
        pane.point("E19")
        await pilot.pause()
        assert "carries     L2" in text(pane, "#state-foot")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Sheet)


async def test_context_of_an_item_is_what_its_author_was_told(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        screen = await opened(pilot, "state")
        pane = screen.pane
        assert isinstance(pane, StatePane)
        pane.point("D14")
        await pilot.press("c")
        await pilot.pause()
        assert screen.tab == "context"


async def test_a_learning_is_promoted_or_dismissed_and_nothing_else_is(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        pane = (await opened(pilot, "state")).pane
        assert isinstance(pane, StatePane)
        pane.point("L2")
        await pilot.press("y")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ReasonDialog)
        await pilot.press("escape")
        pane.point("D14")
        await pilot.press("x")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, ReasonDialog)
    order = orders.ruled("promote", "gtm/L2", "it held twice")
    assert (order.kind, order.mission, order.body["id"], order.body["because"]) == (
        "promote",
        "gtm",
        "L2",
        "it held twice",
    )


def event(seq: int) -> dict[str, object]:
    body = {"item": f"D{seq}", "kind": "decision", "text": f"decision {seq}", "branch": "B1"}
    return {"seq": seq, "kind": "item.recorded", "mission": SLUG, "at": 0, "body": body}


def test_what_is_new_is_read_once() -> None:
    reads: list[int | None] = []
    size = 0

    def read(limit: int, before: int | None) -> list[dict[str, object]]:
        reads.append(before)
        end = size if before is None else before - 1
        return [event(seq) for seq in range(max(1, end - limit + 1), end + 1)]

    curated = Curated(read)
    assert not curated.refresh()
    size = 3 * PAGE + 7
    assert curated.refresh()
    assert curated.counts() == (size, {}, 0)
    assert len(reads) == 5
    size += 3
    assert curated.refresh()
    assert not curated.refresh()
    assert len(reads) == 7
    assert curated.counts() == (size, {}, 0)
