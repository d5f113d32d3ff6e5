"""P13: calls and tokens add up as money does: charges, totals, roll-ups, and what the workforce used."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from engine.receipt.account import reconcile
from engine.receipt.build import build, integrity
from engine.receipt.verify import verify
from engine.state.fold import fold
from tests.world.missions import SIM
from tests.world.sim import run

TOLD = run(3, calm=True).missions[SIM]
RECEIPT = build(fold(SIM, TOLD.events), integrity(TOLD.events))


def test_p13_calls_and_tokens_of_a_whole_history_add_up() -> None:
    usage = RECEIPT["spend"]["usage"]
    assert usage["total"]["tokens"] > 0
    assert usage["total"]["calls"] > 0
    for sums in usage["rollups"].values():
        assert {kind: sum(one[kind] for one in sums.values()) for kind in ("calls", "tokens")} == usage["total"]
    assert reconcile(RECEIPT) == []
    assert verify(RECEIPT, TOLD.events) == []


def total(receipt: Any) -> None:
    receipt["spend"]["usage"]["total"]["calls"] += 1


def branch(receipt: Any) -> None:
    next(iter(receipt["spend"]["usage"]["rollups"]["branch"].values()))["tokens"] -= 1


def task(receipt: Any) -> None:
    receipt["spend"]["usage"]["rollups"]["task"]["sim/T99"] = {"calls": 0, "tokens": 7}


def role(receipt: Any) -> None:
    receipt["spend"]["usage"]["rollups"]["role"].popitem()


def line(receipt: Any) -> None:
    receipt["spend"]["usage"]["lines"][0]["tokens"] += 1


def gone(receipt: Any) -> None:
    receipt["spend"]["usage"]["lines"].pop()


def classes(receipt: Any) -> None:
    next(one for one in receipt["spend"]["lines"] if one["tokens"]["input"])["tokens"]["input"] += 1


def worker(receipt: Any) -> None:
    receipt["workforce"]["workers"][0]["tokens"]["output"] += 1


def model(receipt: Any) -> None:
    receipt["workforce"]["models"][0]["spent_micro_usd"] += 1


@pytest.mark.parametrize("forge", [total, branch, task, role, line, gone, classes, worker, model])
def test_p13_every_sum_that_is_off_by_one_is_named(forge: Any) -> None:
    forged = copy.deepcopy(RECEIPT)
    forge(forged)
    found = reconcile(forged)
    assert found
    assert all(fault.startswith(("spend.usage", "workforce.")) for fault in found)


def test_a_receipt_of_an_earlier_release_that_tells_no_usage_verifies() -> None:
    older = copy.deepcopy(RECEIPT)
    del older["spend"]["usage"]
    assert verify(older, TOLD.events) == []
