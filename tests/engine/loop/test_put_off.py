"""A connector that says "not now": approvals live on, one question for all of it, and what waits is visible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.governance.courtesy import Limits
from engine.loop.decide.pace import LONGEST_PAUSE, next_contact, patience
from engine.values import DAY, HOUR, MINUTE, SECOND
from engine.views.rows import rows
from tests.builders import Play
from tests.engine.loop.test_pace import approved, people


def refused(play: Play, effect: str, said: str = "busy", **more: bool) -> Play:
    """The connector refuses what was handed to it last."""
    n = play.state().effects[effect].n
    body = {"effect": effect, "n": n, "outcome": "refused", "said": said, "at": play.at} | more
    return play.result(f"{effect}.{n}", body, kind="effect")


def later(play: Play, effect: str, said: str = "451 greylisted") -> Play:
    return refused(play, effect, said, temporary=True, whole=False)


def nothing_now(play: Play, effect: str, said: str = "it cannot be reached") -> Play:
    return refused(play, effect, said, temporary=True, whole=True)


def states(play: Play) -> set[str]:
    return {effect.state for effect in play.state().effects.values()}


def card(play: Play) -> dict[str, Any]:
    return rows(play.state())["card", str(play.mission)]


def test_the_pause_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [patience(n) for n in range(3)] == [30 * SECOND, MINUTE, 2 * MINUTE]
    assert patience(5) == patience(1000) == LONGEST_PAUSE == 15 * MINUTE


def test_a_temporary_refusal_uses_up_no_approval_and_asks_nobody() -> None:
    play = approved(*people(1))
    approval = play.state().effects["F1"].approval
    for number in range(1, 4):
        later(play, "F1")
        effect = play.state().effects["F1"]
        assert (effect.state, effect.approval, effect.not_before) == (
            "approved",
            approval,
            play.at + patience(number - 1),
        )
        assert not play.state().attention
        play.wait(patience(number - 1) - 1).go()
        assert not play.jobs
        play.wait(1).go()
        assert set(play.jobs) == {f"gtm/F1.{number + 1}"}
    play.connected("F1", n=4)
    assert states(play) == {"done"}


def test_one_recipient_who_is_put_off_does_not_keep_the_others() -> None:
    play = approved(*people(12))
    later(play, "F1")
    assert {"gtm/F11.1"} <= set(play.jobs)


def test_a_connector_that_takes_nothing_is_left_alone_and_then_tried_with_one() -> None:
    play = approved(*people(3))
    for name in ("F1", "F2", "F3"):
        nothing_now(play, name)
    assert play.state().outages["maildir"].failures == 1, "what left together failed together"
    assert states(play) == {"approved"}
    assert not play.jobs
    assert next_contact(play.state(), play.at, play.world) == play.at + 30 * SECOND
    play.wait(30 * SECOND).go()
    assert set(play.jobs) == {"gtm/F1.2"}
    play.connected("F1", n=2)
    assert set(play.jobs) == {"gtm/F2.2", "gtm/F3.2"}
    assert not play.state().outages


def lasting(play: Play, effect: str = "F1") -> Play:
    """The connector takes nothing for more than a quarter of an hour."""
    began = play.at
    while play.at - began < 16 * MINUTE:
        if play.jobs:
            nothing_now(play, effect)
        play.wait(MINUTE).go()
    return play


def test_an_outage_that_lasts_is_asked_about_once_and_taken_back_when_it_is_over() -> None:
    play = lasting(nothing_now(approved(*people(1)), "F1"))
    item = play.asked("tool")
    assert (item.about.split(":")[:2], item.choices) == (["outage", "maildir"], ("go on", "stop"))
    assert item.detail.startswith("it cannot be reached")
    lasting(play)
    assert play.asked("tool").id == item.id
    while not play.jobs:
        play.wait(MINUTE).go()
    play.connected("F1", n=play.state().effects["F1"].n)
    assert item.id not in play.state().attention
    assert states(play) == {"done"}


def test_go_on_tries_a_connector_at_once() -> None:
    play = lasting(nothing_now(approved(*people(1)), "F1"))
    if play.jobs:
        nothing_now(play, "F1")
    assert not play.jobs
    play.say("answer", attention=play.asked("tool").id, text="go on")
    assert len(play.jobs) == 1


def test_a_refusal_of_everything_that_time_does_not_heal_is_one_question_and_no_failure() -> None:
    play = approved(*people(3))
    refused(play, "F1", "535 wrong password", temporary=False, whole=True)
    play.connected("F2", "held").connected("F3", "held")
    assert states(play) == {"approved"}
    item = play.asked("tool")
    assert "535 wrong password" in item.detail
    play.wait(HOUR).go()
    assert not play.jobs, "a wrong password is not tried again and again"
    play.say("answer", attention=item.id, text="go on")
    assert set(play.jobs) == {"gtm/F1.2", "gtm/F2.2", "gtm/F3.2"}
    refused(play, "F1", "535 wrong password", temporary=False, whole=True)
    assert play.asked("tool").id != item.id, "it is asked again when it was not mended"


def test_a_refusal_of_one_for_good_is_a_failure_and_a_question_as_ever() -> None:
    play = refused(approved(*people(1)), "F1", "550 no such person")
    assert states(play) == {"failed"}
    assert play.asked("answer", "refused").detail == "550 no such person"


def test_no_pause_outlives_the_approval() -> None:
    play = approved(*people(1))
    play.wait(play.state().effects["F1"].expires - play.at - SECOND)
    later(play, "F1")
    assert play.state().effects["F1"].not_before == play.state().effects["F1"].expires
    play.wait(SECOND).go()
    assert play.asked("answer", "expired")


def test_what_courtesy_holds_back_is_noted_once_and_shown_with_its_hour() -> None:
    play = approved(*people(5), per_day=2)
    play.connected("F1").connected("F2")
    noted = [event.body for event in play.events if event.kind == "effect.held"]
    assert [(body["because"], body["effects"]) for body in noted] == [("2 contacts a day", ["F3", "F4", "F5"])]
    free = play.state().effects["F1"].attempted_at + DAY
    assert card(play)["next_wake"] == free
    assert {"at": free, "text": "send 3 wait: 2 contacts a day, cold"} in card(play)["upcoming"]
    height = len(play.events)
    for _ in range(20):
        play.wait(HOUR).go()
    assert len(play.events) == height, "nothing is noted twice"


def test_a_limit_that_holds_on_is_noted_again_without_names() -> None:
    play = approved(*people(3), per_day=1).connected("F1")
    play.wait(DAY).go().connected("F2")
    noted = [event.body for event in play.events if event.kind == "effect.held"]
    assert [body.get("effects", []) for body in noted] == [["F2", "F3"], []]
    assert card(play)["next_wake"] == play.state().effects["F2"].attempted_at + DAY


def test_a_new_reason_is_noted() -> None:
    play = approved(*people(2), per_day=1).connected("F1")
    play.base = replace(play.base, limits=Limits(gap_ms=DAY))
    play.wait(MINUTE).go()
    assert play.state().effects["F2"].held == "contacts are 1d apart"


def test_what_a_connector_puts_off_is_shown_with_its_hour() -> None:
    play = later(approved(*people(1)), "F1")
    assert card(play)["next_wake"] == play.at + 30 * SECOND
    assert {"at": play.at + 30 * SECOND, "text": "send waits: 451 greylisted, cold"} in card(play)["upcoming"]
