"""The board: which task stands where, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit.screens.mission import board_paint as paint
from cockpit.screens.mission.board import LANES, Board, Card, Head, lane, second
from engine.views.models import Progress
from tests.screens.mission.rows import items, tasks
from tests.screens.samples import NOW
from tests.screens.samples_mission import SLUG, gtm
from widgets.ink import width
from widgets.listing import Entry, Shown
from widgets.palette import plain_text

NOTE = Progress(f"{SLUG}/A9.1", SLUG, "variant 3 of 5", 3_100, NOW)


def listed(board: Board, **more: object) -> list[Entry]:
    return board.entries(tasks(), {NOTE.job: NOTE}, NOW, **more)  # type: ignore[arg-type]


def shown(entry: Entry, columns: int = 154, *, selected: bool = False) -> str:
    return plain_text(paint.paint(entry, Shown(columns, selected, True)))


def of(entries: list[Entry], number: int) -> Entry:
    return next(entry for entry in entries if entry.id == f"{SLUG}/T{number}")


def test_every_task_stands_in_one_lane_and_lanes_in_their_order() -> None:
    found = listed(Board())
    heads = [entry.body.lane for entry in found if isinstance(entry.body, Head)]
    assert heads == list(LANES)
    assert sum(entry.body.size for entry in found if isinstance(entry.body, Head)) == len(tasks())
    assert len([entry for entry in found if isinstance(entry.body, Card)]) == len(tasks())


@pytest.mark.parametrize(
    ("number", "expected"),
    [(7, "needs you"), (8, "running"), (10, "verifying"), (4, "failed"), (14, "not executable"), (12, "waiting"),
     (11, "ready"), (1, "done"), (5, "done")],
)  # fmt: skip
def test_a_task_stands_where_its_state_says(number: int, expected: str) -> None:
    assert lane(tasks()[f"{SLUG}/T{number}"]) == expected


def test_a_draft_that_lacks_nothing_waits_for_the_start_of_its_mission() -> None:
    row = replace(tasks()[f"{SLUG}/T11"], state="draft", missing=(), waiting_for="the mission's start")
    assert lane(row) == "waiting"
    assert second(row, "waiting", None) == "waits for the mission's start"


def test_a_running_task_shows_its_age_its_last_word_and_its_estimate() -> None:
    text = shown(of(listed(Board()), 9))
    assert "4m" in text
    assert "│ variant 3 of 5" in text
    assert "~$0.0031" in text
    assert "2 of 3" in text


def test_an_age_is_in_seconds_and_grows_with_the_time() -> None:
    board = Board()
    assert "42s" in shown(of(listed(board), 8))
    later = board.entries(tasks(), {}, NOW + 3_000)
    assert "45s" in shown(of(later, 8))


def test_a_failed_task_says_why_and_one_that_lacks_fields_which() -> None:
    found = listed(Board())
    assert "the tool sponsor_list is not there" in shown(of(found, 4))
    assert "5/8 fields, missing worker, acceptance criteria, budget" in shown(of(found, 14))


def test_without_room_for_a_second_line_the_count_of_fields_stands_before_the_title() -> None:
    found = listed(Board(), roomy=False)
    assert all(entry.height == 1 for entry in found if isinstance(entry.body, Card))
    assert "5/8  book calls" in shown(of(found, 14), 76)


def test_the_row_of_a_task_never_changes_its_height_when_it_is_selected() -> None:
    for entry in listed(Board()):
        for columns in (154, 114, 76, 38):
            lines = paint.paint(entry, Shown(columns, True, True))
            assert len(lines) == len(paint.paint(entry, Shown(columns, False, False))) == entry.height


def test_a_filter_finds_words_in_title_role_state_and_reason() -> None:
    board = Board()
    found = listed(board, words="leads researcher")
    assert {entry.id for entry in found if isinstance(entry.body, Card)} == {f"{SLUG}/T1", f"{SLUG}/T8"}
    assert board.found == 2
    assert sum(board.counts.values()) == len(tasks())
    assert [entry.id for entry in listed(board, words="sponsor_list") if entry.selectable] == [f"{SLUG}/T4"]
    assert listed(board, words="no such words") == []


def test_entries_that_did_not_change_are_the_same_ones() -> None:
    board = Board()
    rows = tasks()
    first = board.entries(rows, {}, NOW)
    again = board.entries(rows, {}, NOW)
    assert all(one is other for one, other in zip(first, again, strict=True) if isinstance(one.body, Card))


def test_a_task_that_changed_its_state_is_fresh_until_it_rests() -> None:
    board, rows, name = Board(), tasks(), f"{SLUG}/T11"
    board.entries(rows, {}, NOW)
    assert board.changed == set()
    rows[name] = replace(rows[name], state="running", attempt=f"{SLUG}/A11.1", since=NOW)
    found = of(board.entries(rows, {}, NOW), 11)
    assert board.changed == {name}
    assert paint.paint(found, Shown(100, False, True))[0][0].bold
    board.rest({name})
    found = of(board.entries(rows, {}, NOW), 11)
    assert not paint.paint(found, Shown(100, False, True))[0][0].bold


def test_the_answer_counts_what_is_done_and_names_what_needs_a_human_before_what_runs() -> None:
    board = Board()
    listed(board)
    text = plain_text([paint.answer(board.counts, board.accepted, (41_270_000, 420_000), 156)])
    assert text.startswith("3 of 13 accepted   ⚑ 1 for you   2 running   1 verifying   1 failed")
    assert text.endswith("$41.27 spent   ≤$0.42 reserved")
    for columns in (20, 40, 78, 116):
        assert width(paint.answer(board.counts, board.accepted, (1, 1), columns)) <= columns
    assert paint.answer({}, 0, (0, 0), 100) == ()


def test_figures_of_a_column_share_their_right_edge() -> None:
    found = [entry for entry in listed(Board()) if isinstance(entry.body, Card)]
    lines = [paint.paint(entry, Shown(154, False, False))[0] for entry in found]
    assert {width(line) for line in lines} == {154}
    assert len({plain_text([line]).index(".") for line in lines if "$" in plain_text([line])[-10:-2]}) <= 2


def test_the_foot_tells_facts_words_and_what_is_asked() -> None:
    row = tasks()[f"{SLUG}/T7"]
    asked = [item for item in items() if item.task == row.id]
    text = plain_text(paint.foot(row, "needs you", None, asked, NOW, 156, 6))
    assert "send batch 2" in text
    assert "⚑ send 25 e-mails" in text
    assert "in 2h" in text
    assert "waits for you (gtm-signal/Q2, approve)" in text


def test_the_sheet_tells_all_that_is_known() -> None:
    row = tasks()[f"{SLUG}/T4"]
    text = plain_text(paint.detail(row, "failed", None, [], NOW, 80))
    for told in ("failed", "researcher", "google/gemini-flash", "3 of 3", "A4.1", "$0.0042 of $2.00", "sponsor_list"):
        assert told in text


def test_a_word_of_a_worker_stands_behind_the_gutter_with_all_its_lines() -> None:
    note = Progress(NOTE.job, SLUG, "first\n┌ approve? ┐\nlast", 0, NOW)
    text = plain_text(paint.detail(tasks()[f"{SLUG}/T9"], "running", note, [], NOW, 80))
    assert "│ ┌ approve? ┐" in text
    assert all(line.startswith("│ ") for line in text.split("last word\n")[1].split("\n"))


def test_a_mission_without_tasks_has_no_lines() -> None:
    assert Board().entries({}, {}, NOW) == []
    assert gtm().views  # the sample itself is not empty
