"""The bytes an approval binds to: whatever changes in an effect changes its digest."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects.canonical import EffectBytes, Envelope, batch_digest, code, effect_digest, parse
from engine.values import MissionId, Sha256, sha256

BASE = EffectBytes(
    mission=MissionId("gtm"),
    effect="gtm/F7",
    verb="send",
    connector="maildir",
    envelope=Envelope(mail_from="ada@sender.example", rcpt_to=("bob@example.org", "eve@example.org")),
    message_id="<0123@sender.example>",
    body_sha256=sha256(b"body"),
    fields=("first_name", "revenue"),
)

Change = dict[str, Any]

MUTATIONS: dict[str, Change] = {
    "other mission": {"mission": "gtm2"},
    "mission of home": {"mission": "home"},
    "other effect": {"effect": "gtm/F8"},
    "effect of another mission": {"effect": "ops/F7"},
    "other verb": {"verb": "contact"},
    "verb in capitals": {"verb": "Send"},
    "other connector": {"connector": "smtp"},
    "connector in capitals": {"connector": "Maildir"},
    "other sender": {"envelope": {"mail_from": "eve@sender.example"}},
    "no sender": {"envelope": {"mail_from": ""}},
    "sender in capitals": {"envelope": {"mail_from": "Ada@sender.example"}},
    "other recipient": {"envelope": {"rcpt_to": ["carl@example.org", "eve@example.org"]}},
    "hidden copy added": {"envelope": {"rcpt_to": ["bob@example.org", "eve@example.org", "mal@evil.example"]}},
    "recipient removed": {"envelope": {"rcpt_to": ["bob@example.org"]}},
    "recipients in another order": {"envelope": {"rcpt_to": ["eve@example.org", "bob@example.org"]}},
    "recipient twice": {"envelope": {"rcpt_to": ["bob@example.org", "bob@example.org", "eve@example.org"]}},
    "recipient in capitals": {"envelope": {"rcpt_to": ["Bob@example.org", "eve@example.org"]}},
    "recipient with a trailing dot": {"envelope": {"rcpt_to": ["bob@example.org.", "eve@example.org"]}},
    "look-alike recipient": {"envelope": {"rcpt_to": ["b\u043eb@example.org", "eve@example.org"]}},
    "recipient with a zero-width space": {"envelope": {"rcpt_to": ["bob\u200b@example.org", "eve@example.org"]}},
    "recipients joined": {"envelope": {"rcpt_to": ["bob@example.org,eve@example.org"]}},
    "two characters for one": {"envelope": {"rcpt_to": ["bo\u0308b@example.org", "eve@example.org"]}},
    "one character for two": {"envelope": {"rcpt_to": ["b\u00f6b@example.org", "eve@example.org"]}},
    "a URL": {"envelope": {"url": "https://evil.example/"}},
    "an amount": {"envelope": {"micro_usd": 1}},
    "another amount": {"envelope": {"micro_usd": 2}},
    "other message id": {"message_id": "<0124@sender.example>"},
    "no message id": {"message_id": ""},
    "other body": {"body_sha256": sha256(b"Body")},
    "empty body": {"body_sha256": sha256(b"")},
    "private field added": {"fields": ["email", "first_name", "revenue"]},
    "private field left out": {"fields": ["first_name"]},
    "private fields joined": {"fields": ["first_namerevenue"]},
    "no private fields": {"fields": []},
}


def mutated(change: Change) -> bytes:
    body = json.loads(BASE.canonical())
    for name, value in change.items():
        body[name] = {**body[name], **value} if isinstance(value, dict) else value
    return EffectBytes.model_validate_json(json.dumps(body)).canonical()


@pytest.mark.parametrize("change", MUTATIONS.values(), ids=MUTATIONS.keys())
def test_every_change_changes_the_digest(change: Change) -> None:
    assert effect_digest(mutated(change)) != BASE.digest()


def test_all_changes_differ_from_each_other() -> None:
    digests = {effect_digest(mutated(change)) for change in MUTATIONS.values()}
    assert len(digests) == len(MUTATIONS) >= 30


def test_no_field_is_left_out_of_the_bytes() -> None:
    body = json.loads(BASE.canonical())
    assert set(body) == set(EffectBytes.model_fields)
    assert set(body["envelope"]) == set(Envelope.model_fields)


def test_the_bytes_and_the_digest_are_what_they_always_were() -> None:
    assert BASE.canonical() == (
        b'{"body_sha256":"230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5","connector":"maildir",'
        b'"effect":"gtm/F7","envelope":{"mail_from":"ada@sender.example","micro_usd":0,"rcpt_to":["bob@example.org",'
        b'"eve@example.org"],"url":""},"fields":["first_name","revenue"],"message_id":"<0123@sender.example>",'
        b'"mission":"gtm","v":1,"verb":"send"}'
    )
    assert BASE.digest() == hashlib.sha256(b"cockpit.effect.v1\0" + BASE.canonical()).hexdigest()


def test_a_digest_is_separated_from_the_name_of_a_blob_and_of_a_batch() -> None:
    data = BASE.canonical()
    assert len({effect_digest(data), sha256(data), batch_digest([BASE.digest()]), BASE.digest()}) == 3


effects = st.builds(
    EffectBytes,
    mission=st.just(MissionId("gtm")),
    effect=st.text(min_size=1, max_size=20),
    verb=st.text(min_size=1, max_size=20),
    connector=st.text(min_size=1, max_size=20),
    envelope=st.builds(
        Envelope,
        mail_from=st.text(max_size=20),
        rcpt_to=st.lists(st.text(max_size=20), max_size=3).map(tuple),
        url=st.text(max_size=20),
        micro_usd=st.integers(0, 2**53 - 1),
    ),
    message_id=st.text(max_size=20),
    body_sha256=st.binary(max_size=4).map(sha256),
    fields=st.lists(st.text(max_size=9), max_size=3).map(tuple),
)


@given(effects)
def test_parsing_is_the_inverse_of_writing(effect: EffectBytes) -> None:
    assert parse(effect.canonical()) == effect


@given(effects, effects)
def test_two_effects_have_one_digest_only_when_they_are_equal(one: EffectBytes, other: EffectBytes) -> None:
    assert (one.digest() == other.digest()) == (one == other)


@given(st.binary(max_size=60) | effects.map(EffectBytes.canonical).map(lambda data: data.replace(b",", b", ")))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="canonical"):
        parse(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":1.0'),
        (b'"v":1', b'"v":true'),
        (b'"v":1', b'"v":"1"'),
        (b'"verb":', b'"extra":1,"verb":'),
        (b'"verb":', b'"verb":"merge","verb":'),
        (b'"micro_usd":0', b'"micro_usd":-1'),
        (b'"micro_usd":0', b'"micro_usd":9007199254740992'),
        (b',"url":""', b""),
        (b"bob", b"\\u0062ob"),
        (b"bob", b"\\ud800"),
    ],
)
def test_bytes_that_say_nearly_the_same_are_refused(old: bytes, new: bytes) -> None:
    data = BASE.canonical().replace(old, new)
    assert data != BASE.canonical()
    with pytest.raises(ValueError, match="canonical"):
        parse(data)


@given(st.lists(st.binary(max_size=3).map(sha256), max_size=6), st.randoms())
def test_a_batch_has_one_digest_in_any_order(digests: list[Sha256], random: Any) -> None:
    shuffled = list(digests)
    random.shuffle(shuffled)
    assert batch_digest(shuffled) == batch_digest(digests)


@given(st.lists(st.binary(max_size=3).map(sha256), min_size=1, max_size=6))
def test_an_item_taken_out_of_a_batch_changes_its_digest(digests: list[Sha256]) -> None:
    assert batch_digest(digests[1:]) != batch_digest(digests)


def test_the_code_is_eight_digits_in_two_groups() -> None:
    assert code("a3f91c07" + "0" * 56) == "a3f9 1c07"
