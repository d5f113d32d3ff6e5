"""The bar: width is tokens, and every section can be read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cockpit.screens.context import bar
from widgets.ink import cells, width
from widgets.marks import count
from widgets.palette import plain_text

PICTURE = [
    ("contract", 412),
    ("rules", 296),
    ("task", 388),
    ("decisions", 540),
    ("evidence", 902),
    ("inputs", 1046),
    ("learned", 228),
]
NAMES = ("contract", "rules", "decisions", "learned", "claims", "evidence", "inputs", "review", "questions", "task")


def test_the_picture_is_to_scale() -> None:
    found, scaled = bar.segments(PICTURE, 4000, 156, "evidence")
    assert scaled
    assert sum(segment.columns for segment in found) + len(found) - 1 == 156
    for segment in found:
        assert abs(segment.columns - 149 * segment.tokens / 4000) <= 1
    assert (found[-1].name, found[-1].tokens) == ("free", 188)


def test_the_section_of_the_selected_item_is_lit() -> None:
    names, blocks, _figures = bar.paint(PICTURE, 4000, 156, "evidence")
    assert [run.text.strip() for run in names if run.voice == "bright"] == ["evidence"]
    assert [width((run,)) for run in blocks if run.voice == "accent"] == [34]


def test_what_is_free_is_broken_when_it_is_not_to_scale() -> None:
    lines = plain_text(bar.paint([("contract", 186), ("task", 59)], 12_000, 76, "task")).splitlines()
    assert "11 755" in lines[2]
    assert "▁ ▁" in lines[1]


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers(1, 20_000)), min_size=1, max_size=10, unique_by=lambda s: s[0]
    ),
    st.integers(0, 20_000),
    st.integers(20, 300),
)
def test_no_token_is_lost_and_every_name_and_figure_has_room(
    sections: list[tuple[str, int]], free: int, columns: int
) -> None:
    budget = sum(tokens for _name, tokens in sections) + free
    found, _scaled = bar.segments(sections, budget, columns, sections[0][0])
    assert sum(segment.tokens for segment in found) == budget
    assert sum(segment.columns for segment in found) + len(found) - 1 == columns
    for segment in found:
        assert segment.columns >= max(cells(segment.name), cells(count(segment.tokens)))


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-5, 20_000)), max_size=10), st.integers(0, 300))
def test_it_fits_any_width(sections: list[tuple[str, int]], columns: int) -> None:
    for line in bar.paint(sections, 12_000, columns, "task"):
        assert width(line) <= columns
