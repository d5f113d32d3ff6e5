"""The spend as it is used: it follows, stops, filters, groups, and explains a charge."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cockpit.app import CockpitApp
from cockpit.screens.mission.sheet import Sheet
from cockpit.screens.spend.account import PAGE
from cockpit.screens.spend.pane import SpendPane
from cockpit.screens.spend.screen import SpendScreen
from engine.home import Home
from tests.screens import samples_spend
from tests.screens.samples import NOW
from tests.screens.samples_mission import HOSTILE
from tests.screens.samples_spend import SLUG, Paid
from tests.screens.stage import ODD_SIZES, cockpit
from widgets.palette import plain_text
from widgets.panel import Panel
from widgets.prompt import Prompt


@asynccontextmanager
async def opened(home: Home, size: tuple[int, int] = (160, 45), *, all_missions: bool = False) -> AsyncIterator[Any]:
    """The pane on its mission's screen, or on its own; with a pilot."""
    app = cockpit(home)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        if all_missions:
            await pilot.press("s")
        else:
            app.open_mission(SLUG, "spend")
        await pilot.pause()
        await settled(pilot)
        yield pilot, app.screen.query_one(SpendPane)


async def settled(pilot: Pilot[Any]) -> None:
    """Until every charge was read."""
    for _turn in range(100):
        await pilot.pause(0.02)
        found = pilot.app.screen.query(SpendPane)
        if found and found.first().spending.account.whole:
            break
    found.first().action_group(1)
    found.first().action_group(-1)
    await pilot.pause()


def said(pane: SpendPane, name: str) -> str:
    panel = pane.query_one(f"#spend-{name}", Panel)
    return plain_text(panel._paint(panel.size.width, panel.size.height))


def charge(home: Home, count: int = 1, *, amount: int = 10_000) -> None:
    """As an engine would: charges and the account row in one commit."""
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        (height,) = conn.execute("SELECT COALESCE(MAX(height), 0) FROM events WHERE mission = ?", (SLUG,)).fetchone()
        for place in range(count):
            body = {
                "attempt": f"A1.{9_000 + height + place}", "task": "T1", "branch": "B2", "role": "researcher",
                "worker": "model", "model": "openai/gpt-5", "purpose": "work", "outcome": "useful",
                "tokens": {"input": 5}, "micro_usd": amount, "basis": "reported",
            }  # fmt: skip
            conn.execute(
                "INSERT INTO events(mission, height, kind, version, body, body_hash, prev, hash, at, wall, actor, "
                "epoch) VALUES (?, ?, 'charge.settled', 1, ?, '', '', '', ?, ?, 'engine', 1)",
                (SLUG, height + place + 1, json.dumps(body), NOW, NOW),
            )
        (text,) = conn.execute("SELECT body FROM views WHERE kind = 'spend'").fetchone()
        row = json.loads(text)
        row["total_micro_usd"] += count * amount
        row["by"]["model"]["openai/gpt-5"] = row["by"]["model"].get("openai/gpt-5", 0) + count * amount
        conn.execute(
            "UPDATE views SET body = ?, seq = (SELECT MAX(seq) + 1 FROM views) WHERE kind = 'spend'", (json.dumps(row),)
        )
        conn.execute("COMMIT")


@pytest.fixture
def small(tmp_path: Path) -> Home:
    """A mission with three charges."""
    paid = [Paid(NOW - 60_000 + n, n + 1, "openai/gpt-5", 20_000, (100, 20, 0), attempt=1) for n in range(3)]
    return samples_spend.gtm(paid).write(tmp_path / "home", alive=False)


async def test_the_tail_shows_reserved_calls_then_charges_then_what_is_earlier(account: Home) -> None:
    async with opened(account) as (_pilot, pane):
        shown = pane.listing.entries
        assert [entry.selectable for entry in shown[:4]] == [False, False, False, True]
        assert "1 041 earlier charges" in said(pane, "foot")
        assert said(pane, "answer").startswith("$45.03 spent   $0.86 reserved in 3 calls   $454.11 left of $500.00")
        assert "left to spend" in said(pane, "side")


async def test_what_is_charged_appears_on_top_while_the_first_row_is_selected(small: Home) -> None:
    async with opened(small) as (pilot, pane):
        before = pane.listing.selected
        charge(small)
        await pilot.pause(0.3)
        assert pane.listing.selected.body[0].seq > before.body[0].seq
        assert "following\n" in said(pane, "lid") + "\n"
        assert "$0.07" in said(pane, "answer")


async def test_it_stops_following_as_soon_as_the_cursor_leaves_the_first_row(small: Home) -> None:
    async with opened(small) as (pilot, pane):
        await pilot.press("j")
        await pilot.pause()
        chosen = pane.listing.selected
        charge(small, 12)
        await pilot.pause(0.3)
        assert pane.listing.selected == chosen
        assert "following paused, 12 new" in said(pane, "lid")
        assert "12 other charges" in said(pane, "foot")
        await pilot.press("f")
        await pilot.pause()
        assert "following paused" not in said(pane, "lid")
        assert len([entry for entry in pane.listing.entries if entry.selectable]) == 15


async def test_going_back_to_the_first_row_follows_again(small: Home) -> None:
    async with opened(small) as (pilot, pane):
        await pilot.press("j")
        charge(small, 2)
        await pilot.pause(0.3)
        await pilot.press("home")
        await pilot.pause()
        assert len([entry for entry in pane.listing.entries if entry.selectable]) == 5


