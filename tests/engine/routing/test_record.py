"""What verified outcomes say of a model: weights, shrinkage, versions, intervals, whole numbers only."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from engine.routing.interval import wilson
from engine.routing.record import HALF_LIFE, KNOWN, TIER_PRIOR, Record, gathered, read, recorded, weight
from engine.state.outcomes import Tally, Who
from engine.values import PPM
from tests.engine.routing.test_route import model


def seen(good: int, bad: int, *, name: str = "x", role: str = "writer", setup: str = "", day: int = 0) -> Record:
    return gathered([{Who(role, name, setup, day): Tally(good, bad)}], 0)


def test_an_outcome_loses_half_of_its_weight_in_a_half_life() -> None:
    assert [weight(age) for age in (-3, 0, HALF_LIFE, 2 * HALF_LIFE)] == [PPM, PPM, PPM // 2, PPM // 4]
    assert abs(weight(45) - PPM / math.sqrt(2)) < 2
    assert weight(100_000) == 0


@given(st.integers(0, 2_000))
def test_weights_fall_with_age_and_stay_near_the_exact_ones(age: int) -> None:
    assert weight(age) >= weight(age + 1)
    assert abs(weight(age) - PPM * 2 ** (-age / HALF_LIFE)) < 1_500


def test_without_outcomes_a_model_is_what_its_tier_suggests() -> None:
    for tier, prior in TIER_PRIOR.items():
        standing = Record().standing("writer", model("x", tier))
        assert (standing.quality, standing.n, standing.known) == (prior, 0, False)


def test_few_outcomes_move_an_estimate_a_little_and_many_a_lot() -> None:
    found = [seen(k, 0).standing("writer", model("x", "cheap")).quality for k in (0, 1, 10, 200)]
    assert found == sorted(found)
    assert found[1] < 750_000
    assert found[3] > 980_000


def test_what_a_model_does_in_other_roles_counts_for_a_role_of_which_nothing_is_known() -> None:
    other = seen(0, 40).standing("reader", model("x"))
    assert other.n == 0
    assert other.quality < 300_000
    assert seen(0, 40).standing("reader", model("y")).quality == TIER_PRIOR["standard"]


def test_a_model_that_is_reached_in_another_way_starts_again_from_what_is_known_of_it() -> None:
    before = model("x", setup="old")
    after = model("x", setup="new")
    record = seen(60, 0, setup="old")
    assert record.standing("writer", before).known
    changed = record.standing("writer", after)
    assert not changed.known
    assert TIER_PRIOR["standard"] < changed.quality < record.standing("writer", before).quality
    worse = gathered([{Who("writer", "x", "old", 0): Tally(60, 0), Who("writer", "x", "new", 0): Tally(0, 10)}], 0)
    assert worse.standing("writer", after).quality < 400_000  # what it was has the weight of five outcomes


def test_outcomes_of_all_missions_add_up_as_they_weigh_on_the_day() -> None:
    record = gathered([{Who("w", "x", "", 0): Tally(4, 1, 2, 30)}, {Who("w", "x", "", 90): Tally(6, 0, 1, 9)}], 90)
    (row,) = record.rows
    assert (row.good, row.n, row.paid, row.micro_usd) == (10, 11, 3, 39)
    assert (row.good_weight, row.weight) == (8 * PPM, 5 * PPM // 2 + 6 * PPM)
    assert record.standing("w", model("x")).cost == 13
    assert read(recorded(record)) == record
    assert record.of({"y"}) == Record()


def test_it_takes_some_recent_outcomes_to_be_known() -> None:
    assert seen(KNOWN, 0).standing("writer", model("x")).known
    assert not seen(KNOWN - 1, 0).standing("writer", model("x")).known
    assert not seen(KNOWN, 0, day=-HALF_LIFE).standing("writer", model("x")).known


@given(st.integers(0, PPM), st.integers(1, 5_000))
def test_the_interval_is_that_of_wilson(share: int, n: int) -> None:
    low, high = wilson(share, n * PPM)
    p, z = share / PPM, 1.281552
    centre = (p + z * z / 2 / n) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    assert abs(low / PPM - max(0.0, centre - half)) < 2e-5
    assert abs(high / PPM - min(1.0, centre + half)) < 2e-5


def test_an_estimate_says_what_it_rests_on() -> None:
    standing = seen(41, 3).standing("writer", model("x"))
    assert standing.words == "verified 41 of 44"
    assert standing.interval == "86-96%"
    assert Record().standing("writer", model("x")).words == "nothing verified yet"
