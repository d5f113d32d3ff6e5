"""One line a charge: what it was, what came of it, and what it cost; and what the whole comes to."""

from __future__ import annotations

import pytest

from cockpit.client import ChargeLine
from cockpit.compat import HOSTILE as STEERS
from cockpit.screens.spend import paint, why
from cockpit.screens.spend.chart import Course, chart
from cockpit.screens.spend.paint import Fit
from engine.views.models import Progress
from tests.screens.samples import NOW, usd
from tests.screens.samples_mission import HOSTILE
from tests.screens.spend.rows import charge
from tests.screens.world import DAY, HOUR
from widgets.ink import Line, width
from widgets.listing import Entry, Shown
from widgets.palette import plain_text

WIDTHS = (1, 2, 8, 16, 20, 38, 45, 46, 58, 60, 74, 93, 94, 100, 140, 300)
SAID = paint.Answer(usd(41.27), usd(0.86), 3, usd(500), (0, 1, 2, 3, 5, 8, 3, 2), usd(1.12), "$6.25", "15.1%", "cap ok")


def drawn(line: ChargeLine, columns: int = 100, so_far: int = 0) -> str:
    notes = {line.attempt: Progress(line.attempt, line.mission, "", so_far, NOW)} if so_far else {}
    reserved, settled = ([line], []) if line.reserved else ([], [line])
    (entry,) = paint.entries(reserved, settled, notes, NOW, room=5, fitted=Fit())
    return plain_text(paint.paint(entry, Shown(columns, False, True)))


def test_a_charge_tells_when_what_who_with_what_and_how_much() -> None:
    line = charge(7, at=NOW - 8_000, model="anthropic/claude-haiku", tokens=(324, 312, 1_780, 0, 0), micro_usd=3_100)
    assert " ".join(drawn(line).split()) == (
        "14:01:52 draft batch 1 writer claude-haiku 2 104 312 1 780 ✓ useful $0.0031"
    )


def test_amounts_share_a_decimal_point() -> None:
    lines = [drawn(charge(n, micro_usd=amount)) for n, amount in enumerate((3_100, 1_310_000, 457_870_000, 0))]
    assert len({line.rindex(".") for line in lines}) == 1


def test_only_waste_is_bright_and_only_a_failed_call_is_red() -> None:
    for outcome, bright, red in (("useful", False, False), ("lost", True, False), ("failed", True, True)):
        (entry,) = paint.entries([], [charge(1, outcome=outcome)], {}, NOW, room=5, fitted=Fit())
        runs = paint.paint(entry, Shown(100, False, False))[0]
        assert any(run.voice == "bright" for run in runs) is bright
        assert any(run.voice == "wrong" for run in runs) is red


def test_a_call_in_flight_shows_its_age_and_at_most_what_it_costs() -> None:
    line = charge(0, at=NOW - 42_000, reserved=True, micro_usd=420_000, tokens=(0, 0, 0, 0, 0))
    assert drawn(line).split()[0] == "42s"
    assert drawn(line).endswith("╍ reserved   ≤$0.42")


def test_a_live_estimate_is_marked_as_one() -> None:
    line = charge(0, at=NOW - 42_000, reserved=True, micro_usd=420_000, tokens=(0, 0, 0, 0, 0))
    assert drawn(line, so_far=123_000).endswith("╍ of ≤$0.42  ~$0.12")


def test_more_reserved_calls_than_there_is_room_for_become_one_line() -> None:
    calls = [charge(0, attempt=f"gtm/A{n}.1", reserved=True, micro_usd=10_000) for n in range(9)]
    found = paint.entries(calls, [], {}, NOW, room=4, fitted=Fit())
    assert len(found) == 4
    assert plain_text(paint.paint(found[-1], Shown(60, False, False))).split() == [
        "6",
        "more",
        "calls",
        "are",
        "reserved",
        "≤$0.06",
    ]
    assert not any(entry.selectable for entry in found)


def test_what_the_tail_leaves_out_is_counted_and_added_up() -> None:
    lines = plain_text(paint.foot(60, hidden=1_217, hidden_amount=usd(37.65), total=usd(41.27))).splitlines()
    assert lines[0].split() == ["1", "217", "earlier", "charges", "$37.65"]
    assert lines[1].split() == ["total", "$41.27"]
    assert lines[0].index(".") == lines[1].index(".")


def test_the_answer_says_what_is_spent_reserved_and_left() -> None:
    line = plain_text([paint.answer(SAID, 156)])
    assert line.startswith("$41.27 spent   $0.86 reserved in 3 calls   $457.87 left of $500.00   burn $1.12/h")
    assert line.endswith("waste $6.25, 15.1%      cap ok")