async def test_older_charges_come_in_pages(account: Home) -> None:
    async with opened(account) as (pilot, pane):
        assert len(pane.spending.account.lines) == PAGE
        await pilot.press("end")
        await pilot.pause()
        assert len(pane.spending.account.lines) == 2 * PAGE
        assert "841 earlier charges" in said(pane, "foot")


async def test_waste_only_shows_what_was_paid_for_nothing_and_its_sum(account: Home) -> None:
    async with opened(account) as (pilot, pane):
        await pilot.press("W")
        await pilot.pause(0.5)
        shown = [entry.body[0] for entry in pane.listing.entries]
        assert {line.outcome for line in shown} <= {"failed", "lost", "cancelled", "corrected"}
        assert "waste only" in said(pane, "lid")
        await pilot.press("escape")
        await pilot.pause()
        assert "waste only" not in said(pane, "lid")


async def test_a_filter_shows_what_has_every_word(account: Home) -> None:
    async with opened(account) as (pilot, pane):
        await pilot.press("slash", *"opus writer")
        await pilot.pause(0.5)
        shown = [entry.body[0] for entry in pane.listing.entries]
        assert shown
        assert all("opus" in line.model and line.role == "writer" for line in shown)
        await pilot.press("enter")
        await pilot.pause()
        assert pane.listing.has_focus
        await pilot.press("escape")
        await pilot.pause()
        assert not pane.query_one(Prompt).display


async def test_groups_turn_and_keep_their_sum(account: Home) -> None:
    async with opened(account) as (pilot, pane):
        for by in ("model", "branch", "task", "role", "worker", "purpose", "outcome"):
            text = said(pane, "side")
            assert "$45.03" in next(line for line in text.splitlines() if line.startswith("total"))
            assert by in text
            await pilot.press("g")
            await pilot.pause()


async def test_a_charge_is_explained(tmp_path: Path) -> None:
    paid = [Paid(NOW - 60_000, 1, "openai/gpt-5", 20_000, (100, 20, 0), attempt=1)]
    world = samples_spend.gtm(paid)
    settled_ = world.events.pop()
    considered = [{"name": "gpt-5", "passed": True, "why": "passes \x1b[2J every filter", "worst_micro_usd": 50_000}]
    world.event(
        SLUG, "route.chosen", NOW - 70_000, attempt="A1.1", name="gpt-5", because="cheapest of 2", considered=considered
    )
    world.event(SLUG, "package.compiled", NOW - 70_000, attempt="A1.1", text="7be240d9" * 8, tokens=3_812, budget=4_000)
    world.event(SLUG, "charge.reserved", NOW - 70_000, attempt="A1.1", micro_usd=130_000)
    world.events.append(settled_)
    async with opened(world.write(tmp_path / "home", alive=False)) as (pilot, _pane):
        await pilot.press("enter")
        await pilot.pause()
        sheet = pilot.app.screen
        assert isinstance(sheet, Sheet)
        text = plain_text(sheet._text(80))
        for word in (
            "$0.02",
            "3 812 of 4 000 tok, 7be2 40d9",
            "≤$0.13 before the call",
            "cheapest of 2",
            "<U+001B>[2J",
        ):
            assert word in text


async def test_all_missions_have_a_screen_of_their_own(account: Home) -> None:
    async with opened(account, all_missions=True) as (pilot, pane):
        assert isinstance(pilot.app.screen, SpendScreen)
        assert "mission" in said(pane, "side").splitlines()[1]
        await pilot.press("m")
        await pilot.pause()
        assert pane.mission == SLUG
        await pilot.press("m")
        await pilot.pause()
        assert pane.mission is None
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, SpendScreen)


async def test_at_80_columns_the_sums_are_on_a_tab(account: Home) -> None:
    async with opened(account, (80, 24)) as (pilot, pane):
        side = pane.query_one("#spend-side")
        assert (pane.listing.region.width > 0, side.display) == (True, False)
        await pilot.press("tab")
        await pilot.pause()
        assert side.display
        assert side.has_focus
        await pilot.press("g", "tab")
        await pilot.pause()
        assert pane.listing.has_focus


async def test_a_mission_that_spent_nothing_says_what_will_appear(tmp_path: Path) -> None:
    home = samples_spend.gtm([], running=False).write(tmp_path / "home", alive=False)
    async with opened(home) as (_pilot, pane):
        assert not pane.listing.entries
        assert "nothing was charged yet" in said(pane, "side")


@pytest.mark.parametrize("size", ODD_SIZES)
async def test_every_size_is_alive_with_hostile_words(tmp_path: Path, size: tuple[int, int]) -> None:
    paid = [Paid(NOW - n, n % 7 + 1, nasty, 10_000 * n, (1, 2, 0), attempt=n + 1) for n, nasty in enumerate(HOSTILE)]
    world = samples_spend.gtm(paid)
    for (kind, _name), row in world.views.items():
        if kind == "task":
            row["title"], row["branch_key"], row["route"] = HOSTILE[0], HOSTILE[3], HOSTILE[2]
    home = world.write(tmp_path / "home", alive=False)
    async with opened(home, size) as (pilot, _pane):
        app = pilot.app
        assert isinstance(app, CockpitApp)
        for keys in (("j", "g"), ("tab", "g"), ("tab", "W"), ("enter", "escape")):
            await pilot.press(*keys)
            await pilot.pause()
            assert all(strip.cell_length == size[0] for strip in app.screen._compositor.render_strips())
