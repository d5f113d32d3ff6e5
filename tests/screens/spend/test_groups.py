"""Groups add up to the total: exactly, and as they are written."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.client import ChargeLine
from cockpit.screens.spend import groups
from cockpit.screens.spend.account import WASTE, Sums, outcome_of
from tests.screens.spend.rows import accounts, kept
from widgets.ink import width
from widgets.palette import plain_text

A_FEW = settings(deadline=None, max_examples=30)
GROUPINGS = ("mission", "model", "branch", "task", "role", "worker", "purpose", "outcome")


def grouped(charges: list[ChargeLine], by: str, *, whole: bool = True) -> list[groups.Group]:
    rows, tasks = kept(charges)
    sums = Sums()
    sums.add(charges)
    return groups.groups(by, rows, tasks, sums, whole=whole, alone=False)


def money(text: str) -> Decimal:
    return Decimal(text.replace("$", "").replace(",", ""))


@A_FEW
@given(charges=accounts())
def test_every_grouping_adds_up_to_what_was_spent(charges: list[ChargeLine]) -> None:
    for by in GROUPINGS:
        found = grouped(charges, by)
        assert sum(group.amount for group in found) == sum(one.micro_usd for one in charges), by
        told, total = groups.amounts([group.amount for group in found])
        assert sum(map(money, told)) == money(total), by


@A_FEW
@given(charges=accounts(), most=st.integers(1, 12))
def test_the_printed_figures_of_a_grouping_add_up_however_few_lines_there_are(
    charges: list[ChargeLine], most: int
) -> None:
    for by in GROUPINGS:
        lines = plain_text(groups.table(grouped(charges, by), 51, most)).splitlines()[1:]
        told = [found for line in lines if (found := re.findall(r"-?\$[\d,.]+", line))]
        *parts, (total,) = told
        assert sum(money(part[-1]) for part in parts) == money(total), by
        shares = [float(share) for line in lines for share in re.findall(r"(-?[\d.]+)%", line)]
        if shares:
            assert round(sum(shares), 1) == 100.0, by


@A_FEW
@given(charges=accounts())
def test_calls_are_those_that_were_made_and_only_told_when_every_charge_was_read(charges: list[ChargeLine]) -> None:
    made = sum(one.basis != "correction" for one in charges)
    for by in GROUPINGS:
        counted = [group.calls for group in grouped(charges, by)]
        assert sum(calls or 0 for calls in counted) <= made, by
        if by != "task":  # a task that was charged nothing has no line
            assert sum(calls or 0 for calls in counted) == made, by
        assert all(group.calls is None for group in grouped(charges, by, whole=False)), by


@A_FEW
@given(accounts())
def test_waste_is_what_was_paid_for_nothing(charges: list[ChargeLine]) -> None:
    outcomes = grouped(charges, "outcome")
    told, _share = groups.wasted(outcomes)
    exact = sum(one.micro_usd for one in charges if outcome_of(one) in WASTE)
    assert abs(money(told) * 1_000_000 - exact) <= 3 * groups.unit_of(sum(one.micro_usd for one in charges))


@A_FEW
@given(st.lists(st.integers(-10_000_000, 10_000_000), max_size=20), st.integers(1, 10_000))
def test_rounding_keeps_the_sum_and_moves_nothing_by_a_whole_unit(parts: list[int], unit: int) -> None:
    units = groups.rounded(parts, unit)
    assert all(abs(part - whole * unit) < unit for part, whole in zip(parts, units, strict=True))
    assert abs(2 * (sum(parts) - sum(units) * unit)) <= unit


def test_workers_are_a_grouping_only_once_every_charge_was_read() -> None:
    sums = Sums()
    assert "worker" not in groups.groupings("gtm", sums, whole=False)
    assert "mission" not in groups.groupings("gtm", sums, whole=True)
    assert groups.groupings(None, sums, whole=True)[0] == "mission"


@A_FEW
@given(charges=accounts())
def test_the_sums_fit_any_width(charges: list[ChargeLine]) -> None:
    outcomes = grouped(charges, "outcome")
    for by in ("model", "outcome", "task"):
        found = grouped(charges, by)
        for columns in (1, 8, 20, 38, 43, 51, 76, 140):
            for line in groups.side(by, GROUPINGS, found, outcomes, columns, 30):
                assert width(line) <= columns
