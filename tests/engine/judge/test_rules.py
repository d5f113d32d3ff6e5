"""What rules say of a branch and of a mission, and with which facts before them."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.conditions import Truth, compile  # noqa: A004
from engine.judge.facts import branch_facts, delivered, mission_facts, read
from engine.judge.rules import Judged, judge_branch, judge_mission
from engine.ledger import bodies as b
from engine.values import DAY, Ratio
from tests.engine.receipt.story import Story, finished, waiting_for_approval

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
METRICS = {
    "rate": {"unit": "ratio", "from": "bench", "min_sample": 10},
    "score": {"unit": "score", "from": "reviewer", "min_sample": 2},
    "count": {"unit": "count", "from": "human"},
    "speed": {"unit": "ms", "from": "bench"},
    "words": {"unit": "text", "from": "human"},
}


def story(*judge: tuple[str, str], **more: Any) -> Story:
    """A branch that waits, judged by these conditions."""
    rules = [{"when": when, "then": then, "because": f"because of {when}"} for when, then in judge]
    return Story().created(evidence=METRICS, judge=rules, **more).branch("B2", "cold", budget=1_000_000)


def measured(of: Story, metric: str, *values: Ratio | str, branch: str = "B2") -> Story:
    for number, value in enumerate(values, len(of.events)):
        of.add(
            b.EvidenceRecorded(
                evidence=f"E{number}", metric=metric, branch=branch, source="bench", grade="checked", value=value
            )
        )
    return of


def judged(of: Story, *, closed: bool = True, spent: bool = False) -> Judged:
    state = of.state()
    return judge_branch(state, state.branches["B2"], of.at, closed=closed, exhausted=lambda: spent)


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (TRUE, TRUE, TRUE, TRUE),
        (TRUE, FALSE, FALSE, TRUE),
        (TRUE, UNKNOWN, UNKNOWN, TRUE),
        (FALSE, FALSE, FALSE, FALSE),
        (FALSE, UNKNOWN, FALSE, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_false_and_unknown_is_false(left: Truth, right: Truth, both: Truth, either: Truth) -> None:
    for first, second in ((left, right), (right, left)):
        facts = {"branch": {k: v is TRUE for k, v in (("a", first), ("b", second)) if v is not UNKNOWN}}
        assert compile("branch.a && branch.b").evaluate(facts) is both
        assert compile("branch.a || branch.b").evaluate(facts) is either
        negated = {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}[first]
        assert compile("!branch.a").evaluate(facts) is negated


def truth(tree: Any, values: dict[str, Truth]) -> Truth:
    """Kleene's three values, by hand."""
    if isinstance(tree, str):
        return values[tree]
    if tree[0] == "!":
        return {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}[truth(tree[1], values)]
    sides = {truth(tree[1], values), truth(tree[2], values)}
    decisive, other = (FALSE, TRUE) if tree[0] == "&&" else (TRUE, FALSE)
    return decisive if decisive in sides else UNKNOWN if UNKNOWN in sides else other


def text(tree: Any) -> str:
    if isinstance(tree, str):
        return f"branch.{tree}"
    return f"!({text(tree[1])})" if tree[0] == "!" else f"({text(tree[1])} {tree[0]} {text(tree[2])})"


trees = st.recursive(
    st.sampled_from(["a", "b", "c"]),
    lambda inner: st.tuples(st.just("!"), inner) | st.tuples(st.sampled_from(["&&", "||"]), inner, inner),
    max_leaves=6,
)


@given(trees)
def test_a_condition_is_unknown_only_when_what_is_unknown_matters(tree: Any) -> None:
    condition = compile(text(tree))
    for values in product((TRUE, FALSE, UNKNOWN), repeat=3):
        named = dict(zip("abc", values, strict=True))
        facts = {"branch": {name: value is TRUE for name, value in named.items() if value is not UNKNOWN}}
        assert condition.evaluate(facts) is truth(tree, named)


def test_a_metric_below_its_sample_is_unknown() -> None:
    told = measured(story(("branch.rate >= 0.5", "keep"), ("branch.rate < 0.5", "prune")), "rate", Ratio(k=9, n=9))
    found = judged(told)
    assert found.rule is None
    assert [evaluation.outcome for evaluation in found.evaluations] == ["unknown", "unknown"]
    assert found.evaluations[0].facts == {"branch.rate": "unknown (9 of 10)"}
    kept = judged(measured(told, "rate", Ratio(k=9, n=10)))
    assert kept.rule is not None
    assert kept.rule.then == "keep"
    assert kept.evaluations[0].facts == {"branch.rate": "9/10"}


def test_how_much_was_measured_is_always_known() -> None:
    found = judged(story(("branch.rate_n < 10", "prune")))
    assert found.rule is not None
    assert found.clause == "judge[0]"


