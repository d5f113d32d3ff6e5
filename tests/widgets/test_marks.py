"""Glyphs, bars and sparklines: one cell each, and a bar that never says more than its figure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.ink import cells
from widgets.marks import ASCII, GLYPHS, SPARKS, bar, count, glyph, percent, spark

NUMBER = st.integers(0, 10**12)


@pytest.mark.parametrize("mark", sorted({*GLYPHS.values(), *map(chr, ASCII)}))
def test_every_glyph_is_one_cell_wide_and_has_an_ascii_form_of_one_cell(mark: str) -> None:
    assert cells(mark) == 1
    assert len(mark.translate(ASCII)) == 1
    assert mark.translate(ASCII).isascii()


@given(st.integers(-2, 200), NUMBER, NUMBER, st.integers(-5, 10**12))
def test_a_bar_is_as_wide_as_it_is_told(columns: int, used: int, reserved: int, whole: int) -> None:
    assert sum(cells(run.text) for run in bar(columns, used, reserved, whole)) == max(columns, 0)


@given(st.integers(2, 60), st.integers(1, 10**9))
def test_something_used_is_seen_and_only_all_of_it_fills_the_bar(columns: int, whole: int) -> None:
    shown = "".join(run.text for run in bar(columns, 1, 0, whole * columns * 4))
    assert shown[0] in "━╸"
    assert "".join(run.text for run in bar(columns, whole, 0, whole)) == "━" * columns
    assert "".join(run.text for run in bar(columns, 0, 0, whole)) == "─" * columns


def test_used_reserved_and_free_are_three_shapes() -> None:
    assert "".join(run.text for run in bar(10, 3, 2, 10)) == "━━━╍╍─────"
    assert "".join(run.text for run in bar(10, 9, 9, 10)) == "━━━━━━━━━╍"  # more is reserved than is left
    assert "".join(run.text for run in bar(4, 99, 0, 10)) == "━━━━"


@given(st.lists(st.integers(-5, 10**6), max_size=40), st.integers(0, 30))
def test_a_sparkline_is_never_wider_than_told_and_only_of_its_steps(series: list[int], columns: int) -> None:
    shown = spark(series, columns)
    assert cells(shown) <= max(columns, len(series))
    assert set(shown) <= {" ", *SPARKS}
    assert "█" not in shown


def test_a_sparkline_shows_the_newest_at_its_right_edge() -> None:
    assert spark([0, 7], 4, 7) == "  ▁▇"
    assert spark([9, 9, 0, 3, 7], 3, 7) == "▁▃▇"
    assert spark([], 3) == "   "


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_percentage_is_nothing_only_of_nothing(part: int, whole: int) -> None:
    assert percent(part, whole) != "0%"


def test_percentages_and_counts() -> None:
    assert [percent(*pair) for pair in ((0, 5), (1, 1_000), (1, 2), (5, 0), (3, 2))] == [
        "0%",
        "<1%",
        "50%",
        "—",
        "150%",
    ]
    assert count(3812) == "3 812"
    assert glyph("no such state").text == "·"
