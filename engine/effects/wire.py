"""A line to a mail server that can neither hang nor flood us: verified TLS, a time for every answer, bounded reading.

`Wire` is socket and file at once, so that the protocols of the standard library run over it. What a server says is
untrusted: `plain` makes it one short line without control characters.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import time
import unicodedata
from pathlib import Path
from typing import Literal, Protocol

from engine.effects.addresses import hidden

MAX_ANSWER = 256 * 1024
"""Bytes of one answer, unless a caller allows more."""
MAX_SAID = 200
_CHUNK = 64 * 1024


class Server(Protocol):
    """Where a mail server is and how one logs in: the shape that the mail sections of config.toml share."""

    @property
    def host(self) -> str:
        """Name or address."""

    @property
    def port(self) -> int:
        """TCP port."""

    @property
    def security(self) -> Literal["tls", "starttls", "none"]:
        """How the line is protected; never less than this."""

    @property
    def user(self) -> str:
        """Who logs in; empty for nobody."""

    @property
    def password(self) -> str:
        """Reference of the password."""

    @property
    def ca_file(self) -> str:
        """Further certificates to trust; empty for none."""

    @property
    def timeout(self) -> int:
        """Milliseconds that each answer may take."""


class ServerError(Exception):
    """A mail server cannot be used, or said what it must not. `str()` is a phrase that may be shown."""


class Wire:
    """One connection. `allow` starts the clock and the byte count of the next answer."""

    def __init__(self, sock: socket.socket, *, total: float) -> None:
        """`total`: seconds after which the whole connection has taken too long."""
        self._sock, self._buffer = sock, bytearray()
        self._end = time.monotonic() + total
        self._until, self._room = self._end, MAX_ANSWER

    def allow(self, seconds: float, room: int = MAX_ANSWER) -> None:
        """What follows may take so long and be so large."""
        self._until, self._room = min(self._end, time.monotonic() + seconds), room

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on in TLS; what came before it is not part of the conversation. Raises ServerError."""
        if self.early():
            raise ServerError("the server said more before TLS began than it may")
        try:
            self._patience()
            self._sock = context.wrap_socket(self._sock, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise ServerError(f"the certificate of {host} is not trusted: {plain(error.verify_message)}") from None
        except TimeoutError:
            raise ServerError("TLS was not established in time") from None
        except (OSError, ValueError) as error:
            raise ServerError(f"TLS could not be established ({_why(error)})") from None

    def sendall(self, data: bytes) -> None:
        """Send everything within the time allowed. Raises ServerError."""
        rest = memoryview(data)
        while rest:
            self._patience()
            try:
                rest = rest[self._sock.send(rest) :]
            except TimeoutError:
                raise ServerError("the server did not take what was sent in time") from None
            except OSError as error:
                raise ServerError(f"the line dropped ({_why(error)})") from None

    def readline(self, limit: int = -1) -> bytes:
        """A line with its end, or `limit` bytes of a longer one. Raises ServerError."""
        while True:
            found = self._buffer.find(b"\n")
            if found >= 0 and (limit < 0 or found < limit):
                return self._take(found + 1)
            if 0 <= limit <= len(self._buffer):
                return self._take(limit)
            self._more()

    def read(self, size: int) -> bytes:
        """Exactly so many bytes. Raises ServerError."""
        while len(self._buffer) < size:
            self._more()
        return self._take(size)

    def early(self) -> bool:
        """Whether the server spoke, or hung up, although nothing was asked: what is read next would answer nothing."""
        if self._buffer:
            return True
        self._sock.settimeout(0)
        try:
            data = self._sock.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        self._buffer += data
        return True

    def abandon(self) -> None:
        """End the conversation from another thread: whoever waits for an answer gets none. What was sent stays sent."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection; any number of times."""
        with contextlib.suppress(OSError):
            self._sock.close()

    def _patience(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise ServerError("the server did not answer in time")
        self._sock.settimeout(left)

    def _more(self) -> None:
        self._patience()
        try:
            data = self._sock.recv(_CHUNK)
        except TimeoutError:
            raise ServerError("the server did not answer in time") from None
        except OSError as error:
            raise ServerError(f"the line dropped ({_why(error)})") from None
        if not data:
            raise ServerError("the server closed the line")
        self._room -= len(data)
        if self._room < 0:
            raise ServerError("the server says more than it may")
        self._buffer += data

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def connect(server: Server, *, total: float) -> Wire:
    """A line to a server, in TLS already where `security` is `tls`. Raises ServerError."""
    seconds = server.timeout / 1000
    context = trust(server.ca_file) if server.security == "tls" else None
    try:
        sock = socket.create_connection((server.host, server.port), timeout=max(0.001, min(seconds, total)))
    except TimeoutError:
        raise ServerError(f"{server.host}:{server.port} did not answer in time") from None
    except (OSError, UnicodeError) as error:
        raise ServerError(f"{server.host}:{server.port} cannot be reached ({_why(error)})") from None
    wire = Wire(sock, total=total)
    wire.allow(seconds)
    if context is not None:
        try:
            wire.secure(context, server.host)
        except BaseException:
            wire.close()
            raise
    return wire


def trust(ca_file: str) -> ssl.SSLContext:
    """TLS that verifies certificate and name, by the system's authorities and those of `ca_file`. Raises
    ServerError.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            context.load_verify_locations(Path(ca_file).expanduser())
        except (OSError, ValueError, RuntimeError):
            raise ServerError(f"the certificates in {plain(ca_file)} cannot be read") from None
    return context


def forms(user: str, password: str) -> tuple[str, ...]:
    """Every form in which a login is sent, and may come back in what a server says; longest first."""
    if not password:
        return ()
    secret = password.encode("utf-8", "surrogatepass")
    packed = (
        base64.b64encode(f"\0{user}\0{password}".encode("utf-8", "surrogatepass")),
        base64.b64encode(secret),
    )
    said = {password, unicodedata.normalize("NFC", password), secret.decode("utf-8", "replace")}
    said |= {form.decode("ascii") for form in packed} | {form.decode("ascii").rstrip("=") for form in packed}
    said.add(password.replace("\\", "\\\\").replace('"', '\\"'))  # as an argument between quotes
    said |= {repr(form.encode("utf-8", "surrogatepass"))[2:-1] for form in tuple(said)}  # as a library shows bytes
    said |= {" ".join(form.split()) for form in tuple(said)} - {""}
    return tuple(sorted(said, key=lambda form: (-len(form), form)))


def plain(said: bytes | str, *, without: tuple[str, ...] = ()) -> str:
    """What a server said as one short line: no control or hidden characters, and nothing of `without`, the `forms` of a
    login.
    """
    text = _without(said.decode("utf-8", "replace") if isinstance(said, bytes) else said, without)
    text = " ".join("".join(" " if hidden(char) else char for char in unicodedata.normalize("NFC", text)).split())
    text = _without(text, without)
    return text if len(text) <= MAX_SAID else f"{text[: MAX_SAID - 1]}…"


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, "…")
    return text


def _why(error: Exception) -> str:
    said = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
    return plain(str(said)).lower()
