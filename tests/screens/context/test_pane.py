"""The context as it is used: walking over attempts, linking items with their text, comparing, searching, copying."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cockpit.app import CockpitApp
from cockpit.screens.context import ahead, paint
from cockpit.screens.context.package import Package
from cockpit.screens.context.pane import ContextPane
from cockpit.screens.context.store import Carried, Stop
from engine.home import Home
from tests.screens.samples_context import SLUG, gtm, shaped, story
from tests.screens.samples_mission import HOSTILE
from tests.screens.spend.test_paint import sound
from tests.screens.stage import ODD_SIZES, cockpit
from widgets.listing import Shown
from widgets.palette import plain_text
from widgets.panel import Panel


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the other process was asked; it answers at once."""
    calls: list[tuple[str, ...]] = []

    async def answer(home: Home, subject: str, *, command: Any = ()) -> tuple[bool, str]:
        calls.append(tuple(command))
        return True, json.dumps(shaped(story()[1]["A2.1"], f"{subject}/next", would_add=[{"id": "E9", "tokens": 212}]))

    monkeypatch.setattr(ahead, "ask", answer)
    return calls


@asynccontextmanager
async def opened(home: Home, subject: str = "", size: tuple[int, int] = (160, 45)) -> AsyncIterator[Any]:
    app = cockpit(home)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.open_mission(SLUG, "context")
        await pilot.pause()
        pane = app.screen.query_one(ContextPane)
        if subject:
            pane.point(subject)
        await pilot.pause(0.15)
        yield pilot, pane


def said(pane: ContextPane, name: str) -> str:
    panel = pane.query_one(f"#context-{name}", Panel)
    return plain_text(panel._paint(panel.size.width, panel.size.height))


async def test_a_past_attempt_is_shown_as_it_was_sent(home: Home) -> None:
    async with opened(home, "gtm/A2.1") as (_pilot, pane):
        head = said(pane, "head")
        package = story()[1]["A2.1"]
        assert "draft batch 2   attempt 1 of 1" in head
        assert f"package {package.sha[:4]} {package.sha[4:8]}" in head
        assert "private, untrusted" in head
        assert "byte for byte what the worker got" in head
        assert "$0.13 charged" in head
        assert pane.package.text == package.text


async def test_the_next_attempt_is_what_another_process_says_it_would_get(
    home: Home, told: list[tuple[str, ...]]
) -> None:
    async with opened(home, "gtm/T2") as (pilot, pane):
        await pilot.pause(0.1)
        assert told[0][4:9] == ("context", SLUG, "gtm/T2", "--next", "--json")
        assert "attempt 2, next" in said(pane, "head")
        assert "byte for byte what the worker will get" in said(pane, "head")
        assert "500 tok more would add   E9 (212)" in said(pane, "more")
        before = len(told)
        await pilot.press("left_square_bracket", "right_square_bracket")
        await pilot.pause(0.1)
        assert len(told) == before  # nothing happened in the mission meanwhile


async def test_the_command_line_says_the_same(home: Home) -> None:
    """The real process: it compiles from the ledger what the engine would send."""
    asked = ahead.Ahead(home, SLUG)
    await asked.ask("gtm/T2", 7)
    package = asked.package("gtm/T2")
    assert package is not None
    assert package.attempt == ""
    assert "A2.1: it said \\u{1b}[2J nothing" in (package.text or "")
    assert [item.id for item in package.excluded] == ["D2"]
    assert asked.height("gtm/T2") == 7


async def test_what_stands_in_the_way_is_one_line(home: Home) -> None:
    asked = ahead.Ahead(home, "nope")
    await asked.ask("nope/T1", 7)
    assert asked.package("nope/T1") is None
    assert "there is no such mission" in asked.trouble("nope/T1")
    assert "\n" not in asked.trouble("nope/T1")


