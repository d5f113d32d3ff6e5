"""Verification: a receipt is what the ledger says, or every difference is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInputError
from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.receipt.account import reconcile
from engine.receipt.render import markdown
from engine.receipt.shape import load
from engine.receipt.verify import verify
from engine.values import MissionId
from tests.engine.receipt.story import Story, finished

STORY = finished()
RECEIPT = STORY.receipt()
Place = tuple[str | int, ...]


def leaves(value: Any, path: Place = ()) -> Iterator[Place]:
    if isinstance(value, (dict, list)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, key))
    else:
        yield path


def at(receipt: Any, path: Place) -> Any:
    for key in path:
        receipt = receipt[key]
    return receipt


LEAVES = list(leaves(RECEIPT))
NUMBERS = [path for path in LEAVES if isinstance(at(RECEIPT, path), int)]


def changed(path: Place, value: Any) -> dict[str, Any]:
    receipt = copy.deepcopy(RECEIPT)
    at(receipt, path[:-1])[path[-1]] = value
    return receipt


def test_a_receipt_verifies_after_a_round_trip_and_after_the_mission_went_on() -> None:
    assert verify(json.loads(json.dumps(RECEIPT)), STORY.events) == []
    story = finished()
    early = Story()
    early.events = story.events[:40]
    others = Story(MissionId("other")).created().events
    assert verify(early.receipt(), [*others, *story.events]) == []


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NUMBERS), st.integers(-3, 3).filter(bool))
def test_no_number_can_be_changed_unseen(path: Place, by: int) -> None:
    value = at(RECEIPT, path)
    assert verify(changed(path, not value if isinstance(value, bool) else value + by), STORY.events)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([path for path in LEAVES if path != ("schema",)]), st.sampled_from(["other", None, 1, True, [], {}])
)
def test_no_value_can_be_changed_unseen(path: Place, value: Any) -> None:
    if type(value) is type(at(RECEIPT, path)) and value == at(RECEIPT, path):
        return
    with suppress(BadInputError):  # it may be no receipt any more, and says so
        assert verify(changed(path, value), STORY.events)


def test_a_difference_is_named_by_its_path() -> None:
    found = verify(changed(("next", "recommendation"), "send more"), STORY.events)
    assert found == ['next.recommendation: receipt says "send more", ledger says "second batch on cold-email"']
    found = verify(changed(("spend", "total_micro_usd"), 12), STORY.events)
    assert "spend.total_micro_usd: receipt says 12, ledger says 54545" in found
    without = copy.deepcopy(RECEIPT)
    del without["work"]["tasks"][1], without["mission"]["seed"]
    without["mission"]["owner"] = "me"
    found = verify(without, STORY.events)
    assert "mission.seed: receipt lacks it, ledger says 0" in found
    assert 'mission.owner: receipt says "me", ledger knows nothing of it' in found
    assert "work.tasks: receipt lists 2, ledger lists 3" in found


def test_a_consistent_forgery_still_does_not_verify() -> None:
    """Every sum is mended, so that the receipt adds up by itself; the ledger knows better."""
    forged = copy.deepcopy(RECEIPT)
    line = forged["spend"]["lines"][4]
    line["micro_usd"] -= 345
    forged["spend"]["total_micro_usd"] -= 345
    for name, figures in forged["spend"]["rollups"].items():
        figures[line[name]] -= 345
    for plural, name in (("branches", "branch"), ("tasks", "task"), ("attempts", "attempt")):
        next(entry for entry in forged["work"][plural] if entry["id"] == line[name])["spent_micro_usd"] -= 345
    forged["spend"]["waste"]["classes"]["failed"] -= 345
    for plural, name in (("roles", "role"), ("workers", "worker"), ("models", "model")):
        next(entry for entry in forged["workforce"][plural] if entry[name] == line[name])["spent_micro_usd"] -= 345
    assert reconcile(forged) == []
    assert "spend.lines[4].micro_usd: receipt says 12000, ledger says 12345" in verify(forged, STORY.events)


def test_a_changed_ledger_is_noticed() -> None:
    def with_event(place: int, **change: Any) -> list[Event]:
        return [replace(e, **change) if i == place else e for i, e in enumerate(STORY.events)]

    body = {**STORY.events[5].body, "title": "x"}
    assert verify(RECEIPT, with_event(5, body=body)) == [
        f"ledger: the body of event 6 ({STORY.events[5].kind}) does not fit its hash"
    ]
    assert any("its own hash" in line for line in verify(RECEIPT, with_event(9, actor="human:eve")))
    assert any(line.startswith("integrity.height") for line in verify(RECEIPT, STORY.events[:-1]))
    assert verify(RECEIPT, STORY.events[:3] + STORY.events[4:])
    assert verify(RECEIPT, []) == [f'mission.id: the ledger has no events of "gtm" to height {len(STORY.events)}']


def test_a_history_that_was_written_anew_ends_in_another_head() -> None:
    story = finished()
    story.events.pop()
    story.add(b.MissionFinished(because="another end"))
    assert any(line.startswith("integrity.head_hash: receipt says") for line in verify(RECEIPT, story.events))


def test_a_receipt_of_another_release_says_where_differences_may_come_from() -> None:
    found = verify(changed(("integrity", "policies", "fold"), "fold/0"), STORY.events)
    assert found[0].startswith("integrity.policies: another release")


def test_many_differences_are_cut() -> None:
    receipt = copy.deepcopy(RECEIPT)
    for task in range(300):
        receipt["mission"][f"x{task}"] = 1
    assert verify(receipt, STORY.events)[-1] == "and more than 100 differences in all"


# -- what is not a receipt


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not JSON"),
        (json.dumps(RECEIPT).encode()[:-100], "it ends too early"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[1, 2]", "names no schema"),
        (b"{}", "names no schema"),
        (b'{"schema": "mission-receipt/9"}', '"mission-receipt/9"; this release reads mission-receipt/1'),
        (b'{"schema": {"a": "\\u001b[2J"}}', "this release reads"),
        (b'{"schema": "mission-receipt/1"}', "lacks"),
        (b'{"schema": "mission-receipt/1", "schema": "x"}', "twice"),
        (b'{"schema": 1.5}', "whole numbers only"),
        (b'{"schema": NaN}', "whole numbers only"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not a receipt"),
    ],
)
def test_what_is_not_a_receipt_says_why(data: bytes, words: str) -> None:
    with pytest.raises(BadInputError, match="receipt") as caught:
        load(data)
    assert words in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_an_unknown_key_is_no_part_of_this_schema() -> None:
    with pytest.raises(BadInputError, match="unknown key"):
        load(json.dumps({**RECEIPT, "extra": 1}).encode())
    assert load(json.dumps(RECEIPT).encode()) == RECEIPT


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LEAVES), st.integers(1, 4), st.sampled_from([None, "text", 5, [], {}, [1], {"a": 1}]))
def test_a_broken_shape_ends_as_bad_input_and_in_no_other_way(path: Place, depth: int, value: Any) -> None:
    receipt = changed(path[:depth], value)
    for use in (lambda: verify(receipt, STORY.events), lambda: markdown(receipt), lambda: reconcile(receipt)):
        with suppress(BadInputError):
            use()
