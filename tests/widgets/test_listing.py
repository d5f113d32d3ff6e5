"""A list: the selection follows its entry and stays on its line, whatever comes and goes around it."""

from __future__ import annotations

import random

import pytest
from textual.app import App
from textual.message import Message

from tests.widgets.stage import Alone, rows
from widgets.ink import Line, Run
from widgets.listing import Entry, Listing, Shown

SIZE = (30, 12)


class Watched(Listing):
    """A list that counts what it paints and remembers what it said."""

    def __init__(self, **more: object) -> None:
        super().__init__(self.draw, empty="nothing here", **more)  # type: ignore[arg-type]
        self.painted = 0
        self.said: list[Message] = []

    def draw(self, entry: Entry, shown: Shown) -> list[Line]:
        """As many lines as the entry is high."""
        self.painted += 1
        return [(Run(f"{entry.body}.{row}" if row else str(entry.body)),) for row in range(entry.height)]

    def post_message(self, message: Message) -> bool:
        """Remember."""
        if isinstance(message, (Listing.Moved, Listing.NearEnd)):
            self.said.append(message)
        return super().post_message(message)


def entries(*names: str, height: int = 1) -> list[Entry]:
    """Entries that show their names."""
    return [Entry(name, name, height) for name in names]


def many(count: int, start: int = 0) -> list[Entry]:
    """So many entries."""
    return entries(*(f"e{number}" for number in range(start, start + count)))


def line_of(app: App[None], name: str) -> int:
    """On which line of the screen an entry stands."""
    return next(row for row, text in enumerate(rows(app)) if text.lstrip("▌ ") == name)


async def test_the_selection_follows_its_entry_and_stays_on_its_line() -> None:
    listing = Watched()
    app = Alone(listing)
    async with app.run_test(size=SIZE) as pilot:
        listing.focus()
        listing.fill(many(100))
        listing.select("e50")
        await pilot.pause()
        line = line_of(app, "e50")
        for come in (1, 7, 40):
            listing.fill([*many(come, start=1000), *many(100)])
            await pilot.pause()
            assert listing.selected is not None
            assert listing.selected.id == "e50"
            assert line_of(app, "e50") == line
        listing.fill(many(70, start=30))  # thirty went above
        await pilot.pause()
        assert line_of(app, "e50") == line


@pytest.mark.parametrize("seed", range(6))
async def test_it_stays_on_its_line_in_a_random_life(seed: int) -> None:
    chance = random.Random(seed)
    listing = Watched()
    app = Alone(listing)
    shown = [Entry(f"e{n}", f"e{n}", chance.randint(1, 4)) for n in range(80)]
    async with app.run_test(size=SIZE) as pilot:
        listing.fill(shown)
        listing.select("e40")
        await pilot.pause()
        line = line_of(app, "e40")
        for step in range(12):
            gone = {e.id for e in chance.sample(shown, 3)} - {"e40"}
            shown = [entry for entry in shown if entry.id not in gone]
            shown.insert(chance.randrange(len(shown)), Entry(f"n{step}", f"n{step}", chance.randint(1, 4)))
            listing.fill(shown)
            await pilot.pause()
            assert listing.selected is not None
            assert listing.selected.id == "e40"
            assert line_of(app, "e40") == line


async def test_when_the_selected_entry_goes_the_one_in_its_place_is_selected() -> None:
    listing = Watched()
    async with Alone(listing).run_test(size=SIZE):
        listing.fill(entries("a", "b", "c"))
        listing.select("b")
        listing.fill(entries("a", "c"))
        assert listing.selected == Entry("c", "c")
        listing.fill(entries("a"))
        assert listing.selected == Entry("a", "a")
        listing.fill([])
        assert listing.selected is None
        listing.fill(entries("x", "y"))
        assert listing.selected == Entry("x", "x")


async def test_following_keeps_to_the_first_entry() -> None:
    listing = Watched()
    app = Alone(listing)
    async with app.run_test(size=SIZE) as pilot:
        listing.fill(many(50))
        assert listing.at_first
        listing.fill([*many(3, start=100), *many(50)], follow=True)
        await pilot.pause()
        assert listing.selected is not None
        assert listing.selected.id == "e100"
        assert rows(app)[0].lstrip("▌ ") == "e100"
        listing.select("e10")
        assert not listing.at_first


async def test_ten_thousand_entries_cost_what_is_visible() -> None:
    listing = Watched()
    async with Alone(listing).run_test(size=SIZE) as pilot:
        listing.fill(many(10_000))
        await pilot.pause()
        listing.painted = 0
        listing.select("e9000")
        await pilot.pause()
        assert listing.painted <= 2 * SIZE[1]
        listing.painted = 0
        listing.fill(many(10_000))
        await pilot.pause()
        assert listing.painted == 0