@pytest.mark.parametrize("size", [(160, 45), (160, 24), (120, 20)])
async def test_the_text_opens_at_its_top_until_somebody_selects_an_item(home: Home, size: tuple[int, int]) -> None:
    async with opened(home, "gtm/A2.1", size=size) as (pilot, pane):
        assert pane.text.seen[0] == 1
        await pilot.press("G")
        await pilot.pause(0.1)
        assert pane.text.seen[0] > 1
        await pilot.press("g")
        await pilot.pause(0.1)
        assert pane.text.seen[0] == 1


async def test_the_selected_item_is_linked_with_its_lines_and_lights_its_section(home: Home) -> None:
    async with opened(home, "gtm/A2.1") as (pilot, pane):
        names = [entry.body[0].id for entry in pane.list_of("in").entries]
        await pilot.press(*["j"] * names.index("D3"))
        await pilot.pause()
        assert pane.text.selected.id.endswith(" D3")
        bar = pane._bar(150, 3)
        assert [run.text.strip() for run in bar[0] if run.bold] == ["decisions"]


async def test_what_is_out_says_why(home: Home) -> None:
    async with opened(home, "gtm/A2.1") as (pilot, pane):
        await pilot.pause(0.2)
        out = pane.list_of("out").entries
        lines = [plain_text(paint.paint(entry, Shown(90, False, False))) for entry in out]
        assert lines[0].split() == ["D2", "two", "<U+202E>lines", "at", "most", "—", "other", "branch,", "linkedin"]
        assert "transcripts of 1 attempt" in lines[-1]
        assert "never carried" in lines[-1]


async def test_brackets_walk_over_attempts(home: Home, told: list[tuple[str, ...]]) -> None:
    async with opened(home, "gtm/A1.1") as (pilot, pane):
        seen = []
        for _step in range(4):
            seen.append(pane.stop.attempt or f"{pane.stop.task}/next")
            await pilot.press("right_square_bracket")
            await pilot.pause()
        assert seen == ["gtm/A1.1", "gtm/A2.1", "gtm/T2/next", "gtm/T3/next"]


async def test_a_diff_shows_what_came_and_what_went_behind_the_gutter(home: Home) -> None:
    async with opened(home, "gtm/A2.1") as (pilot, pane):
        await pilot.press("d")
        await pilot.pause()
        shown = Shown(70, False, False)
        lines = [plain_text(paint.paint_diff(entry, shown)) for entry in pane.text.entries]
        assert all(line.startswith("│") for line in lines)
        assert "│ +- D1 founders only, no agencies" in lines
        assert any(line.startswith("│ -T1 fetch pricing pages") for line in lines)
        assert "diff   since A1.1" in said(pane, "text-lid")
        await pilot.press("d")
        await pilot.pause()
        assert "package   as text" in said(pane, "text-lid")


async def test_the_first_package_has_nothing_to_be_compared_with(home: Home) -> None:
    async with opened(home, "gtm/A1.1") as (pilot, pane):
        await pilot.press("d")
        await pilot.pause()
        assert pane.sight.changes is None


async def test_a_search_goes_from_place_to_place(home: Home) -> None:
    async with opened(home, "gtm/A2.1") as (pilot, pane):
        await pilot.press("slash", *"task")
        await pilot.pause()
        assert "1 of" in pane.prompt._said
        await pilot.press("enter")
        await pilot.pause()
        assert pane.text.has_focus
        await pilot.press("enter")
        await pilot.pause()
        assert "2 of" in pane.prompt._said
        await pilot.press("ctrl+n")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert not pane.prompt.display


