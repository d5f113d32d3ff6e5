"""Content without a person: what is theirs is gone, what is others' is untouched."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.erasing.redact import ERASED, pattern, quotes_of, without, words_of

MAYA = words_of("Maya@Northwind.example")
LEADS = b"name,email\nMaya,maya@northwind.example\nTom,tom@acme.example\n"


def test_only_the_lines_that_name_a_person_go() -> None:
    assert without(LEADS, MAYA, {}) == b"name,email\nTom,tom@acme.example\n"
    assert without(b"to MAYA@northwind.EXAMPLE\nnothing\r\n", MAYA, {}) == b"nothing\r\n"


def test_an_object_that_is_about_a_person_loses_its_words_and_the_document_its_address() -> None:
    handoff = {
        "summary": "wrote to maya@northwind.example and tom",
        "effects": [
            {"verb": "send", "to": "maya@northwind.example", "body": "Hi Maya, your pricing page", "fields": ["name"]},
            {"verb": "send", "to": "tom@acme.example", "body": "Hi Tom", "fields": ["name"]},
        ],
    }
    left = json.loads(without(json.dumps(handoff).encode(), MAYA, {}))
    assert left["summary"] == f"wrote to {ERASED} and tom"
    assert left["effects"][0] == {"verb": "send", "to": ERASED, "body": ERASED, "fields": []}
    assert left["effects"][1] == handoff["effects"][1]


def test_a_name_of_erased_content_becomes_that_of_its_copy() -> None:
    assert without(b'{"artifacts": [{"sha": "aaaa"}]}', MAYA, {"aaaa": "bbbb"}) == b'{"artifacts": [{"sha": "bbbb"}]}'


def test_binary_content_that_names_a_person_goes_whole() -> None:
    assert without(b"PK\x00\x01maya@northwind.example\x00rest", MAYA, {}) == ERASED.encode()


def test_what_somebody_wrote_is_looked_for_by_its_longer_lines() -> None:
    mail = (
        b"From: maya@northwind.example\nSubject: Re\n\nok\nYour price is far too high for a team of our size.\n> Hi\n"
    )
    assert quotes_of(mail) == (b"Your price is far too high for a team of our size.",)


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2", b'{"a": 1.5}', b"\xff\xfe maya", LEADS])
def test_whatever_comes_in_nothing_of_the_person_is_left(content: bytes) -> None:
    assert not pattern(MAYA).search(without(content + b"maya@northwind.example", MAYA, {}))


WORDS = st.text(max_size=8)
PLAIN = WORDS | st.none() | st.integers()
NESTED = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(NESTED)
def test_json_stays_json_and_holds_no_address(value: object) -> None:
    document = json.dumps({"value": value, "to": "maya@northwind.example", "more": ["x maya@northwind.example y"]})
    left = without(document.encode(), MAYA, {})
    json.loads(left)
    assert not pattern(MAYA).search(left)
