"""Mail by SMTP: exactly the approved bytes to exactly the approved recipients, and the truth about what became of them.

The steps of one delivery are in `session`. With a Sent folder into which the server copies what it sent, a lost answer
can be looked up. A server may take a message long after the line is gone, and copies take time: absence counts only
when the message was handed over so long ago that no server takes it any more, when two searches well apart agree, and
when the folder shows that it does receive copies of ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from engine.effects.addresses import AddressError
from engine.effects.addresses import parse as parse_address
from engine.effects.canonical import EffectBytes, Envelope, parse
from engine.effects.folder import Folder, FolderServer, quoted
from engine.effects.mail import dated
from engine.effects.protocol import Delivered, Delivery, NotFound, Refused, Run, Unknown, mismatch
from engine.effects.session import FINAL, SaidNoError, Session
from engine.effects.wire import Server, ServerError, Wire, connect
from engine.secrets.protocol import SecretError, Secrets
from engine.values import Sha256

SETTLE = 60_000
"""Milliseconds between two searches, and beyond the last answer that may come, after which a missing copy counts."""
_PASSING = frozenset({"locked", "timeout"})
"""What keeps a password back for a while only."""
_PHASES, _SEARCHES = 20, 12
"""How many answers a delivery, and a search, may wait for at most."""
_REMEMBERED = 10_000
_LONGEST_LINE = 998
_WITNESSES = 5
_OURS = re.compile(r"<[0-9a-f]{32}@[^<>@\s]+>")


class SmtpServer(Server, Protocol):
    """`[mail.smtp]`: the server that takes mail, and the folder of what it sent."""

    @property
    def sent(self) -> FolderServer | None:
        """The IMAP folder into which the server copies what it sent."""


@dataclass(frozen=True, slots=True)
class _Search:
    found: bool
    witnessed: bool
    """Whether the folder holds any copy of ours at all."""
    validity: int


async def _sleep(ms: int) -> None:
    await asyncio.sleep(ms / 1000)


class SmtpConnector:
    """Mail through one server, one message at a time. Blocking work goes through `run`; a key that was delivered is not
    delivered again as long as this process lives.
    """

    def __init__(
        self,
        settings: SmtpServer,
        secrets: Secrets,
        *,
        name: str = "smtp",
        run: Run = asyncio.to_thread,
        sleep: Callable[[int], Awaitable[None]] = _sleep,
        final: int = FINAL,
    ) -> None:
        """`final`: milliseconds that the answer to a whole message may take, whatever the settings allow others."""
        self._settings, self._secrets, self._name, self._run, self._sleep = settings, secrets, name, run, sleep
        self._final = max(final, settings.timeout)
        self._turn = asyncio.Lock()
        self._delivered: OrderedDict[str, tuple[Sha256, Delivered]] = OrderedDict()

    @property
    def name(self) -> str:
        """The name that contracts and effects give it."""
        return self._name

    @property
    def delivery(self) -> Delivery:
        """SMTP itself cannot be asked; a Sent folder can."""
        return "lookup" if self._settings.sent is not None else "blind"

    @property
    def serial(self) -> bool:
        """One connection at a time."""
        return True

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        """Send the message, dated. `Delivered.reference` is the server's answer and the Message-ID."""
        if reason := mismatch(effect, body, self._name):
            return Refused(reason)
        try:
            message = dated(body, at_ms)
        except (ValueError, OverflowError):
            return Refused(f"{at_ms} is no time that a message can carry")
        said = parse(effect)
        if fault := _unsendable(said.envelope, message):
            return Refused(fault)
        async with self._turn:
            if key in self._delivered:
                digest, answer = self._delivered[key]
                return answer if digest == said.digest() else Refused("this key was used for another message")
            try:
                password = await self._password(self._settings)
            except SecretError as error:
                return Refused(str(error), temporary=error.why in _PASSING, whole=True)
            line = _Line()
            try:
                outcome = await self._run(lambda: _deliver(self._settings, password, said, message, line, self._final))
            except asyncio.CancelledError:
                line.abandon()  # nobody hears the answer any more, and no process should wait minutes for it
                raise
            if isinstance(outcome, Delivered):
                self._remember(key, said.digest(), outcome)
            return outcome

    def _remember(self, key: str, digest: Sha256, answer: Delivered) -> None:
        self._delivered[key] = (digest, answer)
        if len(self._delivered) > _REMEMBERED:
            self._delivered.popitem(last=False)

    async def _password(self, server: Server) -> str:
        return await self._secrets.get(server.password) if server.user else ""

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> Delivered | NotFound | Unknown:  # noqa: ARG002
        """Whether the Sent folder holds a copy. Says that it holds none only when `SETTLE` has passed between two
        searches, and since the last moment at which the server may have taken the message.
        """
        sent = self._settings.sent
        if sent is None:
            return Unknown("SMTP cannot be asked, and no Sent folder is configured")
        try:
            said = parse(effect)
        except ValueError as error:
            return Unknown(str(error))
        if said.connector != self._name or not said.message_id:
            return Unknown("this effect names no message of this connector")
        try:
            password = await self._password(sent)
            first = await self._run(lambda: _search(sent, password, said.message_id))
            if not first.found:
                left = self._final + SETTLE - max(0, age_ms)
                await self._sleep(max(SETTLE, left) if first.witnessed else SETTLE)
            again = first if first.found else await self._run(lambda: _search(sent, password, said.message_id))
        except SecretError as error:
            return Unknown(str(error))
        except ServerError as error:
            return Unknown(f"the Sent folder could not be asked: {error}")
        if again.found:
            return Delivered(f"in {sent.folder}: {said.message_id}")
        if first.validity != again.validity:
            return Unknown("the Sent folder was replaced while it was asked")
        if not (first.witnessed and again.witnessed):
            return Unknown("the Sent folder has shown no copy of ours so far, so that a missing one says nothing")
        return NotFound()


