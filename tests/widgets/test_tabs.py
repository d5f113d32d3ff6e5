"""Tabs: names, the accent piece below the current one, and clicks."""

from __future__ import annotations

from widgets.ink import width
from widgets.palette import plain_text
from widgets.tabs import gap_of, tab_lines

NAMES = ("Board", "Branches", "Log")


def test_the_accent_piece_stands_exactly_under_the_current_name() -> None:
    for current, name in enumerate(NAMES):
        named, below = tab_lines(NAMES, current, 60)
        start = plain_text([named]).index(name)
        assert plain_text([below])[start : start + len(name)] == "━" * len(name)
        assert plain_text([below]).count("━") == len(name)


def test_the_current_name_is_bold_so_that_it_is_seen_without_colour() -> None:
    named, _below = tab_lines(NAMES, 1, 60)
    assert [run.text for run in named if run.bold] == ["Branches"]


def test_names_move_together_where_there_is_little_room() -> None:
    assert [gap_of(NAMES, columns) for columns in (60, 22, 18, 3)] == [4, 3, 1, 1]
    assert width(tab_lines(NAMES, 0, 22)[0]) <= 22
