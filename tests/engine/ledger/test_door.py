"""Whatever text comes, what passes the door can be hashed, stored and read back; and passing twice changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ledger.door import clean, clean_text, json_text
from engine.values import canonical

KEY = st.text("abß🎈\U0010fffd", max_size=3)
TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEY, JSON, max_size=4))
def test_what_passes_the_door_is_sound(body: dict[str, Any]) -> None:
    cleaned = clean("task.added", body)
    assert clean("task.added", cleaned) == cleaned
    stored = canonical(cleaned).decode()
    assert json.loads(stored) == cleaned
    assert "\\u0000" not in stored
    assert json.loads(json_text("task.added", body)) == cleaned


@given(TEXT)
def test_sound_text_is_left_alone(text: str) -> None:
    cleaned = clean_text(text)
    assert (cleaned == text) == ("\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text))
    cleaned.encode()


def test_keys_that_become_one_are_refused() -> None:
    with pytest.raises(ValueError, match=r"task\.added: body has the key 'a' twice"):
        clean("task.added", {"a": 1, "a\x00": 2})


def test_only_views_may_hold_floats_and_those_must_be_numbers() -> None:
    assert json_text("card", {"share": 0.25}, floats=True) == '{"share":0.25}'
    for number in (float("nan"), float("inf"), float("-inf")):
        with pytest.raises(ValueError, match="card: share is a float"):
            json_text("card", {"share": number}, floats=True)
