"""A proposal becomes a complete message: everything but its Date is frozen here, before anybody is asked to approve it.

From a worker come the recipient, the subject and the text. Sender, signature, unsubscribe and Message-ID come from the
verified identity and from hashing (decisions 18 and 23). The bytes are written here rather than by `email.generator`,
whose folding changes between Python versions; tests read them back with `email`.
"""

from __future__ import annotations

import quopri
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from urllib.parse import quote

from pydantic import Field, field_validator

from engine.effects.addresses import AddressError, domain_mark, hidden, normalise_address, parse, person
from engine.effects.canonical import EffectBytes, Envelope, effect_digest
from engine.values import MissionId, Sha256, Value, canonical, digest, sha256
from engine.workers.protocol import EffectOut

__all__ = [
    "FOOTER",
    "MAX_BODY",
    "MAX_SUBJECT",
    "Composed",
    "Identity",
    "Refusal",
    "compose",
    "dated",
    "identity_mark",
    "normalise_address",
    "person",
    "undated",
]

MAX_BODY = 100_000
"""Bytes of a text in UTF-8."""
MAX_SUBJECT = 250
FOOTER = "Reply 'stop' and I will not write to you again."

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OUR_DATE = re.compile(rb"Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000\r\n")
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u00ad\u061c")
"""Invisible characters that ordinary writing needs: joiners, direction marks, the soft hyphen."""
_PICTURES = range(0x1F000, 0x1FC00)
"""Emoji blocks: what this Python does not know there yet is a newer picture, nothing hidden."""


class Identity(Value):
    """Who writes: from verified configuration, never from a worker. `reply_to` empty means the address itself."""

    name: str = Field(min_length=1, max_length=60)
    address: str
    reply_to: str = ""
    postal: str = Field(min_length=5, max_length=500)

    @field_validator("address", "reply_to")
    @classmethod
    def _address(cls, value: str) -> str:
        return str(parse(value)) if value else value

    @field_validator("address")
    @classmethod
    def _given(cls, value: str) -> str:
        if not value:
            raise ValueError("an identity needs an address")
        return value

    @field_validator("name", "postal")
    @classmethod
    def _plain(cls, value: str) -> str:
        text = value.strip().replace("\r\n", "\n")
        if not text or _hidden_in(text.replace("\n", "")):
            raise ValueError("is empty or holds hidden characters")
        return text

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if re.search(r"""[\n<>"\\@]""", value):
            raise ValueError('a name holds no line break, <, >, ", \\ or @')
        return value

    @property
    def replies(self) -> str:
        """Where answers go."""
        return self.reply_to or self.address


def identity_mark(identity: Identity) -> Sha256:
    """What an effect notes of the sender it was written under, to notice when it is another one."""
    return digest(["cockpit.identity.v1", identity.model_dump()])


@dataclass(frozen=True, slots=True)
class Composed:
    """A message as it will be sent, and what an approval of it binds to."""

    canonical: bytes
    digest: Sha256
    body: bytes
    """The complete message without its Date header."""
    body_sha: Sha256
    persons: tuple[str, ...]
    domains: tuple[str, ...]
    """The mark of each person's domain, in the same order."""
    address: str
    subject: str
    message_id: str
    template: Sha256
    """Equal for messages that may be approved together: same verb, connector and sender."""
    url: str = ""
    """Where it goes, for what is no mail."""
    host: str = ""
    micro_usd: int = 0
    """What it spends outside, in micro-dollars."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no effect was made of a proposal."""

    code: str
    reason: str