async def test_an_entry_that_differs_is_painted_alone() -> None:
    listing = Watched()
    async with Alone(listing).run_test(size=SIZE) as pilot:
        shown = many(10)
        listing.fill(shown)
        await pilot.pause()
        listing.painted = 0
        shown = [*shown[:4], Entry("e4", "other"), *shown[5:]]
        listing.fill(shown)
        await pilot.pause()
        assert listing.painted == 1


async def test_keys_move_by_one_by_a_page_and_to_the_edges() -> None:
    listing = Watched()
    app = Alone(listing)
    async with app.run_test(size=SIZE) as pilot:
        listing.focus()
        listing.fill(many(100))

        async def after(*keys: str) -> str:
            await pilot.press(*keys)
            assert listing.selected is not None
            assert 0 <= line_of(app, listing.selected.id) < SIZE[1]
            return listing.selected.id

        assert await after("j", "down", "down") == "e3"
        assert await after("k", "up") == "e1"
        assert await after("G") == "e99"
        assert await after("j") == "e99"
        assert await after("g") == "e0"
        assert await after("k") == "e0"
        assert await after("pagedown") == "e11"
        assert await after("ctrl+d") == "e22"
        assert await after("pageup", "ctrl+u") == "e0"
        assert await after("end") == "e99"
        assert await after("home") == "e0"


async def test_what_cannot_be_selected_is_stepped_over() -> None:
    listing = Watched()
    async with Alone(listing).run_test(size=SIZE) as pilot:
        listing.focus()
        head = Entry("head", "head", selectable=False)
        listing.fill([head, *entries("a"), Entry("mid", "mid", selectable=False), *entries("b")])
        assert listing.selected == Entry("a", "a")
        await pilot.press("j")
        assert listing.selected == Entry("b", "b")
        await pilot.press("g")
        assert listing.selected == Entry("a", "a")
        assert not listing.select("mid")
        assert not listing.select("no such")


async def test_enter_and_a_double_click_open() -> None:
    listing = Watched()
    async with Alone(listing).run_test(size=SIZE) as pilot:
        listing.focus()
        listing.fill(many(5))
        await pilot.press("j", "enter")
        opened = [m.entry for m in listing.said if isinstance(m, Listing.Chosen)]
        assert opened == [Entry("e1", "e1")]
        await pilot.click(offset=(3, 3), times=2)
        opened = [m.entry for m in listing.said if isinstance(m, Listing.Chosen)]
        assert opened[-1] == Entry("e3", "e3")


async def test_near_the_end_it_asks_for_more() -> None:
    listing = Watched()
    async with Alone(listing).run_test(size=SIZE) as pilot:
        listing.focus()
        listing.fill(many(200))
        await pilot.press("j")
        assert not [m for m in listing.said if isinstance(m, Listing.NearEnd)]
        await pilot.press("G")
        assert [m for m in listing.said if isinstance(m, Listing.NearEnd)]


async def test_nothing_is_one_muted_sentence() -> None:
    listing = Watched()
    app = Alone(listing)
    async with app.run_test(size=SIZE) as pilot:
        listing.focus()
        await pilot.press("j", "k", "G", "g", "pagedown", "pageup", "enter")
        await pilot.pause()
        assert rows(app)[0].strip() == "nothing here"


async def test_entries_of_different_heights_scroll_wholly_into_view() -> None:
    listing = Watched()
    app = Alone(listing)
    async with app.run_test(size=SIZE) as pilot:
        listing.focus()
        listing.fill([Entry(f"e{n}", f"e{n}", 1 + n % 4) for n in range(40)])
        for _ in range(39):
            await pilot.press("j")
            assert listing.selected is not None
            shown = [row.lstrip("▌ ") for row in rows(app)]
            last = listing.selected.height - 1
            assert listing.selected.id in shown
            assert not last or f"{listing.selected.id}.{last}" in shown


async def test_a_smaller_screen_keeps_the_selected_entry_in_view() -> None:
    listing = Watched()
    app = Alone(listing)
    async with app.run_test(size=(30, 20)) as pilot:
        listing.fill(many(100))
        listing.select("e70")
        for size in ((30, 5), (12, 3), (80, 30), (30, 2)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert line_of(app, "e70") < size[1]


async def test_the_mark_and_the_ground_tell_the_selection_with_and_without_focus() -> None:
    listing = Watched()
    app = Alone(listing)
    async with app.run_test(size=SIZE) as pilot:
        listing.fill(many(3))
        listing.focus()
        await pilot.pause()
        lit = list(app.screen._compositor.render_strips()[0])
        assert lit[0].text == "▌"
        app.screen.set_focus(None)
        await pilot.pause()
        rest = list(app.screen._compositor.render_strips()[0])
        assert rest[0].text == "▌"
        assert lit[0].style != rest[0].style
        assert lit[-1].style != rest[-1].style
