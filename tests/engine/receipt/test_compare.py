"""Two receipts side by side: aligned by what things are, and exact to the micro-dollar."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from engine.errors import BadInputError
from engine.ledger import bodies as b
from engine.receipt.compare import compare, same
from engine.receipt.compared import markdown
from engine.receipt.page.compared import html
from tests.engine.receipt.story import BLOB, Story, finished, waiting_for_approval
from tests.engine.receipt.test_page import MARKUP, Page
from tests.engine.receipt.test_render import texts

DONE = finished().receipt()


def other() -> dict[str, Any]:
    """A mission of another contract whose tasks have other ids, and one more that researches."""
    story = Story().created(mission="Another channel", budget={"money": "90 USD"}).branch("B2", "cold-email")
    story.task("T7", "look", "B2", role="researcher", verb="research").task("T9", "draft", "B2")
    story.add(b.MissionStarted())
    story.attempt("T7", "A7.1").deliver("T7", "A7.1", "B2", 11_111)
    story.attempt("T9", "A9.1", model="m-9")
    story.add(b.AttemptDelivered(attempt="A9.1", handoff=BLOB, latency=5))
    story.settle("T9", "A9.1", "B2", 20_002, model="m-9")
    story.add(b.TaskAccepted(task="T9", attempt="A9.1"))
    story.add(b.LearningRecorded(learning="L1", text="Mondays are bad", branch="B2"))
    return story.add(b.MissionStopped(because="enough", clause="")).receipt()


def test_a_receipt_compared_with_itself_has_no_difference() -> None:
    told = compare(DONE, DONE)
    assert same(told)
    assert "Nothing differs." in markdown(told)
    assert told["spend"]["unexplained"] == 0


def test_tasks_are_aligned_by_what_they_are_and_not_by_id() -> None:
    told = compare(DONE, other())
    steps = {(step["kind"], step["role"]): step for step in told["spend"]["steps"]}
    assert steps["draft", "writer"]["micro_usd"] == 20_002 - 34_200
    assert steps["research", "researcher"]["micro_usd"] == 11_111 - 12_345
    assert steps["review", "reviewer"]["b"] == {"tasks": 0, "accepted": 0, "attempts": 0, "micro_usd": 0}
    assert ("draft", "writer") in {(row["kind"], row["role"]) for row in told["routes"]}


@pytest.mark.parametrize(("a", "b"), [(DONE, other()), (other(), DONE), (waiting_for_approval().receipt(), DONE)])
def test_the_steps_lead_from_one_total_to_the_other(a: dict[str, Any], b: dict[str, Any]) -> None:
    spent = compare(a, b)["spend"]
    at = spent["a_micro_usd"]
    for step in spent["steps"]:
        assert step["from_micro_usd"] == at
        at = step["to_micro_usd"]
        assert step["micro_usd"] == step["to_micro_usd"] - step["from_micro_usd"]
    assert at == spent["b_micro_usd"]
    assert spent["unexplained"] == 0


def test_clauses_outcomes_learnings_and_evidence_are_named_with_both_sides() -> None:
    told = compare(DONE, other())
    clauses = {row["path"]: (row["a"], row["b"]) for row in told["clauses"]}
    assert clauses["budget.money"] == ("$500.00", "$90.00")
    outcomes = {row["path"]: (row["a"], row["b"]) for row in told["outcomes"]}
    assert outcomes["mission"] == ("finished: a channel was kept", "stopped: enough")
    assert outcomes["branch cold-email"] == ("kept: enough replies", "open")
    assert told["learnings"] == {"only_a": ["Short mails get answers"], "only_b": ["Mondays are bad"], "both": 0}
    assert told["rules"]["only_a"] == ["Never mention prices"]
    row = {"branch": "cold-email", "metric": "reply_rate", "a": "2 of 4 (15.0–85.0%)", "b": "", "apart": ""}
    assert row in told["metrics"]


def test_it_says_whether_the_intervals_of_two_ratios_overlap() -> None:
    def with_ratio(k: int, n: int) -> dict[str, Any]:
        receipt = copy.deepcopy(DONE)
        next(m for m in receipt["evidence"]["metrics"] if m["metric"] == "success").update({"k": k, "n": n})
        return receipt

    assert _success(with_ratio(1, 40), with_ratio(3, 40)) == "intervals overlap"
    assert _success(with_ratio(1, 400), with_ratio(100, 400)) == "intervals apart"
    assert _success(with_ratio(0, 0), with_ratio(100, 400)) == ""


def _success(a: dict[str, Any], b: dict[str, Any]) -> str:
    return str(next(row["apart"] for row in compare(a, b)["metrics"] if row["metric"] == "success"))


def test_what_is_no_receipt_is_refused_by_its_side() -> None:
    with pytest.raises(BadInputError, match="second"):
        compare(DONE, {"schema": "other/1"})
    with pytest.raises(BadInputError, match="first"):
        compare({**DONE, "work": {}}, DONE)


@pytest.mark.parametrize("payload", MARKUP)
def test_nothing_that_others_wrote_becomes_markup(payload: str) -> None:
    calm = Page(html(compare(texts(DONE, "calm"), other())))
    hostile = Page(html(compare(texts(DONE, payload), other())))
    assert hostile.tags == calm.tags
    assert hostile.others == []
    assert "<script" not in markdown(compare(texts(DONE, payload), other()))