def compose(
    proposal: EffectOut, *, effect: str, mission: str, connector: str, identity: Identity
) -> Composed | Refusal:
    """The one message that a proposal, an effect id and an identity give. Pure and total: same input, same bytes."""
    try:
        address = parse(proposal.to)
    except AddressError as error:
        return Refusal("address", f"the address {error}")
    if fault := _subject_fault(proposal.subject):
        return Refusal("subject", f"the subject {fault}")
    text = proposal.body.replace("\r\n", "\n").replace("\r", "\n")
    if fault := _body_fault(text):
        return Refusal("body", f"the text {fault}")
    subject = proposal.subject.strip()
    text = f"{text.strip(chr(10)).rstrip()}\n\n-- \n{identity.name}\n{identity.postal}\n\n{FOOTER}\n"
    message_id = _message_id([mission, effect, connector, str(address), subject, text], identity)
    body = _message(str(address), subject, text, message_id, identity)
    try:
        said = EffectBytes(
            mission=MissionId(mission),
            effect=effect,
            verb=proposal.verb,
            connector=connector,
            envelope=Envelope(mail_from=identity.address, rcpt_to=(str(address),)),
            message_id=message_id,
            body_sha256=sha256(body),
            fields=tuple(sorted(set(proposal.fields))),
        ).canonical()
    except ValueError:
        return Refusal("proposal", "the proposal's verb or fields cannot be written down")
    return Composed(
        canonical=said,
        digest=effect_digest(said),
        body=body,
        body_sha=sha256(body),
        persons=(person(str(address)),),
        domains=(domain_mark(str(address)),),
        address=str(address),
        subject=subject,
        message_id=message_id,
        template=digest(["cockpit.template.v1", proposal.verb, connector, identity.address]),
    )


def _hidden_in(text: str) -> str:
    """The first character of a text that a reader would not see, as `U+202E`; empty when there is none."""
    return next(
        (f"U+{ord(char):04X}" for char in text if hidden(char) and char not in _JOINERS and ord(char) not in _PICTURES),
        "",
    )


def _subject_fault(subject: str) -> str:
    if not subject.strip():
        return "is empty"
    if len(subject) > MAX_SUBJECT:
        return f"is longer than {MAX_SUBJECT} characters"
    if "\r" in subject or "\n" in subject:
        return "holds a line break"
    found = _hidden_in(subject)
    return f"holds a hidden character, {found}" if found else ""


def _body_fault(text: str) -> str:
    if not text.strip():
        return "is empty"
    if found := _hidden_in(text.replace("\n", "").replace("\t", "")):
        return f"holds a hidden character, {found}"
    if len(text.encode()) > MAX_BODY:
        return f"is larger than {MAX_BODY // 1000} kB"
    return ""


def _message_id(content: list[str], identity: Identity) -> str:
    name = sha256(b"cockpit.message-id.v1\0" + canonical([*content, identity.model_dump()]))[:32]
    return f"<{name}@{parse(identity.address).domain}>"


def _message(address: str, subject: str, text: str, message_id: str, identity: Identity) -> bytes:
    headers = (
        f"From: {_named(identity.name, identity.address)}",
        f"To: {address}",
        f"Reply-To: {identity.replies}",
        f"Subject: {_words(subject, 'Subject')}",
        f"Message-ID: {message_id}",
        f"List-Unsubscribe: <mailto:{quote(identity.replies, safe='@+')}?subject=unsubscribe>",
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
    )
    content = quopri.encodestring(text.replace("\n", "\r\n").encode())
    return "\r\n".join(headers).encode("ascii") + b"\r\n\r\n" + content


def _words(text: str, header: str) -> str:
    """A header's text: as it is in ASCII, in encoded words of at most 75 characters otherwise."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", maxlinelen=75, header_name=header).encode(linesep="\r\n")


def _named(name: str, address: str) -> str:
    shown = f'"{name}"' if name.isascii() and "=?" not in name else _words(name, "From")
    return f"{shown} <{address}>" if len(shown) < 300 else address


def dated(body: bytes, at_ms: int) -> bytes:
    """The message with its Date header, at whole seconds UTC, as the first line. Raises ValueError, OverflowError."""
    at = _EPOCH + timedelta(seconds=at_ms // 1000)
    return f"Date: {format_datetime(at)}\r\n".encode("ascii") + body


def undated(message: bytes) -> bytes:
    """The message without its first Date header, and otherwise byte for byte the same: `undated(dated(b, t)) == b`."""
    if ours := _OUR_DATE.match(message):
        return message[ours.end() :]
    at = 0
    while at < len(message):
        end = _line_end(message, at)
        if not message[at:end].strip():
            return message
        if message[at : at + 5].lower() == b"date:":
            while message[end : end + 1] in (b" ", b"\t"):
                end = _line_end(message, end)
            return message[:at] + message[end:]
        at = end
    return message


def _line_end(message: bytes, at: int) -> int:
    found = message.find(b"\n", at)
    return len(message) if found < 0 else found + 1
