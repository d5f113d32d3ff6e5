"""V3: two workers who do not know of each other, a judge who does not know which is whose, and a human where they
disagree.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.ledger import bodies as b
from engine.verify.duel import SAME, asked, pair
from engine.workers.protocol import CriterionVerdict, Handoff
from tests.builders import Play, terms

PLAN = """\
  tasks:
    - {id: plan, role: writer, budget: 5 USD, verify: [checks, duel], reviewer: reviewer,
       criteria: [{text: is true, check: review}, {text: is short, check: {max_words: 9}}]}
"""
FIRST, OTHER = Handoff(summary="the moon is made of stone"), Handoff(summary="the moon is made of cheese")
CRITERIA = ("is true",)


def begun() -> Play:
    return Play(terms(PLAN)).go()


def compared(play: Play) -> Play:
    """Both have delivered; the judge is at work."""
    play.hand_off("A1.1", FIRST)
    return play.hand_off("A2.1", OTHER)


def judged(play: Play, says: Callable[[str, bool], bool], detail: str = "") -> Play:
    """The judge answers: `says` is asked about each criterion, with whether it is about the first worker's text."""
    both = pair(play.state(), "A1.1")
    assert both is not None
    own = 1 + [one.id for one in both].index("A1.1")
    verdicts = tuple(
        CriterionVerdict(criterion=name, ok=says(name, name.startswith(f"text {own}:")), detail=detail)
        for name in asked(CRITERIA)
    )
    return play.hand_off("A3.1", Handoff(summary="compared", verdicts=verdicts))


def state_of(play: Play) -> str:
    return play.state().tasks["T1"].state


def test_the_second_is_of_another_family_and_knows_nothing_of_the_first() -> None:
    play = begun().hand_off("A1.1", FIRST)
    second, first = play.state().attempts["A2.1"], play.state().attempts["A1.1"]
    assert second.family != first.family
    package = str(play.job("A2.1")["package"])
    assert "made of stone" not in package
    assert play.job("A2.1")["kind"] == "work"
    assert play.job("A2.1")["artifacts"] == []


def test_the_judge_sees_two_texts_and_no_names() -> None:
    play = compared(begun())
    job = play.job("A3.1")
    package = str(job["package"])
    assert "made of stone" in package
    assert "made of cheese" in package
    assert job["criteria"] == ["text 1: is true", "text 2: is true", SAME]
    names = {a.model for a in play.state().attempts.values() if a.id != "A3.1"}
    assert not any(name in package for name in names)
    assert job["artifacts"] == []


def test_the_order_says_nothing_and_stays_the_same() -> None:
    orders = set()
    for seed in range(12):
        play = compared(Play(terms(PLAN), seed=seed).go())
        both = pair(play.state(), "A1.1")
        assert both is not None
        assert pair(play.state(), "A1.1") == both
        orders.add(both[0].id)
    assert orders == {"A1.1", "A2.1"}


def test_two_that_agree_are_accepted_and_only_the_first_becomes_state() -> None:
    play = judged(compared(begun()), lambda _name, _first: True)
    assert state_of(play) == "accepted"
    assert play.state().tasks["T1"].accepted == "A1.1"
    verdict = play.state().attempts["A1.1"].verdicts[-1]
    assert (verdict.stage, verdict.ok, [line.criterion for line in verdict.lines]) == ("duel", True, ["is true", SAME])
    assert play.state().tasks["T2"].state == "accepted"
    assert {charge.purpose for charge in play.state().charges} == {"work", "review"}


def test_two_that_are_both_found_wanting_are_not_accepted_and_the_reasons_go_on() -> None:
    play = judged(compared(begun()), lambda name, _first: name == SAME, "it is rock")
    assert state_of(play) == "running"
    assert "is true: it is rock" in str(play.job("A1.2")["package"])


@pytest.mark.parametrize("first", [True, False])
def test_two_that_disagree_are_left_to_a_human(first: bool) -> None:
    play = judged(compared(begun()), lambda name, own: own is first or name == SAME)
    item = play.asked("review")
    assert item.about == "duel:A1.1"
    assert "is true" in item.detail
    assert set(item.refs) == {"A1.1", "A2.1"}
    play.say("answer", attention=item.id, text="reject: the second one is right")
    play.go()
    assert state_of(play) == "running"
    verdict = play.state().attempts["A1.1"].verdicts[-1]
    assert (verdict.stage, verdict.ok, verdict.by) == ("duel", False, "human:ada")


def test_texts_that_differ_in_substance_are_left_to_a_human_who_may_accept_the_first() -> None:
    play = judged(compared(begun()), lambda name, _first: name != SAME, "one is about cheese")
    item = play.asked("review")
    assert "one is about cheese" in item.detail
    play.say("answer", attention=item.id, text="accept")
    assert state_of(play.go()) == "accepted"


def test_without_a_second_a_human_is_asked() -> None:
    play = begun().hand_off("A1.1", FIRST)
    play.fail("A2.1")
    play.fail("A2.2")
    assert play.asked("review").detail == "no second worker of another family did it"


def test_without_a_judge_a_human_is_asked() -> None:
    play = compared(begun())
    play.hand_off("A3.1", Handoff(summary="nothing to say"))
    play.hand_off("A3.2", Handoff(summary="nothing to say"))
    assert play.asked("review").detail == "nobody compared it with the second one"


def test_what_the_second_proposes_never_leaves() -> None:
    from tests.builders import mails

    plan = PLAN.replace("role: writer,", "role: writer, proposes: [send], context: [leads],")
    play = Play(terms(plan)).go()
    play.hand_off("A1.1", mails("bob"))
    play.hand_off("A2.1", mails("eve"))
    judged(play, lambda _name, _first: True)
    proposed = [body for event in play.events if isinstance(body := b.decode(event), b.EffectProposed)]
    assert [body.attempt for body in proposed] == ["A1.1"]
