"""An IMAP folder, opened to be read and never changed (EXAMINE, BODY.PEEK), of a server that may lie.

Every answer has its time and its size; what an answer is about is read from the answer itself, never assumed. Blocking:
it runs in a thread. Raises `ServerError` and nothing else.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Protocol

from engine.effects.wire import Server, ServerError, Wire, connect, forms, plain, trust

MAX_LINE = 2 * 1024 * 1024
"""Bytes of one line: room for the numbers of some 200,000 messages."""
MAX_MESSAGE = 5 * 1024 * 1024
"""Bytes of a message that is read whole; of a larger one only the beginning is."""
BEGINNING = 256 * 1024
"""Bytes: header and text come before what is attached."""
_BATCH = 200
_SLACK = 64 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,10})\b")
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^<>\s]{1,250}>)\s*$", re.IGNORECASE | re.MULTILINE)


class FolderServer(Server, Protocol):
    """An IMAP server, and the folder that is meant."""

    @property
    def folder(self) -> str:
        """Its name as people write it."""


class _Imap(imaplib.IMAP4):
    """The protocol of the standard library over a bounded line."""

    def __init__(self, wire: Wire, host: str) -> None:
        self.wire = wire
        super().__init__(host)

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:  # noqa: ARG002
        self.host, self.port = host, port

    def read(self, size: int) -> bytes:
        if size > MAX_MESSAGE + _SLACK:
            raise ServerError("the server announces more than it may send")
        return self.wire.read(size)

    def readline(self) -> bytes:
        line = self.wire.readline(MAX_LINE)
        if not line.endswith(b"\n"):
            raise ServerError("the server sends an endless line")
        return line

    def send(self, data: Any) -> None:
        self.wire.sendall(bytes(data))

    def shutdown(self) -> None:
        self.wire.close()


class Folder:
    """A folder while it is open: `with Folder(server, password, total=60) as folder`. `validity` is its UIDVALIDITY."""

    def __init__(self, server: FolderServer, password: str, *, total: float) -> None:
        """`total`: seconds that everything together may take."""
        self._server, self._password, self._total = server, password, total
        self._secrets = forms(server.user, password)
        self._seconds = server.timeout / 1000
        self.validity = 0

    def __enter__(self) -> Folder:
        self._wire = connect(self._server, total=self._total)
        try:
            self._begin()
        except BaseException:
            self._wire.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._wire.allow(min(self._seconds, 2))
            with contextlib.suppress(Exception):  # whatever a farewell goes wrong with, everything is read
                self._imap.logout()
        self._wire.close()

    def _begin(self) -> None:
        self._imap = self._ask("the greeting", lambda: _Imap(self._wire, self._server.host))
        if self._server.security == "starttls":
            self._said("STARTTLS", lambda: self._imap.xatom("STARTTLS"))
            self._wire.secure(trust(self._server.ca_file), self._server.host)
        if self._server.user:
            self._login()
        name = _mailbox(self._server.folder)
        self._said("opening the folder", lambda: self._imap.select(name, readonly=True))
        found = self._ask("opening the folder", lambda: self._imap.response("UIDVALIDITY"))[1]
        numbers = [int(part) for part in found if isinstance(part, bytes) and re.fullmatch(rb"\d{1,10}", part)]
        if not numbers:
            raise ServerError("the server does not say which generation of the folder it opened")
        self.validity = numbers[-1]

    def _login(self) -> None:
        user, password = self._server.user, self._password
        if any(ord(char) < 32 or ord(char) == 127 for char in user + password):
            raise ServerError("user or password hold characters that cannot be sent")
        offered = b" ".join(self._said("CAPABILITY", self._imap.capability)).upper().split()
        if b"AUTH=PLAIN" in offered:
            whole = f"\0{user}\0{password}".encode("utf-8", "surrogatepass")
            self._said("the login", lambda: self._imap.authenticate("PLAIN", lambda _: whole), quiet=True)
        elif b"LOGINDISABLED" in offered or not (user + password).isascii():
            raise ServerError("the server offers no login that can be used")
        else:
            self._said("the login", lambda: self._imap.login(user, password), quiet=True)

    def search(self, *criteria: str) -> list[int]:
        """Numbers (UIDs) of the messages that a search finds."""
        data = self._said("a search", lambda: self._imap.uid("SEARCH", *criteria), room=MAX_LINE + _SLACK)
        numbers = {int(word) for part in data for word in part.split() if re.fullmatch(rb"\d{1,10}", word)}
        return sorted(number for number in numbers if 0 < number < 2**32)

    def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        """How large messages are, as the server says; what it does not say is missing."""
        wanted, found = list(uids), dict[int, int]()
        for start in range(0, len(wanted), _BATCH):
            listed = ",".join(str(uid) for uid in wanted[start : start + _BATCH])
            for part in self._said("sizes", lambda listed=listed: self._imap.uid("FETCH", listed, "(UID RFC822.SIZE)")):  # type: ignore[misc]
                uid, size = _UID.search(part), _SIZE.search(part)
                if uid and size:
                    found[int(uid[1])] = int(size[1])
        return found

    def fetch(self, uid: int) -> bytes:
        """A message's bytes; reading it leaves no mark."""
        return self._content(uid, "BODY.PEEK[]", b"BODY[]")

    def beginning(self, uid: int) -> bytes:
        """The first bytes of a message that is too large to be read whole; reading them leaves no mark."""
        return self._content(uid, f"BODY.PEEK[]<0.{BEGINNING}>", b"BODY[]")[:BEGINNING]

    def message_id(self, uid: int) -> str:
        """The Message-ID of a message; empty when it has none."""
        head = self._content(uid, "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]", b"BODY[HEADER")
        found = _MESSAGE_ID.search(re.sub(rb"\r?\n[ \t]+", b" ", head))
        return found[1].decode("ascii", "replace") if found else ""

    def _content(self, uid: int, item: str, said: bytes) -> bytes:
        room = MAX_MESSAGE + 4 * _SLACK
        parts = self._raw("a message", lambda: self._imap.uid("FETCH", str(uid), f"(UID {item})"), room=room)
        for number, part in enumerate(parts):
            if not isinstance(part, tuple):
                continue
            after = parts[number + 1] if number + 1 < len(parts) and isinstance(parts[number + 1], bytes) else b""
            named = _UID.search(part[0]) or _UID.search(after)
            if named and int(named[1]) == uid and said in part[0].upper():
                return bytes(part[1])
        raise ServerError(f"the server did not give message {uid}, which it had listed")

    def _said(self, what: str, ask: Callable[[], Any], *, room: int = 4 * _SLACK, quiet: bool = False) -> list[bytes]:
        return [part for part in self._raw(what, ask, room=room, quiet=quiet) if isinstance(part, bytes)]

    def _raw(self, what: str, ask: Callable[[], Any], *, room: int, quiet: bool = False) -> list[Any]:
        """The data of an answer that says OK; `quiet` shows nothing that the server said: it may repeat a secret."""
        status, data = self._ask(what, ask, room=room, quiet=quiet)
        if status != "OK":
            said = "" if quiet or not data else self._plain(data[-1] if isinstance(data[-1], bytes) else b"")
            raise ServerError(f"{what} was refused{f': {said}' if said else ''}")
        return list(data)

    def _ask(self, what: str, ask: Callable[[], Any], *, room: int = 4 * _SLACK, quiet: bool = False) -> Any:
        self._wire.allow(self._seconds, room)
        try:
            return ask()
        except ServerError as error:
            raise ServerError(f"{what}: {error}") from None
        except imaplib.IMAP4.abort as error:
            raise ServerError(f"{what}: the server broke the protocol{self._detail(error, quiet=quiet)}") from None
        except imaplib.IMAP4.error as error:
            raise ServerError(f"{what} was refused{self._detail(error, quiet=quiet)}") from None
        except Exception as error:  # noqa: BLE001 - a server writes this, and the library has many ways to fail on it
            raise ServerError(f"{what}: the server's answer cannot be read ({type(error).__name__})") from None

    def _plain(self, said: bytes | str) -> str:
        """What the server said, without anything that repeats the login: a server may, at any later moment."""
        return plain(said, without=self._secrets)

    def _detail(self, error: Exception, *, quiet: bool) -> str:
        said = "" if quiet else self._plain(str(error))
        return f" ({said})" if said else ""


def since(ms: int) -> str:
    """A day as a search names it: the one before, for the zones of servers and senders differ."""
    day = (_EPOCH + timedelta(milliseconds=max(0, ms))).date() - timedelta(days=1 if ms > 86_400_000 else 0)
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


def quoted(text: str) -> str:
    """An ASCII text as an argument of a command."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mailbox(name: str) -> str:
    """A folder's name as it is sent: modified UTF-7 (RFC 3501, 5.1.3), quoted. Raises ServerError."""
    if not name or any(ord(char) < 32 or ord(char) == 127 for char in name):
        raise ServerError("the folder has no usable name")
    out: list[str] = []
    for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", name):
        if run.isascii():
            out.append(run.replace("&", "&-"))
        else:
            packed = base64.b64encode(run.encode("utf-16-be", "surrogatepass")).decode("ascii")
            out.append(f"&{packed.rstrip('=').replace('/', ',')}-")
    return quoted("".join(out))
