"""One received message as a value: what it says, bounded, and never an exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evidence.inbound import MAX_REFERENCES, MAX_TEXT, html_text, inbound
from engine.values import canonical, sha256
from tests.engine.evidence import samples
from tests.engine.evidence.samples import mail, parts


def test_it_says_who_what_and_when() -> None:
    raw = mail("Yes", In_Reply_To="<b@x>", References="<a@x> <b@x>")
    message = inbound(raw)
    assert message.key == sha256(raw)
    assert message.raw == raw
    assert message.sender == "bob@example.org"
    assert message.message_id == "<answer@example.org>"
    assert message.references == ("<b@x>", "<a@x>")
    assert message.at_ms == 1_763_000_000_000
    assert message.text == "Yes"
    assert message.subject == "Re: Your question"


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("Bob <Bob@Example.org>", "bob@example.org"),
        ("bob@example.org", "bob@example.org"),
        ("bob@example.org (Bob)", "bob@example.org"),
        ('"eve@evil.example" <bob@example.org>', "bob@example.org"),
        ('"Smith, Bob" <bob@example.org>', "bob@example.org"),
        ("=?utf-8?q?B=C3=B6b?= <bob@example.org>", "bob@example.org"),
        ("Bob <bob@bücher.example>", "bob@xn--bcher-kva.example"),
        ("a@example.org, b@example.org", ""),
        ("A <a@example.org>, B <b@example.org>", ""),
        ("<>", ""),
        ("Bob", ""),
        ("Bob <bob@exa\u202emple.org>", ""),
        ("=?utf-8?q?bob=40example.org?=", ""),
        ("(" * 5000, ""),
        ('"' * 5000, ""),
        ("<" * 5000, ""),
        ("Smith, Bob <bob@example.org>", "bob@example.org"),
        ("eve@example.org, Bob <bob@example.org>", ""),
        ("bob.@docomo.example", "bob.@docomo.example"),
        ("Böb <böb@example.org>", "böb@example.org"),
        ("bob@my_host.example.org", "bob@my_host.example.org"),
        ("bob@exa\u202emple.org", ""),
    ],
)
def test_the_sender_is_one_address_or_none(header: str, sender: str) -> None:
    assert inbound(mail("x", sender=header)).sender == sender


def test_reports_refer_to_the_message_they_are_about() -> None:
    for raw in (samples.GLOBAL_DSN, samples.QMAIL, samples.HARD_DSN, samples.SOFT_DSN, samples.ARF):
        assert inbound(raw).references == ("<sent-1@sender.example>",)
    assert inbound(samples.FORWARDED_DSN).references == ()


def test_html_is_read_as_text_and_nothing_else_of_it() -> None:
    message = inbound(samples.HTML.replace("{}", "Yes &amp; <b>thanks</b>").encode())
    assert message.text == "Yes & thanks\n> unsubscribe me"
    assert message.kind == "reply"
    assert inbound(samples.HTML.replace("{}", "no thanks").encode()).kind == "stop"


def test_an_unclosed_head_does_not_swallow_the_text() -> None:
    assert html_text("<HEAD><Title>x</TITLE><p>no\nthanks</p>") == "no thanks"
    assert html_text("a<script>b</script >c<!-- d -->e<style>f") == "acef"


def test_plain_text_is_preferred_and_attachments_are_not_text() -> None:
    raw = parts(
        "mixed",
        "Content-Type: text/plain\nContent-Disposition: attachment\n\nstop",
        "Content-Type: text/html\n\n<p>stop</p>",
        "Content-Type: text/plain\n\nSounds good",
        sender="bob@example.org",
    )
    assert inbound(raw).text == "Sounds good"
    assert inbound(raw).kind == "reply"


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("iso-8859-1", "Größe".encode("latin-1"), "Größe"),
        ("windows-1252", "1 €".encode("cp1252"), "1 €"),
        ("utf-16", "Größe".encode("utf-16"), "Größe"),
        ("no-such-charset", "Größe".encode(), "Größe"),
        ("unicode_escape", b"\\ud800", "\\ud800"),
        ("zlib_codec", b"x", "x"),
        ("idna", b"xn--x", "xn--x"),
        ("us-ascii", "Größe".encode(), "Größe"),
        ('"utf-8', "Größe".encode(), "Größe"),
    ],
)
def test_a_charset_may_lie(charset: str, content: bytes, text: str) -> None:
    raw = f"From: bob@example.org\nContent-Type: text/plain; charset={charset}\n\n".encode() + content
    assert inbound(raw).text == text


@pytest.mark.parametrize(
    ("date", "at_ms"),
    [
        ("Thu, 13 Nov 2025 03:13:20 +0100", 1_763_000_000_000),
        ("13 Nov 2025 02:13:20 -0000", 1_763_000_000_000),
        ("", 0),
        ("yesterday", 0),
        ("Thu, 99 Nov 2025 02:13:20 +0000", 0),
        ("Thu, 13 Nov 99999 02:13:20 +0000", 0),
        ("Thu, 13 Nov 2025 02:13:20 +999999999999", 0),
        ("Thu, 13 Nov 1902 02:13:20 +0000", 0),
        ("1" * 3000, 0),
    ],
)
def test_a_date_is_read_or_is_zero(date: str, at_ms: int) -> None:
    assert inbound(b"From: bob@example.org\nDate: " + date.encode() + b"\n\nx").at_ms == at_ms


def nested(depth: int) -> bytes:
    head = b"From: bob@example.org\n"
    for level in range(depth):
        head += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
    return head + b"Content-Type: text/plain\n\nstop\n"


def attached(depth: int) -> bytes:
    return b"From: bob@example.org\n" + b"Content-Type: message/rfc822\n\n" * depth + b"\nstop\n"


HOSTILE = {
    "empty": b"",
    "NUL": b"\0" * 10_000,
    "no header": b"\n\nhello",
    "binary": bytes(range(256)) * 100,
    "nested 15": nested(15),
    "nested 500": nested(500),
    "nested 5000": nested(5_000),
    "attached 5000": attached(5_000),
    "many parts": parts("mixed", *["Content-Type: text/html\n\n<p>x</p>"] * 5_000),
    "no boundary": b"From: a@b.org\nContent-Type: multipart/mixed\n\n--x\n\nhello",
    "empty boundary": b'From: a@b.org\nContent-Type: multipart/mixed; boundary=""\n\n--\n\nhello\n----',
    "report without parts": b"From: a@b.org\nContent-Type: multipart/report; report-type=delivery-status\n\nx",
    "odd parameters": b"From: a@b.org\nContent-Type: multipart/report; report-type*=x'y'%ff; boundary*0=a; a*1=b\n\nx",
    "encoded type": b"From: a@b.org\nContent-Type: =?x?q?=ff?=; charset*=utf-99''%ff\n\nx",
    "long line": b"From: a@b.org\n\n" + b"x" * 3_000_000,
    "long header": b"Subject: " + b"x" * 3_000_000 + b"\n\nx",
    "many headers": b"X: y\n" * 200_000 + b"\nx",
    "many references": b"References: " + b"<a@b> " * 200_000 + b"\n\nx",
    "many encoded words": b"Subject: " + b"=?utf-8?q?x?= " * 100_000 + b"\n\nx",
    "broken encoded word": b"Subject: =?utf-8?b?!!!?= =?x?y?z?=\nFrom: =?idna?q?=ff?= <a@b.org>\n\nx",
    "broken base64": b"From: a@b.org\nContent-Transfer-Encoding: base64\n\n=!=!=a",
    "unclosed tags": b"From: a@b.org\nContent-Type: text/html\n\n" + b"<" * 200_000,
    "unclosed scripts": b"From: a@b.org\nContent-Type: text/html\n\n" + b"<script>" * 25_000,
    "closed scripts": b"From: a@b.org\nContent-Type: text/html\n\n" + b"<script></SCRIPT>" * 12_000,
    "half closed scripts": b"From: a@b.org\nContent-Type: text/html\n\n" + b"<script></script" * 12_000,
    "comments": b"From: a@b.org\nContent-Type: text/html\n\n" + b"<!--" * 50_000,
    "entities": b"From: a@b.org\nContent-Type: text/html\n\n" + b"&#xd800;&#0;&#x110000;" * 5_000,
    "quotes": b"From: a@b.org\nContent-Type: text/html\n\n" + b"<blockquote>" * 15_000,
    "delivery status of text": b"From: a@b.org\nContent-Type: message/delivery-status\n\nhello\n\n\n\nworld",
    "large status": parts("report", samples.delivery_status(*[samples.HARD] * 5_000)),
    "bidi": "From: a@b.org\nSubject: \u202estop\n\n\u202epots".encode(),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_is_read_in_time_and_without_an_error(raw: bytes) -> None:
    started = time.process_time()
    message = inbound(raw)
    assert time.process_time() - started < 2
    assert len(message.text) <= MAX_TEXT
    assert len(message.references) <= MAX_REFERENCES
    canonical(
        [message.text, message.subject, message.sender, message.message_id, *message.references, *message.bounced]
    )


def test_deep_nesting_still_has_a_sender() -> None:
    assert inbound(nested(5_000)).sender == "bob@example.org"


headers = st.sampled_from(
    [
        "From",
        "Subject",
        "Date",
        "Content-Type",
        "References",
        "Content-Transfer-Encoding",
        "Auto-Submitted",
        "Message-ID",
    ]
)
values = st.binary(max_size=60) | st.sampled_from(
    [b"multipart/report; boundary=b", b"message/rfc822", b"text/html; charset=utf-7", b"base64", b"a@b.org", b"<>"]
)


@given(st.lists(st.tuples(headers, values), max_size=6), st.binary(max_size=200))
def test_nothing_that_arrives_raises(fields: list[tuple[str, bytes]], body: bytes) -> None:
    raw = b"".join(name.encode() + b": " + value + b"\n" for name, value in fields) + b"\n" + body
    message = inbound(raw)
    canonical(
        [message.text, message.subject, message.sender, message.message_id, *message.references, *message.bounced]
    )
    assert message.at_ms >= 0
    assert inbound(raw) == message


@given(st.text(alphabet="<>/!-&;# abpscript", max_size=200))
def test_any_markup_becomes_text(markup: str) -> None:
    html_text(markup)
