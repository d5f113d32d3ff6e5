"""What would free a task, in words; and that what nothing would free is said to be stuck."""

from __future__ import annotations

from engine.ledger import bodies as b
from engine.values import MINUTE
from engine.views.liveness import stuck, would_free
from tests.builders import DRAFT, Play, approved, drafted, mails, terms
from tests.engine.loop.outage_play import ADA, Models

CHAIN = """\
  tasks:
    - {id: first, role: writer, budget: 2 USD, attempts: 1, criteria: [{text: short, check: {max_words: 60}}]}
    - {id: then, role: writer, needs: [first], budget: 2 USD, criteria: [{text: short, check: {max_words: 60}}]}
"""
JUDGED = DRAFT.replace("budget: 2 USD", "budget: 2 USD, verify: [checks, review, human]")


def freed(play: Play, key: str) -> tuple[str, str]:
    found = would_free(play.state(), play.newest(key))
    return found.by, found.words


def test_a_worker_frees_what_runs_and_what_needs_it_waits_for_that_task() -> None:
    play = Play(terms(CHAIN)).go()
    assert freed(play, "first") == ("attempt", "its worker (A1.1)")
    assert freed(play, "then") == ("task", "T1")
    assert stuck(play.state()) == ()


def test_a_human_frees_what_failed_and_everything_after_it() -> None:
    play = Play(terms(CHAIN)).go().fail("A1.1")
    item = play.asked("answer")
    assert freed(play, "then") == ("task", "T1")
    assert stuck(play.state()) == ()
    del play.state().attention[item.id]
    assert [thing.id for thing in stuck(play.state())] == ["gtm/T2"]
    assert "it needs T1: T1 is failed" in stuck(play.state())[0].why


def test_judges_free_what_was_delivered_and_then_a_human() -> None:
    play = Play(terms(JUDGED)).go().hand_off("A1.1", mails("bob"))
    assert freed(play, "write") == ("task", "T2")
    play.review("A2.1")
    item = play.asked("review")
    assert freed(play, "write") == ("human", f"you ({item.id}, review): accept, reject")
    del play.state().attention[item.id]
    assert [thing.why for thing in stuck(play.state())] == ["write is verifying: nobody judges A1.1"]


def test_a_moment_frees_what_waits_for_a_model() -> None:
    play = Models(ADA).fails("cut").fails("cut")
    assert freed(play, "t0") == ("moment", "ada: the connection broke")
    assert stuck(play.state()) == ()
    play.only().held = ""
    play.only().held_until = 0
    assert [thing.id for thing in stuck(play.state())] == ["gtm/T1"]


def test_the_resumption_frees_what_a_pause_holds() -> None:
    play = Play(terms(CHAIN)).go().fail("A1.1")
    play.say("answer", attention=play.asked("answer").id, text="retry")
    play.say("pause")
    assert freed(play, "then") == ("human", "you: cockpit resume gtm")
    assert stuck(play.state()) == ()


def test_an_effect_that_only_a_human_brings_forward_is_asked_about() -> None:
    play = drafted()
    assert stuck(play.state()) == ()
    play.state().attention.clear()
    assert [thing.id for thing in stuck(play.state())] == ["gtm/F1", "gtm/F2"]


def test_a_mission_in_which_nothing_is_left_to_happen_is_stuck() -> None:
    play = approved().wait(MINUTE).go()
    assert stuck(play.state()) == ()
    state = play.state()
    for effect in state.effects.values():
        effect.state = "done"
    assert [thing.id for thing in stuck(state)] == ["gtm"]
    play.record(b.MissionStopped(because="enough"))
    assert stuck(play.state()) == ()
