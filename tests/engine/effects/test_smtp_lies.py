"""Servers that lie to whoever sends mail: nonsense, early answers, echoes of the password, and what they lack."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from engine.effects.protocol import Delivered, Refused, Unknown
from engine.effects.smtp import SmtpConnector
from tests.engine.effects.contract import AT, message
from tests.engine.effects.smtp_bench import (
    KEY,
    PASSWORD,
    Answer,
    Vault,
    built,
    connector,
    send,
    settings,
    sink,
)
from tests.mailserver import Fault, Scripted
from tests.mailserver.scripted import Line


def lying(*answers: bytes, after: bytes = b"250 ok\r\n") -> Callable[[Line], None]:
    """A server that greets, then answers one command after the other as told, and everything else with `after`."""

    def script(line: Line) -> None:
        line.say(answers[0])
        for answer in answers[1:]:
            if not line.hear():
                return
            line.say(answer)
        while line.hear():
            line.say(after)

    return script


EHLO = b"250-liar\r\n250 8BITMIME\r\n"
OK = b"250 ok\r\n"
UP_TO_DATA = (b"220 hi\r\n", EHLO, OK, OK)


async def against(script: Callable[[Line], None], made: tuple[bytes, bytes] | None = None, **more: Any) -> Answer:
    with Scripted(script) as server:
        smtp = connector(server, "none", **({"user": "", "password": "", "timeout": 500} | more))
        effect, body = made or built(b"Subject: x\r\n\r\nhello\r\n")
        return await smtp.deliver(effect, body, KEY, AT)


def ending(*last: bytes, drop: bool = False) -> Callable[[Line], None]:
    """A server that takes the message and answers its end with these bytes."""

    def script(line: Line) -> None:
        line.say(UP_TO_DATA[0])
        for answer in (*UP_TO_DATA[1:], b"354 go\r\n"):
            line.hear()
            line.say(answer)
        while line.hear() not in (b".\r\n", b""):
            pass
        for part in last:
            line.say(part)
        if drop:
            line.drop()
        line.hang()

    return script


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ((b"250 ok\r\n",), Delivered),
        ((b"251 forwarded\r\n",), Delivered),
        ((b"250-one\r\n", b"250 two\r\n"), Delivered),
        ((b"451 later\r\n",), Refused),
        ((b"550 no\r\n",), Refused),
        ((b"354 what?\r\n",), Unknown),
        ((b"hello there\r\n",), Unknown),
        ((b"250-never ending\r\n" * 50_000,), Unknown),
        ((b"2" * 10_000 + b"\r\n",), Unknown),
        ((b"250",), Unknown),
        ((), Unknown),
    ],
)
async def test_only_a_clear_answer_to_the_last_line_counts(last: tuple[bytes, ...], kind: type) -> None:
    assert isinstance(await against(ending(*last)), kind)


async def test_an_answer_that_came_before_the_question_does_not_count() -> None:
    answer = await against(lying(*UP_TO_DATA, b"354 go\r\n250 taken already\r\n"))
    assert isinstance(answer, Refused)
    assert "broke off" in answer.reason


@pytest.mark.parametrize("answer", [b"\xff\xfe\r\n", b"", b"99\r\n", b"abc def\r\n", b"250-x\r\n" * 100_000])
async def test_nonsense_before_the_message_is_a_refusal(answer: bytes) -> None:
    for place in range(4):
        answers = [*UP_TO_DATA]
        answers[place] = answer
        assert isinstance(await against(lying(*answers, b"500 lost\r\n"), timeout=300), Refused)


async def test_a_line_that_drops_within_the_message_is_a_refusal() -> None:
    """So large that it cannot all be on its way when the line drops."""
    large = built(b"Subject: x\r\n\r\n" + b"line\r\n" * 5_000_000)

    def script(line: Line) -> None:
        line.say(UP_TO_DATA[0])
        for answer in (*UP_TO_DATA[1:], b"354 go\r\n"):
            line.hear()
            line.say(answer)
        line.hear()

    answer = await against(script, large, timeout=5000)
    assert isinstance(answer, Refused)
    assert answer.reason.startswith("the message: ")


async def test_a_server_that_drops_while_it_reads_has_delivered_nothing_that_we_claim() -> None:
    """Whether our last line had left before the line dropped is a race, and either truth may be told."""
    with sink(faults=(Fault.DROP_IN_DATA,)) as server:
        assert isinstance(await send(connector(server)), Refused | Unknown)
    assert server.messages == []


async def test_what_a_server_says_is_cleaned_and_cut() -> None:
    said = b"550 no \x1b[31m\xe2\x80\xaered" + b"x" * 2000 + b"\r\n"
    answer = await against(ending(said))
    assert isinstance(answer, Refused)
    assert "\x1b" not in answer.reason
    assert "\u202e" not in answer.reason
    assert len(answer.reason) < 300


async def test_a_server_that_repeats_the_password_is_not_quoted() -> None:
    packed = base64.b64encode(f"\0ada\0{PASSWORD}".encode())
    ehlo = b"250-liar\r\n250 AUTH PLAIN\r\n"
    echo = b"550 you said " + packed + b" and " + PASSWORD.encode() + b"\r\n"
    for answers in ((b"220 hi\r\n", ehlo, echo), (b"220 hi\r\n", ehlo, b"235 in\r\n", echo)):
        ascii_only = Vault(**{"env:MAIL": "hunter2"})
        lines = tuple(part.replace(packed, base64.b64encode(b"\0ada\0hunter2")) for part in answers)
        with Scripted(lying(*(part.replace(PASSWORD.encode(), b"hunter2") for part in lines))) as server:
            smtp = SmtpConnector(settings(server, "none"), ascii_only)
            answer = await send(smtp)
        assert isinstance(answer, Refused)
        assert "hunter2" not in answer.reason
        assert base64.b64encode(b"\0ada\0hunter2").decode() not in answer.reason


@pytest.mark.parametrize(
    ("body", "ehlo", "reason"),
    [
        (b"Subject: x\r\n\r\nh\xc3\xa9\r\n", b"250 liar\r\n", "8BITMIME"),
        (b"Subject: h\xc3\xa9\r\n\r\nhi\r\n", EHLO, "SMTPUTF8"),
    ],
)
async def test_what_a_message_needs_and_the_server_lacks_is_said(body: bytes, ehlo: bytes, reason: str) -> None:
    answer = await against(lying(b"220 hi\r\n", ehlo), built(body))
    assert answer == Refused(f"the message needs {reason}, which the server does not offer")


async def test_what_a_server_slips_in_before_tls_begins_is_refused() -> None:
    script = lying(b"220 hi\r\n", b"250-liar\r\n250 STARTTLS\r\n", b"220 go\r\n250 injected\r\n")
    with Scripted(script) as server, sink() as real:
        answer = await send(connector(server, "starttls", ca_file=real.ca_file))
    assert isinstance(answer, Refused)
    assert "before TLS" in answer.reason


async def test_a_key_that_was_delivered_is_not_delivered_again() -> None:
    with sink() as server:
        smtp = connector(server)
        first = await send(smtp)
        assert await send(smtp) == first
        other = message(connector="smtp", body="Something else.")
        assert await send(smtp, other) == Refused("this key was used for another message")
    assert len(server.messages) == 1


async def test_a_server_that_offers_no_login_we_know_is_not_asked_again_and_again() -> None:
    with Scripted(lying(b"220 hi\r\n", b"250-me\r\n250 AUTH XOAUTH2\r\n")) as server:
        answer = await send(connector(server, "none"))
    assert answer == Refused("the server offers no login that can be used, only XOAUTH2", whole=True)
