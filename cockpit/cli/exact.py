"""An effect as it will leave: its stored bytes, checked against the digest that an approval binds to.

Every front end shows what `look` gives and nothing else. Standard library only.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from typing import Any, NamedTuple

Json = Mapping[str, Any]


class Seen(NamedTuple):
    """One effect as it will leave. `intact`: its bytes are those that the digest was made of."""

    effect: str
    to: str
    sender: str
    subject: str
    text: str
    event: dict[str, Any]
    intact: bool
    raw: bytes = b""
    """The exact body: of a mail the whole message, headers too."""
    kinds: tuple[str, ...] = ()
    """The content type of each part; empty for what is no mail."""
    addressed: str = ""
    """What the message itself says about its recipient; the envelope (`to`) decides."""
    micro_usd: int = 0


CALL = b"cockpit.call.v1\0"
EFFECT = b"cockpit.effect.v1\0"


class _Mail(NamedTuple):
    sender: str
    subject: str
    text: str
    kinds: tuple[str, ...] = ()
    addressed: str = ""


def named(row: Json) -> Iterator[tuple[str, str]]:
    """Short id and digest of each effect of an attention row."""
    for item in row.get("items", []):
        yield item["id"].rpartition("/")[2], item["digest"]


def look(short: str, digest: str, body: dict[str, Any] | None, blob: Callable[[str], bytes | None]) -> Seen:
    """One effect, from the body of its `effect.proposed` and the blobs that it names."""
    if body is not None and "wanted" in body:
        return _call(short, digest, body, blob(body["content"]))
    content = blob(body["content"]) if body else None
    message = blob(body["body"]) if body else None
    if body is None or content is None or message is None:
        return Seen(short, "", "", "", "the bytes were erased", body or {}, intact=False)
    try:
        said = json.loads(content)
        envelope = said["envelope"]
        to = ", ".join(envelope["rcpt_to"]) or envelope["url"]
        cost = int(envelope.get("micro_usd") or 0)
        bound = said["body_sha256"] == hashlib.sha256(message).hexdigest()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Seen(short, "", "", "", "the bytes cannot be read", body, intact=False)
    bound = bound and hashlib.sha256(EFFECT + content).hexdigest() == digest == body["digest"]
    mail = _mail(message) if envelope["rcpt_to"] else _Mail("", "", message.decode("utf-8", "backslashreplace"))
    return Seen(
        short,
        to,
        mail.sender,
        mail.subject,
        mail.text,
        body,
        intact=bound,
        raw=message,
        kinds=mail.kinds,
        addressed=mail.addressed,
        micro_usd=cost,
    )


def source_of(short: str) -> tuple[str, str]:
    """The kind of event that holds what an id of an item stands for, and the field in which it has that id."""
    return ("tool.asked", "wanted") if short.startswith("W") else ("effect.proposed", "effect")


def _call(short: str, digest: str, body: dict[str, Any], content: bytes | None) -> Seen:
    """A call of a tool as it would run: its arguments as they stand in the bytes that the digest was made of."""
    if content is None:
        return Seen(short, "", "", "", "the bytes were erased", body, intact=False)
    try:
        said = json.loads(content)
        text = json.dumps(said["arguments"], indent=2, ensure_ascii=False, sort_keys=True)
        what = f"{said['tool']} {said['operation']}"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Seen(short, "", "", "", "the bytes cannot be read", body, intact=False)
    bound = hashlib.sha256(CALL + content).hexdigest()
    to = ", ".join(body.get("hosts") or ()) or f"{said['tool']} ({str(said.get('identity', ''))[:200]})"
    return Seen(short, to, "", what, text, body, intact=bound == digest == body["digest"], raw=content)


def _mail(message: bytes) -> _Mail:
    """A message as its reader will see it; the raw bytes when they are no mail."""
    raw = message.decode("utf-8", "backslashreplace")
    try:
        parsed = email.message_from_bytes(message, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        kinds = tuple(part.get_content_type() for part in parsed.walk() if not part.is_multipart())
        content = parsed.get_content()
        subject, sender = str(parsed.get("Subject", "")), str(parsed.get("From", ""))
        if (replies := str(parsed.get("Reply-To", ""))) and replies not in sender:
            sender = f"{sender}, replies to {replies}"
        addressed = str(parsed.get("To", ""))
    except Exception:  # noqa: BLE001 (the parser raises many things at hostile bytes; they are then shown as they are)
        return _Mail("", "", raw)
    return _Mail(sender, subject, content if isinstance(content, str) else raw, kinds, addressed)
