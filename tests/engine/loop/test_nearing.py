"""A cap of which four fifths are used or set aside is said to be near: once, in the log and on the card, calmly."""

from __future__ import annotations

import pytest

from engine.governance.nearing import near
from engine.ledger import bodies as b
from engine.values import MINUTE, Tokens
from engine.views.rows import rows
from tests.builders import Play, terms
from tests.engine.loop.test_p6_caps import DONE, limited

PLAN = """\
  branches:
    - {id: cold, hypothesis: people answer, budget: {money: 2 USD, calls: 2}}
  tasks:
    - {id: one, branch: cold, role: writer, budget: 1 USD, criteria: [{text: x, check: {max_words: 60}}]}
    - {id: two, branch: cold, role: writer, needs: [one], budget: 1 USD, criteria: [{text: x, check: {max_words: 60}}]}
    - {id: three, role: writer, needs: [two], budget: 1 USD, criteria: [{text: x, check: {max_words: 60}}]}
"""


def said(play: Play) -> list[tuple[str, str, str]]:
    told = [event.body for event in play.events if event.kind == "budget.neared"]
    return [(body["level"], body.get("branch") or body.get("role") or "", body["dimension"]) for body in told]


def test_it_is_said_once_and_asks_nobody() -> None:
    play = Play(terms(PLAN)).go()
    assert said(play) == []
    play.hand_off("A1.1", DONE)
    assert said(play) == [("branch", "B2", "calls")], "one call used, one set aside, of two"
    assert not play.state().attention
    play.hand_off("A2.1", DONE).hand_off("A3.1", DONE)
    assert said(play) == [("branch", "B2", "calls")]


@pytest.mark.parametrize(("budget", "dimension"), [(", tokens: 4000", "tokens"), (", calls: 1", "calls")])
def test_what_is_set_aside_counts(budget: str, dimension: str) -> None:
    play = limited(1, budget).go()
    assert (("mission", "", dimension) in said(play)) == bool(play.jobs)


def test_a_cap_that_was_raised_is_another_one() -> None:
    play = limited(4, ", calls: 3").go()
    assert said(play) == [("mission", "", "calls")]
    while play.jobs:
        play.hand_off(next(iter(play.jobs)).partition("/")[2], DONE, Tokens(input=1, output=1))
    play.say("answer", attention=play.asked("budget").id, text="raise: 4")
    assert said(play) == [("mission", "", "calls")] * 2


def test_minutes_of_a_human_are_near_too() -> None:
    play = limited(1, ", attention: 10m").go()
    play.record(b.DecisionMade(what="answer", subject="x", focus_ms=8 * MINUTE)).go()
    assert said(play) == [("mission", "", "attention")]


def test_money_is_near_at_four_fifths_and_not_a_micro_dollar_before() -> None:
    state = limited(1, "").state()
    state.spent, state.reserved = 50_000_000, 29_999_999
    assert list(near(state)) == []
    state.reserved += 1
    assert [(one.dimension, one.used, one.aside) for one in near(state)] == [("money", 50_000_000, 30_000_000)]


def test_the_card_says_what_is_near_now_in_words() -> None:
    play = Play(terms(PLAN)).go()
    play.hand_off("A1.1", DONE)
    card = rows(play.state())["card", "gtm"]
    assert [one["words"] for one in card["near"]] == ["100 % of the calls of branch cold: 1 used and 1 set aside of 2"]
    play.say("prune", branch="cold", because="enough")
    assert rows(play.state())["card", "gtm"]["near"] == []


def test_a_mission_that_is_far_from_its_caps_says_nothing() -> None:
    play = Play(terms(PLAN.replace(", calls: 2", ""))).go()
    for name in ("A1.1", "A2.1", "A3.1"):
        play.hand_off(name, DONE)
    assert said(play) == []
