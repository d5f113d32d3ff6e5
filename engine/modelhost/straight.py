"""A call goes to the address that was configured and to no other: a redirect is an answer, and it is not followed. And
no answer is larger than any answer is.

Libraries follow redirects by default, with the whole prompt, and some of them with the key. Whoever answers at an
address could so have both sent to anybody, past what was said about privacy.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx

MOST_ANSWER, MOST_LINE = 256 * 2**20, 4 * 2**20
"""Bytes of one response, and of one line of it, as they are sent: far more than the largest answer in the smallest
pieces. A line without an end would otherwise take memory and processor from all calls.
"""


class EndlessError(Exception):
    """A response goes on beyond `MOST_ANSWER`, or a line of it beyond `MOST_LINE`."""


class RedirectedError(Exception):
    """An address leads elsewhere; `str()` says where to, without anything that could be a secret."""


class Bounded(httpx.AsyncByteStream):
    """A stream that raises `EndlessError` beyond so many bytes, and so many of one line."""

    def __init__(self, stream: httpx.AsyncByteStream, most: int = MOST_ANSWER, line: int = MOST_LINE) -> None:
        self._stream, self._left, self._most_line, self._line = stream, most, line, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._left -= len(part)
            ends = part.rfind(b"\n")
            self._line = len(part) - ends - 1 if ends >= 0 else self._line + len(part)
            if self._left < 0 or self._line > self._most_line:
                raise EndlessError
            yield part

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()


def go_straight() -> None:
    """From now on no HTTP client of this process follows a redirect: it raises `RedirectedError`. Twice is once."""
    if hasattr(httpx.AsyncClient.send, "__wrapped__"):
        return
    asynchronous, plain = httpx.AsyncClient.send, httpx.Client.send

    @functools.wraps(asynchronous)
    async def send(client: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
        response = await asynchronous(client, request, **options | {"follow_redirects": False})
        if response.has_redirect_location:
            await response.aclose()
            raise RedirectedError(_target(response))
        if options.get("stream") and isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = Bounded(response.stream)
        return response

    @functools.wraps(plain)
    def send_plainly(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        response = plain(client, request, **options | {"follow_redirects": False})
        if response.has_redirect_location:
            response.close()
            raise RedirectedError(_target(response))
        return response

    httpx.AsyncClient.send = send  # type: ignore[method-assign, assignment]
    httpx.Client.send = send_plainly  # type: ignore[method-assign, assignment]


def _target(response: httpx.Response) -> str:
    try:
        parts = urlsplit(str(response.url.join(response.headers["location"])))
        port = f":{parts.port}" if parts.port else ""
    except (httpx.InvalidURL, ValueError):
        return "somewhere"
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
