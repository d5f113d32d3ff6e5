"""Where the arguments of a call would go: hosts derived by us from what is given, never stated by a worker. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

NOWHERE = "local"
"""Among a tool's `hosts`: it talks to nobody outside this machine."""
UNREADABLE = "?"
"""The host of an address that readers may read differently: among nobody's hosts."""
DEEPEST = 32
_URL = re.compile(r"[a-z][a-z0-9+.-]{0,30}:/?/?[^\s]*", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.:_-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")
_NAMES = re.compile(r"(?:^|[_-])(?:url|uri|href|link|host|hostname|domain|endpoint|address|server|webhook)s?$", re.I)
_ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\]")


class TooDeepError(ValueError):
    """Arguments nested deeper than anybody needs."""


def host(address: str) -> str:
    """The host of an address or of a bare `host/path`: lower case, without its last dot, in ASCII; `?` when it cannot
    be told for certain.
    """
    text = address.strip(" ")
    if _ODD.search(text):
        return UNREADABLE
    try:
        parts = urlsplit(text if _SCHEME.match(text) else f"//{text}")
        found = (parts.hostname or "").rstrip(".")
        _ = parts.port
        if "@" in parts.netloc or not found:
            return UNREADABLE
        plain = found if found.isascii() else found.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return UNREADABLE
    return plain.lower() if _HOST.fullmatch(plain.lower()) else UNREADABLE


def among(name: str, hosts: Iterable[str]) -> bool:
    """Whether a host is one of those, or below `*.one.of.those`."""
    if name == UNREADABLE:
        return False
    for known in hosts:
        wanted = known.lower().rstrip(".")
        if name == wanted or (wanted.startswith("*.") and name.endswith(wanted[1:]) and len(name) > len(wanted) - 1):
            return True
    return False


def destinations(arguments: object) -> frozenset[str]:
    """Every host that the arguments name: addresses anywhere in them, and what an argument called `url` or `host`
    holds. Raises `TooDeepError`.
    """
    return frozenset(_found(arguments, "", 0))


def _found(value: object, name: str, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise TooDeepError("the arguments are nested too deep")
    if isinstance(value, str):
        addresses = [part for part in _URL.findall(value) if _SCHEME.match(part)]
        if len(addresses) == 1 and addresses[0] == value:
            yield host(value)
        elif addresses:
            yield from (host(re.split(r"[\"'<>()\[\]{}|,;]", part)[0] or part) for part in addresses)
        elif _NAMES.search(name) and value:
            yield host(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _found(key, "", depth + 1)
            yield from _found(inner, str(key), depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _found(inner, name, depth + 1)
