"""What an answer means, by what was asked."""

from __future__ import annotations

from engine.values import SECOND
from engine.workers.protocol import Handoff
from tests.builders import DRAFT, Play, approved, mails, terms

HUMAN = """\
  tasks:
    - {id: look, role: human, verb: research, criteria: [{text: says something, check: human}]}
    - {id: next, role: writer, needs: [look], criteria: [{text: short, check: {max_words: 60}}], budget: 1 USD}
"""
CHECKED = """\
  tasks:
    - {id: write, role: writer, criteria: [{text: is kind, check: human}], budget: 1 USD, attempts: 3}
"""


def tried(times: int = 2) -> Play:
    """A task that has failed as often as it may."""
    play = Play(terms(DRAFT)).go()
    for number in range(1, times + 1):
        play.fail(f"A1.{number}")
    return play


def test_the_answer_of_a_human_becomes_the_handoff_they_give() -> None:
    play = Play(terms(HUMAN)).go()
    play.result("A1.1", {"end": "parked", "question": "look?", "usage": None})
    item = play.asked("answer")
    assert item.title == "look?"
    assert play.say("answer", attention=item.id, text="three shops").state == "done"
    attempt = play.state().attempts["A1.1"]
    assert (attempt.state, attempt.summary, attempt.spent) == ("delivered", "three shops", 0)
    play.say("answer", attention=play.asked("review").id, text="accept")
    assert play.newest("look").state == "accepted"
    assert "look? → three shops" in play.job("A2.1")["package"]


def test_a_parked_attempt_is_not_lost_with_its_engine() -> None:
    play = Play(terms(HUMAN)).go()
    play.result("A1.1", {"end": "parked", "question": "look?", "usage": None})
    play.jobs.clear()
    play.go()
    assert play.state().attempts["A1.1"].state == "parked"


def test_a_question_nobody_needs_answered_any_more_goes_away() -> None:
    play = Play(terms(HUMAN)).go()
    play.result("A1.1", {"end": "parked", "question": "look?", "usage": None})
    play.say("stop", because="enough")
    attempt = play.state().attempts["A1.1"]
    assert (attempt.state, attempt.reserved, attempt.spent) == ("cancelled", 0, 0)


def test_an_answer_that_is_none_of_the_choices_is_refused() -> None:
    play = tried()
    item = play.asked("answer", "failed")
    answer = play.say("answer", attention=item.id, text="perhaps")
    assert answer.error.startswith(f"{item.id} does not take that answer; answer one of: retry, skip, stop")
    assert play.asked("answer", "failed") == item


def test_an_acceptance_that_is_misspelt_is_refused() -> None:
    play = Play(terms(CHECKED)).go()
    play.hand_off("A1.1", Handoff(summary="hello"))
    assert play.say("answer", attention=play.asked("review").id, text="acecpt").state == "refused"


def test_retry_gives_a_failed_task_two_more_attempts() -> None:
    play = tried()
    play.say("answer", attention=play.asked("answer", "failed").id, text="retry")
    assert "gtm/A1.3" in play.jobs
    play.fail("A1.3").fail("A1.4")
    assert play.asked("answer", "failed").about == "failed:T1:4"


def test_skip_cancels_a_failed_task_and_what_can_never_start_without_it() -> None:
    plan = (
        DRAFT + "    - {id: after, role: writer, needs: [write], criteria: [{text: x, check: review}], budget: 1 USD}\n"
    )
    play = Play(terms(plan)).go()
    play.fail("A1.1").fail("A1.2")
    play.say("answer", attention=play.asked("answer", "failed").id, text="skip")
    assert [task.state for task in play.state().tasks.values()] == ["cancelled", "cancelled"]


def test_stop_ends_the_mission() -> None:
    play = tried()
    play.say("answer", attention=play.asked("answer", "failed").id, text="stop: it is enough")
    assert play.state().status == "stopped"
    assert not play.state().attention


def test_a_human_accepts_the_work() -> None:
    play = Play(terms(CHECKED)).go()
    play.hand_off("A1.1", Handoff(summary="hello"))
    item = play.asked("review")
    assert (item.choices, item.detail) == (("accept", "reject"), "hello")
    play.say("answer", attention=item.id, text="Accept")
    assert play.newest("write").state == "accepted"


