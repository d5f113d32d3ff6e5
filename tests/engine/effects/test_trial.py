"""Trying out mail: the message to oneself is an effect like any other, and a greeting sends nothing."""

from __future__ import annotations

import socket

from engine.effects.canonical import parse
from engine.effects.mail import Composed, Identity
from engine.effects.protocol import mismatch
from engine.effects.trial import greet_folder, greet_smtp, to_oneself
from engine.settings import ImapSent, Smtp
from tests.mailserver import Scripted, SmtpSink

IDENTITY = Identity(name="Ada", address="ada@yours.example", postal="1 Example Street")


def made(at_ms: int) -> Composed:
    message = to_oneself(IDENTITY, at_ms)
    assert isinstance(message, Composed)
    return message


def test_the_message_goes_from_oneself_to_oneself() -> None:
    said = parse(made(1).canonical)
    assert (said.envelope.mail_from, said.envelope.rcpt_to) == ("ada@yours.example", ("ada@yours.example",))
    assert mismatch(made(1).canonical, made(1).body, "smtp") == ""


def test_every_message_is_another_one() -> None:
    assert made(1).message_id != made(2).message_id


def test_a_greeting_sends_nothing() -> None:
    with SmtpSink(security="none") as server:
        assert greet_smtp(Smtp(host=server.host, port=server.port, security="none"), "") == ""
        assert server.messages == []


def test_a_server_that_is_not_there_or_lies_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "reached" in greet_smtp(Smtp(host="127.0.0.1", port=port, security="none"), "")
    assert "reached" in greet_folder(ImapSent(host="127.0.0.1", port=port, security="none"), "")
    with Scripted(lambda line: line.say(b"554 go away\r\n")) as server:
        assert "554" in greet_smtp(Smtp(host=server.host, port=server.port, security="none"), "")
