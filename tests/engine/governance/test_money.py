"""What is left, what is set aside, and what a call has cost in the end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.governance.money import correct, left, settle
from engine.ledger import bodies as b
from engine.routing.catalogue import HUMAN, Candidate
from engine.state.model import MissionState
from engine.values import MICRO, Price, Tokens
from tests.engine.receipt.story import Story

DEAR = Candidate("m-1", "model", model="m-1", price=Price(input=MICRO, output=MICRO), max_output=100)
USED = Tokens(input=30, output=12)


def story(money: int = 1_000, branch: int | None = 500, task: int = 200) -> Story:
    told = Story().created(budget={"money": money, "branches": 3}).branch("B2", "cold", budget=branch)
    return told.task("T1", "draft", "B2", budget=task)


def room(of: Story, task: str = "T1") -> int:
    state = of.state()
    return left(state, state.tasks[task])


@pytest.mark.parametrize(
    ("money", "branch", "task", "least"),
    [
        (1_000, 500, 200, 200),
        (1_000, 150, 200, 150),
        (100, 500, 200, 100),
        (1_000, None, 0, 1_000),
        (1_000, 500, 0, 500),
    ],
)
def test_what_is_left_is_the_least_of_mission_branch_and_task(
    money: int, branch: int | None, task: int, least: int
) -> None:
    assert room(story(money, branch, task)) == least


def test_what_is_reserved_is_not_there_for_others() -> None:
    told = story().task("T2", "other", "B2", budget=400).attempt("T1", "A1.1", reserve=150)
    assert room(told) == 50
    assert room(told, "T2") == 350
    told.settle("T1", "A1.1", "B2", 20)
    assert (room(told), room(told, "T2")) == (180, 400)


def test_a_share_covers_all_that_grew_from_its_branch() -> None:
    told = story(branch=100, task=0).add(b.BranchOpened(branch="B3", key="twig", parent="B2", budget=80))
    told.task("T2", "twig", "B3", budget=0)
    assert room(told, "T2") == 80
    told.attempt("T1", "A1.1", reserve=70)
    assert room(told, "T2") == 30


def test_an_overrun_leaves_nothing_and_never_less() -> None:
    told = story().attempt("T1", "A1.1", reserve=100).settle("T1", "A1.1", "B2", 5_000)
    assert room(told) == 0


amounts = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 400), st.integers(0, 400)), max_size=14)


@given(st.integers(0, 1_000), st.none() | st.integers(0, 600), st.integers(1, 300), amounts)
def test_reserving_and_settling_never_pass_a_cap(
    money: int, branch: int | None, task: int, steps: list[tuple[int, int, int]]
) -> None:
    told = story(money, branch, task).task("T2", "other", "B2", budget=task)
    for number, (which, wanted, used) in enumerate(steps):
        name, attempt = f"T{which + 1}", f"A{which + 1}.{number}"
        free = room(told, name)
        assert free >= 0
        if wanted <= free:
            told.attempt(name, attempt, reserve=wanted)
            if used % 2:
                told.settle(name, attempt, "B2", min(used, wanted))
        _caps_hold(told.state())


def _caps_hold(state: MissionState) -> None:
    assert state.spent + state.reserved <= state.terms.budget.money
    for branch in state.branches.values():
        assert branch.budget is None or branch.spent + branch.reserved <= branch.budget
    for task in state.tasks.values():
        assert task.spent + task.reserved <= task.budget


def routed(of: Story, candidate: Candidate | None, attempt: str) -> Story:
    """The attempt's route, with the price it was chosen at."""
    if candidate is None:
        return of
    terms: dict[str, Any] = {"price": candidate.price, "free": candidate.free}
    return of.add(b.RouteChosen(attempt=attempt, task="T1", name=candidate.name, worker="model", because="x", **terms))


def settled(of: Story, candidate: Candidate | None, usage: Tokens | None, outcome: str = "useful") -> b.ChargeSettled:
    routed(of, candidate, list(of.state().attempts)[-1])
    state = of.state()
    return settle(state, list(state.attempts.values())[-1], usage, outcome)


