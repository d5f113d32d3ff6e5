"""The bridge as lines: what stands on it, at every size, with every name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cockpit.client import Client
from cockpit.screens.bridge import paint, small, strip
from cockpit.screens.bridge.paint import Mission
from cockpit.screens.facts import bridge_fact
from cockpit.screens.queue import StillQueue
from engine.home import Home
from tests.screens import extremes, samples
from tests.screens.samples import NOW
from tests.screens.seen import rows, styles, text, until
from tests.screens.stage import ODD_SIZES, cockpit
from tests.screens.world import World
from widgets.ink import width
from widgets.listing import Shown
from widgets.palette import plain_text

pytestmark = pytest.mark.usefixtures("utc")
WORLDS: dict[str, Callable[[], World]] = {
    "three": samples.three,
    "one": extremes.one,
    "nine": extremes.nine,
    "odd": extremes.odd,
}


def missions(home: Home) -> list[Mission]:
    """What the bridge shows of a home."""
    client = Client(home, clock=lambda: NOW)
    client.pull()
    views = client.views
    found = [
        Mission(
            number,
            card,
            tuple(views.tasks.get(slug, {}).values()),
            tuple(row for row in views.attention.values() if row.mission == slug),
            tuple(reversed(client.tail(slug, limit=8))),
        )
        for number, (slug, card) in enumerate(views.cards.items(), start=1)
    ]
    client.close()
    return found


@pytest.mark.parametrize("name", WORLDS)
def test_no_line_is_wider_than_the_screen(fabricate: Callable[[World], Home], name: str) -> None:
    shown = missions(fabricate(WORLDS[name]()))
    for columns in (100, 104, 120, 156, 160, 213, 300):
        for rows_ in (16, 20, 31, 40, 90):
            fits = shown[: paint.per_screen(columns)]
            for row in paint.board(fits, NOW, columns, rows_, 0):
                assert width(row) <= columns
    for columns in (58, 60, 78, 99, 100):
        assert all(width(row) <= columns for row in small.compact(shown, NOW, columns, 1))
    for columns in (18, 20, 38, 57):
        assert all(width(row) <= columns for row in small.tiny(shown, columns, 1))


def test_sections_stand_on_the_same_row_in_every_column(three: Home) -> None:
    lines = plain_text(paint.board(missions(three), NOW, 156, 34, None)).split("\n")
    for name in ("branches", "now", "next", "past"):
        assert [line.count(name) for line in lines if line.lstrip().startswith(name)] == [3]


def test_figures_of_a_column_share_their_right_edge(three: Home) -> None:
    lines = plain_text(paint.board(missions(three)[:1], NOW, 50, 34, None)).split("\n")
    ends = {len(line) for line in lines if line.rstrip().endswith(("$24.18", "$11.62", "$0.40", "$3.05"))}
    assert ends == {50}


def test_a_claimed_figure_stands_in_no_column_of_proofs(three: Home) -> None:
    first = missions(three)[0]
    lines = tuple(replace(line, claimed=line.key == "cold-email") for line in first.card.branches)
    shown = [replace(first, card=replace(first.card, branches=lines))]
    wide, narrow = paint.board(shown, NOW, 50, 34, None), small.compact(shown, NOW, 78, None)
    for drawn in (wide, narrow):
        row = next(line for line in drawn if "cold-email" in plain_text([line]))
        assert "◇ claimed 9.1%" in plain_text([row])
        assert not any("9.1%" in run.text and run.bold for run in row)


def test_what_is_rehearsed_says_so_even_where_its_name_is_cut(fabricate: Callable[[World], Home]) -> None:
    world = World()
    world.view("card", samples.card("a-mission-whose-name-is-forty-characters", "x", rehearsed=True))
    shown = missions(fabricate(world))
    assert "REHEARSED" in plain_text(paint.board(shown, NOW, 50, 30, None))
    assert "REHEARSED" in plain_text(small.compact(shown, NOW, 60, None))
    assert "REHEARSED" in plain_text(small.tiny(shown, 38, None))


def test_only_what_needs_somebody_is_amber(three: Home) -> None:
    runs = [run for line in paint.board(missions(three), NOW, 156, 34, None) for run in line]
    amber = [run.text.strip() for run in runs if run.voice == "needs-you"]
    assert amber == ["⚑"] * 6  # two corners, and the four items under *now*
    assert not [run for run in runs if run.voice == "wrong"]


def test_the_fact_line_drops_whole_facts_and_never_cuts_a_figure(three: Home) -> None:
    client = Client(three, clock=lambda: NOW)
    client.pull()
    hours = (1_000_000,) * 8
    for columns in range(20, 200):
        line = plain_text([bridge_fact(client.views, NOW, columns, today=14_060_000, hours=hours, shown=(0, 2))])
        assert len(line) <= columns
        assert "…" not in line
    client.close()


def test_what_is_over_counts_as_what_it_cost_among_the_budgets(three: Home) -> None:
    client = Client(three, clock=lambda: NOW)
    client.pull()
    cards = client.views.cards
    first, *others = cards
    for name in others:
        cards[name] = replace(cards[name], ended_at=NOW)
    within = cards[first].budget + sum(cards[name].spent for name in others)
    assert f" of ${round(within / 1_000_000)} " in plain_text([bridge_fact(client.views, NOW, 160)])
    cards[first] = replace(cards[first], ended_at=NOW)
    assert " spent " in plain_text([bridge_fact(client.views, NOW, 160)])
    client.close()


def test_the_strip_keeps_title_deadline_and_what_it_takes(three: Home) -> None:
    client = Client(three, clock=lambda: NOW)
    client.pull()
    queue = StillQueue()
    queue.rank(client.views.attention)
    entries = strip.entries(
        queue, client.views.attention, client.views.cards, client.views.branches, selected=None, wall=NOW, unfold=True
    )
    told = plain_text([line for entry in entries for line in strip.paint(entry, Shown(154, False, True))])
    assert "send 25 e-mails" in told
    assert "gtm-signal / cold-email" in told
    assert "holds 3 tasks, it expires" in told  # when, stands in a column of its own
    assert [entry.height for entry in entries] == [2, 1, 1, 1]
    for columns in (18, 38, 58, 76, 118, 158, 298):
        for entry in entries:
            assert all(width(line) <= columns for line in strip.paint(entry, Shown(columns, True, True)))
        assert width(strip.Columns(columns).header()) <= columns
    client.close()


@pytest.mark.parametrize("size", ODD_SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", ["three", "odd"])
async def test_nothing_falls_over_at_any_size(
    fabricate: Callable[[World], Home], name: str, size: tuple[int, int]
) -> None:
    app = cockpit(fabricate(WORLDS[name]()))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: bool(app.client.views.branches))
        await pilot.press("tab", "tab", "shift+tab", "j", "k", "G")
        await pilot.pause()
        assert len(rows(app)) == size[1]


async def test_without_colours_everything_is_still_told_apart(three: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = cockpit(three, environ={"NO_COLOR": "1"})
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: bool(app.client.views.branches))
        assert {colour.name for style in styles(app) for colour in (style.color, style.bgcolor) if colour} <= {
            "default"
        }
        assert any(style.reverse for style in styles(app))  # the selected row
        assert any(style.bold for style in styles(app))
        for mark in ("⚑", "●", "◷", "◐", "✕", "‖"):
            assert mark in text(app)


async def test_the_terminals_own_colours(three: Home) -> None:
    app = cockpit(three, "ansi")
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: bool(app.client.views.branches))
        colours = {style.color.name for style in styles(app) if style.color is not None}
        assert colours <= {"default", "blue", "yellow", "red", "green"}
        assert {style.bgcolor.name for style in styles(app) if style.bgcolor is not None} == {"default"}


async def test_ascii_draws_the_same_cells(three: Home) -> None:
    async def shown(environ: dict[str, str]) -> list[str]:
        app = cockpit(three, environ=environ)
        async with app.run_test(size=(160, 45)) as pilot:
            await until(pilot, lambda: bool(app.spent_hours) and "enrich 44 leads" in text(app))
            return rows(app)

    rich, plain = await shown({}), await shown({"COCKPIT_ASCII": "1"})
    assert all(row.isascii() for row in plain)
    for one, other in zip(rich, plain, strict=True):
        assert len(one) == len(other)


async def test_a_lit_mission_scrolls_into_view_and_enter_opens_it(fabricate: Callable[[World], Home]) -> None:
    app = cockpit(fabricate(extremes.nine()))
    async with app.run_test(size=(120, 40)) as pilot:
        assert "mission-1" in text(app)
        for _ in range(5):
            await pilot.press("tab")
        await pilot.pause()
        assert "mission-5" in text(app)
        await until(pilot, lambda: "missions 4 to 5 of 9" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "mission-mission-5")


async def test_enter_opens_the_first_mission_where_nothing_needs_anybody(fabricate: Callable[[World], Home]) -> None:
    world = extremes.nine()
    world.views = {key: row for key, row in world.views.items() if key[0] != "attention"}
    app = cockpit(fabricate(world))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "nothing needs you" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "mission-mission-1")


async def test_one_accent_rule_and_one_raised_row(three: Home) -> None:
    app = cockpit(three)
    async with app.run_test(size=(160, 45)) as pilot:
        for _ in range(4):
            await pilot.press("tab")
            await pilot.pause()
            heavy = sum("━" * 40 in row for row in rows(app))
            assert heavy == 1
