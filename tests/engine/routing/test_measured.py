"""What measurements of reviewers amount to: intervals, bars, and that few answers settle nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.routing.measured import EXAM, Measured, measured, of, share
from engine.routing.record import Record, read, recorded
from engine.state.home import HomeState, evolve_home
from engine.values import HOME, PPM, Sha256
from tests.engine.routing.test_record import seen
from tests.engine.routing.test_route import model

ONE = model("opus", "strong")
ROUNDED = 5
"""Millionths that whole numbers may lose."""


def found(caught: int, bad: int, alarms: int, good: int, unusable: int = 0) -> Measured:
    return Measured("opus", "", caught, bad, alarms, good, unusable)


@pytest.mark.parametrize(
    ("given", "standing", "says"),
    [
        ((32, 32, 0, 32), "suffices", "may stand for V2"),
        ((16, 16, 0, 16), "suffices", "may stand for V2"),
        ((0, 32, 0, 32), "chance", "waving everything through"),
        ((32, 32, 32, 32), "chance", "sending everything back"),
        ((16, 32, 14, 32), "chance", "coin"),
        ((14, 32, 0, 32), "weak", "misses more than 30%"),
        ((32, 32, 16, 32), "noisy", "sends back more than 30%"),
        ((28, 32, 1, 32), "unsettled", "another --seed"),
        ((5, 5, 0, 5), "unsettled", "another --seed"),
        ((0, 5, 0, 5), "unsettled", "another --seed"),
        ((0, 0, 0, 0, 30), "unusable", "no review"),
        ((0, 0, 0, 0), "unmeasured", "nothing is known"),
    ],
)
def test_a_standing_follows_from_both_bounds(given: tuple[int, ...], standing: str, says: str) -> None:
    one = found(*given)
    assert one.standing == standing
    assert says in one.meaning
    assert one.unfit == (standing in {"chance", "weak", "noisy", "unusable"})


def test_a_reviewer_is_told_in_one_line() -> None:
    assert found(31, 32, 0, 32).words == (
        "catches 31 of 32 planted defects (84-100% likely), false alarms 0 of 32 (0-11% likely)"
    )
    assert found(0, 0, 0, 0).words == "never measured"


@given(st.integers(0, 60), st.integers(0, 60))
def test_an_interval_holds_its_share_and_narrows(one: int, other: int) -> None:
    k, n = min(one, other), max(one, other)
    small, large = share(k, n), share(4 * k, 4 * n)
    assert 0 <= small.low <= (k * PPM // n if n else 0) + ROUNDED
    assert (k * PPM // n if n else 0) <= small.high + ROUNDED
    assert large.high - large.low <= small.high - small.low + ROUNDED


def told(seed: int, *, caught: int = 16, alarms: int = 0, n: int = 16, setup: str = "", exam: str = EXAM) -> b.Body:
    kinds = (
        b.DefectCount(kind="good", sent_back=alarms, n=n),
        b.DefectCount(kind="fact", sent_back=caught, n=n),
    )
    return b.ReviewerMeasured(
        name="opus", setup=setup, model="openai/x", exam=exam, seed=seed, kinds=kinds, planned=2 * n, micro_usd=7
    )


def home(*bodies: b.Body) -> HomeState:
    state, none = HomeState(), Sha256("")
    for number, body in enumerate(bodies, 1):
        event = body.event(at=number)
        evolve_home(
            state, Event(0, HOME, number, event.kind, 1, event.body, none, "", none, number, number, "human:ada", 1)
        )
    return state


def test_an_alarm_about_a_good_artifact_is_no_catch() -> None:
    (one,) = measured(home(told(1, caught=0, alarms=16)), [ONE])
    assert (one.caught, one.bad, one.alarms, one.good) == (0, 16, 16, 16)


def test_another_seed_adds_and_the_same_one_replaces() -> None:
    (one,) = measured(home(told(1), told(2, caught=12), told(1, caught=15)), [ONE])
    assert (one.caught, one.bad, one.at) == (27, 32, 3)


def test_what_broke_off_sooner_replaces_nothing() -> None:
    (one,) = measured(home(told(1), told(1, caught=1, n=3)), [ONE])
    assert (one.caught, one.bad) == (16, 16)


def test_another_setup_or_exam_says_nothing() -> None:
    state = home(told(1, setup="old"), told(1, exam="reviewers/0"))
    assert measured(state, [ONE]) == ()
    assert of(measured(home(told(1)), [ONE]), replace(ONE, setup="new")) is None


def test_a_record_keeps_reviewers_and_reads_as_before_without() -> None:
    plain = seen(3, 1)
    assert recorded(plain).startswith(b"[")
    assert read(recorded(plain)) == plain
    whole = replace(plain, reviewers=(found(31, 32, 0, 32),))
    assert read(recorded(whole)) == whole
    assert whole.of({"x"}) == plain
    assert whole.of({"opus"}) == Record((), whole.reviewers)