def _unsendable(envelope: Envelope, message: bytes) -> str:
    """Why a message cannot arrive unchanged at exactly its recipients; empty when it can."""
    if not envelope.rcpt_to:
        return "the effect has no recipient"
    for address in (envelope.mail_from, *envelope.rcpt_to):
        try:
            same = str(parse_address(address)) == address
        except AddressError as error:
            return f"an address of the envelope {error}"
        if not same:
            return "an address of the envelope is not written as it is sent"
    lines = message.split(b"\r\n")
    if lines[-1]:
        return "the message does not end with its last line"
    if any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines):
        return "the message holds line breaks or characters that mail cannot carry unchanged"
    if any(len(line) > _LONGEST_LINE for line in lines):
        return f"the message holds lines of more than {_LONGEST_LINE} bytes, which mail cannot carry unchanged"
    return ""


class _Line:
    """The connection of one delivery, for whoever has to end it from outside."""

    def __init__(self) -> None:
        self._wire: Wire | None = None
        self._given_up = False

    def take(self, wire: Wire) -> None:
        """This is the connection; it is of no use when it comes too late."""
        self._wire = wire
        if self._given_up:
            wire.abandon()

    def abandon(self) -> None:
        """End it, now or as soon as there is one."""
        self._given_up = True
        if self._wire is not None:
            self._wire.abandon()


def _deliver(
    server: SmtpServer, password: str, effect: EffectBytes, message: bytes, line: _Line, final: int
) -> Delivered | Refused | Unknown:
    """One delivery over one connection."""
    try:
        wire = connect(server, total=(_PHASES * server.timeout + final) / 1000 + 60)
    except ServerError as error:
        return Refused(str(error), temporary=True, whole=True)
    with contextlib.closing(wire):
        line.take(wire)
        session = Session(server, wire, password, final=final)
        try:
            session.begin()
            session.announce(effect.envelope, message)
            session.write(message)
        except SaidNoError as no:
            session.leave()
            return no.refused()
        except ServerError as error:
            return session.broke(error)
        outcome = session.finish(effect.message_id)
        if not isinstance(outcome, Unknown):
            session.leave()
        return outcome


def _search(sent: FolderServer, password: str, message_id: str) -> _Search:
    """Whether the folder holds a message of this id, and whether it holds any of ours. Raises ServerError."""
    with Folder(sent, password, total=_SEARCHES * sent.timeout / 1000 + 60) as folder:
        for uid in reversed(folder.search("HEADER", "Message-ID", quoted(message_id))):
            if folder.message_id(uid) == message_id:
                return _Search(found=True, witnessed=True, validity=folder.validity)
        domain = message_id.rpartition("@")[2]
        ours = folder.search("HEADER", "Message-ID", quoted(f"@{domain}"))[-_WITNESSES:]
        witnessed = any(_OURS.fullmatch(folder.message_id(uid)) for uid in reversed(ours))
        return _Search(found=False, witnessed=witnessed, validity=folder.validity)
