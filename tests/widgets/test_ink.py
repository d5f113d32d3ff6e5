"""Text in cells: nothing ever exceeds its width, and what is to fill a width misses it by nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from widgets.ink import (
    BLANK,
    Line,
    Run,
    beside,
    cells,
    chop,
    cut,
    cut_path,
    fit,
    left,
    pad,
    right,
    rule,
    spread,
    width,
    wrap,
)

ODD = "漢字ｶﾞ가각👩‍👩‍👧🇩🇪e\u0301a\u0300\u0301\u0302\u200b\u200d\ufe0f\u202e\u2066\u00ad\u3164\u115f\u200b️ﷺ꧅𒐫"
TEXT = st.text(st.one_of(st.sampled_from(ODD + "ab …│"), st.characters(codec="utf-8")), max_size=40)
WIDTH = st.integers(0, 60)
RUNS = st.lists(st.builds(Run, TEXT, st.sampled_from(["text", "muted"])), max_size=6).map(tuple)


@given(TEXT, WIDTH)
def test_a_cut_text_never_exceeds_its_columns(text: str, most: int) -> None:
    assert cells(cut(text, most)) <= most
    assert cells(chop(text, most)) <= most
    assert cells(cut_path(text, most)) <= most


@given(TEXT, WIDTH)
def test_a_text_that_fits_is_left_alone_and_one_that_does_not_says_so(text: str, most: int) -> None:
    shown = cut(text, most)
    assert shown == text if cells(text) <= most else shown.endswith("…") or most == 0
    tail = cut_path(text, most)
    assert tail == text if cells(text) <= most else tail.startswith("…") or most == 0


@given(TEXT, WIDTH)
def test_left_is_exactly_as_wide_as_it_is_told(text: str, columns: int) -> None:
    assert cells(left(text, columns)) == columns


@given(TEXT, WIDTH)
def test_right_never_cuts(text: str, columns: int) -> None:
    shown = right(text, columns)
    assert shown.endswith(text)
    assert cells(shown) == max(columns, cells(text))


@given(RUNS, WIDTH)
def test_a_fitted_line_never_exceeds_and_a_padded_one_is_exact(line: Line, columns: int) -> None:
    assert width(fit(line, columns)) <= columns
    assert width(pad(line, columns)) == columns
    if width(line) <= columns:
        assert fit(line, columns) == line


@given(RUNS, RUNS, WIDTH)
def test_a_spread_line_never_exceeds_and_keeps_its_end(begin: Line, end: Line, columns: int) -> None:
    line = spread(begin, end, columns)
    assert width(line) <= columns
    if width(end) + 2 < columns:
        assert width(line) == columns
        assert line[len(line) - len(end) :] == end


@given(st.lists(st.tuples(st.lists(RUNS, max_size=4), st.integers(0, 30)), max_size=4), st.integers(0, 4))
def test_blocks_side_by_side_are_as_wide_as_their_columns(blocks: list[tuple[list[Line], int]], gap: int) -> None:
    whole = sum(size for _block, size in blocks) + gap * max(len(blocks) - 1, 0)
    lines = beside(blocks, gap)
    assert len(lines) == max((len(block) for block, _size in blocks), default=0)
    assert all(width(line) == whole for line in lines)


@given(TEXT, st.integers(2, 60))
def test_a_wrapped_text_never_exceeds_its_columns_and_loses_nothing_but_spaces(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert all(cells(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")


@given(TEXT, st.integers(-3, 1))
def test_no_room_at_all_ends(text: str, columns: int) -> None:
    wrap(text, columns)
    assert cells(cut(text, columns)) <= max(columns, 0)
    assert width(fit((Run(text),), columns)) <= max(columns, 0)


def test_a_wide_character_at_the_edge_leaves_a_blank_rather_than_half_of_itself() -> None:
    assert cut("漢字", 3) == "漢…"
    assert left("漢字", 2) == "… "
    assert cells(chop("漢字", 3)) == 2


def test_rules_are_one_voice_each() -> None:
    assert rule(4) == (Run("────", "rule"),)
    assert rule(4, lit=True) == (Run("━━━━", "accent"),)
    assert width(BLANK) == 0
