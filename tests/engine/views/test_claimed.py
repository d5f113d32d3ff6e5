"""Claimed and proven never share a column: a figure for which only its worker vouches says so."""

from __future__ import annotations

from cockpit.cli.missions import figure
from engine.ledger import bodies as b
from engine.values import Ratio
from engine.views.branches import Leading, branch_lines
from engine.views.measures import Measures
from engine.views.models import Measure
from tests.engine.receipt.story import Story


def told(*found: tuple[str, str, Ratio | str]) -> dict[str, int]:
    story = Story().created().branch("B2", "cold")
    for number, (metric, grade, value) in enumerate(found, 1):
        body = {"evidence": f"E{number}", "metric": metric, "branch": "B2", "source": "x", "grade": grade}
        story.add(b.EvidenceRecorded.model_validate({**body, "value": value}))
    rows = Measures(story.state()).rows("B2")
    return {row["metric"]: row["claimed"] for row in rows}


def test_what_only_its_worker_says_is_claimed() -> None:
    assert told(("reply_quality", "claimed", "0.6"), ("reply_quality", "external", "0.7")) == {"reply_quality": 1}
    assert told(("reply_quality", "checked", "0.6"), ("booked_calls", "external", "2")) == {
        "reply_quality": 0,
        "booked_calls": 0,
    }


def test_the_latest_reading_counts_where_it_alone_is_the_value() -> None:
    ratio = Ratio(k=1, n=4)
    assert told(("own", "claimed", ratio), ("own", "checked", ratio)) == {"own": 0}
    assert told(("own", "checked", ratio), ("own", "claimed", ratio)) == {"own": 1}


def test_a_row_without_the_word_of_an_older_release_is_read() -> None:
    row = {"metric": "m", "unit": "score", "value": "0.5", "count": 2, "known": True}
    assert Measure.of(row).claimed == 0
    assert figure(row) == "m 0.5 (n=2)"


def test_the_card_says_which_leading_figures_are_only_claimed() -> None:
    story = Story().created().branch("B2", "cold").branch("B3", "warm")
    for number, (branch, grade) in enumerate((("B2", "claimed"), ("B3", "external")), 1):
        body = {"evidence": f"E{number}", "metric": "reply_quality", "branch": branch, "source": "x", "grade": grade}
        story.add(b.EvidenceRecorded.model_validate({**body, "value": "0.6"}))
    state = story.state()
    assert state.contract is not None
    leading = Leading(state.contract)
    leading.metric = "reply_quality"
    rows = branch_lines(state, Measures(state), leading)
    assert {row["key"]: row["claimed"] for row in rows} == {"cold": True, "warm": False}
