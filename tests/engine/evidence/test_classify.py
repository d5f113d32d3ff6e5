"""What kind of message came back. A table of real-looking messages; the cost of an error decides the rules."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evidence.classify import Seen, classify, own_lines, stops, stops_by_subject
from engine.evidence.inbound import inbound
from tests.engine.evidence import samples
from tests.engine.evidence.samples import mail


@pytest.mark.parametrize("text", samples.STOPS.values(), ids=samples.STOPS.keys())
def test_a_clear_no_is_a_stop(text: str) -> None:
    assert inbound(mail(text)).kind == "stop"


@pytest.mark.parametrize("text", samples.REPLIES.values(), ids=samples.REPLIES.keys())
def test_an_ordinary_answer_is_a_reply(text: str) -> None:
    assert inbound(mail(text)).kind == "reply"


@pytest.mark.parametrize("raw", samples.AUTOS.values(), ids=samples.AUTOS.keys())
def test_a_machine_is_no_reply(raw: bytes) -> None:
    assert inbound(raw).kind == "auto"


def test_auto_submitted_no_is_a_person() -> None:
    assert inbound(mail("Yes please", Auto_Submitted="no")).kind == "reply"


@pytest.mark.parametrize(
    "subject", ["unsubscribe", "UNSUBSCRIBE", "Re: Unsubscribe", "stop", "Abmelden", "désinscription", "baja"]
)
def test_an_unsubscribe_button_is_a_stop_whoever_pressed_it(subject: str) -> None:
    assert inbound(mail("", subject=subject)).kind == "stop"
    assert inbound(mail("", subject=subject, Auto_Submitted="auto-generated")).kind == "stop"


@pytest.mark.parametrize("subject", ["", "Re: How to unsubscribe people", "Re: stop motion", "stop the press"])
def test_an_ordinary_subject_is_not(subject: str) -> None:
    assert not stops_by_subject(subject)


@pytest.mark.parametrize(
    ("raw", "kind", "bounced"),
    [
        (samples.HARD_DSN, "bounce", ("bob@example.org", "bob@inner.example")),
        (samples.SOFT_DSN, "auto", ("bob@example.org",)),
        (samples.GAVE_UP_DSN, "auto", ("bob@example.org",)),
        (samples.MIXED_DSN, "bounce", ("bob@example.org", "bob@inner.example")),
        (samples.DELIVERED_DSN, "auto", ("bob@example.org",)),
        (samples.EMPTY_DSN, "auto", ()),
        (samples.READ_RECEIPT, "auto", ()),
        (samples.ARF, "complaint", ("bob@example.org",)),
        (samples.FORWARDED_DSN, "reply", ()),
        (
            mail("x", X_Failed_Recipients="Bob@example.org, eve@example.org"),
            "bounce",
            ("bob@example.org", "eve@example.org"),
        ),
        (samples.ARF.replace(b"abuse", b"auth-failure"), "auto", ("bob@example.org",)),
        (samples.ARF.replace(b"abuse", b"not-spam"), "auto", ("bob@example.org",)),
        (samples.COMMENTED_DSN, "bounce", ("bob@example.org", "bob@inner.example")),
        (samples.GLOBAL_DSN, "bounce", ("bob@example.org", "bob@inner.example")),
        (samples.QMAIL, "bounce", ("bob@example.org",)),
        (samples.QMAIL.replace(b"#5.1.1", b"#4.4.1"), "auto", ("bob@example.org",)),
        (samples.QMAIL.replace(b"MAILER-DAEMON@", b"bob@"), "auto", ()),
        (samples.EXIM_PARTS, "bounce", ("bob@example.org",)),
    ],
    ids=[
        *("hard", "soft", "gave up", "mixed", "delivered", "empty", "read receipt", "complaint", "forwarded", "exim"),
        *("dmarc", "not spam", "commented", "global", "qmail", "qmail later", "qmail quoted", "exim in parts"),
    ],
)
def test_reports_say_what_became_of_a_message(raw: bytes, kind: str, bounced: tuple[str, ...]) -> None:
    message = inbound(raw)
    assert (message.kind, message.bounced) == (kind, bounced)


def test_nobody_wrote_nothing() -> None:
    assert classify(Seen()) == "other"
    assert classify(Seen(sender="bob@example.org")) == "other"
    assert classify(Seen(text="hello")) == "other"


@given(st.text(max_size=400), st.text(max_size=80))
def test_any_text_has_a_kind(text: str, subject: str) -> None:
    assert classify(Seen(text=text, subject=subject, sender="bob@example.org")) in ("reply", "stop", "auto", "other")
    assert all(line and not line.startswith(">") for line in own_lines(text))


@pytest.mark.parametrize(
    "text",
    [
        "on " * 7_000,
        "On " + "a wrote " * 2_500 + ":",
        "not " * 5_000,
        "hi " * 7_000,
        "no, " * 5_000,
        "take me " * 2_500,
        ">" * 20_000,
        "\n" * 20_000,
        "on x\n" * 4_000,
        "but " * 5_000 + "not interested",
        "-" * 20_000,
        "_" * 20_000,
        "am schrieb " * 1_800 + ":",
    ],
    ids=lambda text: text[:8].strip() or "blank",
)
def test_no_text_is_slow(text: str) -> None:
    started = time.process_time()
    stops(text)
    stops_by_subject(text)
    assert time.process_time() - started < 1