def corrected(of: Story, candidate: Candidate | None, usage: Tokens | None, why: str) -> b.ChargeCorrected | None:
    return correct(routed(of, candidate, "A1.1").state().attempts["A1.1"], usage, why)


def test_known_usage_is_charged_at_the_price_of_the_route() -> None:
    charge = settled(story().attempt("T1", "A1.1", reserve=150), DEAR, USED)
    assert (charge.micro_usd, charge.basis, charge.tokens, charge.purpose) == (42, "reported", USED, "work")


@pytest.mark.parametrize(("candidate", "usage"), [(DEAR, None), (None, USED), (None, None)])
def test_unknown_usage_settles_at_the_reservation(candidate: Candidate | None, usage: Tokens | None) -> None:
    charge = settled(story().attempt("T1", "A1.1", reserve=150), candidate, usage, "lost")
    assert (charge.micro_usd, charge.basis, charge.tokens) == (150, "reservation", Tokens())


def test_a_human_is_free() -> None:
    charge = settled(story().attempt("T1", "A1.1", reserve=0), HUMAN, None)
    assert (charge.micro_usd, charge.basis) == (0, "free")


def test_a_free_looking_attempt_of_a_paid_model_is_charged_all_the_same() -> None:
    charge = settled(story().attempt("T1", "A1.1", reserve=0), DEAR, USED)
    assert (charge.micro_usd, charge.basis) == (42, "reported")


def test_a_charge_says_what_it_was_for() -> None:
    told = story().attempt("T1", "A1.1").add(b.AttemptFailed(attempt="A1.1", because="x")).settle("T1", "A1.1", "B2", 1)
    assert settled(told.attempt("T1", "A1.2"), DEAR, USED).purpose == "retry"
    told.add(b.TaskRetried(task="T1", role="human", because="fallback"))
    assert settled(told, DEAR, USED).purpose == "fallback"
    told.task("T5", "review", "B2", kind="review", role="reviewer", subject="A1.1").attempt("T5", "A5.1")
    assert settled(told, DEAR, USED).purpose == "review"


def test_a_charge_is_one_ceiling_of_the_exact_sum() -> None:
    price = Price(input=1, output=1, cache_read=1, cache_write=1, reasoning=1)
    one_each = Tokens(input=1, output=1, cache_read=1, cache_write=1, reasoning=1)
    assert price.cost(one_each) == 1
    assert Price(input=MICRO, per_call=5).cost(Tokens(input=2)) == 7
    assert price.cost(Tokens()) == 0


def test_late_news_corrects_what_was_charged_by_the_difference() -> None:
    told = story().attempt("T1", "A1.1", reserve=150).settle("T1", "A1.1", "B2", 150)
    correction = corrected(told, DEAR, USED, "the bill")
    assert correction is not None
    assert correction.micro_usd == 42 - 150
    told.add(correction)
    assert told.state().spent == 42
    assert corrected(told, DEAR, USED, "again") is None


def test_nothing_is_corrected_before_it_was_charged_or_without_news() -> None:
    told = story().attempt("T1", "A1.1", reserve=150)
    assert corrected(told, DEAR, USED, "early") is None
    told.settle("T1", "A1.1", "B2", 150)
    assert corrected(told, None, USED, "no price") is not None, "the price of the route still stands"
    assert corrected(told, DEAR, None, "nothing") is None
    assert corrected(told, HUMAN, USED, "free") is None


def test_without_a_recorded_price_nothing_is_corrected() -> None:
    told = story().attempt("T1", "A1.1", reserve=150).settle("T1", "A1.1", "B2", 150)
    assert corrected(told, None, USED, "no price") is None


def test_a_charge_follows_the_price_of_its_route_whatever_the_price_list_says_today() -> None:
    told = routed(story().attempt("T1", "A1.1", reserve=150), DEAR, "A1.1")
    replayed = settle(told.state(), told.state().attempts["A1.1"], USED, "useful")
    assert replayed.micro_usd == DEAR.price.cost(USED) == 42
