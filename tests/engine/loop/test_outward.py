"""Effects on their way out: what is proposed, what is refused, and what is checked once more before it leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.effects.canonical import parse
from engine.effects.mail import Identity, person
from engine.governance.courtesy import Recipient
from engine.loop.decide.outward import AT_ONCE, courtesy, forbidden, recalled
from engine.loop.decide.pace import SANDBOX
from engine.state.home import HomeState, Suppression
from engine.values import SECOND, MissionId, Sha256, sha256
from engine.workers.protocol import EffectOut, Handoff
from tests.builders import DRAFT, WORLD, Play, approved, drafted, mails, terms

BOB = person("bob@post.example")
RENAMED = Identity(name="Ada Example", address="ada@elsewhere.example", postal="2 Other Road, Elsewhere")
LATER = 10 * SECOND


def suppressing(who: str) -> HomeState:
    return HomeState(1, {who: Suppression(who, "asked to stop", None, 0)})


def proposing(*effects: EffectOut, **more: Any) -> Play:
    play = Play(terms(DRAFT), **more).go()
    return play.hand_off("A1.1", Handoff(summary="drafted", effects=effects))


def to(address: str, **more: Any) -> EffectOut:
    return EffectOut.model_validate(
        {"verb": "send", "to": address, "subject": "Hello", "body": "Shall we talk?"} | more
    )


def codes(play: Play) -> list[tuple[str, str]]:
    return [(row["code"], row["because"]) for row in play.state().refused]


def test_what_is_proposed_is_bound_to_its_bytes() -> None:
    play = drafted()
    effect = play.state().effects["F1"]
    said = parse(play.contents[effect.content])
    assert (said.effect, said.envelope.rcpt_to, said.digest()) == ("gtm/F1", ("bob@post.example",), effect.digest)
    assert said.body_sha256 == sha256(play.contents[effect.body]) == effect.body
    assert effect.source == "leads"


def test_addresses_that_no_input_names_are_asked_about_one_by_one() -> None:
    play = proposing(to("bob@post.example"), to("eve@post.example"), to("new@else.example"), to("x@else.example"))
    batches = [item.refs for item in play.state().attention.values() if item.kind == "approve"]
    assert sorted(batches) == [("F1", "F2"), ("F3",), ("F4",)]


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        (to("bob@post.example", verb="publish"), "denied"),
        (to("nobody"), "address"),
        (to("bob@post.example", subject=""), "subject"),
        (to("bob@post.example", body="a\u202eb"), "body"),
    ],
)
def test_what_cannot_be_proposed_is_refused_and_said_so(effect: EffectOut, code: str) -> None:
    play = proposing(effect, to("eve@post.example"))
    assert [found for found, _ in codes(play)] == [code]
    assert [e.persons for e in play.state().effects.values()] == [(person("eve@post.example"),)]


def test_a_task_proposes_only_the_verbs_it_was_given() -> None:
    play = proposing(to("bob@post.example", verb="publish"))
    assert codes(play) == [("denied", "the task may not propose publish")]


def test_a_human_hears_once_of_a_verb_that_the_contract_denies() -> None:
    play = proposing(to("bob@post.example", verb="publish"), to("eve@post.example", verb="publish"))
    assert [code for code, _ in codes(play)] == ["denied", "denied"]
    item = play.asked(about="denied:publish")
    assert (item.about, item.choices) == ("denied:publish", ("refuse", "stop"))
    assert play.say("answer", attention=item.id, text="refuse").state == "done"
    assert "denied:publish" in play.state().settled


def test_one_person_is_written_to_once_in_a_handoff() -> None:
    play = proposing(to("bob@post.example"), to("BOB@post.example"))
    assert len(play.state().effects) == 1
    assert len(codes(play)) == 1


def test_nobody_on_the_list_is_proposed_to() -> None:
    play = proposing(to("bob@post.example"), world=replace(WORLD, home=suppressing(BOB)))
    assert not play.state().effects
    assert "do-not-contact" in codes(play)[0][1]


def test_nobody_whom_another_mission_writes_to_is_proposed_to() -> None:
    play = proposing(to("bob@post.example"), world=replace(WORLD, contacted={BOB: "other/B1"}))
    assert not play.state().effects


@pytest.mark.parametrize("moment", ["awaiting", "approved"])
def test_a_stop_withdraws_what_waits_approval_or_not(moment: str) -> None:
    play = drafted() if moment == "awaiting" else approved()
    play.base = replace(WORLD, home=suppressing(BOB))
    play.wait(LATER).go()
    effects = play.state().effects
    assert effects["F1"].state == "withdrawn"
    assert effects["F2"].state == ("awaiting" if moment == "awaiting" else "attempting")


def test_a_rehearsal_asks_its_own_list_and_keeps_it_to_itself() -> None:
    play = Play(terms(DRAFT), rehearsed=True).go()
    play.base = replace(WORLD, contacted={BOB: "other/B1"})
    play.hand_off("A1.1", mails("bob"))
    assert play.state().effects["F1"].connector == "sandbox"


def test_whatever_no_longer_holds_keeps_an_approved_effect_from_leaving() -> None:
    play = approved()
    effect, now = play.state().effects["F1"], play.at + LATER
    assert forbidden(play.state(), effect, now, play.world) == ""
    assert "expired" in forbidden(play.state(), effect, effect.expires, play.world)
    assert "no connector" in forbidden(play.state(), effect, now, replace(play.world, connectors={}))
    assert forbidden(play.state(), effect, now, replace(play.world, identity=None))
    assert forbidden(play.state(), effect, now, replace(play.world, contacted={BOB: "other/B1"}))
    assert forbidden(play.state(), effect, now, replace(play.world, home=suppressing(BOB)))
    changes: list[dict[str, Any]] = [{name: Sha256("0" * 64)} for name in ("approval", "clauses", "digest")]
    for change in changes:
        assert forbidden(play.state(), replace(effect, **change), now, play.world)


def test_an_effect_is_marked_before_it_is_handed_over() -> None:
    play = approved()
    play.wait(LATER).go()
    body = play.job("F1.1")
    effect = play.state().effects["F1"]
    assert (effect.state, effect.n, effect.key) == ("attempting", 1, "gtm/F1")
    assert (body["digest"], body["key"], body["persons"]) == (effect.digest, "gtm/F1", [BOB])


def test_a_blind_connector_gets_one_effect_at_a_time() -> None:
    play = drafted(world=replace(WORLD, connectors=dict.fromkeys(("maildir", "sandbox"), "blind")))
    play.yes("Q1")
    play.wait(LATER).go()
    assert set(play.jobs) == {"gtm/F1.1"}
    play.connected("F1")
    assert set(play.jobs) == {"gtm/F2.1"}


def test_others_get_a_handful_at_once() -> None:
    names = [f"p{number}" for number in range(AT_ONCE + 3)]
    play = Play(terms(DRAFT)).go()
    play.hand_off("A1.1", mails(*names))
    for item in list(play.state().attention.values()):
        play.yes(item.id)
    play.wait(LATER).go()
    assert len(play.jobs) == AT_ONCE
    play.connected("F1")
    assert len(play.jobs) == AT_ONCE


def test_a_proposal_that_expires_asks_again_once() -> None:
    play = drafted()
    play.wait(3 * 86_400 * SECOND).go()
    item = play.asked("answer", "expired")
    assert item.refs == ("F1", "F2")
    assert not [a for a in play.state().attention.values() if a.kind == "approve"]
    height = len(play.events)
    play.wait(LATER).go()
    assert len(play.events) == height


def test_ids_of_effects_carry_their_mission() -> None:
    assert drafted().mission == MissionId("gtm")
    assert drafted().state().effects["F1"].message_id.endswith("@yours.example>")


@pytest.mark.parametrize("lost", [{"connectors": {}}, {"identity": None}], ids=["the connector", "the identity"])
def test_what_was_approved_waits_for_a_lost_way_out_and_says_so(lost: dict[str, Any]) -> None:
    play = approved()
    whole = play.base
    play.base = replace(whole, **lost)
    play.wait(LATER).go()
    assert not play.jobs
    assert play.state().effects["F1"].state == "approved"
    asked = play.asked("tool")
    assert asked.title.startswith("2 approved, but ")
    play.base = whole
    play.go()
    assert set(play.jobs) == {"gtm/F1.1", "gtm/F2.1"}
    assert asked.id not in play.state().attention


@pytest.mark.parametrize("moment", ["awaiting", "approved"])
def test_nothing_leaves_as_somebody_who_is_not_configured_any_more(moment: str) -> None:
    play = drafted() if moment == "awaiting" else approved()
    play.base = replace(WORLD, identity=RENAMED)
    play.wait(LATER).go()
    assert not play.jobs
    assert {(e.state, e.because) for e in play.state().effects.values()} == {
        ("withdrawn", "the sender identity has changed since it was written")
    }
    item = play.asked(about="sender:")
    assert (item.refs, item.choices) == (("F1", "F2"), ("write again", "drop"))
    height = len(play.events)
    play.wait(LATER).go()
    assert len(play.events) == height


def test_what_names_another_sender_is_written_again_when_a_human_says_so() -> None:
    play = approved()
    play.base = replace(WORLD, identity=RENAMED)
    play.wait(LATER).go()
    assert play.say("answer", attention=play.asked().id, text="write again").state == "done"
    play.hand_off("A1.2", mails("bob", "eve"))
    fresh = [effect for effect in play.state().effects.values() if effect.state == "awaiting"]
    assert [parse(play.contents[effect.content]).envelope.mail_from for effect in fresh] == [RENAMED.address] * 2


def test_what_names_another_sender_is_dropped_when_a_human_says_so() -> None:
    play = approved()
    play.base = replace(WORLD, identity=RENAMED)
    play.wait(LATER).go()
    play.say("answer", attention=play.asked().id, text="drop")
    assert not play.jobs
    assert play.newest("write").state == "accepted"


def test_what_was_handed_out_already_is_called_back_when_the_sender_changes() -> None:
    play = approved()
    play.wait(LATER).go()
    play.base = replace(WORLD, identity=RENAMED)
    assert (
        recalled(play.state(), "F1", 1, play.at, play.world) == "the sender identity has changed since it was written"
    )
    play.connected("F1", "held")
    assert play.state().effects["F1"].state == "withdrawn"


def test_effects_of_older_ledgers_know_no_sender_and_leave() -> None:
    play = approved()
    for effect in play.state().effects.values():
        effect.identity = ""
    play.base = replace(WORLD, identity=RENAMED)
    play.wait(LATER).go()
    assert set(play.jobs) == {"gtm/F1.1", "gtm/F2.1"}


def test_what_went_to_the_sandbox_reached_nobody() -> None:
    """A rehearsed worker in a real mission writes into the sandbox; a real one may still write to the same people."""
    play = approved()
    play.wait(LATER).go().connected("F1").connected("F2")
    state = play.state()
    bob = [Recipient(BOB, "")]
    assert courtesy(state, "send", "B2", bob, "maildir", play.world, now=play.at) == ""
    assert "wrote to this person" in courtesy(state, "send", "B2", bob, SANDBOX, play.world, now=play.at)
    state.effects["F1"].connector = "maildir"
    assert "wrote to this person" in courtesy(state, "send", "B2", bob, "maildir", play.world, now=play.at)
