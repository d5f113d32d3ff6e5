"""What a result means."""

from __future__ import annotations

from typing import Any

import pytest

from engine.ledger import bodies as b
from engine.ledger.protocol import Result
from engine.loop.absorb import absorb, suppressions
from engine.values import MINUTE, SECOND, Tokens
from engine.workers.protocol import Handoff
from tests.builders import DRAFT, Play, approved, drafted, mails, terms

USAGE = Tokens(input=1000, output=100)
COST = 375
"""What that costs at the price of the route in these tests."""


def reply(kind: str = "reply", key: str = "m1", **more: Any) -> dict[str, Any]:
    found = {
        "key": key,
        "kind": kind,
        "effect": "F1",
        "branch": "B2",
        "person": "p",
        "blob": "b" * 64,
        "source": "inbox",
    }
    return found | more


def open_play() -> Play:
    return Play(terms(DRAFT)).go()


def test_reported_usage_settles_at_its_price_and_frees_the_reservation() -> None:
    play = open_play()
    reserved = play.state().reserved
    assert reserved > COST
    play.hand_off("A1.1", mails("bob"), USAGE)
    state = play.state()
    assert (state.spent, state.reserved, state.charges[0].basis) == (COST, 0, "reported")


def test_unknown_usage_settles_at_the_reservation() -> None:
    play = open_play()
    reserved = play.state().reserved
    play.hand_off("A1.1", mails("bob"), None)
    state = play.state()
    assert (state.spent, state.reserved, state.charges[0].basis) == (reserved, 0, "reservation")


def test_a_lost_attempt_is_charged_at_its_reservation_and_tried_again() -> None:
    play = open_play()
    reserved = play.state().reserved
    play.jobs.clear()
    play.go()
    assert play.state().attempts["A1.1"].state == "lost"
    assert play.state().spent == reserved
    assert set(play.jobs) == {"gtm/A1.2"}


def test_late_results_are_counted_and_change_nothing() -> None:
    play = open_play()
    play.jobs.clear()
    play.go()
    before = {a.id: a.state for a in play.state().attempts.values()}
    charged = play.state().spent
    play.hand_off("A1.1", mails("bob"), USAGE)
    state = play.state()
    assert {a.id: a.state for a in state.attempts.values()} == before
    assert state.attempts["A1.1"].superseded
    assert state.spent == COST < charged
    assert state.attempts["A1.1"].tokens == USAGE
    assert not state.effects
    assert state.tasks["T1"].state == "running"


def test_a_late_result_is_counted_once() -> None:
    play = open_play()
    play.jobs.clear()
    play.go().hand_off("A1.1", mails("bob"), USAGE)
    height = len(play.events)
    play.hand_off("A1.1", mails("bob"), USAGE)
    assert len(play.events) == height


def test_a_late_result_that_knows_no_usage_leaves_the_charge() -> None:
    play = open_play()
    play.jobs.clear()
    play.go()
    charged = play.state().spent
    play.hand_off("A1.1", mails("bob"), None)
    assert play.state().spent == charged


def test_a_failure_frees_the_reservation_and_the_task_is_tried_again() -> None:
    play = open_play().fail("A1.1", "the model was tired")
    state = play.state()
    assert state.attempts["A1.1"].because == "the model was tired"
    assert state.attempts["A1.1"].reserved == 0
    assert "the model was tired" in play.job("A1.2")["package"]


def test_a_result_that_says_nothing_is_a_failure_and_never_good_news() -> None:
    play = open_play().result("A1.1", {})
    attempt = play.state().attempts["A1.1"]
    assert (attempt.state, attempt.because) == ("failed", "it failed without a reason")
    play = approved()
    play.wait(10 * SECOND).go().result("F1.1", {"effect": "F1", "n": 1})
    assert play.state().effects["F1"].state == "in_doubt"


def test_a_cancelled_attempt_takes_nothing_away_from_its_task() -> None:
    play = open_play()
    allowed = play.newest("write").allowed
    play.result("A1.1", {"end": "cancelled", "usage": None})
    assert play.newest("write").allowed == allowed + 1
    assert play.state().attempts["A1.1"].because == "told to end"


def test_a_bill_above_its_reservation_pauses_the_mission_and_asks() -> None:
    play = open_play()
    play.hand_off("A1.1", mails("bob"), Tokens(output=1_000_000))
    assert play.state().status == "paused"
    item = play.asked("budget")
    assert item.choices == ("go on", "stop")
    play.say("answer", attention=item.id, text="go on")
    assert play.state().status == "active"


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("delivered", "done"),
        ("refused", "failed"),
        ("withdrawn", "withdrawn"),
        ("unknown", "in_doubt"),
        ("", "in_doubt"),
    ],
)
def test_the_connectors_answer_is_what_becomes_of_an_effect(outcome: str, state: str) -> None:
    play = approved()
    play.wait(10 * SECOND).go().connected("F1", outcome)
    assert play.state().effects["F1"].state == state


def test_an_answer_to_an_earlier_attempt_changes_nothing() -> None:
    play = approved()
    play.wait(10 * SECOND).go()
    height = len(play.events)
    play.result("F1.7", {"effect": "F1", "n": 7, "outcome": "delivered"}, kind="effect")
    assert len(play.events) == height


