"""Replies over IMAP: from a real server, read without a mark and once; and from servers that lie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.effects.mail import person
from engine.evidence.imap import ImapInbox
from engine.evidence.inbound import MAX_TEXT, Inbound
from engine.evidence.mailbox import MAX_MESSAGE
from engine.evidence.sources import Inbox, Reading
from engine.secrets.protocol import SecretError
from engine.settings import MailInbox
from engine.values import DAY
from tests.mailserver import ImapServer, Scripted
from tests.mailserver.scripted import Line

PASSWORD = "hunter2 & Söhne"
SENT = datetime.now(UTC)
SENT_MS = int(SENT.timestamp() * 1000)
MESSAGE_ID = "<m1@yours.example>"


class Vault:
    """The password, or none."""

    def __init__(self, password: str = PASSWORD) -> None:
        self._password = password

    async def get(self, reference: str) -> str:
        if not self._password:
            raise SecretError("missing", reference, "is not there", "cockpit keys set it")
        return self._password


def settings(server: Any, **more: Any) -> MailInbox:
    given = {
        "kind": "imap",
        "host": server.host,
        "port": server.port,
        "security": getattr(server, "security", "none"),
        "user": "ada",
        "password": "env:MAIL",
        "ca_file": getattr(server, "ca_file", ""),
        "timeout": 3000,
    }
    return MailInbox.model_validate(given | more)


def reply(text: str, *, sender: str = "Bob <bob@post.example>", more: str = "", about: str = MESSAGE_ID) -> bytes:
    number = sum(text.encode())
    head = f"From: {sender}\r\nSubject: Re: Hello\r\nIn-Reply-To: {about}\r\nMessage-ID: <r{number}@post.example>"
    return f"{head}\r\n{more}\r\n{text}\r\n".encode()


YES = reply("Yes, tell me more.")
STOP = reply("Please stop writing to me.", sender="eve@post.example", about="<m2@yours.example>")
AWAY = reply("I am away until Monday. Stop by then.", more="Auto-Submitted: auto-replied\r\n")
BOUNCE = (
    b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    b"Final-Recipient: rfc822; carl@post.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <m3@yours.example>\r\nSubject: Hello\r\n\r\nhi\r\n"
    b"--b--\r\n"
)


def check(**more: Any) -> dict[str, Any]:
    """A check job: mails went to Bob, Eve and Carl."""
    sent = [
        {
            "effect": f"F{number}",
            "branch": "B2",
            "message_id": f"<m{number}@yours.example>",
            "persons": [person(f"{name}@post.example")],
            "at": SENT_MS,
            "digest": f"d{number}",
        }
        for number, name in enumerate(("bob", "eve", "carl"), 1)
    ]
    body = {"check": "K1", "rehearsed": False, "seed": 1, "known": [], "reply_ppm": 0, "now": SENT_MS, "until": 0}
    return body | {"sent": sent} | more


def over(server: Any, vault: Vault | None = None, **more: Any) -> Inbox:
    """The sources of a home whose replies come in at this server."""
    chosen = settings(server, **more)
    return Inbox(None, chosen=lambda: chosen, secrets=vault or Vault())  # type: ignore[arg-type]


def kinds(reading: Reading) -> dict[str, str]:
    """The kind of each message that was found, by effect."""
    return {found["effect"]: found["kind"] for found in reading.found}


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
async def test_replies_stops_and_bounces_are_found_without_a_mark(security: Any) -> None:
    with ImapServer(security=security, password=PASSWORD) as server:
        for raw in (YES, STOP, BOUNCE, b"From: stranger@else.example\r\nSubject: hi\r\n\r\nhello\r\n"):
            server.put(raw)
        reading = await over(server, security=security, ca_file=server.ca_file)(check())
        assert server.flags() == [frozenset()] * 4
    assert reading.error == ""
    assert kinds(reading) == {"F1": "reply", "F2": "stop", "F3": "bounce"}
    people = {found["effect"]: found["person"] for found in reading.found}
    assert people["F2"] == person("eve@post.example")
    assert people["F3"] == person("carl@post.example")


async def test_what_a_machine_answers_is_no_reply_and_stops_nobody() -> None:
    with ImapServer(password=PASSWORD) as server:
        server.put(AWAY)
        assert kinds(await over(server)(check())) == {"F1": "auto"}


async def test_a_report_about_a_forwarded_address_means_the_person_we_wrote_to() -> None:
    with ImapServer(password=PASSWORD) as server:
        server.put(BOUNCE.replace(b"carl@post.example", b"carl.private@else.example"))
        (found,) = (await over(server)(check())).found
    assert (found["kind"], found["person"]) == ("bounce", person("carl@post.example"))


async def test_a_message_is_read_once_and_remembered() -> None:
    with ImapServer(password=PASSWORD) as server:
        server.put(YES)
        inbox = over(server)
        (found,) = (await inbox(check())).found
        assert (await inbox(check(known=[found["key"]]))).found == []
        server.put(STOP)
        assert kinds(await inbox(check(known=[found["key"]]))) == {"F2": "stop"}
        server.remake()
        assert kinds(await inbox(check())) == {"F1": "reply", "F2": "stop"}, "what was seen once still counts"


async def test_another_generation_of_the_folder_is_read_anew() -> None:
    with ImapServer(password=PASSWORD) as server:
        server.put(YES)
        inbox = over(server)
        await inbox(check())
        server.remake()
        server.put(STOP)  # has the number that the other one had
        assert kinds(await inbox(check())) == {"F1": "reply", "F2": "stop"}


async def test_mail_from_long_before_the_first_sending_is_not_read() -> None:
    with ImapServer(password=PASSWORD) as server:
        server.put(STOP, at=SENT - timedelta(days=30))
        server.put(YES, at=SENT - timedelta(hours=20))
        inbox = ImapInbox(settings(server, security="tls"), Vault())
        messages, error = await inbox.read(SENT_MS)
    assert ([message.kind for message in messages], error) == (["reply"], "")


async def test_of_a_message_that_is_too_large_the_beginning_counts() -> None:
    with ImapServer(password=PASSWORD) as server:
        server.put(STOP + b"\r\nx" * (MAX_MESSAGE // 3 + 1))
        server.put(YES)
        messages, error = await ImapInbox(settings(server, security="tls"), Vault()).read(SENT_MS)
        reading = await over(server)(check())
    assert (kinds(reading), reading.error) == ({"F1": "reply", "F2": "stop"}, "")
    assert error == ""
    assert all(len(message.text) <= MAX_TEXT for message in messages)


async def test_without_anything_sent_nobody_is_asked() -> None:
    with Scripted(lambda line: line.drop()) as server:
        assert await over(server)(check(sent=[])) == Reading([], {})


@pytest.mark.parametrize(
    ("more", "vault", "error"),
    [
        ({"folder": "Nowhere"}, Vault(), "opening the folder was refused"),
        ({"user": "eve"}, Vault(), "the login was refused"),
        ({}, Vault("wrong"), "the login was refused"),
        ({}, Vault(""), "is not there"),
        ({}, Vault("line\r\nbreak"), "cannot be sent"),
        ({"ca_file": ""}, Vault(), "is not trusted"),
        ({"port": 1}, Vault(), "cannot be reached"),
        ({"folder": "Ärger & Söhne/日本"}, Vault(), ""),
    ],
)
async def test_what_keeps_us_out_is_said_without_the_password(more: dict[str, Any], vault: Vault, error: str) -> None:
    with ImapServer(password=PASSWORD, folders=("INBOX", "Ärger & Söhne/日本")) as server:
        reading = await over(server, vault, **({"security": "tls"} | more))(check())
    assert error in reading.error
    assert bool(reading.error) == bool(error)
    assert reading.found == []
    assert PASSWORD not in reading.error
    assert "wrong" not in reading.error


async def test_a_server_without_starttls_gets_no_password() -> None:
    with ImapServer(security="none", password=PASSWORD) as server:
        reading = await over(server, security="starttls", ca_file=server.ca_file)(check())
    assert "STARTTLS" in reading.error


# -- servers that lie

Mood = Callable[[Line, bytes, bytes], bool]
"""Whether it has answered a command in its own way: the line, the command's tag, and the rest."""


