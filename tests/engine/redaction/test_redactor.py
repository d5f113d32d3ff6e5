from __future__ import annotations

import json
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.compat import HOSTILE
from engine.redaction import HIDDEN, Redactor, redact
from engine.redaction.logs import RedactingFormatter
from engine.values import sha256
from tests.engine.redaction.canaries import ENCODINGS, SHAPES
from tests.pty.payloads import PAYLOADS


@pytest.mark.parametrize("secret", SHAPES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_p11_a_known_secret_is_hidden_in_every_form(secret: str, encoding: str) -> None:
    shown = Redactor([(secret, "keyring:x")]).redact(f"before, {ENCODINGS[encoding](secret)} and after")
    assert HIDDEN in shown
    assert shown.startswith("before")
    assert shown.endswith("after")
    assert not [e for e, encode in ENCODINGS.items() if _letters(encode(secret)) in _letters(shown)]


def _letters(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


@pytest.mark.parametrize("between", ["\n", " ", '" + "', "\\n", "\r\n", "\u200b", "\u00ad", "\n│ ", "','", "-"])
def test_p11_a_secret_is_hidden_when_something_stands_between_its_parts(between: str) -> None:
    secret = "Ab3dEf6hIj9l"
    for cut in (1, 5, 11):
        shown = redact_with(secret, f"x {secret[:cut]}{between}{secret[cut:]} y")
        assert shown == f"x {HIDDEN} y"
    assert redact_with(secret, f"x {between.join(secret)} y") == f"x {HIDDEN} y"


def redact_with(secret: str, text: str) -> str:
    """`text`, when only this secret is known."""
    return Redactor([(secret, "env:X")]).redact(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sk-ant-api03-abcdefghijklmnop", "sk-"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "GitHub"),
        ("github_pat_11AAAAAAA0aaaaaaaaaaaa_bbbb", "GitHub"),
        ("AKIAIOSFODNN7EXAMPLE", "AWS"),
        ("xoxb-123456789012-abcdef", "Slack"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstu-", "Google"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "JWT"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----", "PEM"),
        ("Authorization: Bearer abcd.efgh-1234", "header"),
        ('{"Authorization": "Basic YWRhOmh1bnRlcjI="}', "header"),
        ("x-api-key: 0123456789abcdef01", "header"),
        ("https://ada:hunter2@mail.example/path", "address"),
    ],
)
def test_p11_what_looks_like_a_secret_is_hidden_and_named(text: str, what: str) -> None:
    shown = redact(f"it said {text} here")
    assert HIDDEN in shown
    assert shown.endswith("here")
    for part in ("abcdefgh", "0123456789", "1234", "IBAAK", "b3Bl", "YWRh", "hunter2", "EXAMPLE", "bbbb"):
        assert part not in shown
    (found,) = Redactor().find(f"it said {text} here")[:1]
    assert what in found.what
    assert not found.known


def test_p11_a_private_key_that_was_cut_off_is_hidden_to_the_end() -> None:
    assert redact("so: -----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAA") == f"so: {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        sha256(b"a blob"),
        f"gtm/A12.2 of {sha256(b'x')} at 2026-11-22T10:00:00Z",
        "task-force of the desk-bound sk-learn users, https://example.org/a:b/c@d",
        "the authorization is missing; a bearer of news; api key missing",
        "<20261122.abc@mail.example> said: risk-averse",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "model gpt-4o-mini-2024-07-18 answered 429",
        "",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_a_short_secret_is_only_hidden_as_a_word_of_its_own() -> None:
    assert redact_with("abcd", "abcd abcde x-abcd=1") == f"{HIDDEN} abcde x-{HIDDEN}=1"
    assert redact_with("abc", "abc") == "abc", "three letters are found everywhere"


def test_all_texts_of_a_value_are_cleaned_and_nothing_else() -> None:
    value = {"a": ["k3y-of-mine", 3, None, True], "k3y-of-mine": ("x", "k3y of mine")}
    cleaned = Redactor([("k3y-of-mine", "env:X")]).clean(value)
    assert cleaned == {"a": [HIDDEN, 3, None, True], HIDDEN: ("x", HIDDEN)}


def test_a_document_keeps_what_merely_looks_like_a_secret() -> None:
    redactor = Redactor([("k3y-of-mine", "env:X")])
    document = b"how to write AKIAIOSFODNN7EXAMPLE \xff\xfe and k3y-of-mine"
    assert redactor.hide_known(document) == document.replace(b"k3y-of-mine", HIDDEN.encode())


def test_what_is_found_says_where_and_what_but_never_the_value() -> None:
    redactor = Redactor([("k3y-of-mine", "keyring:mine")])
    found = redactor.find("ä: k3y-of-mine, again k3y-of-mine, and AKIAIOSFODNN7EXAMPLE")
    assert [(one.start, one.what, one.known) for one in found] == [
        (3, "keyring:mine", True),
        (22, "keyring:mine", True),
        (39, "an AWS access key", False),
    ]
    assert not redactor.find("AKIAIOSFODNN7EXAMPLE", known_only=True)
    assert "k3y" not in f"{redactor!r}{found!r}"


def test_a_redactor_is_not_written_anywhere() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Redactor([("k3y-of-mine", "env:X")]))


