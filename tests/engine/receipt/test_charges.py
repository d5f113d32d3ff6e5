"""Charges as rows: exact, stable, and never a formula."""

from __future__ import annotations

import csv as reader
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.receipt.charges import COLUMNS, csv, text, usd
from tests.engine.receipt.story import Story, finished
from tests.engine.receipt.test_render import HOSTILE, texts


def rows(made: str) -> list[dict[str, str]]:
    return list(reader.DictReader(made.splitlines()))


def test_the_columns_are_these_in_this_order() -> None:
    assert csv(Story().created().receipt()) == ",".join(COLUMNS) + "\n"
    assert ",".join(COLUMNS) == (
        "mission,height,at,branch,branch_key,task,task_title,attempt,role,worker,model,purpose,outcome,basis,"
        "input,output,cache_read,cache_write,reasoning,micro_usd,usd"
    )


def test_one_row_for_every_charge_and_they_add_up_exactly() -> None:
    receipt = finished().receipt()
    found = rows(csv(receipt))
    assert len(found) == len(receipt["spend"]["lines"])
    assert sum(int(row["micro_usd"]) for row in found) == receipt["spend"]["total_micro_usd"]
    assert sum(Decimal(row["usd"]) for row in found) * 1_000_000 == receipt["spend"]["total_micro_usd"]
    assert {row["branch_key"] for row in found} == {"cold-email", "communities"}
    assert found[1]["usd"] == "-0.045800"


@settings(deadline=None)
@given(st.integers(-(10**15), 10**15))
def test_dollars_are_exact(micro: int) -> None:
    assert Decimal(usd(micro)) * 1_000_000 == micro


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=cmd|' /C calc'!A0", "%1"]
)
def test_no_text_is_a_formula(cell: str) -> None:
    made = next(reader.reader([text(cell)]))
    assert len(made) == 1
    assert made[0].startswith("'")


@pytest.mark.parametrize("payload", [*HOSTILE, "a,b", 'say "x"', "two\nlines", "x;y"])
def test_text_of_others_stays_in_its_cell(payload: str) -> None:
    receipt = finished().receipt()
    made = csv(texts(receipt, payload))
    assert len(made.splitlines()) == len(receipt["spend"]["lines"]) + 1
    assert all(None not in row and None not in row.values() for row in rows(made))
