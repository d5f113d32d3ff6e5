"""Draws follow what was declared or measured; what is unknown stays unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.contract.load import load
from engine.rehearsal.assumed import assumed
from engine.rehearsal.forecast import quantile
from engine.rehearsal.numbers import Amount, Share, Usage, dice, successes, whole
from engine.rehearsal.past import Past
from tests.engine.rehearsal.scenes import contract


def test_a_declared_share_is_what_it_says_and_a_measured_one_what_its_sample_leaves_open() -> None:
    assert Share(400_000, 1_000_000).rate(dice(1)) == 0.4
    few = [Share(1, 2, measured=True).rate(dice(n)) for n in range(400)]
    many = [Share(500, 1000, measured=True).rate(dice(n)) for n in range(400)]
    assert max(few) - min(few) > 0.7
    assert max(many) - min(many) < 0.15
    assert abs(sum(many) / 400 - 0.5) < 0.01


def test_a_spread_varies_evenly_to_both_sides_and_no_draw_is_more_than_the_most() -> None:
    amount = Amount((Decimal("0.6"),), 500_000)
    drawn = [amount.draw(dice(n)) for n in range(400)]
    assert Decimal("0.3") <= min(drawn) < Decimal("0.33")
    assert Decimal("0.87") < max(drawn) <= amount.most == Decimal("0.9")
    usage = Usage(((1_000, 100),), 300_000)
    assert all(told <= 1_300 and said <= 130 for told, said in (usage.draw(dice(n)) for n in range(200)))
    assert usage.most == (1_300, 130)


def test_measured_amounts_are_drawn_from_what_was_measured() -> None:
    usage = Usage(((10, 1), (20, 2), (30, 3)), measured=True)
    assert {usage.draw(dice(n)) for n in range(100)} == {(10, 1), (20, 2), (30, 3)}


@pytest.mark.parametrize(("of", "rate"), [(100, 0.3), (100_000, 0.3)])
def test_successes_are_as_many_as_their_rate_says(of: int, rate: float) -> None:
    drawn = [successes(dice(n), of, rate) for n in range(100)]
    assert abs(sum(drawn) / 100 / of - rate) < 0.02
    assert len(set(drawn)) > 5
    assert abs(sum(whole(dice(n), Decimal("0.25")) for n in range(2_000)) / 2_000 - 0.25) < 0.04


def test_a_quantile_is_a_value_that_occurred_by_nearest_rank() -> None:
    assert [quantile([5], p) for p in (50, 90)] == [5, 5]
    values = list(range(1, 11))
    assert [quantile(values, p) for p in (50, 90, 100)] == [5, 9, 10]
    assert quantile([3, 1, 2], 50) == 2


def _event(kind: str, /, **body: Any) -> dict[str, Any]:
    return {"kind": kind, "body": body}


def _attempt(name: str, *, told: int, good: bool, basis: str = "reported") -> list[dict[str, Any]]:
    end = _event("attempt.delivered", attempt=name, latency=4_000) if good else _event("attempt.failed", attempt=name)
    tokens = {"input": told, "output": 10, "cache_read": 5, "cache_write": 0, "reasoning": 1}
    charge = _event("charge.settled", attempt=name, tokens=tokens, basis=basis, outcome="useful" if good else "failed")
    last = [_event("task.accepted", task="T1", attempt=name)] if good else []
    return [_event("attempt.dispatched", attempt=name, role="writer", worker="model"), end, charge, *last]


def test_the_past_is_read_by_role_and_what_nobody_knows_is_left_out() -> None:
    past = Past()
    past.learn([
        _event("mission.created", rehearsed=False),
        *_attempt("A1.1", told=100, good=True),
        *_attempt("A2.1", told=200, good=False),
        *_attempt("A3.1", told=999, good=True, basis="reservation"),
        _event("attention.raised", attention="Q1", kind="approve"),
        _event("decision.made", attention="Q1", what="approve", waited=60_000, focus_ms=9_000),
        _event("decision.made", attention="Q2", what="answer", waited=1_000, scripted=True),
        _event("effect.done", effect="F1"), _event("effect.done", effect="F2"), _event("effect.done", effect="F3"),
        _event("evidence.recorded", about="F1", message="reply"),
        _event("evidence.recorded", about="F2", message="bounce"),
        _event("evidence.recorded", about="F3", message="auto"),
    ])  # fmt: skip
    past.learn([_event("mission.created", rehearsed=True), *_attempt("A1.1", told=7, good=True)])
    writer = past.roles["writer"]
    assert (writer.usage, writer.good, writer.bad) == ([(105, 11), (205, 11)], 2, 1)
    assert (past.waited, past.focus, past.yes, past.no) == ([60_000], [9_000], 1, 0)
    assert (past.replied, past.sent, past.missions) == (1, 2, 1)


def test_what_was_measured_often_enough_comes_before_what_the_contract_assumes() -> None:
    loaded = load(contract().encode(), "x").contract
    assert loaded is not None
    few, enough = Past(), Past()
    few.role("writer").usage = [(1, 1)] * 4
    enough.role("writer").usage = [(10, 1), (20, 2), (30, 3), (40, 4), (50, 5)]
    lines = {line.name: line for line in assumed(loaded, few).lines}
    assert (lines["writer.tokens"].source, lines["writer.tokens"].n) == ("assume", None)
    found = assumed(loaded, enough)
    line = next(line for line in found.lines if line.name == "writer.tokens")
    assert (line.value, line.source, line.n) == ("30 in, 3 out", "measured", 5)
    assert b'"tokens_in":50' in found.overlay  # what is set aside covers the most that may be drawn
