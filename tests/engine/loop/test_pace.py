"""How fast people are contacted: limits over all missions, hours, and the pause after bounces or complaints."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from engine.governance.courtesy import Contact, Held, Limits
from engine.ledger import bodies as b
from engine.loop.decide.pace import contacts, held, next_contact, paused
from engine.state.model import Effect
from engine.values import DAY, HOUR, MINUTE, SECOND
from engine.workers.protocol import EffectOut, Handoff
from tests.builders import DRAFT, WORLD, Play, terms

LATER = 10 * SECOND
REAL = terms(DRAFT).replace(
    "writer: {worker: rehearsed, tier: cheap}", "writer: {worker: command, command: [write], tier: cheap}"
)
"""What a command wrote goes to the contract's own connector."""


def mail_to(*addresses: str) -> Handoff:
    effects = tuple(EffectOut(verb="send", to=to, subject="Hello", body="Shall we talk?") for to in addresses)
    return Handoff(summary="drafted", effects=effects)


def people(count: int, domain: str = "") -> list[str]:
    return [f"p{number}@{domain or f'c{number}.example'}" for number in range(count)]


def approved(*addresses: str, text: str = REAL, rehearsed: bool = False, **limits: Any) -> Play:
    """A mission whose mails to these people are approved and past their undo window."""
    play = Play(text, world=replace(WORLD, limits=Limits(**limits)), rehearsed=rehearsed).go()
    play.hand_off("A1.1", mail_to(*addresses))
    for item in list(play.state().attention.values()):
        assert play.yes(item.id).state == "done"
    play.wait(LATER)
    return play.go()


def sent(play: Play) -> list[str]:
    return [effect.id for effect in play.state().effects.values() if effect.attempted_at]


def deliver(play: Play) -> Play:
    """Whatever is on its way arrives."""
    while play.jobs:
        job = next(iter(play.jobs)).partition("/")[2]
        play.connected(job.partition(".")[0])
    return play


def first(play: Play) -> Effect:
    return next(effect for effect in play.state().effects.values() if effect.state == "approved")


def wake(play: Play) -> int:
    """Let time pass until the mission says that it can go on; how long that was."""
    moment = next_contact(play.state(), play.at, play.world)
    assert moment is not None
    assert moment > play.at
    waited = moment - play.at
    play.wait(waited - 1).go()
    assert next_contact(play.state(), play.at, play.world) == moment, "nothing leaves before its time"
    play.wait(1).go()
    return waited


def test_25_approved_with_10_a_day_are_10_today_10_tomorrow_and_5_after() -> None:
    play = deliver(approved(*people(25), per_day=10))
    assert len(sent(play)) == 10
    assert wake(play) == DAY
    assert len(sent(deliver(play))) == 20
    assert wake(play) == DAY
    assert len(sent(deliver(play))) == 25
    assert next_contact(play.state(), play.at, play.world) is None


def test_no_event_tells_of_waiting() -> None:
    play = deliver(approved(*people(3), per_day=1))
    height = len(play.events)
    for _ in range(20):
        play.wait(HOUR).go()
    assert len(play.events) == height


def test_what_holds_an_effect_and_until_when_is_known() -> None:
    play = deliver(approved(*people(2), per_day=1))
    at = play.state().effects["F1"].attempted_at
    assert held(play.state(), first(play), play.at, play.world) == Held(at + DAY, "1 contacts a day")


def test_one_domain_is_not_flooded_and_others_need_not_wait() -> None:
    play = deliver(approved(*people(3, "big.example"), "x@small.example", per_domain_day=2))
    assert sent(play) == ["F1", "F2", "F4"]
    hold = held(play.state(), first(play), play.at, play.world)
    assert hold is not None
    assert hold.reason == "2 contacts a day at one domain"
    assert "big.example" not in str(play.state().effects["F3"].domains)
    assert wake(play) == DAY
    assert len(sent(deliver(play))) == 4


