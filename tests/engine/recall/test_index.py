"""What is found again: in scope, only while it holds, the same from an index that grew and from one made anew."""

from __future__ import annotations

from engine.context.found import Found, passages, query_of
from engine.context.pack import pack, wanted
from engine.ledger import bodies as b
from engine.recall.index import Index, recall
from engine.values import Sha256, sha256
from tests.engine.context.test_pack import CONTENTS, item, packed, story
from tests.engine.receipt.story import Story

LETTER = "Our roof leaks.\n" + "We like tea. " * 120 + "\nThe invoice goes to accounting."


def told() -> Story:
    made = item(item(story(), "D1", "draft short letters", subject="letters"), "D2", "draft in blue", branch="B3")
    made.add(
        b.EvidenceRecorded(
            evidence="E1", metric="inbox", branch="B2", source="maildir", grade="external", message="reply",
            blob=sha256(LETTER.encode()), key="m1",
        )
    )  # fmt: skip
    return made


def blob(sha: Sha256) -> bytes | None:
    return LETTER.encode() if sha == sha256(LETTER.encode()) else None


def test_scope_stands_inside_the_query() -> None:
    state = told().state()
    ask = recall(blob)
    assert ask(state, "draft letters", ("B2", "B1")).curated == ("D1",)
    assert ask(state, "draft letters", ("B3",)).curated == ("D2",)
    assert ask(state, "", ("B2",)) == Found("")
    assert ask(state, '"; DROP TABLE found --', ("B2",)).curated == ()


def test_what_does_not_hold_takes_no_place_and_an_index_that_grew_gives_the_same() -> None:
    made = told()
    index = Index()
    index.update(made.state(), {})
    assert index.search("draft letters", ("B2",)).curated == ("D1",)
    item(made, "D3", "draft long letters", subject="letters")
    state = made.state()
    index.update(state, {sha: LETTER.encode() for sha in index.missing(state)})
    assert index.search("draft letters roof", ("B2",)) == recall(blob)(state, "draft letters roof", ("B2",))
    assert index.search("draft letters", ("B2",)).curated == ("D3",)
    index.close()


def test_words_that_were_received_are_found_by_passage_and_told_in_a_fence() -> None:
    made = told()
    made.task("T9", "leaking roof", "B2")
    state = made.state()
    task = state.tasks["T9"]
    found = recall(blob)(state, query_of(state, task), ("B2", "B1"))
    assert found.verbatim == ("E1#1",)
    assert found.near == ("E1#2",)
    assert Found.decoded(found.encoded()) == found
    assert sha256(LETTER.encode()) in wanted(state, task, found)
    package = pack(state, task, contents={sha256(LETTER.encode()): LETTER.encode()}, found=found)
    assert "| Our roof leaks." in getattr(package, "text", "")
    assert "".join(passages(LETTER)).replace(" ", "").replace("\n", "") == LETTER.replace(" ", "").replace("\n", "")


def test_what_was_erased_is_not_found_any_more() -> None:
    made = told().add(b.BlobErased(blob=sha256(LETTER.encode()), what="a reply", because="asked to be forgotten"))
    assert recall(blob)(made.state(), "roof", ("B2",)).verbatim == ()


def test_packages_of_the_first_policy_are_compiled_as_they_were() -> None:
    made = item(story(), "D1")
    first = packed(made, policy="pack/1")
    assert b'"policy":"pack/1"' in first.manifest
    assert first.text != packed(made).text or first.manifest != packed(made).manifest
    assert packed(made, policy="pack/1", contents=CONTENTS).sha == first.sha