def test_the_first_rule_that_holds_is_followed() -> None:
    told = measured(story(("branch.count > 5", "prune"), ("branch.count > 2", "keep"), ("true", "prune")), "count", "3")
    found = judged(told)
    assert (found.clause, found.rule and found.rule.then) == ("judge[1]", "keep")
    assert [evaluation.outcome for evaluation in found.evaluations] == ["false", "true"]


@pytest.mark.parametrize(("then", "fires"), [("keep", True), ("prune", False), ("extend", False)])
def test_only_keep_may_fire_on_replies_before_the_window_closes(then: str, fires: bool) -> None:
    told = finished()
    rules = [{"when": "branch.reply_rate >= 0.1", "then": then, "because": "x"}]
    state = told.state()
    state.contract = Story().created(judge=rules).state().contract
    branch = state.branches["B2"]
    for closed, expected in ((False, fires), (True, True)):
        found = judge_branch(state, branch, told.at, closed=closed, exhausted=lambda: False)
        assert (found.rule is not None) is expected


def test_what_was_said_already_is_no_news() -> None:
    told = measured(story(("branch.count > 5 || branch.days > 400.0", "keep")), "count", "3")
    first = judged(told)
    assert len(first.evaluations) == 1
    told.add(first.evaluations[0])
    told.at += DAY
    assert judged(told).evaluations == ()
    assert len(judged(measured(told, "count", "4")).evaluations) == 1


def test_a_condition_that_cannot_be_evaluated_is_an_error_and_never_true() -> None:
    found = judged(measured(story(('branch.words == "yes"', "keep"), ("branch.sent", "prune")), "words", "yes"))
    assert found.rule is None
    assert [evaluation.outcome for evaluation in found.evaluations][-1] == "error"
    assert found.evaluations[-1].detail


def test_the_mission_ends_when_its_target_is_met_before_any_stop_rule() -> None:
    told = story(stop=[{"when": "mission.branches.tried >= 1", "then": "stop", "because": "tried"}])
    state = told.add(b.BranchKept(branch="B2", because="x")).state()
    found = judge_mission(state, told.at, exhausted=lambda: False)
    assert (found.clause, found.rule and found.rule.then) == ("target.met_when", "finish")


def test_an_exhausted_mission_stops_when_a_rule_says_so() -> None:
    told = story(stop=[{"when": "mission.exhausted", "then": "stop", "because": "no money"}])
    assert judge_mission(told.state(), told.at, exhausted=lambda: False).rule is None
    assert judge_mission(told.state(), told.at, exhausted=lambda: True).clause == "stop[0]"


@pytest.mark.parametrize(
    ("metric", "values", "n", "shown"),
    [
        ("rate", (Ratio(k=1, n=4), Ratio(k=3, n=12)), 12, "3/12"),
        ("score", ("0.4", "0.8"), 2, "0.6"),
        ("count", ("3", "4"), 2, "7"),
        ("speed", ("12", "9.5"), 2, "9.5"),
        ("words", ("a", "b"), 2, "2"),
    ],
)
def test_each_unit_is_read_in_its_own_way(metric: str, values: tuple[Any, ...], n: int, shown: str) -> None:
    state = measured(story(), metric, *values).state()
    reading = read(state, metric, "B2")
    assert (reading.n, reading.text()) == (n, shown)
    assert read(state, metric, "B1").value is None
    assert read(state, metric, None).n == n


def test_a_ratio_of_nothing_is_unknown() -> None:
    told = measured(story(), "rate", Ratio(k=0, n=0))
    values, _ = branch_facts(told.state(), told.state().branches["B2"], told.at)
    assert "rate" not in values


def test_replies_count_people_over_what_was_delivered() -> None:
    state = finished().state()
    assert delivered(state, "B2") == {"F1", "F2", "F4", "F5"}
    reading = read(state, "reply_rate", "B2")
    assert reading.text() == "2/4"


def test_one_person_who_writes_twice_is_one_reply() -> None:
    told = finished()
    person = next(e.person for e in told.state().evidence.values() if e.message == "reply")
    told.add(
        b.EvidenceRecorded(
            evidence="E90", metric="reply_rate", branch="B2", source="inbox", grade="external", about="F1",
            person=person, message="reply", key="m90",
        )
    )  # fmt: skip
    assert read(told.state(), "reply_rate", "B2").text() == "2/4"


def test_the_facts_of_a_mission_are_those_that_conditions_may_read() -> None:
    from engine.contract.conditions import facts_known

    state = waiting_for_approval().state()
    values, shown = mission_facts(state, 0, exhausted=False)
    own, own_shown = branch_facts(state, state.branches["B2"], 0)
    known = facts_known(state.terms)
    flat = {f"mission.{k}" for k in shown} | {f"branch.{k}" for k in own_shown}
    assert flat == known
    assert values["branches"] == {"alive": 2, "kept": 0, "pruned": 0, "tried": 2}
    assert own["tasks"] == {"accepted": 1, "failed": 0, "open": 1}
