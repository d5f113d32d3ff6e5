"""`[mail]`: who writes, how mail leaves, where replies come in, and how much contact there may be."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator, model_validator

from engine.effects.mail import Identity
from engine.governance.courtesy import Limits
from engine.settings.fields import Host, Port, Reference, Section, Security, Time, loopback

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))", re.ASCII)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%", re.ASCII)


class _Server(Section):
    host: Host = Field(min_length=1, max_length=253)
    security: Security = "tls"
    """`tls` from the first byte, `starttls` before anything is said, `none` on this machine alone."""
    user: str = ""
    password: Reference = ""
    ca_file: str = ""
    """A file of further certificates to trust, for a server of one's own."""
    timeout: Time = 30_000
    """The longest silence of the server."""

    @model_validator(mode="after")
    def _not_in_the_clear(self) -> _Server:
        _check_login(self.host, self.security, self.user, self.password)
        return self


def _check_login(host: str, security: str, user: str, password: str) -> None:
    if security == "none" and not loopback(host):
        raise ValueError('security = "none" is for this machine only; another host needs tls or starttls')
    if bool(user) != bool(password):
        raise ValueError("user and password go together")


class ImapSent(_Server):
    """`[mail.smtp.sent]`: the IMAP folder into which the mail server itself copies what it sent. Makes sending
    `lookup`.
    """

    port: Port = 993
    folder: str = "Sent"


class Smtp(_Server):
    """`[mail.smtp]`: how mail leaves. Without it there is no connector `smtp`."""

    port: Port = 465
    sent: ImapSent | None = None


class MailInbox(Section):
    """`[mail.inbox]`: where replies come in, read and never changed. Without it, the maildir `inbox` of the home."""

    kind: Literal["maildir", "mbox", "imap"]
    path: str = ""
    """Of a maildir or mbox."""
    host: Host = ""
    """Of an IMAP server; the rest is for it alone."""
    port: Port = 993
    security: Security = "tls"
    user: str = ""
    password: Reference = ""
    ca_file: str = ""
    """A file of further certificates to trust, for a server of one's own."""
    folder: str = "INBOX"
    timeout: Time = 30_000
    """The longest silence of the server."""

    @model_validator(mode="after")
    def _complete(self) -> MailInbox:
        if self.kind == "imap" and not self.host:
            raise ValueError("an imap inbox needs a host")
        if self.kind != "imap" and not self.path:
            raise ValueError(f"a {self.kind} inbox needs a path")
        if (self.kind == "imap" and self.path) or (self.kind != "imap" and (self.host or self.user)):
            raise ValueError("an imap inbox has a host, a maildir or mbox a path, and none has both")
        if self.kind == "imap":
            _check_login(self.host, self.security, self.user, self.password)
        return self


class Pace(Section):
    """`[mail.limits]`: how much contact there may be, over all missions (24 hours, rolling)."""

    per_day: int = Field(default=50, ge=0, le=100_000)
    per_domain_day: int = Field(default=5, ge=0, le=100_000)
    gap: Time = 0
    """Time between two contacts."""
    follow_ups: bool = False
    """Whether the branch that wrote to a person first may write to the same person again."""
    hours: str = ""
    """Hours of the day at which people may be contacted, in the mission's zone: `08:00-20:00`; empty for any."""
    bounces: str = "5%"
    """Share of hard bounces, of at least 20 messages, at which a mission's contacts pause and you are asked."""
    complaints: int = Field(default=1, ge=1)
    """Number of complaints at which a mission's contacts pause and you are asked."""

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        if value and _minutes(value) is None:
            raise ValueError("hours are written 08:00-20:00, the second later than the first")
        return value

    @field_validator("bounces")
    @classmethod
    def _bounces(cls, value: str) -> str:
        found = _SHARE.fullmatch(value)
        if found is None or not 0 < Decimal(found[1]) <= 100:
            raise ValueError("a share is written 5%")
        return value

    def limits(self) -> Limits:
        """The limits as the engine applies them."""
        found = _SHARE.fullmatch(self.bounces)
        assert found is not None
        return Limits(
            per_day=self.per_day,
            per_domain_day=self.per_domain_day,
            gap_ms=self.gap,
            follow_ups=self.follow_ups,
            hours=_minutes(self.hours),
            bounce_ppm=int(Decimal(found[1]) * 10_000),
            complaints=self.complaints,
        )


def _minutes(hours: str) -> tuple[int, int] | None:
    found = _HOURS.fullmatch(hours)
    if found is None:
        return None
    first = int(found[1]) * 60 + int(found[2])
    last = int(found[3] or found[5]) * 60 + int(found[4] or found[6])
    return (first, last) if first < last else None


class Mail(Identity):
    """`[mail]`: who writes, verified by being written here, and the ways in and out. Without `reply_to`, answers go to
    `address`.
    """

    smtp: Smtp | None = None
    inbox: MailInbox | None = None
    limits: Pace = Pace()

    @property
    def identity(self) -> Identity:
        """The sender alone."""
        return Identity(name=self.name, address=self.address, reply_to=self.reply_to, postal=self.postal)
