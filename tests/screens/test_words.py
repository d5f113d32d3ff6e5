"""How figures, times and other people's words are written."""

from __future__ import annotations

import pytest

from cockpit.screens.words import figure, need, phase_runs, safe, title
from engine.values import HOUR
from engine.views.models import Card
from tests.screens.samples import NOW, card
from widgets.ink import cells, width
from widgets.palette import plain_text


def test_a_flood_of_marks_is_counted_and_a_few_are_shown() -> None:
    assert safe("e" + "\u0301" * 3_000 + "!") == "e" + "\u0301" * 4 + "<2996 marks>!"
    assert safe("tie\u0302\u0301ng Vie\u0323\u0302t") == "tie\u0302\u0301ng Vie\u0323\u0302t"


@pytest.mark.parametrize("columns", range(14, 60))
def test_the_word_rehearsed_is_never_cut(columns: int) -> None:
    shown = title(Card.of(card("a-mission-with-a-name-of-some-length", "x", rehearsed=True)), columns)
    assert plain_text([shown]).endswith("  REHEARSED")
    assert width(shown) <= columns


def test_money_in_a_column_is_aligned_at_its_point() -> None:
    shown = [figure(amount) for amount in (420_000, 4_200, 12_340_000, 0)]
    assert [cells(text) - text.index(".") for text in shown] == [5, 5, 5, 5]
    assert [text.strip() for text in shown] == ["$0.42", "$0.0042", "$12.34", "$0.00"]


def test_needs_is_said_in_the_right_number() -> None:
    assert [need(1), need(4)] == ["1 needs you", "4 need you"]


@pytest.mark.parametrize(
    ("upcoming", "said"),
    [
        ([(20_000, "undo of send 12 ends, cold"), (9 * HOUR, "window of cold closes")], "waiting in <1m"),
        ([(20_000, "check replies, cold"), (9 * HOUR, "window of cold closes")], "waiting in 9h"),
        ([(20_000, "check replies, cold")], "waiting in <1m"),
    ],
)
def test_a_mission_waits_for_what_comes_next_and_not_for_the_next_look(
    upcoming: list[tuple[int, str]], said: str
) -> None:
    told = [{"at": NOW + at, "text": text} for at, text in upcoming]
    row = card("gtm", "x", phase="waiting", next_wake=NOW + upcoming[0][0], upcoming=told, skew=0, now=NOW)
    assert plain_text([phase_runs(Card.of({**row, "attention": 0}), NOW)]).strip() == f"◷ {said}"
