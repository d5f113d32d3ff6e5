"""Approvals that need several people: each of them another one, all of them for the same bytes."""

from __future__ import annotations

from tests.builders import DRAFT, Play, mails, terms

TWO = terms(DRAFT).replace("undo: 10s", "undo: 10s, people: 2")


def drafted() -> Play:
    """Two mails that need two people."""
    return Play(TWO).go().hand_off("A1.1", mails("bob", "eve"))


def test_the_first_yes_is_recorded_and_nothing_is_approved() -> None:
    play = drafted()
    item = play.asked("approve").id
    assert play.yes(item).ids == ()
    assert {e.state for e in play.state().effects.values()} == {"awaiting"}
    assert [given.person for given in play.asked("approve").given] == ["ada"]
    play.wait(20_000).go()
    assert not play.jobs


def test_the_same_person_twice_is_one_person() -> None:
    play = drafted()
    item = play.asked("approve").id
    play.yes(item)
    assert "ada said yes already; one other person has to say so too" in play.yes(item).error
    assert "ada said yes already" in play.yes(item, actor="script:ada").error
    assert {e.state for e in play.state().effects.values()} == {"awaiting"}


def test_the_second_person_approves() -> None:
    play = drafted()
    item = play.asked("approve").id
    play.yes(item)
    assert play.yes(item, actor="human:bo").ids == ("F1", "F2")
    assert [e.body["people"] for e in play.events if e.kind == "effect.approved"] == [["ada", "bo"]] * 2
    play.wait(10_000).go()
    assert len(play.jobs) == 2


def test_a_veto_starts_over() -> None:
    play = drafted()
    item = play.asked("approve").id
    play.yes(item)
    play.say("reject", effect="F1", because="too long", actor="human:bo")
    assert play.yes(item, actor="human:bo").ids == ()
    assert play.yes(item).ids == ("F2",)


def test_who_leaves_an_item_out_says_yes_to_the_rest_and_is_the_first_to_do_so() -> None:
    play = drafted()
    item = play.asked("approve").id
    play.yes(item)
    assert play.yes(item, actor="human:bo", **{"except": ["F1"]}).ids == ()
    assert play.state().effects["F1"].state == "rejected"
    assert play.yes(item).ids == ("F2",)


def test_an_edit_starts_over() -> None:
    play = drafted()
    play.yes(play.asked("approve").id)
    text = play.keep(b"Shall we meet?")
    said = {"effect": "F1", "digest": play.state().effects["F1"].digest, "subject": "Hello", "text": text}
    assert play.say("edit", actor="human:bo", **said).state == "done"
    item = play.asked("approve")
    assert item.given == []
    assert play.yes(item.id, actor="human:bo").ids == ()
    assert play.yes(item.id).ids == ("F3", "F2")


def test_any_no_ends_it() -> None:
    play = drafted()
    item = play.asked("approve").id
    play.yes(item)
    assert play.say("reject", attention=item, because="not now", actor="human:bo").state == "done"
    assert {e.state for e in play.state().effects.values()} == {"rejected"}


def test_a_yes_that_came_too_late_does_not_count() -> None:
    play = drafted()
    item = play.asked("approve").id
    play.yes(item)
    play.wait(3 * 86_400_000)
    assert "expired" in play.say("approve", attention=item, digest=play.shown(item), actor="human:bo").error
