"""Canonical JSON: by the fast way and by the book it is the same, whatever is given."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from engine.values import canonical

TEXTS = st.text(alphabet=st.characters(exclude_categories=[])) | st.sampled_from(
    ["1.5", ":1.5", "[9007199254740993", "\x7f\x00\b\n", "\ue000", "\U0001f600", "\u2028", "12e5", ",1e5"]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(TEXTS, inner),
)


def _said(value: object, by: Any) -> bytes | str:
    try:
        return bytes(by(value))
    except rfc8785.CanonicalizationError as error:
        return type(error).__name__


@given(VALUES)
def test_it_is_what_the_standard_says(value: object) -> None:
    assert _said(value, canonical) == _said(value, rfc8785.dumps)


RARE: list[object] = [
    *(1.0, -0.0, [1e21], {"a": 1e-7}, 2**53, -(2**53), [0, 2**53 - 1], {"\U0001f600": 1, "\ue000": 2}, "\ud800"),
    *(float("nan"), {"a": {1}}, {"a": b"b"}, 5e-324, {"": [-1.5]}, (1, (2,)), 10**20, [float("inf")], {1: {2}}),
]


@pytest.mark.parametrize("value", RARE, ids=repr)
def test_what_is_rare_is_too(value: object) -> None:
    assert _said(value, canonical) == _said(value, rfc8785.dumps)
