"""Content without a person: lines of a text that name them go, and so do the parts of a JSON document. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email import message_from_bytes
from typing import Any

from engine.effects.addresses import normalise_address

ERASED = "[erased]"
"""What stands where something about a person stood."""


_PLAIN = frozenset({"verb"})
"""Keys of which the value says nothing of a person: it stays, so that the document still means what it meant."""
SHORTEST, MOST = 30, 60
"""Bytes of a line that is looked for elsewhere, and how many lines of a message are."""


def words_of(address: str) -> tuple[bytes, ...]:
    """How an address may stand in a text; ASCII letters of both cases count as the same."""
    plain = address.strip()
    spellings = {plain, normalise_address(plain)}
    spellings |= {spelling.replace("@", "%40") for spelling in set(spellings)}
    return tuple(sorted(spelling.encode("utf-8", "surrogatepass") for spelling in spellings))


def quotes_of(content: bytes) -> tuple[bytes, ...]:
    """What a message says, line by line, where a line is long enough to be told from what anybody might write."""
    message = message_from_bytes(content)
    found: dict[bytes, None] = {}
    for part in message.walk():
        if part.get_content_maintype() != "text":
            continue
        payload = part.get_payload(decode=True)
        for line in (payload if isinstance(payload, bytes) else b"").splitlines():
            if len(line.strip()) >= SHORTEST and not line.lstrip().startswith(b">"):
                found[line.strip()] = None
    return tuple(found)[:MOST]


def pattern(words: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """Any of these words in content."""
    return re.compile(b"|".join(re.escape(word) for word in words) or b"(?!)", re.IGNORECASE)


def without(content: bytes, words: tuple[bytes, ...], moved: Mapping[str, str]) -> bytes:
    """Content without what is said of a person: of JSON the objects that name them are emptied, of any other text the
    lines that do are gone. `moved` are names of erased content and of what goes on in its place.
    """
    for old, new in moved.items():
        content = content.replace(old.encode(), new.encode())
    named = pattern(words)
    if not named.search(content):
        return content
    if content[:1] in {b"{", b"["}:
        try:
            value = json.loads(content)
        except ValueError:
            return _lines(content, named)
        return json.dumps(_emptied(value, named), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return _lines(content, named)


def _lines(content: bytes, named: re.Pattern[bytes]) -> bytes:
    """A text without the lines that name a person; a binary content that does is gone whole."""
    if b"\x00" in content:
        return ERASED.encode()
    return b"".join(line for line in content.splitlines(keepends=True) if not named.search(line))


def _emptied(value: Any, named: re.Pattern[bytes]) -> Any:
    """JSON in which every object that says whose it is has no words left, and every other text no address."""
    if isinstance(value, dict):
        if any(isinstance(part, str) and _is(part, named) for part in value.values()):
            return {key: part if key in _PLAIN else _blank(part) for key, part in value.items()}
        return {key: _emptied(part, named) for key, part in value.items()}
    if isinstance(value, list):
        return [_emptied(part, named) for part in value]
    if isinstance(value, str):
        return named.sub(ERASED.encode(), value.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    return value


def _is(text: str, named: re.Pattern[bytes]) -> bool:
    """Whether a text is an address and nothing else: the object that holds it is about its person."""
    return named.fullmatch(text.strip().encode("utf-8", "surrogatepass")) is not None


def _blank(value: Any) -> Any:
    if isinstance(value, str):
        return ERASED if value else value
    if isinstance(value, list):
        return [] if all(isinstance(part, str) for part in value) else [_blank(part) for part in value]
    if isinstance(value, dict):
        return {key: _blank(part) for key, part in value.items()}
    return value