def fetched(number: int, content: bytes, *, size: int | None = None, uid: int | None = None) -> bytes:
    said = len(content) if size is None else size
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (number, uid or number, said, content)


def server_with(mood: Mood, *messages: bytes) -> Scripted:
    """A server that behaves, but for its mood."""

    def script(line: Line) -> None:
        line.say(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n")
        while heard := line.hear():
            tag, _, command = heard.strip().partition(b" ")
            if mood(line, tag, command):
                continue
            verb = command.split(b" ")[0].upper()
            if verb == b"CAPABILITY":
                line.say(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
            elif verb == b"AUTHENTICATE":
                line.say(b"+ \r\n")
                line.hear()
            elif verb == b"EXAMINE":
                line.say(b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n" % len(messages))
            elif b"SEARCH" in command:
                line.say(b"* SEARCH " + b" ".join(b"%d" % n for n in range(1, len(messages) + 1)) + b"\r\n")
            elif b"RFC822.SIZE" in command:
                for number, raw in enumerate(messages, 1):
                    line.say(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, number, len(raw)))
            elif b"BODY.PEEK[]" in command:
                number = int(command.split(b" ")[2])
                line.say(fetched(number, messages[number - 1]))
            line.say(tag + b" OK done\r\n")

    return Scripted(script)


def when(part: bytes, answer: Callable[[Line, bytes], None]) -> Mood:
    """A mood about commands that hold a part."""

    def mood(line: Line, tag: bytes, command: bytes) -> bool:
        if part not in command:
            return False
        answer(line, tag)
        return True

    return mood


def say(*data: bytes) -> Callable[[Line, bytes], None]:
    def answer(line: Line, tag: bytes) -> None:
        for part in data:
            line.say(part.replace(b"TAG", tag))

    return answer


def broken_off(line: Line) -> None:
    line.say(b"* 1 FETCH (UID 1 BODY[] {500}\r\nFr")
    line.drop()


async def test_the_scripted_server_behaves_when_it_is_not_moody() -> None:
    with server_with(lambda line, tag, command: False, YES, STOP) as server:
        reading = await over(server)(check())
    assert (kinds(reading), reading.error) == ({"F1": "reply", "F2": "stop"}, "")


LIES: dict[str, Mood] = {
    "a literal that never comes": when(b"BODY.PEEK[]", say(b"* 1 FETCH (UID 1 BODY[] {5000}\r\nshort\r\n")),
    "a literal beyond all bounds": when(b"BODY.PEEK[]", say(b"* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\n")),
    "a literal shorter than it is": when(b"BODY.PEEK[]", say(fetched(1, STOP, size=10), b"TAG OK done\r\n")),
    "the answer to another question": when(b"BODY.PEEK[]", say(fetched(9, STOP), b"TAG OK done\r\n")),
    "another command's tag": when(b"BODY.PEEK[]", say(b"ZZZZ99 OK done\r\n")),
    "no message at all": when(b"BODY.PEEK[]", say(b"TAG OK done\r\n")),
    "an endless line": when(b"SEARCH", say(b"* SEARCH " + b"1 " * 3_000_000)),
    "endless lines": when(b"SEARCH", say(*[b"* 5 EXISTS\r\n" * 20_000] * 20)),
    "garbage": when(b"SEARCH", say(b"\xff\x00\xfe{\r\n* {\r\n\x80\r\n")),
    "garbage as numbers": when(b"SEARCH", say(b"* SEARCH one -2 99999999999 0\r\nTAG NO \xff\xff\r\n")),
    "no generation": when(b"EXAMINE", say(b"* 1 EXISTS\r\nTAG OK done\r\n")),
    "a generation that is no number": when(b"EXAMINE", say(b"* OK [UIDVALIDITY x] y\r\nTAG OK done\r\n")),
    "a sudden goodbye": when(b"SEARCH", say(b"* BYE shutting down\r\nTAG BAD x\r\n")),
    "silence": when(b"SEARCH", lambda line, tag: line.hang()),
    "the line drops": when(b"SEARCH", lambda line, tag: line.drop()),
    "a drop within a message": when(b"BODY.PEEK[]", lambda line, tag: broken_off(line)),
    "no login": when(b"AUTHENTICATE", say(b"TAG NO hunter2\r\n")),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_a_lie_is_an_error_of_the_check_and_suppresses_nobody(lie: Mood) -> None:
    with server_with(lie, STOP) as server:
        reading = await over(server, Vault("hunter2"), timeout=400)(check())
    assert reading.error.startswith("127.0.0.1: ")
    assert reading.found == []
    assert "hunter2" not in reading.error
    assert reading.error.isprintable()
    assert len(reading.error) < 400


@pytest.mark.parametrize("greeting", [b"* BYE go away\r\n", b"nonsense\r\n", b"x" * 3_000_000, b"", b"* PREAUTH\r\n"])
async def test_a_greeting_that_is_none_is_an_error(greeting: bytes) -> None:
    def script(line: Line) -> None:
        line.say(greeting)
        line.hang()

    with Scripted(script) as server:
        reading = await over(server, timeout=300)(check())
    assert reading.error
    assert reading.found == []


async def test_a_poisoned_message_hides_nothing_else_for_long() -> None:
    """It is the newest, so it is read first; the next reading takes everything else before it."""
    poison = when(b"FETCH 3 (UID BODY.PEEK[]", say(b"* 3 FETCH (UID 3 BODY[] {9999999}\r\n"))
    with server_with(poison, YES, STOP, BOUNCE) as server:
        inbox = over(server, timeout=400)
        assert (await inbox(check())).error
        reading = await inbox(check())
    assert kinds(reading) == {"F1": "reply", "F2": "stop"}
    assert reading.error


async def test_numbers_that_go_backwards_are_messages_like_others() -> None:
    calls: list[bytes] = []

    def mood(line: Line, tag: bytes, command: bytes) -> bool:
        if b"SEARCH" not in command:
            return False
        calls.append(command)
        line.say(b"* SEARCH 2\r\n" if len(calls) == 1 else b"* SEARCH 1\r\n")
        line.say(tag + b" OK done\r\n")
        return True

    with server_with(mood, YES, STOP) as server:
        inbox = over(server)
        assert kinds(await inbox(check())) == {"F2": "stop"}
        assert kinds(await inbox(check())) == {"F1": "reply", "F2": "stop"}


async def test_only_reading_commands_are_sent() -> None:
    heard: list[bytes] = []

    def mood(line: Line, tag: bytes, command: bytes) -> bool:
        heard.append(command)
        return False

    with server_with(mood, YES) as server:
        await over(server)(check())
    verbs = {command.split(b" ")[0].upper() for command in heard}
    assert verbs == {b"CAPABILITY", b"AUTHENTICATE", b"EXAMINE", b"UID", b"LOGOUT"}
    asked = [command for command in heard if command.startswith(b"UID FETCH")]
    assert all(b"BODY[" not in command for command in asked)


async def test_what_is_kept_has_no_raw_bytes() -> None:
    with server_with(lambda line, tag, command: False, YES) as server:
        messages, _ = await ImapInbox(settings(server), Vault()).read(SENT_MS - DAY)
    assert [isinstance(message, Inbound) and message.raw for message in messages] == [b""]
