"""The log: newest first, never more at once than a page, still while somebody reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cockpit.client import Happening
from cockpit.screens.mission import log_paint as paint
from cockpit.screens.mission.log import KEPT, PAGE, LogTail
from tests.screens.samples import NOW
from widgets.ink import width
from widgets.listing import Shown
from widgets.palette import plain_text


class Ledger:
    """Events in memory; every second one is quiet. Counts what was read."""

    def __init__(self, size: int = 0) -> None:
        self.size, self.read_most, self.reads = size, 0, 0

    def read(self, limit: int, before: int | None) -> Sequence[Mapping[str, Any]]:
        end = self.size if before is None else before - 1
        self.reads += 1
        self.read_most = max(self.read_most, limit)
        return [{"seq": seq} for seq in range(max(1, end - limit + 1), end + 1)]

    @staticmethod
    def tell(events: Sequence[Mapping[str, Any]], everything: bool) -> list[Happening]:
        return [
            Happening(event["seq"], NOW, "gtm", "accepted", f"event {event['seq']}", "task.accepted")
            for event in events
            if everything or event["seq"] % 2 == 0
        ]

    def tail(self) -> LogTail:
        tail = LogTail(self.read, self.tell)
        tail.start()
        return tail


def test_it_begins_with_the_newest_first() -> None:
    tail = Ledger(1_000).tail()
    assert tail.lines[0].seq == 1_000
    assert [line.seq for line in tail.lines] == sorted((line.seq for line in tail.lines), reverse=True)
    assert len(tail.lines) >= PAGE // 2


def test_what_is_new_comes_on_top_while_it_follows() -> None:
    ledger = Ledger(50)
    tail = ledger.tail()
    ledger.size += 4
    assert tail.look(follow=True).grown
    assert [line.seq for line in tail.lines[:3]] == [54, 52, 50]
    assert not tail.look(follow=True).grown
    assert tail.word(follow=True) == "following"


def test_a_log_that_is_followed_for_long_stays_short_and_has_no_hole_when_it_is_scrolled() -> None:
    ledger = Ledger(50)
    tail = ledger.tail()
    for _look in range(60):
        ledger.size += 40
        tail.look(follow=True)
    assert len(tail.lines) <= KEPT
    while tail.older():
        pass
    assert [line.seq for line in tail.lines] == [*range(ledger.size, 0, -2)]


def test_paused_nothing_moves_and_what_is_new_is_counted() -> None:
    ledger = Ledger(50)
    tail = ledger.tail()
    before = list(tail.lines)
    ledger.size += 24
    assert not tail.look(follow=False).grown
    assert tail.lines == before
    assert tail.word(follow=False) == "following paused, 12 new"
    ledger.size += 2
    tail.look(follow=False)
    assert tail.word(follow=False) == "following paused, 13 new"


def test_following_again_brings_everything_that_waited() -> None:
    ledger = Ledger(50)
    tail = ledger.tail()
    ledger.size += 24
    tail.look(follow=False)
    assert tail.look(follow=True).grown
    assert tail.lines[0].seq == 74
    assert tail.word(follow=False) == "following paused"


def test_a_storm_costs_one_page_a_look_and_skips_what_nobody_could_read() -> None:
    ledger = Ledger(50)
    tail = ledger.tail()
    ledger.reads = 0
    ledger.size += 100_000
    found = tail.look(follow=True)
    assert found.missed
    assert tail.lines[0].seq == ledger.size
    assert ledger.reads <= 3
    assert ledger.read_most <= 2 * PAGE
    assert len(tail.lines) <= 2 * PAGE


def test_a_storm_while_paused_is_counted_as_more_than_that() -> None:
    ledger = Ledger(50)
    tail = ledger.tail()
    ledger.size += 100_000
    tail.look(follow=False)
    assert tail.word(follow=False) == f"following paused, {PAGE // 2}+ new"


def test_older_pages_come_until_there_are_none() -> None:
    ledger = Ledger(1_000)
    tail = ledger.tail()
    while tail.older():
        pass
    assert tail.lines[-1].seq == 2
    assert len(tail.lines) == len({line.seq for line in tail.lines}) == 500
    assert not tail.more


def test_older_pages_after_new_ones_leave_no_gap() -> None:
    ledger = Ledger(600)
    tail = ledger.tail()
    ledger.size += 20
    tail.look(follow=True)
    while tail.older():
        pass
    assert [line.seq for line in tail.lines] == list(range(620, 0, -2))


def test_everything_includes_the_quiet_ones() -> None:
    ledger = Ledger(10)
    tail = ledger.tail()
    assert len(tail.lines) == 5
    tail.start(everything=True)
    assert len(tail.lines) == 10


def test_a_mission_without_events_is_empty() -> None:
    tail = Ledger().tail()
    assert tail.lines == []
    assert not tail.look(follow=True).grown
    assert not tail.older()


EVENT = {
    "seq": 7, "height": 3, "mission": "gtm", "kind": "branch.pruned", "version": 1, "at": NOW, "wall": NOW,
    "actor": "human:you", "hash": "ab" * 32, "prev": "", "epoch": 1,
    "body": {"because": "\x1b[2Jgone \u202e", "inner": {"list": [1, 2]}},
}  # fmt: skip


def test_an_event_tells_who_caused_it_and_its_body_behind_the_gutter() -> None:
    text = plain_text(paint.event(EVENT, NOW, 80))
    for told in (
        "branch.pruned, version 1",
        "height 3 of gtm",
        "human:you",
        "14:02:00",
        '│   "inner": {',
        '│     "list": [',
    ):
        assert told in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.split("\n\n")[1].startswith("│ {")


def test_a_huge_body_is_cut_and_says_so() -> None:
    text = plain_text(paint.event({**EVENT, "body": {"text": "x" * 1_000_000}}, NOW, 80))
    assert len(text) < 200_000
    assert "characters more" in text


def test_amber_and_accent_are_left_to_what_is_so_now() -> None:
    for state in ("needs you", "running"):
        line = Happening(1, NOW, "gtm", state, "asked", "attention.raised")
        runs = paint.paint(paint.entries([line], NOW)[0], Shown(100, False, True))[0]
        assert not {run.voice for run in runs} & {"needs-you", "accent"}


def test_a_day_that_is_not_today_stands_before_the_time() -> None:
    line = Happening(1, NOW - 86_400_000, "gtm", "accepted", "done", "task.accepted")
    text = plain_text(paint.paint(paint.entries([line], NOW)[0], Shown(100, False, True)))
    assert "Tue 14:02:00" in text


def test_header_and_lines_fit_any_width() -> None:
    line = Happening(123_456, NOW, "gtm", "accepted", "long " * 60, "a.very.long.kind.of.event.indeed")
    for columns in (5, 20, 40, 60, 100, 118, 156, 300):
        assert width(paint.header(columns)) <= columns
        for shown in paint.paint(paint.entries([line], NOW)[0], Shown(columns, False, True)):
            assert width(shown) <= columns
