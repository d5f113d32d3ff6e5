"""A block of lines: what has not changed is not drawn again."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from tests.widgets.stage import Alone, rows
from widgets.ink import Line, Run
from widgets.panel import Panel

HOSTILE = "\x1b[2J\x1b]0;t\x07[/nope][@click=app.exit]x[/]\u202e\u200b\U000e0041\ud800"


class Shown:
    """What the panel shows."""

    def __init__(self) -> None:
        self.texts = ["one", "two", "three", "four"]
        self.painted = 0

    def paint(self, columns: int, rows_: int) -> list[Line]:
        """The lines."""
        self.painted += 1
        return [(Run(text),) for text in self.texts]


@pytest.fixture
def refreshed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Region, ...]]:
    """Every refresh of a panel."""
    found: list[tuple[Region, ...]] = []
    before = Panel.refresh

    def refresh(self: Panel, *regions: Region, **more: bool) -> Panel:
        found.append(regions)
        return before(self, *regions, **more)

    monkeypatch.setattr(Panel, "refresh", refresh)
    return found


async def test_only_lines_that_differ_are_drawn_again(refreshed: list[tuple[Region, ...]]) -> None:
    shown = Shown()
    panel = Panel(shown.paint)
    panel.styles.height = 4
    app = Alone(panel)
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        refreshed.clear()
        panel.redraw()
        assert refreshed == []
        shown.texts[2] = "drei"
        panel.redraw()
        assert refreshed == [(Region(0, 2, 20, 1),)]
        await pilot.pause()
        assert rows(app)[:4] == ["one", "two", "drei", "four"]
        refreshed.clear()
        del shown.texts[1:]  # what is gone is blank again
        panel.redraw()
        assert refreshed == [(Region(0, row, 20, 1),) for row in (1, 2, 3)]
        await pilot.pause()
        assert rows(app)[:4] == ["one", "", "", ""]


async def test_a_frame_paints_once_however_many_lines_it_has() -> None:
    shown = Shown()
    panel = Panel(shown.paint)
    panel.styles.height = 4
    async with Alone(panel).run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        assert shown.painted == 1


async def test_a_line_too_long_is_cut_at_the_edge_and_wide_characters_stay_whole() -> None:
    panel = Panel(lambda _columns, _rows: [(Run("漢字" * 20),), (Run("x" * 99),)])
    panel.styles.height = 2
    app = Alone(panel)
    async with app.run_test(size=(9, 3)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert [strip.cell_length for strip in strips] == [9, 9, 9]
        assert rows(app)[0].startswith("漢字漢字")


async def test_markup_in_a_line_is_text() -> None:
    app = Alone(Panel(lambda _columns, _rows: [(Run(HOSTILE[14:38]),)]))
    async with app.run_test(size=(40, 3)) as pilot:
        await pilot.pause()
        await pilot.click(offset=(10, 0))
        assert "[@click=app.exit]" in rows(app)[0]
        assert app.is_running
