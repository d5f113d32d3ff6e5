"""What a plan may cost: from what was paid before, else from what is assumed, else unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan.price import Past, price, quantile, tries
from engine.routing.catalogue import Candidate
from engine.values import PPM, Tokens
from tests.engine.plan.lint_sample import CLEAN, KNOWN, LARGE, PLAIN, SMALL, knowing, planned

ASSUME = """\
assume:
  researcher: {tokens_in: 1000, tokens_out: 100}
  writer: {tokens_in: 2000, tokens_out: 500, success: 80%}
  reviewer: {tokens_in: 1000, tokens_out: 50}
"""


def test_without_anything_known_it_is_unknown_and_still_bounded() -> None:
    made = price(planned(), KNOWN)
    assert (made.p50, made.p90) == (None, None)
    assert made.most == 24_000_000  # 2 + 2 x 10 + 2 dollars
    assert made.unknown == ("researcher", "writer")


def test_past_costs_are_taken_by_role_with_their_number() -> None:
    past = Past({"researcher": (100,), "writer": (10, 20, 30, 40)}, {"reviewer": (5, 7)})
    made = price(planned(), KNOWN, past)
    look, write = made.tasks[0].figure, made.tasks[1].figure
    assert (look.p50, look.p90, look.basis, look.n) == (100, 100, "receipts", 1)
    assert (write.p50, write.n) == (20 + 5, 2)  # of two samples the smaller is told
    assert made.p50 is not None
    assert made.p90 is not None
    assert made.p50 <= made.p90 <= made.most


def test_what_the_contract_assumes_is_priced_at_whom_would_be_asked() -> None:
    priced = (
        SMALL.__class__(**{**_fields(SMALL), "price": _price(1_000_000, 2_000_000)}),
        PLAIN.__class__(**{**_fields(PLAIN), "price": _price(2_000_000, 4_000_000)}),
        LARGE.__class__(**{**_fields(LARGE), "price": _price(8_000_000, 9_000_000)}),
    )
    made = price(planned(CLEAN + ASSUME), knowing(pool=priced))
    once = _price(2_000_000, 4_000_000).cost(Tokens(input=2000, output=500))
    review = _price(8_000_000, 9_000_000).cost(Tokens(input=1000, output=50))
    write = made.tasks[1].figure
    assert (write.p50, write.basis) == (once + review, "assumed")
    assert write.p90 is not None
    assert write.p90 > once + review  # one in five has to be written again


def _at(one: Candidate, dollars: int, **more: object) -> Candidate:
    price = _price(dollars * 1_000_000, dollars * 1_000_000)
    return Candidate(**{**_fields(one), "price": price, **more})


def test_who_does_not_pass_the_filters_is_no_price() -> None:
    """A cheaper model that has no room, or cannot use the tools of a role, would not be asked."""
    fit = (_at(SMALL, 4, tools=True), _at(PLAIN, 8), _at(LARGE, 20, family="east"))
    cheaper = (_at(SMALL, 1, name="without tools"), _at(PLAIN, 1, name="narrow", window=4_100))
    contract = planned(CLEAN + ASSUME)
    assert price(contract, knowing(pool=(*fit, *cheaper))) == price(contract, knowing(pool=fit))
    assert price(contract, knowing(pool=cheaper)).unknown == ("researcher", "writer")


def test_a_review_is_priced_at_somebody_of_another_family_than_the_author() -> None:
    near, far = _at(LARGE, 1, name="near", family=PLAIN.family), _at(LARGE, 20, name="far", family="east")
    made = price(planned(CLEAN + ASSUME), knowing(pool=(_at(SMALL, 4, tools=True), _at(PLAIN, 8), near, far)))
    write, review = 2_500 * 8, 1_050 * 20
    assert made.tasks[1].figure.p50 == write + review


def _price(given: int, said: int):  # type: ignore[no-untyped-def]
    from engine.values import Price

    return Price(input=given, output=said)


def _fields(one: object) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__slots__}  # type: ignore[attr-defined]


def test_what_has_ended_costs_what_it_has_cost() -> None:
    ended = {("look", "main"): 7, ("write", "cold"): 11}
    made = price(planned(), knowing(ended=ended))
    assert [task.most for task in made.tasks[:2]] == [7, 11]


def test_a_person_and_a_command_cost_nothing() -> None:
    made = price(planned(), KNOWN)
    assert {task.figure.basis for task in made.tasks if task.role == "script"} == {"free"}


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_a_quantile_is_one_of_the_sample_and_grows(sample: list[int]) -> None:
    half, nine = quantile(sample, 1, 2), quantile(sample, 9, 10)
    assert half in sample
    assert half <= nine <= max(sample)
    assert sum(value <= half for value in sample) * 2 >= len(sample)


@pytest.mark.parametrize(
    ("success", "expected"), [(PPM, 1), (900_000, 1), (800_000, 2), (500_000, 4), (100_000, 10), (0, 10)]
)
def test_tries_are_as_many_as_nine_of_ten_need(success: int, expected: int) -> None:
    assert tries(success, 9, 10, 10) == expected
