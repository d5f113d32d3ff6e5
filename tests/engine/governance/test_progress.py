"""Whether a worker gets anywhere, by digests of what it asked for and what came back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.governance.progress import (
    NOTHING_NEW,
    SAME_CALL,
    SAME_RESULT,
    STRIKES,
    Judgement,
    Step,
    arguments_digest,
    judged,
    pointless,
)
from engine.values import sha256


def step(number: int, asked: object, brought: object, *, tool: str = "t", good: bool = True) -> Step:
    return Step(number, tool, sha256(str(asked).encode()), sha256(str(brought).encode()), good)


def rounds(*pairs: tuple[object, object]) -> list[Step]:
    """One call a round."""
    return [step(number, asked, brought) for number, (asked, brought) in enumerate(pairs)]


def first(steps: list[Step]) -> int | None:
    """After how many calls there is a first warning."""
    return next((n for n in range(1, len(steps) + 1) if judged(steps[:n]).strikes), None)


def test_the_same_call_with_the_same_result_is_warned_about_at_the_third_and_ends_at_the_fifth() -> None:
    steps = rounds(*[("a", "x")] * 9)
    assert first(steps) == SAME_CALL
    assert [judged(steps[:n]).stuck for n in (4, 5)] == [False, True]
    assert judged(steps[:5]).why == "t was asked the same 5 times and brought back the same"


def test_the_same_call_with_ever_new_results_is_watching_not_looping() -> None:
    assert judged(rounds(*(("price", n) for n in range(50)))) == Judgement()


def test_ever_new_arguments_with_the_same_result_are_a_loop() -> None:
    steps = rounds(*((n, "nothing found") for n in range(50)))
    assert first(steps) == SAME_RESULT
    assert judged(steps[: SAME_RESULT + STRIKES - 1]).stuck


def test_going_to_and_fro_is_a_loop() -> None:
    assert first(rounds(*[("a", "x"), ("b", "y")] * 9)) == 2 * SAME_CALL - 1


def test_what_only_fails_brings_nothing_new() -> None:
    steps = [step(n, n, f"error {n}", good=False) for n in range(30)]
    assert first(steps) == NOTHING_NEW
    assert judged(steps[: NOTHING_NEW + STRIKES - 1]).stuck


def test_a_diligent_reader_is_left_alone() -> None:
    assert judged(rounds(*((f"page {n}", f"almost the same text, page {n}") for n in range(200)))) == Judgement()


def test_many_writes_that_all_say_ok_are_left_alone_between_others() -> None:
    steps = [s for n in range(20) for s in (step(n, n, f"page {n}"), step(n, f"write {n}", "ok", tool="write"))]
    assert judged(steps) == Judgement()


def test_one_round_is_one_strike_however_many_calls_it_makes() -> None:
    assert judged([step(0, "a", "x")] * 100).strikes == 1


def test_news_does_not_take_a_strike_back() -> None:
    steps = rounds(*[("a", "x")] * 3, *((n, n) for n in range(20)), ("a", "x"), ("b", "z"), ("a", "x"))
    assert judged(steps).stuck


def test_a_pointless_call_is_known_before_it_is_made() -> None:
    steps = rounds(*[("a", "x")] * 3, ("b", "x"))
    asked = sha256(b"a")
    assert pointless(steps, "t", asked) == steps[2]
    assert pointless(steps[:2], "t", asked) is None
    assert pointless(steps, "other", asked) is None
    assert pointless(rounds(("a", "x"), ("a", "y"), ("a", "x")), "t", asked) is None


@pytest.mark.parametrize("text", ["", "{", "[" * 10_000, "NaN", "1e999", str(10**30), '"\\ud800"'])
def test_any_arguments_have_a_digest(text: str) -> None:
    assert len(arguments_digest(text)) == 64


@given(st.dictionaries(st.text(max_size=5), st.integers(-99, 99) | st.text(max_size=5), max_size=5))
def test_blanks_and_the_order_of_keys_make_no_other_call(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert arguments_digest(json.dumps(value, indent=3)) == arguments_digest(json.dumps(turned))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=40))
def test_more_calls_never_take_a_strike_back(calls: list[tuple[int, int, bool]]) -> None:
    steps = [step(n, asked, brought, good=good) for n, (asked, brought, good) in enumerate(calls)]
    strikes = [judged(steps[:n]).strikes for n in range(len(steps) + 1)]
    assert strikes == sorted(strikes)
