"""Mail by SMTP against a real server: the bytes, every way in which it can fail, and what may be said of each."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from engine.effects.canonical import Envelope, parse
from engine.effects.mail import Composed, dated, undated
from engine.effects.protocol import Delivered, Refused, Unknown
from engine.effects.smtp import SmtpConnector
from engine.secrets.protocol import SecretError, Why
from engine.settings import ImapSent
from tests.engine.effects.contract import AT, ConnectorContract, message
from tests.engine.effects.smtp_bench import (
    KEY,
    PASSWORD,
    USERS,
    VAULT,
    Security,
    Vault,
    built,
    connector,
    send,
    settings,
    sink,
)
from tests.mailserver import Authority, Fault, ImapServer, Scripted, SmtpSink
from tests.mailserver.scripted import Line

GREETING, EHLO, OK = b"220 hi\r\n", b"250 liar\r\n", b"250 ok\r\n"


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class _Contract(ConnectorContract):
    """The contract over a real server. The Sent folder holds an older copy of ours, as every used one does."""

    look: bool

    @pytest.fixture(autouse=True)
    def _servers(self) -> Iterator[None]:
        with ExitStack() as stack:
            self.box = stack.enter_context(ImapServer(password=PASSWORD))
            self.sink = stack.enter_context(SmtpSink(users=USERS))
            self.box.put(dated(message(effect="old/F1", connector="smtp").body, AT), folder="Sent")
            self.sink.on_message = lambda taken: self.box.put(taken.body, folder="Sent")
            sent = ImapSent.model_validate(settings(self.box).model_dump(exclude={"sent"})) if self.look else None
            self.made = connector(self.sink, sent=sent)
            yield

    def connector(self) -> SmtpConnector:
        return self.made

    def delivered(self) -> list[bytes]:
        return [undated(taken.body) for taken in self.sink.messages]


class TestBlind(_Contract):
    look = False


class TestWithASentFolder(_Contract):
    look = True


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
async def test_envelope_and_bytes_arrive_as_they_were_approved(security: Security) -> None:
    text = "Hello,\n.\n..two dots\nFrom here\n" + "long " * 300 + "\nGrüße, 你好\t\n"
    made = message(connector="smtp", body=text)
    with sink(security) as server:
        answer = await send(connector(server, security), made)
    (taken,) = server.messages
    assert taken.body == dated(made.body, AT)
    assert (taken.mail_from, taken.rcpt_to) == ("ada@sender.example", ("bob@example.org",))
    assert taken.tls == (security != "none")
    assert taken.user == "ada"
    assert answer == Delivered(f"250 2.0.0 queued as 1 {made.message_id}")
    assert server.commands[-1] == "QUIT"


async def test_a_server_without_login_is_used_without_one() -> None:
    with SmtpSink(security="none") as server:
        assert isinstance(await send(connector(server, "none", user="", password="")), Delivered)
    assert server.messages[0].user == ""


REFUSALS = [
    (Fault.BUSY, "MAIL FROM was refused: 451 4.3.2 try again later"),
    (Fault.REFUSE_DATA, "the server refused the message: 554 5.6.0 not this one"),
    (Fault.DEFER_DATA, "the server refused the message: 451 4.3.0 not now"),
    (Fault.ENDLESS_BANNER, "the greeting: the server says more than it may"),
]


@pytest.mark.parametrize(("fault", "reason"), REFUSALS)
async def test_what_fails_before_the_server_took_it_is_refused_and_may_be_sent_again(fault: Fault, reason: str) -> None:
    with sink(faults=(fault,)) as server:
        smtp = connector(server)
        answer = await send(smtp)
        assert isinstance(answer, Refused)
        assert reason in answer.reason
        assert server.messages == []
        assert isinstance(await send(smtp), Delivered)
    assert len(server.messages) == 1


async def test_a_server_that_says_nothing_is_given_up() -> None:
    with sink(faults=(Fault.NO_BANNER,)) as server:
        answer = await send(connector(server, timeout=200))
    assert answer == Refused("the greeting: the server did not answer in time", temporary=True, whole=True)


@pytest.mark.parametrize("fault", [Fault.SILENT_AFTER_DATA, Fault.DROP_AFTER_DATA])
async def test_an_answer_that_was_lost_after_the_last_line_is_unknown(fault: Fault) -> None:
    with sink(faults=(fault,)) as server:
        answer = await send(connector(server, timeout=500))
    assert isinstance(answer, Unknown)
    assert len(server.messages) == 1


async def test_a_server_that_is_slow_to_take_the_whole_message_is_waited_for_and_gets_it_once() -> None:
    """Longer than any other answer may take: it was taken, and whoever gives up earlier sends it again."""
    with sink() as server:
        server.on_message = lambda _taken: time.sleep(0.6)
        smtp = SmtpConnector(settings(server, timeout=300), VAULT)
        assert isinstance(await send(smtp), Delivered)
        patient = SmtpConnector(settings(server, timeout=300), VAULT, final=100)
        assert isinstance(await send(patient, message(effect="gtm/F2", connector="smtp"), "gtm/F2"), Unknown)
    assert len(server.messages) == 2


async def test_an_engine_that_ends_does_not_wait_for_the_last_answer() -> None:
    with sink(faults=(Fault.SILENT_AFTER_DATA,)) as server:
        sending = asyncio.ensure_future(send(SmtpConnector(settings(server), VAULT)))
        while not server.messages:
            await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.get_running_loop().shutdown_default_executor()


LATER, NEVER = {"temporary": True}, {"temporary": False}
OF_ALL, OF_ONE = {"whole": True}, {"whole": False}


@pytest.mark.parametrize(
    ("answers", "meaning"),
    [
        ((b"421 closing\r\n",), LATER | OF_ALL),
        ((b"554 go away\r\n",), NEVER | OF_ALL),
        ((GREETING, EHLO, b"451 busy\r\n"), LATER | OF_ALL),
        ((GREETING, EHLO, b"550 not for you\r\n"), NEVER | OF_ALL),
        ((GREETING, EHLO, b"530 log in first\r\n"), NEVER | OF_ALL),
        ((GREETING, EHLO, b"552 too large\r\n"), NEVER | OF_ONE),
        ((GREETING, EHLO, OK, b"451 greylisted\r\n"), LATER | OF_ONE),
        ((GREETING, EHLO, OK, b"550 nobody\r\n"), NEVER | OF_ONE),
        ((GREETING, EHLO, OK, b"421 closing\r\n"), LATER | OF_ALL),
        ((GREETING, EHLO, OK, OK, b"451 later\r\n"), LATER | OF_ONE),
        ((GREETING, EHLO, OK, OK, b"354 go\r\n", b"452 full\r\n"), LATER | OF_ONE),
        ((GREETING, EHLO, OK, OK, b"354 go\r\n", b"554 spam\r\n"), NEVER | OF_ONE),
    ],
)
async def test_a_refusal_says_whether_it_passes_and_whom_it_is_about(
    answers: tuple[bytes, ...], meaning: dict[str, bool]
) -> None:
    def script(line: Line) -> None:
        line.say(answers[0])
        for answer in answers[1:]:
            heard = line.hear()
            while heard and answer is answers[-1] and answers[-2].startswith(b"354") and heard != b".\r\n":
                heard = line.hear()
            line.say(answer)
        line.hang()

    with Scripted(script) as server:
        answer = await send(connector(server, "none", user="", password="", timeout=2000))
    assert isinstance(answer, Refused)
    assert {"temporary": answer.temporary, "whole": answer.whole} == meaning


@pytest.mark.parametrize(("why", "passes"), [("locked", True), ("timeout", True), ("missing", False)])
async def test_a_password_that_is_locked_away_for_a_while_is_no_reason_to_give_up(why: Why, passes: bool) -> None:
    class Locked:
        async def get(self, reference: str) -> str:
            raise SecretError(why, reference, "is not to be had", "unlock it")

    with sink() as server:
        answer = await send(SmtpConnector(settings(server), Locked()))
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.whole) == (passes, True)


async def test_a_goodbye_that_fails_changes_nothing() -> None:
    with sink(faults=(Fault.DROP_AT_QUIT,)) as server:
        assert isinstance(await send(connector(server)), Delivered)


def to_both(made: Composed) -> tuple[bytes, bytes]:
    """The same message for two people."""
    said = parse(made.canonical)
    envelope = Envelope(mail_from=said.envelope.mail_from, rcpt_to=("bob@example.org", "eve@example.org"))
    return said.model_copy(update={"envelope": envelope}).canonical(), made.body


async def test_one_refused_recipient_refuses_all_of_it() -> None:
    effect, body = to_both(message(connector="smtp"))
    with sink() as server:
        server.refused["eve@example.org"] = "550 5.1.1 no such person"
        answer = await connector(server).deliver(effect, body, KEY, AT)
    assert answer == Refused("the recipient eve@example.org was refused: 550 5.1.1 no such person")
    assert server.messages == []
    assert server.commands == ["RSET", "QUIT"]


async def test_several_recipients_get_one_message() -> None:
    effect, body = to_both(message(connector="smtp"))
    with sink() as server:
        assert isinstance(await connector(server).deliver(effect, body, KEY, AT), Delivered)
    assert [taken.rcpt_to for taken in server.messages] == [("bob@example.org", "eve@example.org")]


async def test_a_wrong_password_is_refused_and_never_repeated() -> None:
    with SmtpSink(users={"ada": "another"}) as server:
        answer = await send(connector(server))
    assert isinstance(answer, Refused)
    assert answer.reason.startswith("the server refused the login (535")
    assert (answer.temporary, answer.whole) == (False, True)
    assert PASSWORD not in answer.reason


async def test_a_password_that_cannot_be_had_sends_nothing() -> None:
    with sink() as server:
        answer = await send(SmtpConnector(settings(server), Vault()))
        assert server.connections == 0
    assert answer == Refused("env:MAIL: is not there; cockpit keys set it", whole=True)


async def test_a_certificate_of_a_stranger_is_refused() -> None:
    stranger = Authority()
    with sink() as server:
        answer = await send(connector(server, ca_file=stranger.ca_file))
    assert isinstance(answer, Refused)
    assert answer.reason.startswith("the certificate of 127.0.0.1 is not trusted")


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_for_another_name_is_refused(security: Security) -> None:
    with sink(security, names=("mail.else.example",)) as server:
        answer = await send(connector(server, security))
    assert isinstance(answer, Refused)
    assert "is not trusted" in answer.reason
    assert server.messages == []


async def test_nothing_is_sent_in_the_clear_because_the_server_cannot_do_better() -> None:
    with SmtpSink(security="none", users=USERS) as server:
        answer = await send(connector(server, "starttls", ca_file=server.ca_file))
        assert answer == Refused("the server does not offer STARTTLS, and nothing is sent in the clear", whole=True)
        assert isinstance(await send(connector(server, "tls", ca_file=server.ca_file)), Refused)


async def test_a_server_that_is_not_there_is_refused() -> None:
    with sink() as server:
        pass
    answer = await send(connector(server))
    assert isinstance(answer, Refused)
    assert "cannot be reached" in answer.reason
    assert (answer.temporary, answer.whole) == (True, True)


async def test_a_message_that_is_too_large_is_refused_before_it_is_sent() -> None:
    with sink(limit=100) as server:
        answer = await send(connector(server))
    assert isinstance(answer, Refused)
    assert "the server takes 100" in answer.reason


@pytest.mark.parametrize(
    ("effect", "reason"),
    [
        (built(b"Subject: x\r\n\r\nbare\nline\r\n"), "line breaks"),
        (built(b"Subject: x\r\n\r\nbare\rreturn\r\n"), "line breaks"),
        (built(b"Subject: x\r\n\r\nno end"), "last line"),
        (built(b"Subject: x\r\n\r\n" + b"x" * 999 + b"\r\n"), "998"),
        (built(b"Subject: x\r\n\r\n\0\r\n"), "cannot carry"),
        (built(b"x\r\n", rcpt_to=()), "no recipient"),
        (built(b"x\r\n", rcpt_to=("bob@example.org>\r\nDATA",)), "an address"),
        (built(b"x\r\n", rcpt_to=("bob@EXAMPLE.org",)), "not written as it is sent"),
        (built(b"x\r\n", mail_from=""), "an address"),
    ],
)
async def test_what_could_not_arrive_unchanged_is_refused_here(effect: tuple[bytes, bytes], reason: str) -> None:
    with sink() as server:
        answer = await connector(server).deliver(*effect, KEY, AT)
        assert server.connections == 0
    assert isinstance(answer, Refused)
    assert reason in answer.reason