def test_good_news_settles_a_doubt_also_when_it_is_late() -> None:
    play = approved()
    play.wait(10 * SECOND).go().connected("F1", "unknown")
    assert play.asked("doubt")
    play.connected("F1", "delivered", said="<late>")
    assert play.state().effects["F1"].state == "done"
    assert not play.state().attention


def test_an_effect_whose_engine_died_is_looked_up_and_sent_only_when_it_is_not_there() -> None:
    play = approved()
    play.wait(10 * SECOND).go()
    play.jobs.clear()
    play.go()
    assert set(play.jobs) == {"gtm/F1.1?1", "gtm/F2.1?1"}
    play.result("F1.1?1", {"effect": "F1", "n": 1, "outcome": "delivered", "said": "<there>"})
    play.result("F2.1?1", {"effect": "F2", "n": 1, "outcome": "not_found"})
    assert play.state().effects["F1"].state == "done"
    assert set(play.jobs) == {"gtm/F2.2"}


def test_a_look_up_that_knows_nothing_leaves_a_doubt() -> None:
    play = approved()
    play.wait(10 * SECOND).go()
    play.jobs.clear()
    play.go().result("F1.1?1", {"effect": "F1", "n": 1, "outcome": "unknown"})
    assert play.asked("doubt").refs == ("F1",)


def test_an_effect_of_a_blind_connector_is_never_looked_up() -> None:
    play = approved()
    play.wait(10 * SECOND).go()
    play.base = play.base.__class__(epoch=2, identity=play.base.identity, connectors={"maildir": "blind"})
    play.jobs.clear()
    play.go()
    assert {effect.state for effect in play.state().effects.values()} == {"in_doubt"}
    assert not play.jobs


def sent() -> Play:
    play = approved()
    play.wait(10 * SECOND).go().connected("F1").connected("F2")
    return play.record(b.CheckStarted(check="K1", branch="B2", metrics=("replies",)))


def test_a_message_seen_twice_is_one_piece_of_evidence() -> None:
    play = sent()
    play.result("K1", {"found": [reply(), reply(), reply(key="m2")]}, kind="check")
    assert [e.key for e in play.state().evidence.values()] == ["m1", "m2"]
    assert not play.state().checks


def test_a_source_that_cannot_be_read_ends_its_check_and_finds_nothing() -> None:
    play = sent()
    play.result("K1", {"found": [], "error": "no such folder"}, kind="check")
    ended = next(event for event in play.events if event.kind == "check.ended")
    assert (ended.body["found"], ended.body["error"]) == (0, "no such folder")
    assert not play.state().evidence


def test_who_says_stop_bounces_or_complains_is_suppressed() -> None:
    found = [
        reply(kind, key=kind, person=kind, address="a" * 64)
        for kind in ("stop", "bounce", "complaint", "reply", "auto")
    ]
    play = drafted()
    said = suppressions(play.state(), Result("gtm/K1", play.mission, "check", {"found": found}))
    assert [person for person, _, _ in said] == ["stop", "bounce", "complaint"]


def test_a_rehearsal_suppresses_nobody_outside_of_itself() -> None:
    play = drafted(rehearsed=True)
    found = [reply("stop", address="a" * 64)]
    assert suppressions(play.state(), Result("gtm/K1", play.mission, "check", {"found": found})) == ()


def test_a_result_of_nothing_known_says_nothing() -> None:
    play = drafted()
    for kind, job in (
        ("attempt", "gtm/A9.1"),
        ("effect", "gtm/F9.1"),
        ("lookup", "x"),
        ("check", "gtm/K9"),
        ("dance", ""),
    ):
        assert absorb(play.state(), Result(job, play.mission, kind, {})) == ()


def test_a_reviewers_late_word_changes_nothing() -> None:
    plan = DRAFT.replace("budget: 2 USD", "budget: 2 USD, verify: [checks, review]")
    play = Play(terms(plan)).go()
    play.hand_off("A1.1", mails("bob"))
    play.wait(MINUTE).say("prune", branch="cold", because="enough")
    play.hand_off("A2.1", Handoff(summary="fine"))
    assert play.newest("write").state == "cancelled"
    assert all(task.state == "cancelled" for task in play.state().tasks.values())


def test_an_unclear_answer_of_a_connector_that_can_be_asked_is_looked_up() -> None:
    play = approved().wait(20 * SECOND).go()
    said = {"effect": "F1", "n": 1, "outcome": "unknown", "said": "the line dropped", "lookup": True}
    play.result("F1.1", said, kind="effect")
    assert play.state().effects["F1"].state == "attempting"
    asked = play.job("F1.1?1")
    assert (asked["key"], asked["content"]) == ("gtm/F1", play.state().effects["F1"].content)
    play.result("F1.1?1", {"effect": "F1", "n": 1, "outcome": "unknown", "said": "nor does the folder"}, kind="lookup")
    assert play.state().effects["F1"].state == "in_doubt"
    assert play.asked("doubt").detail == "nor does the folder"
