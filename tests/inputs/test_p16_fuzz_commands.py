"""P16: whatever stands in an inbox row is decided or refused with a sentence, and a refusal changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ledger.protocol import Command
from engine.loop.amending import amend
from engine.loop.commands import HANDLERS, WITH_WORLD, handle
from engine.loop.wellformed import malformed
from tests.builders import EVERYTHING, WORLD, drafted

KINDS = sorted({*HANDLERS, *WITH_WORLD, "edit", "approve", "amend", "nonsense"})
KEYS = (
    "attention", "digest", "except", "because", "effect", "text", "branch", "metric", "value", "note", "scripted",
    "focus_ms", "opened", "verb", "count", "money", "hosts", "until", "grant", "batch", "body", "subject", "sha",
    "source", "inputs", "people", "contract", "height",
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True)
    | st.text(max_size=20)
    | st.sampled_from(["Q1", "gtm/Q1", "F1", "B2", "main", "replies", "0" * 64, "\u202e", "\ud800", "-1", "NaN"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), VALUES, max_size=6)


@given(kind=st.sampled_from(KINDS), body=BODIES, shown=st.booleans())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_p16_a_command_is_decided_or_refused_with_a_sentence(kind: str, body: dict[str, Any], shown: bool) -> None:
    play = drafted()
    state, now = play.state(), play.at
    if shown:
        body = {**body, "attention": "Q1", "digest": play.shown("Q1")}
    command = Command("key", kind, state.id, body, "human:ada")
    height = state.height
    if wrong := malformed(body):
        assert wrong.partition("; ")[2]
        return
    if kind == "amend":
        outcome = amend(state, command, now, contents={}, provided=EVERYTHING)
    else:
        outcome = handle(state, command, now, WORLD, {})
    assert state.height == height
    assert outcome.answer.state in {"done", "refused"}
    if outcome.answer.state == "refused":
        assert outcome.answer.error.partition("; ")[2].strip(), outcome.answer.error
        assert outcome.bodies == ()
    for fact in outcome.bodies:
        fact.event(at=now)


@pytest.mark.parametrize("kind", KINDS)
def test_p16_a_command_without_anything_is_answered(kind: str) -> None:
    play = drafted()
    command = Command("key", kind, play.state().id, {}, "human:ada")
    if kind == "amend":
        outcome = amend(play.state(), command, play.at, contents={}, provided=EVERYTHING)
    else:
        outcome = handle(play.state(), command, play.at, WORLD, {})
    assert outcome.answer.state == "refused" or kind in {"pause", "stop", "restored", "plan"}, outcome.answer


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"except": 5}, "except is no list of texts"),
        ({"attention": ["Q1"]}, "attention is no text"),
        ({"text": "a\ud800b"}, "text is no text"),
        ({"inputs": {"leads": "x"}}, "inputs is no mapping of names to files"),
        ({"seed": -1}, "seed is no seed"),
    ],
)
def test_p16_a_row_of_another_shape_is_refused_at_the_door(body: dict[str, Any], said: str) -> None:
    assert malformed(body).startswith(said)
    assert malformed({"attention": "gtm/Q1", "digest": "0" * 64, "except": ["F1"], "scripted": True}) == ""
