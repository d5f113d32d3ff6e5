"""Who is chosen of those that pass: by tier at first, by verified outcomes later, and never back and forth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.routing.breaker import Bar
from engine.routing.record import Record, gathered
from engine.routing.route import Route
from engine.routing.weighing import Stake
from engine.state.outcomes import Tally, Who
from tests.engine.routing.test_route import chosen, model, name, why

CHEAP, STRONG = model("small", "cheap", dollars=1), model("big", "strong", dollars=20)
POOL = [CHEAP, STRONG]


def stake(gate: bool = True, **found: tuple[int, int]) -> Stake:
    """Outcomes of a writer: good and bad, by model."""
    tallies = {Who("writer", who, "", 0): Tally(*counts) for who, counts in found.items()}
    return Stake(role="writer", record=gathered([tallies], 0), gate=gate)


def route_of(given: Stake, pool: list[Any] | None = None, **more: Any) -> Route:
    choice = chosen(pool or POOL, stake=given, **more)
    assert isinstance(choice, Route)
    return choice


def test_without_outcomes_the_tier_of_the_contract_decides() -> None:
    choice = route_of(stake())
    assert (name(choice), choice.because) == ("small", "cheapest of 2 that pass in tier cheap")
    assert why(choice, "big") == "passes every filter"


def test_a_few_outcomes_are_shown_and_decide_nothing() -> None:
    choice = route_of(stake(small=(0, 4)))
    assert choice.because == "cheapest of 2 that pass in tier cheap; verified 0 of 4, too few to go by"


def test_a_cheap_model_goes_first_where_its_success_makes_up_for_what_fails() -> None:
    choice = route_of(stake(small=(41, 3), big=(20, 0)))
    assert name(choice) == "small"
    assert choice.because.startswith("least expected cost of a success, $")
    assert "verified 41 of 44 as writer (" in choice.because
    assert choice.because.endswith("; what fails goes on to big")
    assert "a success (+$" in why(choice, "big")
    assert "verified 20 of 20" in why(choice, "big")


def test_the_strong_one_goes_first_where_a_cheap_attempt_is_mostly_wasted() -> None:
    dear = model("small", "cheap", dollars=12)
    assert name(route_of(stake(small=(4, 40), big=(30, 0)), [dear, STRONG])) == "big"


@given(st.integers(0, 40), st.integers(1, 24), st.integers(0, 40_000))
def test_the_cascade_is_taken_exactly_where_the_numbers_say_so(good: int, price: int, verify: int) -> None:
    """price_cheap + price_verify < share of successes x price_strong, each with its verification."""
    small = model("small", "cheap", dollars=price)
    given = replace(stake(small=(good, 40 - good), big=(400, 0)), verify=verify)
    standing = given.record.standing("writer", small)
    best = given.record.standing("writer", STRONG)
    cheap, strong = small.typical(2_000) + verify, STRONG.typical(2_000) + verify
    choice = route_of(given, [small, STRONG], beside=1_000)
    takes = cheap * best.quality < standing.quality * strong
    near = abs(cheap * best.quality - standing.quality * strong) < 4 * 10**6  # whole micro-dollars
    assert near or name(choice) == ("small" if takes else "big")


def test_what_verification_costs_can_make_a_cascade_too_dear() -> None:
    given = stake(small=(10, 10), big=(100, 0))
    assert name(route_of(given)) == "small"
    assert name(route_of(replace(given, verify=10**6))) == "big"


def test_where_nothing_finds_out_only_those_are_compared_that_are_about_as_good() -> None:
    choice = route_of(stake(gate=False, small=(60, 40), big=(95, 5)))
    assert name(choice) == "big"
    assert why(choice, "small").endswith("not good enough beside the best")
    assert name(route_of(stake(gate=False, small=(95, 5), big=(95, 5)))) == "small"
    assert name(route_of(replace(stake(gate=False, small=(88, 12), big=(95, 5)), tolerance=100_000))) == "small"


def test_after_a_no_the_next_that_is_better_is_asked() -> None:
    given = replace(stake(), refuted=frozenset({"small"}))
    choice = route_of(given)
    assert (name(choice), choice.because) == ("big", "small was found wanting; the next that is better")
    assert why(choice, "small") == "was found wanting on this task"
    assert choice.prefers == ""


def test_after_a_no_nobody_is_asked_who_is_known_to_be_worse() -> None:
    given = replace(stake(small=(40, 2), big=(2, 40)), refuted=frozenset({"small"}))
    assert name(route_of(given)) == "small"
    assert name(route_of(replace(stake(), refuted=frozenset({"big"})))) == "small"


def test_a_task_stays_with_whoever_has_it() -> None:
    given = replace(stake(), before="b")
    choice = route_of(given, [model("a"), model("b", dollars=2)])
    assert (name(choice), choice.because) == ("b", "it has this task already")
    assert name(route_of(given, [model("a"), model("b", "strong")])) == "a"


def test_an_advantage_has_to_last_for_two_tasks() -> None:
    given = replace(stake(small=(40, 2), big=(30, 0)), last="big")
    first = route_of(given)
    assert (name(first), first.prefers) == ("big", "small")
    assert first.because.endswith("small is preferred since this task alone, so nothing is changed yet")
    assert name(route_of(replace(given, preferred="small"))) == "small"


def test_no_outcome_relaxes_a_filter() -> None:
    """However good somebody is: who may not be asked is not, and who is barred is waited for."""
    given = stake(small=(50, 0), big=(0, 50))
    assert name(route_of(given, barred={"small": Bar("throttled", 1)})) == "big"
    assert not isinstance(chosen([CHEAP], stake=given, left=1), Route)
    assert not isinstance(chosen([CHEAP], stake=given, avoid_family="small"), Route)


def test_the_choice_is_the_same_for_the_same_outcomes_in_whatever_order() -> None:
    given = stake(small=(20, 20), big=(30, 10))
    assert route_of(given, [CHEAP, STRONG]).candidate == route_of(given, [STRONG, CHEAP]).candidate
    assert Record(given.record.rows) == given.record
