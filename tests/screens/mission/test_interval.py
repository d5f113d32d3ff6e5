"""Intervals, the threshold of the rules, and the axis they stand on."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.screens.mission.interval import Axis, Estimate, estimate, threshold, wilson, words
from engine.views.models import BranchRow, Measure, RuleLine
from tests.screens.mission.rows import branches
from widgets.ink import width
from widgets.palette import plain_text


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (4, 22, 0.0731, 0.3852),
        (0, 22, 0.0, 0.1487),
        (4, 44, 0.0359, 0.2116),
        (10, 10, 0.7225, 1.0),
        (1, 2, 0.0945, 0.9055),
    ],
)
def test_the_interval_is_wilsons(k: int, n: int, low: float, high: float) -> None:
    found = wilson(k, n)
    assert found == pytest.approx((low, high), abs=5e-4)


@given(st.integers(-3, 2000), st.integers(-3, 2000))
def test_an_interval_stays_within_nothing_and_all_and_holds_its_estimate(k: int, n: int) -> None:
    low, high = wilson(k, n)
    assert 0.0 <= low <= high <= 1.0
    if n > 0 and 0 <= k <= n:
        assert low <= k / n <= high


def measured(unit: str, **more: object) -> Measure:
    base = {"metric": "m", "unit": unit, "k": None, "n": None, "value": "", "count": 1, "min_sample": 1, "known": True,
            "series": ()}  # fmt: skip
    return Measure(**{**base, **more})  # type: ignore[arg-type]


def test_only_a_rate_has_an_interval() -> None:
    assert estimate(measured("ms", value="60.5")) == Estimate(60.5, 60.5, 60.5)
    rate = estimate(measured("ratio", k=1, n=4))
    assert rate is not None
    assert rate.low < rate.value < rate.high


@pytest.mark.parametrize(
    "found",
    [
        None,
        measured("ratio"),
        measured("ratio", k=5, n=4),
        measured("ratio", k=0, n=0),
        measured("number", value="nan"),
        measured("number", value="1e400"),
        measured("number", value="-3"),
        measured("number", value="text"),
        measured("text", value="3"),
    ],
)  # fmt: skip
def test_what_is_no_figure_stands_nowhere(found: Measure | None) -> None:
    assert estimate(found) is None


def ruled(*rules: tuple[str, str]) -> list[BranchRow]:
    row = branches()["gtm-signal/B2"]
    lines = tuple(
        RuleLine(f"judge[{place}]", expression, then, "false", "", None)
        for place, (expression, then) in enumerate(rules)
    )
    return [replace(row, rules=lines)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("branch.reply_rate >= 0.05", 0.05),
        ("branch.batches >= 1 && branch.reply_rate < 0.3", 0.3),
        ("  branch.reply_rate   <=   1  ", 1.0),
        ("branch.reply_rate >= 0.05 || branch.reply_rate < 0.01", None),
        ("!(branch.reply_rate >= 0.05)", None),
        ("branch.reply_rate_n >= 40", None),
        ("branch.reply_rate >= branch.other", None),
        ("branch.reply_rate >= 0.05 * 2", None),
        ("0.05 <= branch.reply_rate", None),
        ("branch.reply_rate >= 99999999999999999999", None),
        ("", None),
    ],
)
def test_a_threshold_is_read_from_plain_comparisons_alone(expression: str, expected: float | None) -> None:
    assert threshold(ruled((expression, "prune")), "reply_rate") == expected


def test_of_several_thresholds_the_first_that_keeps_counts() -> None:
    rules = (("branch.m < 0.05", "prune"), ("branch.m >= 0.15", "keep"), ("branch.m >= 0.4", "keep"))
    assert threshold(ruled(*rules), "m") == 0.15
    assert threshold(ruled(rules[0]), "m") == 0.05
    assert threshold([], "m") is None


def test_rules_beyond_the_tenth_keep_their_order() -> None:
    rules = [("branch.x > 1", "prune")] * 9 + [("branch.m >= 9", "keep"), ("branch.m >= 10", "keep")]
    assert threshold(ruled(*rules), "m") == 9


def test_the_threshold_runs_through_every_row_and_the_estimate_wins_over_it() -> None:
    axis = Axis.over(44, [Estimate(0.0, 0.1, 0.4)], 0.05, "ratio")
    assert axis.mark is not None
    assert plain_text([axis.empty()]).index("┊") == axis.mark
    row = "".join(run.text for run in axis.row(Estimate(0.01, 0.2, 0.3)))
    assert len(row) == 44
    assert row[axis.mark] == "┊"
    assert row[axis.at(0.2)] == "●"
    on_it = "".join(run.text for run in axis.row(Estimate(0.01, 0.05, 0.3), past=True))
    assert on_it[axis.mark] == "○"


def test_without_a_threshold_nothing_is_dashed() -> None:
    axis = Axis.over(30, [Estimate(0.1, 0.2, 0.3)], None, "ratio")
    assert "┊" not in plain_text([axis.empty(), axis.row(Estimate(0.1, 0.2, 0.3)), axis.header()])


def test_the_header_names_the_threshold_where_it_stands_and_touches_nothing() -> None:
    axis = Axis.over(44, [Estimate(0.0, 0.1, 0.385)], 0.05, "ratio")
    text = "".join(run.text for run in axis.header())
    assert len(text) == 44
    assert text.index("5% bar") == axis.mark
    assert text.split() == ["0%", "5%", "bar", "20%", "40%"]


@given(
    st.integers(1, 80),
    st.lists(st.floats(0, 1e14), min_size=1, max_size=5),
    st.none() | st.floats(0, 1e12),
    st.sampled_from(["ratio", "ms", "number"]),
)
def test_no_axis_is_wider_or_narrower_than_its_columns(
    columns: int, values: list[float], bar: float | None, unit: str
) -> None:
    marks = [Estimate(value / 2, value, min(value * 1.5, 1e15)) for value in values]
    axis = Axis.over(columns, marks, bar, unit)
    for line in (axis.header(), axis.empty(), *(axis.row(mark) for mark in marks)):
        assert width(line) <= max(columns, width(axis.header()))
        assert width(line) >= min(columns, 1)
    assert all(width(axis.row(mark)) == columns for mark in marks)


def test_values_are_told_in_their_unit() -> None:
    assert [words(0.05, "ratio"), words(0.125, "ratio"), words(60, "ms"), words(4_900, "ms"), words(0.6, "score")] == [
        "5%", "12.5%", "60 ms", "4.9 s", "0.6",
    ]  # fmt: skip
    assert math.isfinite(len(words(1e14, "number")))