def test_where_there_is_little_room_what_is_left_comes_before_waste() -> None:
    assert plain_text([paint.answer(SAID, 78)]).endswith("$457.87 left of $500.00")
    assert plain_text([paint.answer(SAID, 40)]).split() == ["$41.27", "spent", "$457.87", "left"]


def test_a_tail_that_stands_still_says_how_many_came() -> None:
    still = plain_text(paint.lid(80, fitted=Fit(), focused=True, following=False, new=12, note=""))
    assert "following paused, 12 new" in still
    assert "following\n" in plain_text(paint.lid(80, fitted=Fit(), focused=True, following=True, new=0, note=""))


@pytest.mark.parametrize(
    ("rest", "burn", "said"),
    [
        (0, 5, "cap reached"),
        (-5, 5, "cap reached"),
        (usd(10), 0, ""),
        (usd(10), usd(0.01), "cap not reached before day 14"),
        (usd(10), usd(1), "cap reached Thu 00:02, in 10h, at this burn"),
    ],
)
def test_when_the_cap_is_reached(rest: int, burn: int, said: str) -> None:
    assert paint.cap_words(rest, burn, NOW, NOW + 3 * DAY, 14) == said


def test_the_burn_is_that_of_the_hours_since_it_began() -> None:
    assert paint.burn_of((0, 0, 0, 0, 0, 0, 60, 20), 8 * HOUR) == 10
    assert paint.burn_of((0, 0, 0, 0, 0, 0, 60, 20), 2 * HOUR) == 40
    assert paint.burn_of((0, 0, 0, 0, 0, 0, 60, 20), 1) == 20


# -- what is left over time


def course(**more: object) -> Course:
    fields: dict[str, object] = {
        "budget": usd(100), "start": NOW - 2 * DAY, "now": NOW, "end": NOW + 2 * DAY, "known": NOW - 2 * DAY,
        "spent": lambda moment: usd(50) if moment >= NOW - DAY else 0, "burn": usd(0.5),
    }  # fmt: skip
    return Course(**(fields | more))  # type: ignore[arg-type]


def plot(of: Course) -> list[str]:
    return plain_text(chart(of, 50, 14)).splitlines()


def test_the_line_falls_where_money_was_spent_and_the_dots_go_on_at_this_burn() -> None:
    lines = plot(course())
    assert "dots forecast" in lines[0]
    first = next(line for line in lines if "$100" in line)
    assert "⠉" in first
    assert any("$26.00" in line for line in lines)
    assert lines[-1].split() == ["day", "1", "now", "4"]


def test_nothing_is_forecast_without_a_burn_or_an_end() -> None:
    for of in (course(burn=0), course(end=None), course(now=NOW + 2 * DAY)):
        assert "dots" not in plot(of)[0]
        assert not any(run.voice == "muted" and run.text[:1] > "⠀" for line in chart(of, 50, 14) for run in line)


def test_what_was_not_read_is_not_drawn() -> None:
    known = sum(line.count("⠉") for line in plot(course(burn=0)))
    later = sum(line.count("⠉") for line in plot(course(burn=0, known=NOW - DAY)))
    assert later < known


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("rows", [0, 3, 7, 20])
def test_the_chart_fits(columns: int, rows: int) -> None:
    for of in (course(), course(end=None), course(over=True, end=None), course(start=NOW, end=None), course(budget=0)):
        lines = chart(of, columns, rows)
        assert len(lines) <= rows
        sound(lines, columns)


# -- nothing breaks it


def sound(lines: list[Line], columns: int) -> None:
    for line in lines:
        assert width(line) <= columns, line
        assert not any(STEERS.search(run.text) or "\n" in run.text for run in line), line


@pytest.mark.parametrize("columns", WIDTHS)
def test_every_width_holds_hostile_words(columns: int) -> None:
    sound([paint.answer(SAID, columns)], columns)
    sound(paint.lid(columns, fitted=Fit(), focused=True, following=False, new=9_999, note="waste only"), columns)
    for nasty in HOSTILE:
        line = charge(1, task_title=nasty, role=nasty, model=nasty, worker=nasty, outcome=nasty, micro_usd=-123_456_789)
        running = charge(0, task_title=nasty, model=nasty, attempt=nasty, reserved=True)
        for entry in paint.entries([running], [line], {}, NOW, room=3, fitted=Fit()):
            for selected in (True, False):
                sound(list(paint.paint(entry, Shown(max(columns - 2, 0), selected, True))), max(columns - 2, 0))
        route = {"name": nasty, "because": nasty, "considered": [{"name": nasty, "passed": True, "why": nasty}]}
        sound(why.lines(why.Story(line, route, {}, 5, nasty, (nasty,)), NOW, columns), columns)


def test_entries_that_look_the_same_are_equal() -> None:
    first, again = (paint.entries([], [charge(1)], {}, NOW + n, room=3, fitted=Fit()) for n in (0, 60_000))
    assert first == again
    assert isinstance(first[0], Entry)