def test_contacts_are_a_gap_apart_also_when_several_could_go_at_once() -> None:
    play = approved(*people(3), gap_ms=MINUTE)
    assert sent(play) == ["F1"]
    deliver(play)
    assert sent(play) == ["F1"]
    assert wake(play) == MINUTE
    assert sent(deliver(play)) == ["F1", "F2"]
    assert wake(play) == MINUTE
    assert sent(play) == ["F1", "F2", "F3"]


def test_contacts_of_other_missions_count() -> None:
    play = approved("p@c.example", per_day=1)
    assert sent(play) == ["F1"]
    fresh = Play(REAL, world=replace(WORLD, limits=Limits(per_day=1), recent=tuple(contacts(play.state())))).go()
    fresh.hand_off("A1.1", mail_to("q@d.example"))
    for item in list(fresh.state().attention.values()):
        fresh.yes(item.id)
    fresh.wait(LATER).go()
    assert sent(fresh) == []
    assert next_contact(fresh.state(), fresh.at, fresh.world) == play.state().effects["F1"].attempted_at + DAY
    fresh.base = replace(fresh.base, recent=())
    assert sent(fresh.go()) == ["F1"]


def test_what_is_in_doubt_counts_and_what_was_refused_does_not() -> None:
    play = approved(*people(3), per_day=1)
    play.connected("F1", "unknown", said="no answer")
    assert play.state().effects["F1"].state == "in_doubt"
    assert sent(play) == ["F1"]
    play = approved(*people(3), per_day=1)
    play.connected("F1", "refused", said="no such person")
    assert sent(play) == ["F1", "F2"]


@pytest.mark.parametrize("rehearsed", [True, False])
def test_rehearsals_and_the_sandbox_are_not_paced(rehearsed: bool) -> None:
    text = REAL if rehearsed else terms(DRAFT)
    play = approved(*people(8, "one.example"), text=text, rehearsed=rehearsed, per_day=1, per_domain_day=1, gap_ms=DAY)
    assert len(sent(play)) == 8
    assert list(contacts(play.state())) == []
    assert next_contact(play.state(), play.at, play.world) is None


def test_a_limit_that_can_never_be_kept_is_refused_at_proposal() -> None:
    play = Play(REAL, world=replace(WORLD, limits=Limits(per_day=0))).go()
    play.hand_off("A1.1", mail_to("p@c.example"))
    assert not play.state().effects
    assert [row["code"] for row in play.state().refused] == ["courtesy"]


def test_a_limit_that_is_lowered_to_nothing_holds_what_is_approved_until_it_expires() -> None:
    play = approved(*people(2), per_day=1)
    deliver(play)
    play.base = replace(play.base, limits=Limits(per_day=0))
    effect = first(play)
    hold = held(play.state(), effect, play.at, play.world)
    assert hold is not None
    assert hold.until_ms == effect.expires
    play.wait(2 * DAY).go()
    assert len(sent(play)) == 1
    play.wait(2 * DAY).go()
    assert play.state().effects[effect.id].state == "expired"
    assert play.asked(about="expired").choices == ("ask again", "drop")


def test_a_limit_that_is_raised_lets_go_at_once() -> None:
    play = deliver(approved(*people(3), per_day=1))
    play.base = replace(play.base, limits=Limits(per_day=3))
    assert len(sent(deliver(play.go()))) == 3


