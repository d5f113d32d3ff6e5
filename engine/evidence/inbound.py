"""One received message as a value: bytes in, `Inbound` out. Pure, bounded, and it never raises.

A mailbox is written by strangers. So every header may be broken, every charset a lie and every nesting a trap; whatever
cannot be read is left out, and the worst message still becomes an `Inbound` of kind `other` with its raw bytes.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from email import message_from_bytes, message_from_string
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from typing import Literal

from engine.effects.addresses import AddressError, hidden, normalise_address, parse
from engine.evidence.classify import Kind, Report, Seen, classify
from engine.values import Sha256, sha256

MAX_TEXT = 20_000
"""Characters of plain text kept of a message."""
MAX_PARTS, MAX_DEPTH, MAX_REFERENCES = 100, 20, 50
_MAX_CONTENT, _MAX_HEADER = 200_000, 4_000
_WORST: tuple[Literal["complaint", "hard", "soft"], ...] = ("complaint", "hard", "soft")
_LAST_MS = 253_402_300_799_000

_ID = re.compile(r"<[^<>\s]{1,250}>")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
_ANGLE = re.compile(r"<([^<>]*)>")
_SOME_ADDRESS = re.compile(r"[^\s@<>()\[\]:;,\"\\]{1,64}@[^\s@<>()\[\]:;,\"\\]{1,250}")
_QMAIL = re.compile(r"Hi\. This is the .{1,300}?^<(\S{3,320})>:\n(.{0,2000})", re.DOTALL | re.MULTILINE)
"""A report as qmail writes it: no parts, only words. The address, and what is said of it."""
_QMAIL_LATER = re.compile(r"#4\.\d|too long")
_NO_COMPLAINT = ("not-spam", "auth-failure", "virus")
"""Kinds of feedback in which nobody complains: taken out of the spam folder, a report of DMARC, a scanner's find."""
_ODD_CHARSETS = {"ascii", "idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf_7"}
"""Read as UTF-8 instead: it contains ASCII, and the others are no charsets of mail or a way to hide text."""
_SKIPPED = re.compile(r"(script|style|head|title|template)\b", re.IGNORECASE)
_BREAKING = re.compile(r"/?(br|p|div|tr|li|h[1-6]|table|blockquote|hr|ul|ol)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inbound:
    """A received message, with what it says about itself. Nothing here is verified: senders can be forged."""

    key: Sha256
    """sha256 of the raw bytes: the same message twice is one."""
    raw: bytes
    message_id: str
    references: tuple[str, ...]
    """Message-IDs it answers, nearest first; for reports also that of the message they are about."""
    sender: str
    """Normalised address; empty when there is none, or several."""
    kind: Kind
    bounced: tuple[str, ...]
    """Normalised addresses that a delivery report or a complaint is about."""
    text: str
    at_ms: int
    """What its Date header says; 0 when it says nothing that can be read."""
    subject: str = ""


def inbound(raw: bytes) -> Inbound:
    """The message that these bytes are. Never raises."""
    try:
        return _read(raw, message_from_bytes(raw))
    except Exception:  # noqa: BLE001 - strangers write this, and the parser has more ways to fail than we can list
        return _header_only(raw)


def _header_only(raw: bytes) -> Inbound:
    try:
        return _read(raw, BytesHeaderParser().parsebytes(raw[:_MAX_CONTENT]))
    except Exception:  # noqa: BLE001 - as above: not even its header can be read
        return Inbound(sha256(raw), raw, "", (), "", "other", (), "", 0)


def _read(raw: bytes, message: Message) -> Inbound:
    report = _report(message)
    subject, text = _header(message, "Subject"), _text(message)
    sender = _sender(message)
    seen = Seen(
        subject=subject,
        text=text,
        sender=sender,
        auto_submitted=_header(message, "Auto-Submitted"),
        precedence=_header(message, "Precedence"),
        auto_reply=any(message.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")),
        null_sender=_header(message, "Return-Path").replace(" ", "") == "<>",
        report=report,
    )
    return Inbound(
        key=sha256(raw),
        raw=raw,
        message_id=next(iter(_ids(_header(message, "Message-ID"))), ""),
        references=_references(message, report),
        sender=sender,
        kind=classify(seen),
        bounced=report.addresses if report else (),
        text=text,
        at_ms=_at(_header(message, "Date")),
        subject=subject,
    )


def _header(message: Message, name: str) -> str:
    """A header's text, decoded as far as it can be; on one line, without control characters."""
    raw = next(iter(_raw(message, name)), "")[:_MAX_HEADER]
    parts: list[str] = []
    try:
        for content, charset in decode_header(raw):
            parts.append(content if isinstance(content, str) else _decoded(content, charset or "ascii"))
    except (ValueError, LookupError):
        parts = [raw]
    return " ".join(_clean("".join(parts)).split())


def _raw(message: Message, name: str) -> list[str]:
    """Every value of a header as it was written, read as UTF-8 where it is more than ASCII."""
    return [
        str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for key, value in message.raw_items()
        if key.lower() == name.lower()
    ]


def _clean(text: str) -> str:
    """Text that can be stored: no lone surrogates, no control characters but line breaks and tabs."""
    plain = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in plain if char in "\n\t" or not (ord(char) < 32 or 0x7F <= ord(char) < 0xA0))


def _decoded(content: bytes, charset: str) -> str:
    try:
        name = codecs.lookup(charset.strip("'\" ")).name
        odd = name.replace("-", "_") in _ODD_CHARSETS
        return content.decode("utf-8" if odd else name, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _ids(text: str) -> list[str]:
    return _ID.findall(text)


def _references(message: Message, report: Report | None) -> tuple[str, ...]:
    direct = _ids(_header(message, "In-Reply-To"))
    chain = _ids(_header(message, "References"))
    about = list(report.about) if report else []
    return tuple(dict.fromkeys([*about, *direct, *reversed(chain)]))[:MAX_REFERENCES]


def _sender(message: Message) -> str:
    for name in ("From", "Sender"):
        written = _raw(message, name)
        if len(written) == 1 and (address := _one_address(written[0])):
            return address
    return ""


def _one_address(header: str) -> str:
    """The one address of a From header. A display name that looks like an address is no address."""
    bare = _QUOTED.sub(" ", header[:_MAX_HEADER]).strip()
    angled = _ANGLE.findall(bare)
    if len(angled) > 1 or (angled and "," in bare and "@" in _ANGLE.sub("", bare)):
        return ""
    return _address(angled[0] if angled else bare)


def _address(text: str) -> str:
    """An address as it is compared. People also write from ones that we would not write to."""
    bare = text.strip().strip("<>")
    try:
        return normalise_address(str(parse(bare)))
    except AddressError:
        return normalise_address(bare) if _SOME_ADDRESS.fullmatch(bare) and not any(map(hidden, bare)) else ""


def _at(header: str) -> int:
    try:
        at = parsedate_to_datetime(header)
        ms = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) * 1000
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0
    return ms if 0 <= ms <= _LAST_MS else 0


def _children(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a message in order, without going into attached messages; bounded in number and depth."""
    stack, seen = [(message, 0)], 0
    while stack and seen < MAX_PARTS:
        part, depth = stack.pop()
        seen += 1
        if part.get_content_maintype() == "multipart":
            if depth < MAX_DEPTH:
                stack.extend((child, depth + 1) for child in reversed(_children(part)[:MAX_PARTS]))
        else:
            yield part


def _text(message: Message) -> str:
    """The first plain text of a message, else its first HTML as text."""
    fallback = ""
    for part in _parts(message):
        if part.get_content_disposition() == "attachment":
            continue
        if part.get_content_type() == "text/plain" and (text := _content(part).strip()):
            return text[:MAX_TEXT]
        if part.get_content_type() == "text/html" and not fallback:
            fallback = html_text(_content(part))
    return fallback[:MAX_TEXT]


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return _clean(_decoded(payload[:_MAX_CONTENT], str(part.get_content_charset("utf-8"))))


def html_text(markup: str) -> str:
    """HTML as text, in one pass: tags out, scripts and styles out, quoted blocks marked with `> `. Nothing is run."""
    out: list[str] = []
    unclosed: set[str] = set()
    at, quoted = 0, 0
    while at < len(markup):
        start = markup.find("<", at)
        out.append(html.unescape(markup[at : start if start >= 0 else None].replace("\n", " ")))
        if start < 0:
            break
        if markup.startswith("<!--", start):
            end = markup.find("-->", start)
            at = len(markup) if end < 0 else end + 3
            continue
        end = markup.find(">", start)
        if end < 0:
            break
        tag, at = markup[start + 1 : min(end, start + 40)], end + 1
        if (skipped := _SKIPPED.match(tag)) and (name := skipped[1].lower()) not in unclosed:
            close = re.compile(f"</{name}[^>]*>", re.IGNORECASE).search(markup, at)
            if close:
                at = close.end()
            else:
                unclosed.add(name)
        elif _BREAKING.match(tag):
            if tag.lower().startswith("blockquote"):
                quoted += 1
            elif tag.lower().startswith("/blockquote"):
                quoted = max(0, quoted - 1)
            out.append("\n> " if quoted else "\n")
    lines = (" ".join(line.split()) for line in _clean("".join(out)).split("\n"))
    return "\n".join(line for line in lines if line not in ("", ">"))


def _report(message: Message) -> Report | None:
    """The delivery report or complaint that a message is: only its own parts count, nothing in what it attaches."""
    if message.get_content_maintype() != "multipart":
        return _without_parts(message)
    addresses: list[str] = []
    about: list[str] = []
    kinds: set[str] = set()
    for part in _children(message)[:MAX_PARTS]:
        match part.get_content_type():
            case "message/delivery-status" | "message/global-delivery-status":
                hard, soft = _delivery(part)
                kinds |= {"hard"} if hard or not soft else {"soft"}
                addresses += hard or soft
            case "message/feedback-report":
                for block in _children(part)[:MAX_PARTS] or [part]:
                    harmless = str(block.get("Feedback-Type", "")).strip().lower() in _NO_COMPLAINT
                    kinds.add("soft" if harmless else "complaint")
                    addresses += [_recipient(str(value)) for value in block.get_all("Original-Rcpt-To", [])]
            case "message/disposition-notification":
                kinds.add("soft")
            case "message/rfc822" | "text/rfc822-headers" | "message/global" | "message/global-headers":
                about += _about(part)
    declared = str(message.get_param("report-type") or "").lower()
    if declared == "feedback-report" and not kinds:
        kinds.add("complaint")
    elif declared and message.get_content_subtype() == "report" and not kinds:
        kinds.add("soft")
    if not kinds:
        return _without_parts(message)
    named = tuple(dict.fromkeys(address for address in addresses if address))
    return Report(kind=next(kind for kind in _WORST if kind in kinds), addresses=named, about=tuple(about))


def _without_parts(message: Message) -> Report | None:
    """A report that is one text: Exim names the recipients in a header, qmail in its words."""
    failed = tuple(filter(None, (_address(item) for item in _header(message, "X-Failed-Recipients").split(","))))
    if failed:
        return Report(kind="hard", addresses=failed)
    said = _QMAIL.match(_text(message)) if _sender(message).startswith("mailer-daemon@") else None
    if said is None or not (address := _address(said[1])):
        return None
    words, _, original = said[2].partition("--- Below this line")
    return Report("soft" if _QMAIL_LATER.search(words) else "hard", (address,), tuple(_original_id(original)))


def _original_id(text: str) -> list[str]:
    found = re.search(r"^Message-ID:\s*(<[^<>\s]{1,250}>)", text, re.IGNORECASE | re.MULTILINE)
    return [found[1]] if found else []


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a delivery-status part: one about the message, then one for each recipient."""
    children = _children(part)
    if part.get_content_type() == "message/delivery-status" or not children:
        return children[:MAX_PARTS]
    rest = children[0].get_payload()  # the parser takes a `global` one for a message: the rest stands in its body
    groups = rest.split("\n\n")[:MAX_PARTS] if isinstance(rest, str) else []
    return [children[0], *(message_from_string(group.lstrip("\n")) for group in groups)]


def _delivery(part: Message) -> tuple[list[str], list[str]]:
    """Addresses that failed for good, and those of which anything else is said, of one delivery-status part."""
    hard: list[str] = []
    soft: list[str] = []
    for block in _blocks(part):
        named = [_recipient(str(block.get(name, ""))) for name in ("Original-Recipient", "Final-Recipient")]
        if block.get("Final-Recipient") is None and block.get("Original-Recipient") is None:
            continue
        status, action = (
            str(block.get("Status", "")).strip(),
            str(block.get("Action", "")).strip().lower().partition(" ")[0],
        )
        failed = action in ("failed", "") and (status.startswith("5") or (not status and action == "failed"))
        (hard if failed else soft).extend(named)
    return hard, soft


def _recipient(field: str) -> str:
    """The address of `rfc822; bob@example.org`."""
    return _address(field[:_MAX_HEADER].rpartition(";")[2])


def _about(part: Message) -> list[str]:
    for inner in _children(part)[:1]:
        return _ids(_header(inner, "Message-ID"))
    if part.get_content_type() == "text/rfc822-headers":
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            return _ids(_header(BytesHeaderParser().parsebytes(payload[:_MAX_CONTENT]), "Message-ID"))
    return []