def test_p11_a_log_line_and_its_traceback_hold_no_secret() -> None:
    formatter = RedactingFormatter("%(levelname)s %(message)s", Redactor([("k3y-of-mine", "env:X")]))
    try:
        raise ValueError("k3y-of-mine was refused")
    except ValueError as error:
        record = logging.LogRecord(
            "n", logging.ERROR, "f", 1, "it said %r", ("k3y-of-mine",), (ValueError, error, None)
        )
    line = formatter.format(record)
    assert "k3y" not in line
    assert line.count(HIDDEN) == 2
    broken = logging.LogRecord("n", logging.ERROR, "f", 1, "%d", ("k3y-of-mine",), None)
    assert "k3y" not in formatter.format(broken)


@given(st.text(max_size=300), st.text(min_size=8, max_size=40), st.text(max_size=300))
def test_p11_whatever_surrounds_a_secret_it_is_gone_and_the_rest_stays(before: str, secret: str, after: str) -> None:
    secret = secret.strip()
    shown = Redactor([(secret, "env:X")]).redact(f"{before}{secret}{after}")
    if len(secret.encode("utf-8", "surrogatepass")) >= 8:
        assert secret not in shown.replace(HIDDEN, "\0")
    assert isinstance(json.dumps(shown), str)


@given(st.binary(max_size=2_000))
def test_any_bytes_can_be_redacted(content: bytes) -> None:
    redactor = Redactor([(secret, "env:X") for secret in SHAPES])
    assert redactor.redact_bytes(redactor.redact_bytes(content)) == redactor.redact_bytes(content)


@pytest.mark.parametrize(
    "piece", ["eyJa-", "sk-", "bearer ", "-----BEGIN PRIVATE KEY-----", "a", "http://a:", "-", "\\n"]
)
def test_a_hostile_text_costs_no_more_than_a_long_one(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert len(Redactor([("--------------------x", "env:X"), (SHAPES[0], "env:Y")]).redact(text)) <= len(text)


@pytest.mark.parametrize("payload", PAYLOADS[::3])
def test_p10_no_text_steers_a_terminal_that_shows_the_log_or_passes_for_a_line_of_it(payload: str) -> None:
    formatter = RedactingFormatter("%(asctime)s %(levelname)s %(message)s", Redactor())
    try:
        raise ValueError(f"{payload}\n2026-11-22 INFO approved by ada")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    text = f"refused: {payload}\n2026-11-22 INFO approved by ada"
    record = logging.LogRecord("n", logging.ERROR, "f", 1, "%s", (text,), info)
    first, *rest = formatter.format(record).split("\n")
    assert "approved by ada" in first
    assert all(line.startswith("  | ") for line in rest)
    shown = "".join([first, *rest])
    assert shown.isprintable() or not HOSTILE.search(shown)
