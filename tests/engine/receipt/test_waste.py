"""What came of the money: every micro-dollar in one class, by how its attempt ended."""

from __future__ import annotations

import pytest

from engine.ledger import bodies as b
from engine.receipt.account import reconcile
from engine.receipt.verify import verify
from engine.receipt.waste import CLASSES, WORDS, each, lost, waste
from tests.engine.receipt.story import BLOB, Story, finished, waiting_for_approval


def test_the_classes_add_up_to_the_total_whatever_happened() -> None:
    for story in (Story().created(), waiting_for_approval(), finished()):
        state = story.state()
        told = waste(state)
        assert sum(told["classes"].values()) == state.spent
        assert sum(told["attempts"].values()) == len(state.attempts)
    assert tuple(WORDS) == CLASSES


def test_a_charge_belongs_to_how_its_attempt_ended() -> None:
    classes = waste(finished().state())["classes"]
    # A1.1 was lost at 50 000 and corrected by -45 800; A1.2 was accepted after it; A3.1 reviewed; A2.1 failed
    assert classes == {
        "useful": 30_000, "retry": 0, "verify": 8_000, "failed": 12_345, "lost": 4_200, "cancelled": 0,
        "discarded": 0, "open": 0,
    }  # fmt: skip
    assert lost({"classes": classes}) == 16_545


def test_a_second_attempt_that_was_needed_is_a_retry_and_the_first_was_discarded() -> None:
    story = Story().created().branch("B2", "one").task("T1", "draft", "B2").add(b.MissionStarted())
    story.attempt("T1", "A1.1").add(b.AttemptDelivered(attempt="A1.1", handoff=BLOB, latency=5))
    story.settle("T1", "A1.1", "B2", 100)
    assert waste(story.state())["classes"]["open"] == 100
    story.attempt("T1", "A1.2").deliver("T1", "A1.2", "B2", 70)
    classes = waste(story.state())["classes"]
    assert (classes["discarded"], classes["retry"], classes["useful"]) == (100, 70, 0)


def test_the_prefix_is_sent_again_in_every_further_call() -> None:
    story = Story().created().branch("B2", "one").task("T1", "draft", "B2").add(b.MissionStarted())
    story.attempt("T1", "A1.1").settle("T1", "A1.1", "B2", 10, calls=4)
    assert waste(story.state())["tokens"] == {"packages": 900, "sent_again": 2700, "from_cache": 0}


@pytest.mark.parametrize(("total", "count", "cost"), [(10, 0, None), (10, 3, 3), (11, 2, 6), (0, 5, 0)])
def test_the_cost_of_each_is_rounded_to_whole_micro_dollars(total: int, count: int, cost: int | None) -> None:
    assert each(total, count) == cost


def test_a_receipt_whose_classes_do_not_add_up_is_caught_and_one_without_them_verifies() -> None:
    story = finished()
    forged = story.receipt()
    forged["spend"]["waste"]["classes"]["useful"] += 1
    assert any("spend.waste.classes" in fault for fault in reconcile(forged))
    older = story.receipt()
    del older["spend"]["waste"]
    assert verify(older, story.events) == []
