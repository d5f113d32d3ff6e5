"""What a worker is told that asks for more: through the gates of a package, within its room, the same bytes again."""

from __future__ import annotations

import json

import pytest

from engine.context.found import Found
from engine.context.pulling import ANSWER, MOST, Pulled, Wish, needed, pull
from engine.ledger import bodies as b
from engine.values import Sha256, canonical, sha256
from tests.engine.context.test_pack import KINDS, item, manifest, packed, story
from tests.engine.receipt.story import Story

LETTER = b"Our roof leaks.\n" + b"We like tea. " * 120 + b"\nThe invoice goes to accounting."
BLOBS = {sha256(LETTER): LETTER}


def asked(of: Story, wish: Wish | str, *, found: Found | None = None, room: int = MOST) -> Pulled:
    """The answer to an attempt of T2, in the branch B2."""
    state = of.attempt("T2", "A2.1").state()
    wish = Wish("get", id=wish) if isinstance(wish, str) else wish
    return pull(state, "A2.1", wish, found=found or Found(), contents=BLOBS, room=room)


def received(of: Story, branch: str = "B2", **more: str) -> Story:
    made = b.EvidenceRecorded(
        evidence="E1", metric="inbox", branch=branch, source="maildir", grade="external", message="reply",
        blob=sha256(LETTER), key="m1", **more,
    )  # fmt: skip
    return of.add(made)


def codes(made: Pulled) -> dict[str, str]:
    return {one.id: one.code for one in made.untold}


def test_an_item_is_told_by_its_id_with_what_it_rests_on() -> None:
    told = item(
        item(story(), "S1", "they read on Monday", kind="assumption"), "D1", "send on Monday", supports=(("S1",),)
    )
    made = asked(told, "gtm/D1")
    assert [one.id for one in made.items] == ["D1"]
    assert "- D1 send on Monday (rests on S1)" in made.text


def test_what_does_not_hold_is_told_with_that_said_and_what_holds_instead() -> None:
    told = item(item(story(), "D1", "write long", subject="length"), "D2", "write short", subject="length")
    made = asked(told, "D1")
    assert [one.id for one in made.items] == ["D1", "D2"]
    assert "D1 write long [does not hold: superseded, by D2]" in made.text
    shaken = item(item(story(), "S1", "x", kind="assumption"), "D1", "on Monday", supports=(("S1",),))
    shaken.add(b.ItemRetracted(item="S1", because="it was a guess"))
    made = asked(shaken, "D1")
    assert "does not hold: suspect, S1, which it rests on, was retracted" in made.text
    assert [one.status for one in made.items] == ["suspect"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"branch": "B3"}, "other-branch"),
        ({"privacy": "secret"}, "privacy"),
        ({"scope": ("role:researcher",)}, "scope"),
        ({"text": "the key is sk-ant-api03-" + "a" * 93 + "AA"}, "secret-pattern"),
        ({"proposed": True, "attempt": "A9.1"}, "proposed"),
    ],
)
def test_what_a_package_would_not_tell_is_refused_with_the_reason(more: dict[str, str], code: str) -> None:
    made = asked(item(story(), "D1", **({"text": "a thing apart"} | more)), "D1")
    assert codes(made) == {"D1": code}
    assert made.items == ()
    assert "a thing apart" not in made.text
    assert "sk-ant" not in made.text


def test_what_was_taken_back_is_refused_and_what_is_unknown_too() -> None:
    told = item(story(), "D1", "wrong").add(b.ItemRetracted(item="D1", because="it was a guess"))
    made = asked(told, "D1")
    assert codes(made) == {"D1": "retracted"}
    assert "it was a guess" in made.text
    assert "wrong" not in made.text
    assert codes(asked(story(), "D99")) == {"D99": "unknown"}


def test_words_that_came_from_outside_stand_in_a_fence_and_erased_ones_are_gone() -> None:
    made = asked(received(story()), "E1#1")
    assert "· received, private, untrusted · " in made.text
    assert "| Our roof leaks." in made.text
    assert codes(asked(received(story(), branch="B3"), "E1#1")) == {"E1#1": "other-branch"}
    gone = received(story()).add(b.BlobErased(blob=sha256(LETTER), what="a reply", because="asked to be forgotten"))
    assert codes(asked(gone, "E1#1")) == {"E1#1": "missing"}
    assert "roof" not in asked(gone, "E1").text


def test_a_whole_message_is_told_as_far_as_there_is_room_and_the_rest_is_named() -> None:
    made = asked(received(story()), "E1", room=450)
    assert [one.id for one in made.items] == ["E1#1"]
    assert "1 more: E1#2" in made.text
    assert made.tokens <= 450


def test_a_search_tells_the_best_first_as_many_as_asked_and_of_one_kind() -> None:
    told = item(item(story(), "D1", "price is 90"), "S1", "price is high", kind="assumption")
    found = Found("price", curated=("S1", "D1"))
    made = asked(told, Wish("search", query="price", limit=1), found=found)
    assert [one.id for one in made.items] == ["S1"]
    assert "1 more: D1" in made.text
    only = asked(told, Wish("search", query="price", kind="decision"), found=found)
    assert [one.id for one in only.items] == ["D1"]


