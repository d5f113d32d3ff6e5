"""A proposal becomes a complete message: checked with the standard library's parser, byte for byte where it matters."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.effects.addresses import person
from engine.effects.canonical import parse
from engine.effects.mail import FOOTER, MAX_BODY, Composed, Identity, Refusal, compose, dated, undated
from engine.values import sha256
from engine.workers.protocol import EffectOut
from tests.engine.effects.contract import IDENTITY


def made(identity: Identity = IDENTITY, effect: str = "gtm/F7", **changes: Any) -> Composed | Refusal:
    proposal = {"verb": "send", "to": "bob@example.org", "subject": "Your question", "body": "Hello Bob,\n\nshort."}
    out = EffectOut.model_validate(proposal | changes)
    return compose(out, effect=effect, mission="gtm", connector="maildir", identity=identity)


def good(**changes: Any) -> Composed:
    composed = made(**changes)
    assert isinstance(composed, Composed), composed
    return composed


def read(composed: Composed) -> EmailMessage:
    message = email.message_from_bytes(composed.body, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def test_the_message_is_complete_and_says_who_writes() -> None:
    composed = good()
    message = read(composed)
    assert b'From: "Ada Example" <ada@sender.example>\r\n' in composed.body
    assert message["From"] == "Ada Example <ada@sender.example>"
    assert message["To"] == "bob@example.org"
    assert message["Reply-To"] == "replies@sender.example"
    assert message["Subject"] == "Your question"
    assert message["Message-ID"] == composed.message_id
    assert composed.message_id.endswith("@sender.example>")
    assert message["List-Unsubscribe"] == "<mailto:replies@sender.example?subject=unsubscribe>"
    assert message["Date"] is None
    assert message["Bcc"] is None
    assert (
        message.get_content().replace("\r\n", "\n")
        == f"Hello Bob,\n\nshort.\n\n-- \nAda Example\n1 Main St\nSpringfield\n\n{FOOTER}\n"
    )


def test_what_is_approved_names_the_envelope_and_the_body() -> None:
    composed = good(to="Bob@EXAMPLE.org", fields=("revenue", "name", "name"))
    said = parse(composed.canonical)
    assert said.envelope.mail_from == "ada@sender.example"
    assert said.envelope.rcpt_to == ("Bob@example.org",)
    assert said.body_sha256 == composed.body_sha == sha256(composed.body)
    assert said.message_id == composed.message_id
    assert said.fields == ("name", "revenue")
    assert said.digest() == composed.digest
    assert composed.persons == (person("bob@example.org"),)


def test_the_same_proposal_gives_the_same_bytes_and_another_one_does_not() -> None:
    assert good() == good()
    others = [
        good(effect="gtm/F8"),
        good(to="eve@example.org"),
        good(subject="Another"),
        good(body="Another"),
        good(identity=IDENTITY.model_copy(update={"postal": "2 Side St"})),
    ]
    assert len({composed.digest for composed in [good(), *others]}) == 6
    assert len({composed.message_id for composed in [good(), *others]}) == 6


def test_messages_that_may_be_approved_together_share_a_template() -> None:
    assert good().template == good(to="eve@example.org", body="Other words", effect="gtm/F8").template
    assert good().template != good(verb="contact").template


def test_lines_are_short_and_end_in_crlf_and_the_message_is_ascii() -> None:
    composed = good(subject="Grüße " * 40, body="ä" * 5000 + "\r\nline\rline\n.\n.hidden\nFrom here\n" + "x " * 3000)
    assert composed.body.isascii()
    assert b"\n" not in composed.body.replace(b"\r\n", b"")
    assert b"\r" not in composed.body.replace(b"\r\n", b"")
    assert max(map(len, composed.body.split(b"\r\n"))) <= 998
    head, _, content = composed.body.partition(b"\r\n\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 76
    assert b"From: " in head
    assert str(read(composed)["Subject"]) == ("Grüße " * 40).strip()


BAD: dict[str, tuple[str, dict[str, str]]] = {
    "recipient with a line break": ("address", {"to": "bob@example.org\nBcc: eve@evil.example"}),
    "two recipients": ("address", {"to": "bob@example.org, eve@evil.example"}),
    "recipient with a name": ("address", {"to": "Bob <bob@example.org>"}),
    "no recipient": ("address", {"to": ""}),
    "no subject": ("subject", {"subject": ""}),
    "blank subject": ("subject", {"subject": " \u00a0"}),
    "subject with a line feed": ("subject", {"subject": "Hi\nBcc: eve@evil.example"}),
    "subject with a trailing line feed": ("subject", {"subject": "Hi\n"}),
    "subject with a carriage return": ("subject", {"subject": "Hi\rBcc: eve@evil.example"}),
    "subject with a folded header": ("subject", {"subject": "Hi\r\n Bcc: eve@evil.example"}),
    "subject with NUL": ("subject", {"subject": "Hi\0"}),
    "subject with a line separator": ("subject", {"subject": "Hi\u2028there"}),
    "subject with an override": ("subject", {"subject": "Hi \u202eereht"}),
    "subject with an escape": ("subject", {"subject": "Hi \x1b]0;x\x07"}),
    "long subject": ("subject", {"subject": "x" * 251}),
    "no text": ("body", {"body": ""}),
    "blank text": ("body", {"body": " \r\n\t\n"}),
    "text with NUL": ("body", {"body": "Hi\0"}),
    "text with an escape": ("body", {"body": "Hi \x1b[2J"}),
    "text with an override": ("body", {"body": "pay \u202e001$"}),
    "text with a zero-width space": ("body", {"body": "Hi\u200bthere"}),
    "text with tag characters": ("body", {"body": "Hi \U000e0041\U000e0042"}),
    "large text": ("body", {"body": "ä" * (MAX_BODY // 2 + 1)}),
}


@pytest.mark.parametrize(("code", "changes"), BAD.values(), ids=BAD.keys())
def test_what_must_not_be_sent_is_refused_with_a_reason(code: str, changes: dict[str, Any]) -> None:
    refusal = made(**changes)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert refusal.reason.isprintable()
    assert len(refusal.reason) < 200


def test_a_line_break_in_a_subject_is_called_that() -> None:
    assert made(subject="Hi\nBcc: eve@evil.example") == Refusal("subject", "the subject holds a line break")


@pytest.mark.parametrize(
    ("field", "code"), [("to", "address"), ("subject", "subject"), ("body", "body"), ("verb", "proposal")]
)
def test_lone_surrogates_are_refused(field: str, code: str) -> None:
    values: dict[str, Any] = {"verb": "send", "to": "bob@example.org", "subject": "Hi", "body": "Hello", "fields": ()}
    out = EffectOut.model_construct(None, **(values | {field: "bob\ud800@example.org"}))
    refusal = compose(out, effect="gtm/F1", mission="gtm", connector="maildir", identity=IDENTITY)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


@pytest.mark.parametrize("text", ["👩‍💻 hello", "می‌خواهم", "🫨", "שלום\u200f!", "tab\there"])
def test_ordinary_writing_passes(text: str) -> None:
    assert text.strip() in read(good(body=text)).get_content()


@given(st.text(max_size=300), st.text(max_size=600))
def test_whatever_a_worker_writes_arrives_as_written_or_is_refused(subject: str, body: str) -> None:
    composed = made(subject=subject, body=body)
    if isinstance(composed, Refusal):
        return
    message = read(composed)
    assert message.keys() == [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Message-ID",
        "List-Unsubscribe",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ]
    text = body.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
    content = message.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.decode().replace("\r\n", "\n").startswith(f"{text}\n\n-- \n")


@given(st.text(alphabet="aä =?_\"'()é.", min_size=1, max_size=200))
def test_subjects_survive_encoding(subject: str) -> None:
    composed = made(subject=subject)
    if isinstance(composed, Composed):
        decoded = email.header.make_header(
            email.header.decode_header(str(email.message_from_bytes(composed.body)["Subject"]))
        )
        assert str(decoded) == subject.strip()


@given(st.binary(max_size=200), st.integers(0, 250_000_000_000_000))
def test_the_date_goes_on_and_comes_off_without_a_trace(body: bytes, at_ms: int) -> None:
    assert undated(dated(body, at_ms)) == body


def test_only_the_first_date_header_comes_off() -> None:
    assert undated(b"A: 1\r\ndate: x\r\n y\r\nDate: z\r\n\r\nDate: text") == b"A: 1\r\nDate: z\r\n\r\nDate: text"
    assert undated(b"A: 1\r\n\r\nDate: text") == b"A: 1\r\n\r\nDate: text"
    assert undated(good().body) == good().body
    assert dated(b"", 0) == b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "Ada\nBcc: eve@evil.example"},
        {"name": 'Ada" <eve@evil.example>'},
        {"name": "ceo@bank.example"},
        {"name": "Ada\u202e"},
        {"address": ""},
        {"address": "Ada <ada@sender.example>"},
        {"address": "ada@\u0430pple.com"},
        {"reply_to": "a@b.example,c@d.example"},
        {"postal": ""},
        {"postal": "    \n  "},
        {"postal": "1 Main St\x1b[2J"},
        {"unknown": "x"},
    ],
)
def test_an_identity_that_could_mislead_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Identity.model_validate(IDENTITY.model_dump() | changes)


def test_an_identity_without_reply_to_is_answered_at_its_address() -> None:
    identity = Identity(name="Zoë Größe", address="Zoe@Sender.EXAMPLE", postal="1 Main St")
    message = read(good(identity=identity))
    assert message["Reply-To"] == "Zoe@sender.example"
    assert message["From"].addresses[0].display_name == "Zoë Größe"
    assert message["From"].addresses[0].addr_spec == "Zoe@sender.example"