def test_what_a_human_rejects_is_done_again_with_the_reason() -> None:
    play = Play(terms(CHECKED)).go()
    play.hand_off("A1.1", Handoff(summary="hello"))
    play.say("reject", attention=play.asked("review").id, because="too loud")
    assert play.newest("write").attempts == ["A1.1", "A1.2"]
    assert "too loud" in play.job("A1.2")["package"]


def test_a_doubt_is_settled_by_a_human_never_by_a_retry() -> None:
    play = approved()
    play.wait(10 * SECOND).go()
    play.connected("F1", "unknown", said="the line broke").connected("F2")
    item = play.asked("doubt")
    assert (item.refs, item.choices) == (("F1",), ("sent", "not sent", "send again"))
    play.wait(10_000 * SECOND).go()
    assert play.state().effects["F1"].state == "in_doubt"
    assert not play.jobs
    assert play.say("answer", attention=item.id, text="retry").state == "refused"
    play.say("answer", attention=item.id, text="not sent")
    play.wait(10_000 * SECOND).go()
    assert play.state().effects["F1"].state == "failed"
    assert not play.jobs
    assert play.kinds().count("effect.attempting") == 2


def test_a_doubt_outlives_its_mission() -> None:
    play = approved()
    play.wait(10 * SECOND).go()
    play.connected("F1", "unknown")
    play.say("stop", because="enough")
    play.say("answer", attention=play.asked("doubt").id, text="sent")
    assert play.state().effects["F1"].state == "done"
    assert play.state().status == "stopped"


def test_what_expired_comes_back_with_the_same_bytes() -> None:
    play = approved()
    before = {effect.id: effect.digest for effect in play.state().effects.values()}
    play.wait(3 * 86_400 * SECOND).go()
    assert {effect.state for effect in play.state().effects.values()} == {"expired"}
    play.say("answer", attention=play.asked("answer").id, text="ask again")
    assert {effect.state for effect in play.state().effects.values()} == {"awaiting"}
    assert {effect.approval for effect in play.state().effects.values()} == {""}
    assert play.yes(play.asked("approve").id).ids == ("F1", "F2")
    assert {effect.id: effect.digest for effect in play.state().effects.values()} == before


def test_what_was_refused_may_be_dropped() -> None:
    play = approved()
    play.wait(10 * SECOND).go()
    play.connected("F1", "refused", said="550 no such box").connected("F2")
    item = play.asked("answer", "refused")
    assert item.detail == "550 no such box"
    play.say("answer", attention=item.id, text="drop")
    assert play.state().effects["F1"].state == "withdrawn"


def test_a_reason_of_any_length_leaves_the_work_reviewable() -> None:
    plan = DRAFT.replace("budget: 2 USD", "budget: 2 USD, verify: [checks, review]")
    play = Play(terms(plan)).go()
    play.hand_off("A1.1", mails("bob")).review("A2.1")
    play.say("reject", attention=play.asked("approve").id, because="x" * 1_900)
    play.hand_off("A1.2", mails("bob", body="other"))
    assert len(play.job("A3.1")["criteria"]) == 2


def test_a_reason_of_the_longest_kind_leaves_the_work_reviewable() -> None:
    plan = DRAFT.replace("budget: 2 USD", "budget: 2 USD, verify: [checks, review]")
    play = Play(terms(plan)).go()
    play.hand_off("A1.1", mails("bob")).review("A2.1")
    play.say("reject", attention=play.asked("approve").id, because="x" * 2_000)
    play.hand_off("A1.2", mails("bob", body="other"))
    assert len(play.job("A3.1")["criteria"]) == 2


def test_a_package_without_room_is_asked_about_and_raise_gives_it_what_it_needs() -> None:
    criteria = ", ".join(f"{{text: '{number} {'must be so ' * 60}', check: human}}" for number in range(80))
    wordy = f"  tasks:\n    - {{id: write, role: writer, criteria: [{criteria}], budget: 1 USD}}\n"
    play = Play(terms(wordy)).go()
    item = play.asked("plan")
    assert "its package needs" in item.title
    assert item.choices == ("raise", "retry", "skip", "stop")
    needs = int(item.about.split(":")[3])
    assert not play.jobs
    assert play.say("answer", attention=item.id, text="raise").state == "done"
    task = play.newest("write")
    assert needs < task.package <= needs * 5 // 4 + 1_000
    assert len(play.job("A1.1")["package"]) > needs