def test_an_answer_keeps_within_its_room_however_much_fits() -> None:
    told = story()
    for number in range(1, 60):
        item(told, f"D{number}", f"price {number} " + "word " * 80)
    found = Found("price", curated=tuple(f"D{number}" for number in range(1, 60)))
    made = asked(told, Wish("search", query="price", limit=20), found=found)
    assert 0 < len(made.items) <= 20
    assert made.tokens <= ANSWER


def test_what_the_package_tells_is_not_told_again() -> None:
    told = item(story(), "D1", "write short")
    kept = packed(told).manifest
    state = told.state()
    told.add(b.AttemptDispatched(attempt="A2.1", task="T2", role="writer", worker="model", model="m-1"))
    told.add(b.PackageCompiled(attempt="A2.1", task="T2", text=sha256(b"t"), manifest=sha256(kept), tokens=1, budget=9))
    state = told.state()
    assert sha256(kept) in needed(state, "A2.1", Wish("get", id="D1"), Found())
    made = pull(state, "A2.1", Wish("get", id="D1"), contents={sha256(kept): kept})
    assert [(one.id, one.form) for one in made.items] == [("D1", "known")]
    assert "- D1: in your package" in made.text


def test_the_same_wish_gives_the_same_bytes_and_what_is_withheld_is_not_told() -> None:
    told = item(story(), "D1", "write short").attempt("T2", "A2.1")
    wish, state = Wish("get", id="D1"), told.state()
    assert pull(state, "A2.1", wish, contents={}) == pull(state, "A2.1", wish, contents={})
    hidden = pull(state, "A2.1", wish, contents={}, withheld={"D1"})
    assert (codes(hidden), "write short" in hidden.text) == ({"D1": "secret"}, False)


def pulled(of: Story, attempt: str, *items: str, task: str = "T2", role: str = "writer") -> Story:
    blob = sha256(canonical({"id": "D1"}))
    told = tuple(b.PulledItem(id=name, kind="decision", form="full", tokens=9, sha=blob) for name in items)
    return of.add(
        b.ContextPulled(
            call=f"{attempt}#c1", attempt=attempt, task=task, role=role, tool="state", operation="get",
            arguments=blob, answer=blob, height=3, room=MOST, tokens=20, items=told,
        )
    )  # fmt: skip


def many(count: int = 300) -> Story:
    told = item(story(), "D0", "the price of tea is 90", branch="B1")
    for number in range(1, count):
        item(told, f"D{number}", f"number {number} is odd", branch="B1")
    return told


def test_what_an_earlier_attempt_had_to_ask_for_is_told_to_the_next_one() -> None:
    assert "D0" not in manifest(packed(many()))[0]
    included, _ = manifest(packed(pulled(many(), "A2.1", "D0")))
    assert included["D0"]["points"]["lacked"] == 100
    other = pulled(many(), "A1.1", "D0", task="T1", role="researcher")
    assert "D0" not in manifest(packed(other))[0]
    earlier = packed(pulled(many(), "A2.1", "D0"), policy="pack/2")
    assert "D0" not in manifest(earlier)[0]


def test_a_package_says_what_it_does_not_tell_to_whoever_may_ask() -> None:
    told = packed(many(), asks="state")
    assert 'ask: state__get {"id": "..."}' in told.text
    assert "Not told here" not in packed(many()).text
    assert told.tokens <= told.budget
    left = next(line for line in told.text.splitlines() if "more things of this mission's record" in line)
    assert int(left.split()[0]) == 300 - 12
    small = packed(item(story(), "D1"), asks="state")
    assert "Not told here" not in small.text


def test_items_for_which_little_speaks_are_few_however_large_a_mission_grows() -> None:
    told = story()
    for number in range(200):
        item(told, f"D{number}", f"matter {number} is settled " + "so " * number)
    rows = json.loads(packed(told).manifest)
    assert sum(row["kind"] == "decision" for row in rows["included"]) == 24
    assert {row["code"] for row in rows["excluded"] if row["kind"] == "decision"} == {"rank", "unrelated"}
    before = json.loads(packed(told, policy="pack/2").manifest)
    assert sum(row["kind"] == "decision" for row in before["included"]) == 48
    assert before["policy"] == "pack/2"


def test_the_blobs_that_are_needed_are_those_of_what_is_asked_for() -> None:
    state = received(story()).attempt("T2", "A2.1").state()
    manifest_blob = state.attempts["A2.1"].manifest
    assert needed(state, "A2.1", Wish("get", id="E1#2"), Found()) == {sha256(LETTER), manifest_blob}
    assert needed(state, "A2.1", Wish("get", id="D1"), Found()) == {manifest_blob}
    found = Found("roof", verbatim=("E1#1",))
    assert Sha256(sha256(LETTER)) in needed(state, "A2.1", Wish("search", query="roof"), found)


def test_packages_of_the_second_policy_are_compiled_as_they_were() -> None:
    """The digests are those that the release of that policy gave."""
    told = story()
    for number in range(120):
        words = f"w{number} " * (number % 60)
        item(told, f"D{number}", f"matter {number} is {number * 7} {words}", kind=KINDS[number % 4])
    found = Found("matter", curated=tuple(f"D{number}" for number in range(1, 120, 3)))
    made = packed(told, found=found, budget=1_200, policy="pack/2")
    assert (made.sha[:16], sha256(made.manifest)[:16]) == ("494e0310a86dc06c", "5ca93ffb1679ef5b")
    assert packed(told, found=found, budget=1_200).sha != made.sha
