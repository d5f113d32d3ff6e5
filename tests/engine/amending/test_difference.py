"""Two contracts, clause by clause."""

from __future__ import annotations

import pytest

from engine.amending.difference import difference, exact, usd
from engine.contract.units import parse_duration, parse_money
from tests.builders import DRAFT, contract, terms


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("money: 100 USD", "money: 2.50 USD", ("budget.money", "100 USD", "2.50 USD")),
        ("expires: 3d", "expires: 90m", ("approvals.send.expires", "3d", "1h 30m")),
        ("share: 50%", "share: 12.5%", ("plan.branches.cold.share", "50%", "12.5%")),
        (
            "[research, draft, review]",
            "[research, draft]",
            ("actions.allowed", "[research, draft, review]", "[research, draft]"),
        ),
        ("country: US", "country: DE", ("lawful.country", "US", "DE")),
        ("max_words: 60", "max_words: 40", ("plan.tasks.write.criteria[0].check.max_words", "60", "40")),
        (", tier: cheap", "", ("roles.writer.tier", "cheap", "")),
    ],
)
def test_each_clause_is_named_as_it_stands_in_the_file(old: str, new: str, said: tuple[str, str, str]) -> None:
    before = terms(DRAFT)
    (change,) = difference(contract(before), contract(before.replace(old, new)))
    assert (change.path, change.before, change.after) == said


def test_what_came_and_went_has_an_empty_side() -> None:
    before = terms(DRAFT)
    after = before.replace("roles:\n", "roles:\n  helper: {worker: human}\n").replace("zone: Europe/Berlin\n", "")
    assert [(c.path, c.before, c.after) for c in difference(contract(before), contract(after))] == [
        ("zone", "Europe/Berlin", ""),
        ("roles.helper", "", "{worker: human}"),
    ]


def test_a_contract_does_not_differ_from_itself() -> None:
    assert difference(contract(terms(DRAFT)), contract(terms(DRAFT) + "# said otherwise\n")) == ()


@pytest.mark.parametrize("micro", [0, 1, 10_000, 1_000_000, 2_500_000, 500_000_000])
def test_amounts_are_written_as_a_contract_reads_them(micro: int) -> None:
    assert parse_money(f"{usd(micro)} USD") == micro


@pytest.mark.parametrize("ms", [1, 1000, 61_000, 90_061_000, 86_400_000, 3_661_001])
def test_durations_are_written_as_a_contract_reads_them(ms: int) -> None:
    assert parse_duration(exact(ms)) == ms
