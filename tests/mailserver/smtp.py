"""A real SMTP server that keeps what it takes, byte for byte, and misbehaves as it is told.

    with SmtpSink(security="starttls", users={"ada": "secret"}) as sink:
        ...                       # sink.host, sink.port, sink.ca_file
        sink.messages[0].body     # exactly the bytes between DATA and the final dot

`sink.faults.append(Fault.DROP_AFTER_DATA)` is used up by the next message (or connection); `sink.refused` holds
recipients that are always refused. `on_message` is called for everything that was taken: to copy it into a Sent folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.mailserver.certificates import authority
from tests.mailserver.thread import ThreadedServer


class Fault(enum.Enum):
    """What goes wrong once."""

    BUSY = "4xx to MAIL FROM"
    REFUSE_DATA = "5xx to DATA's final dot"
    DEFER_DATA = "4xx to DATA's final dot"
    SILENT_AFTER_DATA = "taken, and no answer ever"
    DROP_AFTER_DATA = "taken, and the line drops before the answer"
    DROP_IN_DATA = "the line drops while the message is read"
    DROP_AT_QUIT = "taken and answered, and the line drops at QUIT"
    ENDLESS_BANNER = "a greeting without an end"
    NO_BANNER = "no greeting at all"


@dataclass(frozen=True)
class Taken:
    """One message as it arrived."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    body: bytes
    options: tuple[str, ...]
    """What came with MAIL FROM: `SIZE=…`, `BODY=8BITMIME`."""
    tls: bool
    user: str


class SmtpSink(ThreadedServer):
    """Where mail arrives."""

    def __init__(
        self,
        *,
        security: Literal["tls", "starttls", "none"] = "tls",
        users: Mapping[str, str] | None = None,
        limit: int = 10_000_000,
        names: tuple[str, ...] = (),
        on_message: Callable[[Taken], None] = lambda taken: None,
    ) -> None:
        """`users`: who may log in, and then has to. `limit`: bytes of a message. `names`: of its certificate."""
        super().__init__()
        self.messages: list[Taken] = []
        self.faults: list[Fault] = []
        self.refused: dict[str, str] = {}
        """Recipient to the answer it gets: `550 no such person`."""
        self.commands: list[str] = []
        """Every command that came, without arguments."""
        self.connections = 0
        self.ca_file = authority().ca_file
        self.security, self._users, self._limit, self._names = security, dict(users or {}), limit, names
        self.on_message = on_message

    async def begin(self) -> asyncio.Server:
        context = authority().context(*self._names) if self.security != "none" else None
        tls = context if self.security == "tls" else None
        return await self._loop.create_server(
            lambda: _Protocol(self, context if self.security == "starttls" else None, self._loop),
            self.host,
            0,
            ssl=tls,
        )

    def fault(self, *wanted: Fault) -> Fault | None:
        """The next fault, used up, when it is one of these."""
        return self.faults.pop(0) if self.faults and self.faults[0] in wanted else None

    def knows(self, user: str, password: str) -> bool:
        """Whether somebody may log in."""
        return self._users.get(user) == password

    @property
    def guarded(self) -> bool:
        """Whether a login is needed."""
        return bool(self._users)

    @property
    def limit(self) -> int:
        """Bytes that a message may have."""
        return self._limit


def _line(server: SMTP) -> asyncio.Transport:
    assert isinstance(server.transport, asyncio.Transport)
    return server.transport


class _Handler:
    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink
        self._options: tuple[str, ...] = ()

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._sink.fault(Fault.BUSY):
            return "451 4.3.2 try again later"
        envelope.mail_from, self._options = address, tuple(options)
        return "250 2.1.0 fine"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self._sink.refused:
            return self._sink.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        sink = self._sink
        if sink.fault(Fault.REFUSE_DATA):
            return "554 5.6.0 not this one"
        if sink.fault(Fault.DEFER_DATA):
            return "451 4.3.0 not now"
        content = envelope.original_content or b""
        user = session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else ""
        taken = Taken(
            envelope.mail_from or "",
            tuple(envelope.rcpt_tos),
            content,
            self._options,
            session.ssl is not None or _line(server).get_extra_info("sslcontext") is not None,
            user,
        )
        sink.messages.append(taken)
        sink.on_message(taken)
        if sink.fault(Fault.SILENT_AFTER_DATA):
            await asyncio.sleep(3600)
        if sink.fault(Fault.DROP_AFTER_DATA):
            _line(server).abort()
            await asyncio.sleep(3600)
        return f"250 2.0.0 queued as {len(sink.messages)}"


class _Protocol(SMTP):
    def __init__(self, sink: SmtpSink, starttls: ssl.SSLContext | None, loop: asyncio.AbstractEventLoop) -> None:
        self._sink = sink
        super().__init__(
            _Handler(sink),
            data_size_limit=sink.limit,
            hostname="sink.example",
            ident="sink",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=sink.guarded,
            authenticator=self._authenticated,
            loop=loop,
        )
        self._auth_require_tls = False  # given to the constructor it warns, and implicit TLS it does not recognise

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sink.transports.append(transport)
        super().connection_made(transport)

    def _authenticated(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        ok = isinstance(data, LoginPassword) and self._sink.knows(data.login.decode(), data.password.decode())
        return AuthResult(success=ok, handled=False, auth_data=data)

    async def _handle_client(self) -> None:
        self._sink.connections += 1
        if self._sink.fault(Fault.NO_BANNER):
            await asyncio.sleep(3600)
        if self._sink.fault(Fault.ENDLESS_BANNER):
            with contextlib.suppress(ConnectionError):
                while not _line(self).is_closing():
                    _line(self).write(b"220-welcome\r\n" * 1000)
                    await asyncio.sleep(0)
            return
        await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        self._sink.commands.append("DATA")
        if self._sink.fault(Fault.DROP_IN_DATA):
            await self.push("354 go on")
            await self._reader.readline()
            _line(self).abort()
            return
        await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg: str) -> None:  # noqa: N802
        self._sink.commands.append("RSET")
        await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        self._sink.commands.append("QUIT")
        if self._sink.fault(Fault.DROP_AT_QUIT):
            _line(self).abort()
            return
        await super().smtp_QUIT(arg)
