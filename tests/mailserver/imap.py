"""A real IMAP server (pymap) whose mailboxes a test fills and looks into.

with ImapServer(user="ada", password="secret") as server:
    server.put(b"From: ...")                 # into INBOX
    server.put(raw, folder="Sent")
    server.messages                          # what INBOX holds; server.flags() what was marked
"""

from __future__ import annotations

import asyncio
import logging
from argparse import Namespace
from datetime import UTC, datetime
from typing import Any, Literal

from proxyprotocol.noop import ProxyProtocolNoop
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pysasl.hashing import BuiltinHash

from tests.mailserver.certificates import authority
from tests.mailserver.thread import ThreadedServer

logging.getLogger("pymap").setLevel(logging.CRITICAL)


class ImapServer(ThreadedServer):
    """One user's mailboxes."""

    def __init__(
        self,
        *,
        security: Literal["tls", "starttls", "none"] = "tls",
        user: str = "ada",
        password: str = "secret",
        folders: tuple[str, ...] = ("INBOX", "Sent"),
    ) -> None:
        super().__init__()
        self.user, self.password, self.folders = user, password, folders
        self.ca_file = authority().ca_file
        self.security = security

    async def begin(self) -> asyncio.Server:
        starttls = self.security == "starttls"
        config = Config(
            Namespace(),
            host=self.host,
            port=0,
            ssl_context=authority().context(),
            tls_enabled=starttls,
            secure_auth=starttls,
            demo_data=False,
            demo_user=self.user,
            demo_password=self.password,
            invalid_user_sleep=0.0,
            proxy_protocol=ProxyProtocolNoop(),
            hash_context=BuiltinHash(rounds=1),
            cpu_subsystem=Subsystem.for_asyncio(),
            reject_dnsbl=False,
        )
        config.apply_context()
        login = Login(config)
        await DictBackend._add_demo_user(config, login)
        self._mailboxes = await self._made(login)
        callback = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
        tls = authority().context() if self.security == "tls" else None

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.transports.append(writer.transport)
            await callback(reader, writer)

        return await asyncio.start_server(serve, self.host, 0, ssl=tls)

    async def _made(self, login: Login) -> Any:
        async with login.demo_user_identity.new_session() as session:
            mailboxes = session.mailbox_set
        for name in self.folders:
            if name != "INBOX":
                await mailboxes.add_mailbox(name)
        return mailboxes

    def put(self, raw: bytes, *, folder: str = "INBOX", at: datetime | None = None) -> None:
        """A message arrives (now, or at another time)."""
        when = at or datetime.now(UTC)

        async def append() -> None:
            box = await self._mailboxes.get_mailbox(folder)
            await box.append(AppendMessage(raw, when, frozenset[Flag]()))

        self.call(append())

    def remake(self, folder: str = "INBOX") -> None:
        """The folder is deleted and made anew: another UIDVALIDITY, and no messages."""

        async def again() -> None:
            if folder == "INBOX":
                from pymap.backend.dict.mailbox import MailboxData

                self._mailboxes._inbox = MailboxData(self._mailboxes._content_cache, self._mailboxes._thread_cache)
                return
            await self._mailboxes.delete_mailbox(folder)
            await self._mailboxes.add_mailbox(folder)

        self.call(again())

    @property
    def messages(self) -> list[bytes]:
        """What INBOX holds."""
        return self.held("INBOX")

    def held(self, folder: str) -> list[bytes]:
        """What a folder holds, in order."""

        async def read() -> list[bytes]:
            box = await self._mailboxes.get_mailbox(folder)
            return [bytes(message._content) async for message in box.messages()]

        return self.call(read())

    def flags(self, folder: str = "INBOX") -> list[frozenset[str]]:
        """The flags of a folder's messages, in order."""

        async def read() -> list[frozenset[str]]:
            box = await self._mailboxes.get_mailbox(folder)
            found = [message async for message in box.messages()]
            return [frozenset(str(flag) for flag in message.permanent_flags) for message in found]

        return self.call(read())
