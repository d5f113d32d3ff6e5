"""The steps of one delivery by SMTP, and what a failure of each says: of this message, or of the whole way.

Until the line that ends the message is sent, nothing was delivered: every failure before it is a refusal. After it only
the server's own answer counts; without one nobody knows. Nothing is ever sent less protected than configured.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
from collections.abc import Callable

from engine.effects.canonical import Envelope
from engine.effects.protocol import Delivered, Refused, Unknown
from engine.effects.wire import Server, ServerError, Wire, forms, plain, trust

FINAL = 600_000
"""Milliseconds that the answer to the line that ends a message may take, whatever else is configured (RFC 5321,
4.5.3.2.6): who gives up earlier sends mails twice.
"""
_LOGINS = {"PLAIN", "LOGIN", "CRAM-MD5"}
_CLOSING, _LOGIN_WANTED, _TOO_LARGE = 421, 530, 552


class SaidNoError(Exception):
    """The server, or we, said no before anything was sent; `str()` is the reason."""

    def __init__(self, reason: str, *, temporary: bool = False, whole: bool = False) -> None:
        """`temporary`: later it may go. `whole`: the server would say so of every message."""
        super().__init__(reason)
        self.temporary, self.whole = temporary, whole

    def refused(self) -> Refused:
        """The answer of the connector."""
        return Refused(str(self), temporary=self.temporary, whole=self.whole)


class _Client(smtplib.SMTP):
    """The protocol of the standard library over a bounded line."""

    def __init__(self, wire: Wire, host: str) -> None:
        super().__init__(local_hostname="[127.0.0.1]")
        self.sock = self.file = wire  # type: ignore[assignment]
        self._host = host

    def forget(self) -> None:
        """What the server said before TLS counts no more."""
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False


class Session:
    """The steps of one delivery. `step` is the one it is at."""

    def __init__(self, server: Server, wire: Wire, password: str, *, final: int = FINAL) -> None:
        """`final`: milliseconds that the answer to the whole message may take at least."""
        self._server, self._wire, self._password, self._final = server, wire, password, final
        self._secrets = forms(server.user, password)
        self._client = _Client(wire, server.host)
        self.step = "the greeting"
        self._addressed = False
        """Whether the server took the sender: what fails from then on says nothing of other messages."""

    def broke(self, error: ServerError) -> Refused:
        """What it means that the line failed before the message was complete."""
        return Refused(f"{self.step}: {error}", temporary=True, whole=not self._addressed)

    def begin(self) -> None:
        """Greeting, TLS, login. Raises SaidNoError and ServerError."""
        self._expect("the greeting", self._client.getreply, (220,))
        self._expect("EHLO", self._client.ehlo, (250,))
        if self._server.security == "starttls":
            if not self._client.has_extn("starttls"):
                raise SaidNoError("the server does not offer STARTTLS, and nothing is sent in the clear", whole=True)
            self._expect("STARTTLS", lambda: self._client.docmd("STARTTLS"), (220,))
            self._wire.secure(trust(self._server.ca_file), self._server.host)
            self._client.forget()
            self._expect("EHLO", self._client.ehlo, (250,))
        if self._server.user:
            self._login()

    def _login(self) -> None:
        self._next("the login")
        offered = self._client.esmtp_features.get("auth", "").upper().split()
        try:
            if "PLAIN" in offered:  # the library's own login knows ASCII only
                code, said = self._client.docmd("AUTH", f"PLAIN {self._packed().decode('ascii')}")
            else:
                code, said = self._client.login(self._server.user, self._password)
        except smtplib.SMTPAuthenticationError as error:
            code, said = error.smtp_code, error.smtp_error  # type: ignore[assignment]
        except smtplib.SMTPNotSupportedError:
            raise SaidNoError("the server offers no login that can be used", whole=True) from None
        except smtplib.SMTPException as error:
            if not _LOGINS & set(offered):
                only = self._clean(", ".join(offered).encode())
                raise SaidNoError(f"the server offers no login that can be used, only {only}", whole=True) from None
            raise SaidNoError(f"the login failed ({type(error).__name__})", temporary=True, whole=True) from None
        except (ValueError, OSError) as error:
            raise SaidNoError(f"the login failed ({type(error).__name__})", temporary=True, whole=True) from None
        if code not in (235, 503):
            enhanced = re.match(rb"\d\.\d{1,3}\.\d{1,3}\b", said or b"")
            more = f" {enhanced[0].decode()}" if enhanced else ""
            raise SaidNoError(f"the server refused the login ({code}{more})", temporary=_later(code), whole=True)

    def _packed(self) -> bytes:
        """User and password as PLAIN sends them (RFC 4616)."""
        return base64.b64encode(f"\0{self._server.user}\0{self._password}".encode("utf-8", "surrogatepass"))

    def announce(self, envelope: Envelope, message: bytes) -> None:
        """The envelope: all recipients or none. Raises SaidNoError and ServerError."""
        options = self._options(message)
        sender = envelope.mail_from
        self._expect("MAIL FROM", lambda: self._client.docmd("MAIL", f"FROM:<{sender}>{options}"), (250,))
        self._addressed = True
        for address in envelope.rcpt_to:
            to = f"TO:<{address}>"
            self._expect(f"the recipient {address}", lambda to=to: self._client.docmd("RCPT", to), (250, 251))  # type: ignore[misc]

    def _options(self, message: bytes) -> str:
        options = ""
        if self._client.has_extn("size"):
            limit = re.match(r"\s*(\d{1,15})", self._client.esmtp_features.get("size", ""))
            if limit and 0 < int(limit[1]) < len(message):
                raise SaidNoError(f"the message has {len(message)} bytes, the server takes {int(limit[1])}")
            options += f" SIZE={len(message)}"
        head, _, text = message.partition(b"\r\n\r\n")
        needs = [("8bitmime", "8BITMIME", " BODY=8BITMIME")] if not text.isascii() or not head.isascii() else []
        needs += [("smtputf8", "SMTPUTF8", " SMTPUTF8")] if not head.isascii() else []
        for extension, name, option in needs:
            if not self._client.has_extn(extension):
                raise SaidNoError(f"the message needs {name}, which the server does not offer")
            options += option
        return options

    def write(self, message: bytes) -> None:
        """The message without the line that ends it, so that it is not delivered yet. Raises as `begin` does."""
        self._expect("DATA", lambda: self._client.docmd("DATA"), (354,))
        self._next("the message")
        self._wire.sendall(re.sub(rb"(?m)^\.", b"..", message))
        if self._wire.early():
            code, said = self._reply()
            raise SaidNoError(
                f"the server broke off before the message was complete{self._quote(code, said)}",
                temporary=_later(code),
                whole=code == _CLOSING,
            )

    def finish(self, message_id: str) -> Delivered | Refused | Unknown:
        """The line that ends the message, and what the server answers to it: from here on nothing is certain without
        it. Nobody else is asked before it has had `final` to come.
        """
        self.step = "the answer"
        self._wire.allow(max(self._final, self._server.timeout) / 1000)
        try:
            self._wire.sendall(b".\r\n")
            code, said = self._client.getreply()
        except (ServerError, smtplib.SMTPException, OSError, ValueError) as error:
            why = error if isinstance(error, ServerError) else type(error).__name__
            return Unknown(f"the message was sent and the server did not say what became of it: {why}")
        if 200 <= code < 300:
            return Delivered(" ".join(f"{code} {self._clean(said)} {message_id}".split()))
        if 400 <= code < 600:
            reason = f"the server refused the message{self._quote(code, said)}"
            return Refused(reason, temporary=_later(code), whole=code in {_CLOSING, _LOGIN_WANTED})
        return Unknown("the message was sent and the server's answer cannot be read")

    def leave(self) -> None:
        """Take back an envelope that was begun and say goodbye; whatever goes wrong here changes nothing."""
        with contextlib.suppress(Exception):
            self._wire.allow(min(2.0, self._server.timeout / 1000))
            if self.step.startswith("the recipient"):
                self._client.docmd("RSET")
            self._client.docmd("QUIT")

    def _next(self, step: str) -> None:
        self.step = step
        self._wire.allow(self._server.timeout / 1000)

    def _expect(self, step: str, ask: Callable[[], tuple[int, bytes]], wanted: tuple[int, ...]) -> None:
        self._next(step)
        try:
            code, said = ask()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            why = f"{step}: the server's answer cannot be used ({type(error).__name__})"
            raise SaidNoError(why, temporary=True, whole=not self._addressed) from None
        if code not in wanted:
            whole = code in {_CLOSING, _LOGIN_WANTED} or (not self._addressed and code != _TOO_LARGE)
            raise SaidNoError(f"{step} was refused{self._quote(code, said)}", temporary=_later(code), whole=whole)

    def _reply(self) -> tuple[int, bytes]:
        try:
            return self._client.getreply()
        except (ServerError, smtplib.SMTPException, OSError, ValueError):
            return -1, b""

    def _quote(self, code: int, said: bytes) -> str:
        text = self._clean(said)
        return f": {code} {text}".rstrip() if 100 <= code < 600 else ""

    def _clean(self, said: bytes) -> str:
        """What the server said, without anything that repeats the password in one of the forms in which it was
        sent.
        """
        return plain(said, without=self._secrets)


def _later(code: int) -> bool:
    """Whether a code says "not now" (4yz), or nothing that can be understood, rather than "no"."""
    return not 500 <= code < 600
