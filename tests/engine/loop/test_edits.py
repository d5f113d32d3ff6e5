"""A human edits what awaits an approval: new bytes, a new digest, the same destination, and every judgement anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.effects.canonical import parse
from engine.ledger.protocol import Answer
from engine.state.home import HomeState, Suppression
from engine.values import sha256
from tests.builders import Play, approved, drafted


def edit(play: Play, effect: str = "F1", text: str = "Shall we meet?", **more: Any) -> Answer:
    """Ada writes another text."""
    sha = play.keep(text.encode())
    body = {"effect": effect, "digest": play.state().effects[effect].digest, "subject": "Hello", "text": sha} | more
    return play.say("edit", **body)


def test_an_edit_is_another_effect_that_awaits_an_approval_of_its_own() -> None:
    play = drafted()
    before = play.asked("approve")
    answer = edit(play)
    state, item = play.state(), play.asked("approve")
    assert (answer.state, answer.ids) == ("done", ("F3", item.id))
    assert (state.effects["F1"].state, state.effects["F3"].state) == ("superseded", "awaiting")
    assert state.effects["F3"].digest != state.effects["F1"].digest
    assert item.id != before.id
    assert item.refs == ("F3", "F2")
    old, new = (parse(play.contents[state.effects[name].content]) for name in ("F1", "F3"))
    assert old.envelope == new.envelope
    assert b"Shall we meet?" in play.contents[state.effects["F3"].body]
    assert [d.actor for d in state.decisions] == ["human:ada"]
    assert state.attempts["A1.1"].proposed == 2


def test_what_leaves_is_the_edited_text_and_nothing_else_does() -> None:
    play = drafted()
    edit(play)
    assert play.yes(play.asked("approve").id).ids == ("F3", "F2")
    play.wait(10_000).go()
    assert sorted(job.rpartition("/")[2] for job in play.jobs) == ["F2.1", "F3.1"]


def test_the_item_that_was_on_the_screen_can_not_be_approved_any_more() -> None:
    play = drafted()
    item = play.asked("approve")
    shown = play.shown(item.id)
    edit(play)
    assert "not waiting" in play.say("approve", attention=item.id, digest=shown).error
    assert "changed since" in play.say("approve", attention=play.asked("approve").id, digest=shown).error


def test_an_approval_dies_with_an_edit() -> None:
    play = approved()
    assert edit(play).state == "done"
    play.wait(20_000).go()
    assert [job.rpartition("/")[2] for job in play.jobs] == ["F2.1"]
    assert play.asked("approve").refs == ("F3",)


def test_what_has_left_cannot_be_edited() -> None:
    play = approved().wait(10_000).go()
    assert "has not left can be edited" in edit(play).error
    assert "there is no such effect" in play.say("edit", effect="F9", digest="", text="").error


def test_an_edit_is_bound_to_what_was_on_the_screen() -> None:
    assert "changed since it was shown" in edit(drafted(), digest="0" * 64).error


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("word " * 61, "breaks “short”: 62 words, at most 60"),
        ("hid\u200bden \u202e", "hidden character"),
        ("  \n ", "the text is empty"),
        ("x" * 100_001, "larger than 100 kB"),
    ],
)
def test_a_humans_text_is_judged_as_a_workers_is(text: str, said: str) -> None:
    play = drafted()
    answer = edit(play, text=text)
    assert said in answer.error
    assert play.state().effects["F1"].state == "awaiting"


def test_nobody_who_asked_to_stop_is_written_to_by_editing() -> None:
    play = drafted()
    person = play.state().effects["F1"].persons[0]
    play.base = replace(play.base, home=HomeState(suppressed={person: Suppression(person, "asked to stop", None, 0)}))
    assert "do-not-contact" in edit(play).error


def test_bytes_that_are_gone_cannot_be_edited() -> None:
    play = drafted()
    play.contents[play.state().effects["F1"].content] = b""
    assert "nobody knows where it goes" in edit(play).error


def test_an_edit_can_be_edited_again() -> None:
    play = drafted()
    edit(play)
    assert edit(play, "F3", "Or shall we call?").ids[0] == "F4"
    assert play.asked("approve").refs == ("F4", "F2")
    assert [play.state().effects[name].replaces for name in ("F1", "F3", "F4")] == ["", "F1", "F3"]


def test_no_edit_needs_more_than_what_it_names() -> None:
    play = drafted()
    sha = sha256(b"never given")
    answer = play.say("edit", effect="F1", digest=play.state().effects["F1"].digest, subject="Hello", text=sha)
    assert "the text is empty" in answer.error


def test_one_command_takes_a_batch_back() -> None:
    play = approved()
    assert play.say("withdraw", batch="gtm/G1").ids == ("F1", "F2")
    play.wait(20_000).go()
    assert not play.jobs
    assert "withdrawn any more" in play.say("withdraw", batch="G1").error
    assert "no batch" in play.say("withdraw", batch="G7").error


def test_a_decision_says_how_many_items_were_opened() -> None:
    play = drafted()
    play.yes(play.asked("approve").id, opened=9)
    assert play.state().decisions[-1].opened == 2
    other = drafted()
    other.yes(other.asked("approve").id, opened=True)
    assert other.state().decisions[-1].opened is None


def test_what_was_not_sent_is_sent_again_when_a_human_says_so_twice() -> None:
    play = approved().wait(10_000).go()
    play.base = replace(play.base, connectors={"maildir": "blind", "sandbox": "blind"})
    play.connected("F1", "unknown")
    assert play.say("answer", attention=play.asked("doubt").id, text="send again").state == "done"
    assert play.state().effects["F1"].state == "awaiting"
    assert "F1.2" not in {job.rpartition("/")[2] for job in play.jobs}
    play.connected("F2")
    item = play.asked("approve", "again:")
    assert play.yes(item.id).state == "done"
    play.wait(10_000).go()
    assert [job.rpartition("/")[2] for job in play.jobs] == ["F1.2"]
