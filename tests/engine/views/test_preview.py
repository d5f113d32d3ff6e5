"""What a little more room would bring into a package."""

from __future__ import annotations

from engine.ledger import bodies as b
from engine.routing.catalogue import Candidate
from engine.values import Price
from engine.views.preview import MORE, preview
from tests.engine.receipt.story import Story

PRICE = Price(input=1_000_000, output=4_000_000)
ADA = Candidate("ada", "model", model="ada", tier="strong", price=PRICE, window=64_000, max_output=500, rounds=2)


def words(number: int, size: int) -> str:
    """So many words that nothing else says: no item is the near-duplicate of another."""
    return "".join(f" w{number}x{place}" for place in range(size))


def story(items: int, size: int) -> Story:
    """Decisions that are meant for the role of the task: of those, as many are told as have room."""
    told = Story().created().task("T1", "draft")
    for number in range(1, items + 1):
        text, scope = f"draft {number}{words(number, size)}", ("role:writer",)
        told.add(b.ItemRecorded(item=f"D{number}", kind="decision", text=text, branch="B1", scope=scope))
    return told


def test_what_had_no_room_is_told_as_far_as_a_little_more_would_bring_it_in() -> None:
    made = preview(story(200, 200).state(), "T1", lambda _sha: None)
    out = {row["id"] for row in made["excluded"] if row["code"] == "budget"}
    added = {row["id"] for row in made["would_add"]}
    assert added
    assert added < out
    assert sum(row["tokens"] for row in made["would_add"]) <= MORE + made["budget"] - made["tokens"]


def test_nothing_is_added_where_everything_had_room() -> None:
    assert preview(story(3, 8).state(), "T1", lambda _sha: None)["would_add"] == []


def test_what_would_be_set_aside_is_told_as_dispatch_sets_it_aside() -> None:
    made = preview(story(3, 8).state(), "T1", lambda _sha: None, catalogue=(ADA,))
    assert made["route"]["name"] == "ada"
    assert made["aside"] == {"micro_usd": ADA.worst(made["tokens"]), "calls": 2, "tools": False}
    assert preview(story(3, 8).state(), "T1", lambda _sha: None)["aside"] == {}
