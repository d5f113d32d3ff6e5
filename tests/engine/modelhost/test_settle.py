from __future__ import annotations

import pytest

from engine.modelhost.settle import MOST_TOKENS, settled
from engine.values import Price, Tokens

PRICE = Price(input=1_000_000, cache_read=100_000, cache_write=1_250_000, output=4_000_000, reasoning=4_000_000)


def usage(prompt: object = 1_200, completion: object = 300, **more: object) -> dict[str, object]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, **more}


def cached(count: object, created: object = 0) -> dict[str, object]:
    return {"prompt_tokens_details": {"cached_tokens": count, "cache_creation_tokens": created}}


def thought(count: object) -> dict[str, object]:
    return {"completion_tokens_details": {"reasoning_tokens": count}}


@pytest.mark.parametrize(
    ("report", "tokens"),
    [
        (usage(), Tokens(input=1_200, output=300)),
        (usage(**cached(1_000)), Tokens(input=200, cache_read=1_000, output=300)),
        (usage(**cached(1_000, 150)), Tokens(input=50, cache_read=1_000, cache_write=150, output=300)),
        (usage(**cached(1_200)), Tokens(cache_read=1_200, output=300)),
        (usage(**thought(250)), Tokens(input=1_200, output=50, reasoning=250)),
        (usage(cache_read_input_tokens=7), Tokens(input=1_193, cache_read=7, output=300)),
        (usage(cache_creation_input_tokens=3), Tokens(input=1_197, cache_write=3, output=300)),
        (usage(cache_read_input_tokens=1_000, **cached(1_000)), Tokens(input=200, cache_read=1_000, output=300)),
        (usage(prompt_tokens_details=None, completion_tokens_details=None), Tokens(input=1_200, output=300)),
        (usage(**cached(None), **thought(None)), Tokens(input=1_200, output=300)),
        (usage(total_tokens=1_500, **thought(250)), Tokens(input=1_200, output=50, reasoning=250)),
        (usage(MOST_TOKENS, 1), Tokens(input=MOST_TOKENS, output=1)),
    ],
)  # fmt: skip
def test_every_token_is_counted_in_one_class_alone(report: dict[str, object], tokens: Tokens) -> None:
    assert settled([report], answered=True) == tokens


def test_reasoning_that_a_provider_counts_beside_the_output_is_not_taken_from_it() -> None:
    report = usage(1_000, 100, total_tokens=1_400, **thought(300))
    assert settled([report], answered=True) == Tokens(input=1_000, output=100, reasoning=300)


def test_a_cached_prompt_costs_what_the_provider_bills() -> None:
    tokens = settled([usage(**cached(1_000))], answered=True)
    assert tokens is not None
    assert PRICE.cost(tokens) == 1_500


@pytest.mark.parametrize(
    "report",
    [
        usage(-5, -3),
        usage(10**12, 5),
        usage(MOST_TOKENS + 1, 5),
        usage(0, 0),
        usage(0, 300),
        usage(1_200, 0),
        usage(1_200, None),
        usage("1200", "300"),
        usage(True, 300),
        usage(1_200.5, 300),
        usage(**cached(1_201)),
        usage(**cached(-1)),
        usage(**cached(1_000, 201)),
        usage(**thought(301)),
        usage(**thought(300)),
        usage(**thought(-1)),
    ],
)
def test_usage_that_cannot_be_true_is_unknown(report: dict[str, object]) -> None:
    assert settled([report], answered=True) is None


@pytest.mark.parametrize("reports", [[], [{}], [{"prompt_tokens": None}]])
def test_usage_that_nobody_said_is_unknown(reports: list[dict[str, object]]) -> None:
    assert settled(reports, answered=True) is None


def test_an_answer_without_text_may_have_no_output() -> None:
    assert settled([usage(1_200, 0)], answered=False) == Tokens(input=1_200)
    assert settled([usage(1_200, 300, **thought(300))], answered=False) == Tokens(input=1_200, reasoning=300)


def test_counts_that_grow_during_a_stream_are_taken_once() -> None:
    assert settled([usage(9, 1), usage(9, 5), usage(9, 12)], answered=True) == Tokens(input=9, output=12)


def test_counts_that_are_spread_over_a_stream_are_put_together() -> None:
    first, last = usage(1_200, 1, **cached(1_000)), usage(0, 300)
    assert settled([first, last], answered=True) == Tokens(input=200, cache_read=1_000, output=300)