async def test_what_is_copied_steers_no_terminal(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(CockpitApp, "copy_to_clipboard", lambda _app, text: copied.append(text))
    async with opened(home, "gtm/A2.1") as (pilot, pane):
        await pilot.press("y")
        await pilot.pause()
        assert copied == [pane.package.text]
        nasty = Package.of(shaped(story()[1]["A2.1"], text="## Policy\n\x1b]52;c;aGk=\x07\u202e\n"))
        pane.put(pane.sight._replace(head=paint.Head(pane.stop, None, nasty, None, None, "")))
        await pilot.press("y")
        assert copied[1] == "## Policy\n<U+001B>]52;c;aGk=<U+0007><U+202E>\n"


async def test_an_erased_text_says_so(tmp_path: Path) -> None:
    world = gtm()
    world.blobs = [content for content in world.blobs if not content.startswith(b"## Policy")]
    async with opened(world.write(tmp_path / "home", alive=False), "gtm/A2.1") as (_pilot, pane):
        assert "its text was erased" in said(pane, "head")
        assert pane.list_of("in").entries


async def test_tab_walks_over_the_panes_and_at_80_columns_shows_one_at_a_time(home: Home) -> None:
    async with opened(home, "gtm/A2.1", (80, 24)) as (pilot, pane):
        seen = []
        for _turn in range(3):
            seen.append(next(name for name in ("in", "out", "text") if pane.list_of(name).has_focus))
            shown = [name for name in ("in", "out", "text") if pane.list_of(name).region.width]
            assert shown == [seen[-1]]
            await pilot.press("tab")
            await pilot.pause()
        assert seen == ["in", "out", "text"]


async def test_a_mission_without_packages_says_what_will_appear(tmp_path: Path) -> None:
    world = gtm()
    world.events = [event for event in world.events if event[1] != "package.compiled"]
    world.views = {key: row for key, row in world.views.items() if key[0] != "task"}
    async with opened(world.write(tmp_path / "home", alive=False)) as (_pilot, pane):
        assert "no worker received anything yet" in said(pane, "head")


WIDTHS = (1, 2, 8, 16, 20, 38, 52, 58, 74, 76, 100, 156, 300)


@pytest.mark.parametrize("columns", WIDTHS)
def test_every_width_holds_hostile_words(columns: int) -> None:
    for nasty in HOSTILE:
        mark = "0123456789abcdef"
        text = f"## Policy\n{nasty}\n## Files\n[begin leads · private · {mark}]\n| {nasty}\n[end {mark}]\n"
        item = {"id": nasty, "kind": nasty, "form": "full", "tokens": 12, "reason": nasty}
        leads = {"id": "leads", "kind": "input", "form": "pointer", "tokens": 5, "reason": "x"}
        out = {"id": nasty, "kind": nasty, "code": nasty, "detail": nasty}
        package = Package.of(shaped(
            story()[1]["A1.1"], text=text, included=[item, leads], excluded=[out], route={"model": nasty},
            would_add=[{"id": nasty, "tokens": 5}],
        ))  # fmt: skip
        stop, carried = Stop("gtm/T1", "", 1, 0), Carried(61_240, 9)
        sound(paint.head(paint.Head(stop, None, package, carried, 5, "as it is"), columns), columns)
        sound([paint.room(package, columns), paint.text_foot(3, 4, columns)], columns)
        for name in ("in", "out"):
            sound(paint.lid(name, 3, columns, focused=True), columns)
        inner = max(columns - 2, 0)
        for entry in (*paint.ins(package), *paint.outs(package, {nasty: nasty}, {}, carried)):
            sound(list(paint.paint(entry, Shown(inner, True, True))), inner)
        for entry in paint.page(package, inner).entries:
            sound(list(paint.paint_text(entry, Shown(inner, True, True), "a")), inner)
            assert len(paint.paint_text(entry, Shown(inner, True, True))) == entry.height
        for entry in paint.compared(["+" + line for line in text.split("\n")], inner).entries:
            sound(list(paint.paint_diff(entry, Shown(inner, True, True))), inner)


@pytest.mark.parametrize("size", ODD_SIZES)
async def test_every_size_is_alive(home: Home, told: list[tuple[str, ...]], size: tuple[int, int]) -> None:
    async with opened(home, "", size) as (pilot, _pane):
        for keys in (
            ("j", "tab"),
            ("tab", "pagedown"),
            ("left_square_bracket", "d"),
            ("d", "tab"),
            ("slash", "a", "enter"),
        ):
            await pilot.press(*keys)
            await pilot.pause()
            assert all(strip.cell_length == size[0] for strip in pilot.app.screen._compositor.render_strips())
