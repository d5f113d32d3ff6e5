"""Looking up in the Sent folder what became of a mail whose answer was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from engine.effects.canonical import parse
from engine.effects.mail import Composed, dated
from engine.effects.protocol import Delivered, NotFound, Unknown
from engine.effects.smtp import SETTLE, SmtpConnector
from engine.settings import ImapSent
from engine.values import DAY, MINUTE
from tests.engine.effects.contract import AT, message
from tests.engine.effects.smtp_bench import (
    KEY,
    PASSWORD,
    VAULT,
    connector,
    settings,
    sink,
)
from tests.mailserver import ImapServer


class Looked:
    """A connector whose Sent folder is looked into, and the waits it makes."""

    def __init__(self, box: Any, longest: int = 3000, **more: Any) -> None:
        self.waited: list[int] = []
        self.between: Callable[[], None] = lambda: None
        sent = {"folder": "Sent", "timeout": 500} | more
        given = settings(box).model_dump(exclude={"sent", "timeout"})
        smtp = settings(box, sent=ImapSent.model_validate(given | sent), timeout=longest)
        self.made = message(connector="smtp")
        self._connector = SmtpConnector(smtp, VAULT, sleep=self._sleep)

    async def _sleep(self, ms: int) -> None:
        self.waited.append(ms)
        await asyncio.to_thread(self.between)

    async def ask(self, age: int = DAY) -> Delivered | NotFound | Unknown:
        return await self._connector.lookup(KEY, self.made.canonical, age)


def imap() -> AbstractContextManager[ImapServer]:
    return ImapServer(password=PASSWORD)


def copy_of(made: Composed) -> bytes:
    return dated(made.body, AT)


OLDER = copy_of(message(effect="gtm/F0", connector="smtp"))


async def test_right_after_sending_a_missing_copy_says_nothing_yet() -> None:
    """Servers copy late: a message that appears while we wait was sent."""
    with imap() as box:
        box.put(OLDER, folder="Sent")
        looked = Looked(box)
        looked.between = lambda: box.put(copy_of(looked.made), folder="Sent")
        assert isinstance(await looked.ask(), Delivered)
        assert looked.waited == [SETTLE]


async def test_two_searches_well_apart_find_nothing_among_copies_of_ours() -> None:
    with imap() as box:
        box.put(OLDER, folder="Sent")
        looked = Looked(box)
        assert await looked.ask() == NotFound()
        assert looked.waited == [SETTLE]


@pytest.mark.parametrize(("age", "waits"), [(0, 11 * MINUTE), (10 * MINUTE, MINUTE), (-DAY, 11 * MINUTE)])
async def test_a_missing_copy_counts_only_when_no_server_would_take_the_message_any_more(age: int, waits: int) -> None:
    """A server may answer the last line ten minutes later, long after the line to it dropped."""
    with imap() as box:
        box.put(OLDER, folder="Sent")
        looked = Looked(box)
        assert await looked.ask(age) == NotFound()
        assert looked.waited == [waits]


async def test_a_server_that_may_take_longer_is_waited_for_longer() -> None:
    with imap() as box:
        box.put(OLDER, folder="Sent")
        looked = Looked(box, longest=3_600_000)
        await looked.ask(0)
        assert looked.waited == [61 * MINUTE]


async def test_a_folder_that_never_got_a_copy_proves_nothing() -> None:
    with imap() as box:
        box.put(b"Message-ID: <mine@sender.example>\r\nSubject: by hand\r\n\r\nx\r\n", folder="Sent")
        assert isinstance(await Looked(box).ask(), Unknown)


async def test_a_folder_that_was_replaced_meanwhile_proves_nothing() -> None:
    with imap() as box:
        box.put(OLDER, folder="Sent")
        looked = Looked(box)

        def replaced() -> None:
            box.remake("Sent")
            box.put(OLDER, folder="Sent")

        looked.between = replaced
        assert await looked.ask() == Unknown("the Sent folder was replaced while it was asked")


async def test_a_message_that_only_mentions_the_id_is_not_it() -> None:
    with imap() as box:
        box.put(OLDER, folder="Sent")
        looked = Looked(box)
        inner = parse(looked.made.canonical).message_id[1:-1]
        box.put(f"Message-ID: <x-{inner}>\r\nSubject: y\r\n\r\nz\r\n".encode(), folder="Sent")
        assert await looked.ask() == NotFound()


async def test_looking_leaves_no_mark() -> None:
    with imap() as box:
        looked = Looked(box)
        box.put(copy_of(looked.made), folder="Sent")
        assert isinstance(await looked.ask(), Delivered)
        assert box.flags("Sent") == [frozenset()]


@pytest.mark.parametrize("more", [{"folder": "Nowhere"}, {"user": "eve"}, {"port": 1}, {"ca_file": ""}])
async def test_a_folder_that_cannot_be_asked_is_unknown(more: dict[str, Any]) -> None:
    with imap() as box:
        answer = await Looked(box, **more).ask()
    assert isinstance(answer, Unknown)
    assert PASSWORD not in answer.reason


async def test_without_a_folder_nobody_can_be_asked() -> None:
    with sink() as server:
        smtp = connector(server)
        assert smtp.delivery == "blind"
        assert isinstance(await smtp.lookup(KEY, message(connector="smtp").canonical), Unknown)
        assert server.connections == 0
