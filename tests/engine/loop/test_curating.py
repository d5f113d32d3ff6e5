"""What is known, through the engine: proposed until accepted, contested where a human said otherwise, over in time."""

from __future__ import annotations

from typing import Any

import pytest

from engine.loop.decide import items as deciding
from engine.loop.decide.rest import moments
from engine.values import DAY
from engine.workers.protocol import Claim, Handoff, Said
from tests.builders import Play, terms

PLAN = """\
  tasks:
    - {id: look, role: writer, criteria: [{text: x, check: {max_words: 90}}], budget: 1 USD}
    - {id: next, role: writer, needs: [look], criteria: [{text: x, check: {max_words: 90}}], budget: 1 USD}
"""
REVIEWED = PLAN.replace("id: look,", "id: look, verify: [checks, human],")


def play(plan: str = PLAN) -> Play:
    return Play(terms(plan)).go()


def statuses(of: Play) -> dict[str, str]:
    return {name: item.status for name, item in of.state().items.items()}


def test_what_a_handoff_says_is_proposed_until_a_human_accepts_it() -> None:
    played = play(REVIEWED)
    played.hand_off("A1.1", Handoff(summary="looked", decisions=("red",)))
    assert statuses(played) == {"D1": "proposed"}
    played.say("answer", attention=played.asked("review").id, text="accept")
    assert statuses(played) == {"D1": "active"}


def test_work_that_is_not_accepted_leaves_nothing_that_holds() -> None:
    played = play(REVIEWED)
    played.hand_off("A1.1", Handoff(summary="looked", decisions=("red",)))
    played.say("answer", attention=played.asked("review").id, text="reject: ugly")
    assert statuses(played) == {"D1": "retracted"}
    assert played.state().items["D1"].because == "A1.1 was not accepted"


def test_items_rest_on_what_their_handoff_names() -> None:
    played = play()
    said = Handoff(
        summary="looked",
        assumptions=(Said(text="open on Sundays", subject="Hours"),),
        claims=(Claim(text="it is cheap", subject="price", value="9", supports=("nobody knows this",)),),
        decisions=(
            Said(text="go on a Sunday", supports=("hours", "PRICE")),
            Said(text="or not", supports=(("hours",), ("price",))),
        ),
    )
    played.hand_off("A1.1", said)
    items = played.state().items
    assert items["D1"].supports == (("S1", "C1"),)
    assert items["D2"].supports == (("S1",), ("C1",))
    assert items["C1"].supports == ()
    played.say("retract", item="S1", because="closed since May")
    assert statuses(played) == {"S1": "retracted", "C1": "active", "D1": "suspect", "D2": "active"}
    played.say("uphold", item="D1", because="I asked them")
    assert statuses(played)["D3"] == "active"
    assert (played.state().items["D1"].status, played.state().items["D1"].cause) == ("superseded", "D3")


def contradicted() -> Play:
    played = play()
    played.say("note", text="ten", subject="price")
    played.hand_off("A1.1", Handoff(summary="looked", decisions=(Said(text="nine", subject="Price"),)))
    return played


@pytest.mark.parametrize(
    ("answer", "then"),
    [("keep", {"D1": "active", "D2": "retracted"}), ("replace", {"D1": "superseded", "D2": "active"})],
)
def test_a_worker_that_contradicts_a_human_asks_the_human(answer: str, then: dict[str, str]) -> None:
    played = contradicted()
    assert statuses(played) == {"D1": "active", "D2": "contested"}
    asked = played.asked("conflict")
    assert asked.refs == ("D1", "D2")
    assert "ten" in asked.detail
    assert "nine" in asked.detail
    played.say("answer", attention=asked.id, text=answer)
    assert statuses(played) == then
    assert not [item for item in played.state().attention.values() if item.kind == "conflict"]


def test_a_conflict_whose_cause_is_gone_is_asked_no_more() -> None:
    played = contradicted()
    played.say("retract", item="D2", because="it was a joke")
    assert not [item for item in played.state().attention.values() if item.kind == "conflict"]


def test_an_item_expires_in_its_time_and_what_rests_on_it_is_suspect() -> None:
    played = play()
    until = Said(text="open on Sundays", subject="hours", until="2d")
    played.hand_off(
        "A1.1", Handoff(summary="x", assumptions=(until,), decisions=(Said(text="go", supports=("hours",)),))
    )
    state = played.state()
    due = state.items["S1"].expires
    assert due == state.attempts["A1.1"].ended_at + 2 * DAY
    assert due in moments(state)
    assert not list(deciding.expire(state, due - 1, played.world))
    played.wait(2 * DAY).go()
    assert statuses(played) == {"S1": "expired", "D1": "suspect"}
    assert due not in moments(played.state())


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"text": ""}, "needs a text"),
        ({"text": "x", "sort": "rumour"}, "is no kind of item"),
        ({"text": "x", "branch": "B9"}, "there is no branch"),
        ({"text": "x", "until": "yesterday"}, "no time to come"),
        ({"text": "x", "supports": "S9"}, "S9 is not known"),
        ({"text": "x", "supersedes": "D9"}, "D9 is not known"),
        ({"text": "x", "scope": "everywhere"}, "key:value"),
    ],
)
def test_what_a_human_cannot_note_is_refused_with_a_reason(body: dict[str, Any], why: str) -> None:
    played = play()
    assert why in played.say("note", **body).error
    assert not played.state().items
