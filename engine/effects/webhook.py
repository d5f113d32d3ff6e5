"""An HTTP POST of exactly the approved body to the one configured address, and the truth about what became of it.

The key goes with it as `Idempotency-Key`. What was answered is told by its status alone; what was not answered after
the request had begun to leave is unknown. Redirects are not followed: the address was part of what was approved.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from engine.effects.canonical import parse
from engine.effects.protocol import Delivered, Destination, Refused, Unknown, mismatch
from engine.effects.remembered import Remembering
from engine.secrets.protocol import SecretError, Secrets
from engine.values import digest

PASSING = frozenset({"locked", "timeout"})
"""What keeps a secret back for a while only."""
_LATER = frozenset({425, 429})
"""Answers that say that it was not taken, and may be later."""
ANSWER = 65_536
"""Bytes of an answer that are read; it is told by its status."""


class Post(Protocol):
    """`[connectors.NAME]` with `kind = "webhook"`."""

    @property
    def url(self) -> str:
        """The whole address."""

    @property
    def media(self) -> str:
        """The content type of what is sent."""

    @property
    def header(self) -> str:
        """The header that carries the secret."""

    @property
    def prefix(self) -> str:
        """What stands before the secret in its header."""

    @property
    def secret(self) -> str:
        """A reference; empty for none."""

    @property
    def window(self) -> int:
        """How long the sink remembers keys, in milliseconds; 0 when it does not look at them."""

    @property
    def timeout(self) -> int:
        """The longest silence, in milliseconds."""

    @property
    def ca_file(self) -> str:
        """Further certificates to trust."""


@dataclass(slots=True)
class _Wire:
    """How far one request got."""

    connected: bool = False


class WebhookConnector(Remembering):
    """One address. `dedup` when its sink remembers keys for a declared while, else `blind`."""

    def __init__(self, name: str, settings: Post, secrets: Secrets) -> None:
        self._settings, self._secrets = settings, secrets
        setup = ["cockpit.webhook.v1", settings.url, settings.media, settings.header, settings.prefix, settings.secret]
        super().__init__(name, settings.window, Destination("webhook", settings.url, digest(setup), settings.media))

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:  # noqa: ARG002
        """Send it. `Delivered.reference` is the status that was answered."""
        return await self._send(effect, body, key, again=False)

    async def replay(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:  # noqa: ARG002
        """Send a key again whose answer was lost: a conflict then says nothing about what became of the first."""
        return await self._send(effect, body, key, again=True)

    async def _send(self, effect: bytes, body: bytes, key: str, *, again: bool) -> Delivered | Refused | Unknown:
        if reason := mismatch(effect, body, self._name):
            return Refused(reason)
        if parse(effect).envelope.url != self._settings.url:
            return Refused("it was approved for another address than the one that is configured now")
        headers = {"Idempotency-Key": key, "Content-Type": self._settings.media, "User-Agent": "mission-cockpit"}
        if self._settings.secret:
            try:
                secret = await self._secrets.get(self._settings.secret)
            except SecretError as error:
                return Refused(str(error), temporary=error.why in PASSING, whole=True)
            headers[self._settings.header] = f"{self._settings.prefix}{secret}"
        return await self._post(headers, body, again=again)

    async def _post(self, headers: dict[str, str], body: bytes, *, again: bool) -> Delivered | Refused | Unknown:
        import httpx  # a third of a second, for those who send something

        settings, wire = self._settings, _Wire()

        async def trace(event: str, _info: object) -> None:
            wire.connected |= event.startswith(("http11.", "http2."))

        seconds = settings.timeout / 1000
        try:
            verify = _trusted(settings)
            async with (
                asyncio.timeout(3 * seconds),
                httpx.AsyncClient(timeout=seconds, follow_redirects=False, trust_env=False, verify=verify) as client,
                client.stream(
                    "POST", settings.url, content=body, headers=headers, extensions={"trace": trace}
                ) as answer,
            ):
                status, noted = answer.status_code, answer.headers.get("location", "")
                with suppress(httpx.HTTPError, TimeoutError):  # what it says is not needed: its status is there
                    await _rest(answer.aiter_raw(), seconds)
                return said(status, noted, urlsplit(settings.url).hostname or "", again=again)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError) as error:
            told = f"{type(error).__name__}: no answer"
            if wire.connected:
                return Unknown(f"it began to leave, and nothing was answered ({told})")
            return Refused(f"it cannot be reached ({told})", temporary=True, whole=True)


def _trusted(settings: Post) -> ssl.SSLContext:
    """Whom to believe: the system's certificates and one's own. Reading them takes a while: not where none is used."""
    if not settings.url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context(cafile=settings.ca_file or None)


async def _rest(pieces: AsyncIterator[bytes], seconds: float) -> None:
    """The rest of an answer, as far as it comes in time and is small."""
    read = 0
    async with asyncio.timeout(min(seconds, 2)):
        async for piece in pieces:
            read += len(piece)
            if read > ANSWER:
                return


def said(status: int, location: str, host: str, *, again: bool) -> Delivered | Refused | Unknown:
    """What a status says of what was sent; `again`: of a key that may have arrived before."""
    if 200 <= status < 300:
        return Delivered(f"{status} from {host}")
    if 300 <= status < 400:
        return Refused(f"{status}: it asks to go elsewhere{_shown(location)}, and was approved for {host} alone")
    if status == 409 or (again and status == 422):
        return Unknown(f"{status}: the sink knows this key, and does not say what became of it")
    if status in _LATER:
        return Refused(f"{status}: not now", temporary=True, whole=True)
    if status in {401, 403, 407}:
        return Refused(f"{status}: the sink does not know us", whole=True)
    if 400 <= status < 500 and status != 408:
        return Refused(f"{status}: the sink does not take it")
    return Unknown(f"{status}: the sink failed, and does not say whether it had taken it")


def _shown(location: str) -> str:
    host = urlsplit(location).hostname if location.isascii() else ""
    return f" ({host})" if host and re.fullmatch(r"[a-z0-9.-]{1,100}", host) else ""
