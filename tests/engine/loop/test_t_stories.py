"""Stories of other tools that went wrong, told again: T2 seven questions at once, T12 usage told in every order."""

from __future__ import annotations

import random

import pytest

from engine.ledger.protocol import Result
from engine.loop.absorb import absorb
from engine.state.fold import fold
from engine.values import Tokens
from engine.views.rows import rows
from engine.workers.protocol import Handoff
from tests.builders import Play, terms
from tests.engine.loop.outage_play import ADA, Models

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


TASKS = 5
Totals = tuple[int, int, int]


def used(attempt: str) -> Tokens:
    """What an attempt used: another amount for each of them."""
    number = int(attempt[1:].replace(".", ""))
    return Tokens(input=100 + number, output=10 + number, cache_read=number % 7, cache_write=number % 5)


def tell(play: Play, attempt: str, usage: Tokens) -> None:
    """The result of an attempt, whatever became of it meanwhile."""
    said = {"end": "handoff", "handoff": play.keep(b'{"summary":"done"}'), "summary": "done", "calls": 1}
    play.result(attempt, said | {"usage": usage.model_dump(mode="json")})


def totals(play: Play) -> dict[str, Totals]:
    """What was spent, in money, tokens and calls, as every level of the mission has it."""
    state = play.state()
    found: dict[str, Totals] = {"mission": (state.spent, state.counted.tokens, state.counted.calls)}
    levels = {"tasks": state.tasks, "attempts": state.attempts, "branches": state.branches, "roles": state.roles}
    for name, level in levels.items():
        each = [(one.spent, one.counted.tokens, one.counted.calls) for one in level.values()]  # type: ignore[attr-defined]
        found[name] = (sum(n[0] for n in each), sum(n[1] for n in each), sum(n[2] for n in each))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_t12_in_whatever_order_results_come_and_how_often_the_totals_are_the_same(seed: int) -> None:
    """The first attempt of every task is lost and tells its usage late, the second delivers; all of it in a fork of the
    order, and again and again.
    """
    dice, play = random.Random(seed), Models(ADA, tasks=TASKS, attempts=4)
    names = [f"A{n}.{turn}" for n in range(1, TASKS + 1) for turn in (1, 2)]
    lost, told = [], list[str]()
    while len(told) < len(names):
        running = [job.partition("/")[2] for job in play.jobs]
        match dice.choice(("lose", "end", "late", "again")):
            case "lose" if first := [name for name in running if name.endswith(".1")]:
                lost.append(dice.choice(first))
                del play.jobs[f"gtm/{lost[-1]}"]
                play.go()
            case "end" if second := [name for name in running if name.endswith(".2")]:
                told.append(dice.choice(second))
                tell(play, told[-1], used(told[-1]))
            case "late" if late := [name for name in lost if name not in told]:
                told.append(dice.choice(late))
                tell(play, told[-1], used(told[-1]))
            case "again" if told:
                tell(play, again := dice.choice(told), used(again))
    for name in dice.sample(names, len(names)):
        tell(play, name, used(name))
    price = ADA.price
    assert price is not None
    whole = (sum(price.cost(used(n), 1) for n in names), sum(used(n).total for n in names), len(names))
    assert totals(play) == dict.fromkeys(("mission", "tasks", "attempts", "branches", "roles"), whole)
    assert play.state().reserved == play.state().counted.tokens_aside == 0
    assert {task.state for task in play.state().tasks.values()} == {"accepted"}
    assert sorted(play.state().attempts) == sorted(names), "nobody was asked a third time"
    anew = fold(play.mission, play.events)
    assert (anew.spent, anew.counted.tokens, anew.counted.calls) == whole


def test_t12_a_usage_that_grew_is_taken_for_the_whole_and_never_added() -> None:
    play = Models(ADA)
    tell(play, "A1.1", Tokens(input=1_000, output=100))
    tell(play, "A1.1", Tokens(input=3_000, output=300))
    tell(play, "A1.1", Tokens(input=3_000, output=300))
    price = ADA.price
    assert price is not None
    whole = Tokens(input=3_000, output=300)
    assert totals(play)["mission"] == (price.cost(whole, 1), whole.total, 1)
