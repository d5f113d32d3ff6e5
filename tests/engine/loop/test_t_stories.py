"""Stories of other tools that went wrong, told again: T2 seven questions at once, T12 the same usage told thrice."""

from __future__ import annotations

import random

import pytest

from engine.ledger.protocol import Result
from engine.loop.absorb import absorb
from engine.views.rows import rows
from engine.workers.protocol import Handoff
from tests.builders import Play, terms

SHORT = "criteria: [{text: x, check: human}]"
SEVEN = "  tasks:\n" + "".join(f"    - {{id: t{n}, role: writer, budget: 1 USD, {SHORT}}}\n" for n in range(7))


@pytest.mark.parametrize("seed", range(5))
def test_t2_seven_questions_are_seven_rows_and_none_is_lost_in_any_order(seed: int) -> None:
    play = Play(terms(SEVEN)).go()
    while play.jobs:
        play.hand_off(next(iter(play.jobs)).partition("/")[2], Handoff(summary="done"))
    shown = rows(play.state())
    items = [row for (kind, _id), row in shown.items() if kind == "attention"]
    waiting = [row for (kind, _id), row in shown.items() if kind == "task" and row["waiting_for"].startswith("you (")]
    assert len(items) == len(waiting) == 7
    assert {row["state"] for row in waiting} == {"waiting"}, "blocked on a human is not running"
    order = [item.id for item in play.state().attention.values()]
    random.Random(seed).shuffle(order)
    for left, item in enumerate(order[:-1]):
        play.say("answer", attention=item, text="accept")
        assert len(play.state().attention) == 6 - left
    play.say("answer", attention=order[-1], text="accept")
    assert {task.state for task in play.state().tasks.values()} == {"accepted"}


def test_t12_a_result_that_is_told_again_changes_no_total() -> None:
    play = Play(terms(SEVEN)).go().hand_off("A1.1", Handoff(summary="done"))
    state = play.state()
    before = (state.spent, state.counted.tokens, state.counted.calls, len(state.charges))
    again = {"end": "handoff", "handoff": "0" * 64, "summary": "again", "effects": 0, "usage": {"input": 9_000}}
    for _ in range(3):
        told = Result("gtm/A1.1", state.id, "attempt", {**again, "usage": {"input": 1000, "output": 100}, "calls": 1})
        play.record(*absorb(state, told))
    assert (state.spent, state.counted.tokens, state.counted.calls, len(state.charges)) == before
    by_task = sum(task.counted.tokens for task in state.tasks.values())
    assert by_task == sum(use.counted.tokens for use in state.roles.values()) == state.counted.tokens