def local(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_people_are_written_to_in_the_hours_of_the_missions_zone() -> None:
    play = Play(REAL, world=replace(WORLD, limits=Limits(hours=(9 * 60, 17 * 60)))).go()
    play.wait(local("2026-01-15T20:00") - play.at)  # 21:00 in Berlin
    play.hand_off("A1.1", mail_to("p@c.example"))
    for item in list(play.state().attention.values()):
        play.yes(item.id)
    play.wait(LATER).go()
    assert sent(play) == []
    hold = held(play.state(), first(play), play.at, play.world)
    assert hold == Held(local("2026-01-16T08:00"), "contacts between 09:00 and 17:00 only")
    wake(play)
    assert sent(play) == ["F1"]


# -- bounces and complaints


def heard(play: Play, kind: Literal["bounce", "complaint"], *effects: str) -> Play:
    """Messages about these effects were read."""
    for effect in effects:
        number = len(play.state().evidence) + 1
        play.add(
            b.EvidenceRecorded(
                evidence=f"E{number}",
                metric="inbox",
                branch=play.state().effects[effect].branch,
                source="inbox",
                grade="external",
                about=effect,
                person=play.state().effects[effect].persons[0],
                message=kind,
                blob="b" * 64,  # type: ignore[arg-type]
                key=f"{kind} {effect}",
            )
        )
    return play.go()


def names(start: int, stop: int) -> list[str]:
    return [f"F{number}" for number in range(start, stop)]


def ready_after(count: int, more: int = 5, **limits: Any) -> Play:
    """So many mails were sent, and more of them wait for tomorrow."""
    return deliver(approved(*people(count + more), per_day=count, **limits))


def test_bounces_at_the_threshold_pause_and_ask_once() -> None:
    play = ready_after(20)
    heard(play.wait(DAY - HOUR), "bounce", "F1")
    item = play.asked(about="bounces")
    assert (item.kind, item.choices, item.about) == ("answer", ("go on", "stop"), "bounces:1")
    heard(play, "bounce", "F2")
    assert play.asked(about="bounces").id == item.id
    play.wait(HOUR).go()
    assert len(sent(play)) == 20, "approved effects wait"
    hold = held(play.state(), first(play), play.at, play.world)
    assert hold is not None
    assert "bounced" in hold.reason
    assert play.say("answer", attention=item.id, text="go on").state == "done"
    assert len(sent(deliver(play))) == 25
    assert not paused(play.state(), play.world.limits)


def test_few_messages_say_nothing_about_a_share() -> None:
    play = heard(ready_after(19), "bounce", *names(1, 10))
    assert not [item for item in play.state().attention.values() if item.about.startswith("bounces")]


def test_a_share_that_falls_and_rises_again_is_asked_about_again() -> None:
    play = ready_after(20, more=20, bounce_ppm=100_000)
    heard(play.wait(DAY - HOUR), "bounce", "F1", "F2")
    play.say("answer", attention=play.asked(about="bounces:1").id, text="go on")
    deliver(play.wait(HOUR).go())
    assert len(sent(play)) == 40
    assert not paused(play.state(), play.world.limits)
    heard(play, "bounce", "F21", "F22")
    assert play.asked(about="bounces:2")


def test_two_reports_about_one_message_are_one_bounce() -> None:
    play = ready_after(20, bounce_ppm=100_000)
    heard(play, "bounce", "F1")
    heard(play, "bounce", "F1")
    assert not play.state().attention


def test_a_complaint_pauses_at_once_and_stop_ends_the_mission() -> None:
    play = heard(ready_after(3), "complaint", "F2")
    item = play.asked(about="complaints:1")
    play.wait(DAY).go()
    assert len(sent(play)) == 3
    assert play.say("answer", attention=item.id, text="stop").state == "done"
    assert play.state().status == "stopped"
    assert not [e for e in play.state().effects.values() if e.state == "approved"]


def test_after_going_on_the_next_complaint_asks_again() -> None:
    play = heard(ready_after(3), "complaint", "F1")
    play.say("answer", attention=play.asked(about="complaints:1").id, text="go on")
    heard(play, "complaint", "F2")
    assert play.asked(about="complaints:2")


def test_a_recent_contact_without_a_domain_counts_by_the_day_alone() -> None:
    """Effects of older ledgers carry no domains."""
    play = approved("p@c.example", per_day=9, per_domain_day=1)
    state = play.state()
    state.effects["F1"] = replace(state.effects["F1"], domains=())
    assert [contact.domain for contact in contacts(state)] == [""]
    unknown = Contact("x", "", play.at)
    effect = replace(state.effects["F1"], id="F9", state="approved", domains=())
    world = replace(play.world, recent=(unknown,))
    assert held(state, effect, play.at, world) is None
