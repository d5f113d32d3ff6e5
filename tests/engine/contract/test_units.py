"""Amounts, durations, shares and numbers as people write them."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from engine.contract.units import DecimalText, Duration, Money, Share, parse_duration, parse_money


@pytest.mark.parametrize(
    ("text", "micro"),
    [("500 USD", 500_000_000), ("$2.50", 2_500_000), ("0.000001 USD", 1), ("12$", 12_000_000), (" 1USD ", 1_000_000)],
)
def test_amounts(text: str, micro: int) -> None:
    assert parse_money(text) == micro


@pytest.mark.parametrize(
    "text", ["", "500", "five USD", "-1 USD", "1,000 USD", "1 EUR", "1e3 USD", "٣ USD", "0.0000001 USD"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError):
        parse_money(text)


@pytest.mark.parametrize(
    ("text", "ms"), [("2d", 172_800_000), ("1h 30m", 5_400_000), ("90s", 90_000), ("250ms", 250), ("1w", 604_800_000)]
)
def test_durations(text: str, ms: int) -> None:
    assert parse_duration(text) == ms


@pytest.mark.parametrize("text", ["", "2", "d", "2 days", "1.5h", "-1d", "1d x", "٣d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)


def test_shares_are_parts_per_million() -> None:
    assert TypeAdapter(Share).validate_python("40%") == 400_000
    assert TypeAdapter(Share).validate_python("0.0001%") == 1
    for wrong in ("101%", "40", 0.4, True):
        with pytest.raises(ValidationError):
            TypeAdapter(Share).validate_python(wrong)


def test_decimals_stay_text() -> None:
    assert TypeAdapter(DecimalText).validate_python(0.35) == "0.35"
    assert TypeAdapter(DecimalText).validate_python("12") == "12"
    for wrong in (True, "a", None, 1e300):
        with pytest.raises(ValidationError):
            TypeAdapter(DecimalText).validate_python(wrong)


def test_integers_are_amounts_only_in_a_stored_contract() -> None:
    for unit in (Money, Duration):
        assert TypeAdapter(unit).validate_python(5000, context={"stored": True}) == 5000
        with pytest.raises(ValidationError):
            TypeAdapter(unit).validate_python(5000)
