"""The stages a result climbs, and what a review has to answer for."""

from __future__ import annotations

import pytest

from engine.contract.planned import PlannedTask
from engine.ledger import bodies as b
from engine.state.model import Attempt, Task
from engine.verify.ladder import next_stage, review_lines, reviewed_criteria, stages
from engine.workers.protocol import CriterionVerdict, Handoff
from tests.engine.receipt.story import BLOB, Story

WORDS, COMMAND, REVIEW, HUMAN = {"max_words": 3}, {"command": ["true"]}, "review", "human"


def task(*checks: object, verify: tuple[str, ...] = ("checks",), kind: str = "work") -> Task:
    criteria = tuple({"text": f"c{n}", "check": check} for n, check in enumerate(checks))
    return Story().created().task("T1", "t", criteria=criteria, verify=verify, kind=kind).state().tasks["T1"]


@pytest.mark.parametrize(
    ("checks", "verify", "expected"),
    [
        ((WORDS,), ("checks",), ("checks",)),
        ((), (), ("checks",)),
        ((WORDS, COMMAND), ("checks",), ("checks", "command")),
        ((REVIEW,), ("checks",), ("checks", "review")),
        ((WORDS,), ("human", "review"), ("checks", "review", "human")),
        ((HUMAN, REVIEW, COMMAND), ("checks",), ("checks", "command", "review", "human")),
    ],
)
def test_checks_come_first_and_humans_last(
    checks: tuple[object, ...], verify: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert stages(task(*checks, verify=verify)) == expected


@pytest.mark.parametrize("kind", ["review", "grade", "check"])
def test_who_judges_is_not_judged_in_turn(kind: str) -> None:
    assert stages(task(REVIEW, HUMAN, COMMAND, verify=("review", "human"), kind=kind)) == ("checks",)


def test_a_result_climbs_one_stage_after_the_other() -> None:
    story = Story().created().task("T1", "t", criteria=({"text": "x", "check": "review"},), verify=("checks", "human"))
    story.attempt("T1", "A1.1").add(b.AttemptDelivered(attempt="A1.1", handoff=BLOB))
    seen = []
    while (stage := _next(story)) is not None:
        seen.append(stage)
        story.add(
            b.VerdictGiven.model_validate({"task": "T1", "attempt": "A1.1", "stage": stage, "by": "x", "ok": True})
        )
    assert seen == ["checks", "review", "human"]


def _next(story: Story) -> str | None:
    attempt: Attempt = story.state().attempts["A1.1"]
    return next_stage(story.state().tasks["T1"], attempt)


def test_a_reviewer_answers_for_what_is_left_to_it_and_for_every_rule_in_force() -> None:
    story = Story().created().branch("B2", "cold").branch("B3", "warm")
    criteria = ({"text": "is kind", "check": "review"}, {"text": "short", "check": WORDS})
    story.task("T1", "t", "B2", criteria=criteria).task("T2", "u", "B3")
    story.add(b.RuleAdopted(rule="R1", text="no prices")).add(b.RuleAdopted(rule="R2", text="here", branch="B2"))
    state = story.state()
    assert reviewed_criteria(state, state.tasks["T1"]) == ("is kind", "R1 no prices", "R2 here")
    assert reviewed_criteria(state, state.tasks["T2"]) == ("fulfils its task", "R1 no prices")


def said(**answers: bool) -> Handoff:
    verdicts = tuple(CriterionVerdict(criterion=name, ok=ok, detail=f"{name}!") for name, ok in answers.items())
    return Handoff(summary="reviewed", verdicts=verdicts)


def test_a_review_that_says_nothing_about_a_criterion_fails() -> None:
    assert review_lines(("a", "b"), said(a=True), "r") == "the review says nothing about: b"
    assert review_lines(("a",), said(), "r") == "the review says nothing about: a"


def test_a_review_is_one_line_for_each_criterion_and_nothing_else() -> None:
    lines = review_lines(("a", "b"), said(b=False, a=True, c=True), "reviewer · m")
    assert lines == (
        b.VerdictLine(criterion="a", ok=True, detail="a!", by="reviewer · m"),
        b.VerdictLine(criterion="b", ok=False, detail="b!", by="reviewer · m"),
    )


def test_a_review_that_contradicts_itself_is_no_acceptance() -> None:
    verdicts = (CriterionVerdict(criterion="a", ok=False), CriterionVerdict(criterion="a", ok=True))
    lines = review_lines(("a",), Handoff(summary="x", verdicts=verdicts), "r")
    assert isinstance(lines, str) or not lines[0].ok


def quoting(quote: str) -> Handoff:
    return Handoff(summary="x", verdicts=(CriterionVerdict(criterion="a", ok=False, quote=quote),))


def test_a_review_quotes_words_that_stand_in_the_work() -> None:
    work = "We think it’s the cheapest\n  product of all."
    lines = review_lines(("a",), quoting("it's the cheapest product"), "r", lambda: work)
    assert not isinstance(lines, str)
    assert (lines[0].ok, lines[0].span) == (False, "it's the cheapest product")
    assert review_lines(("a",), quoting("the dearest"), "r", lambda: work) == (
        "the review quotes words that the work does not hold: the dearest"
    )
    assert not isinstance(review_lines(("a",), quoting(""), "r", lambda: ""), str)  # something is missing


@pytest.mark.parametrize(
    ("cost", "stages"),
    [
        (None, ("checks",)),
        ("low", ("checks",)),
        ("normal", ("checks", "review")),
        ("high", ("checks", "duel")),
        ("irreversible", ("checks", "duel", "human")),
    ],
)
def test_the_level_follows_the_cost_of_being_wrong(cost: str | None, stages: tuple[str, ...]) -> None:
    told = {"id": "t", "role": "writer"} | ({"cost_of_error": cost} if cost else {})
    assert PlannedTask.model_validate(told).stages == stages


def test_a_contract_may_ask_for_more_than_the_cost_of_an_error_and_never_gets_less() -> None:
    told = PlannedTask.model_validate({"id": "t", "role": "w", "cost_of_error": "low", "verify": ("checks", "human")})
    assert told.stages == ("checks", "human")
    told = PlannedTask.model_validate({"id": "t", "role": "w", "cost_of_error": "high", "verify": ("review",)})
    assert told.stages == ("checks", "duel", "review")
