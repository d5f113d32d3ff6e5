"""A call goes to the address that was configured and to no other: a redirect is an answer, and it is not followed.

Libraries follow redirects by default, with the whole prompt, and some of them with the key. Whoever answers at an
address could so have both sent to anybody, past what was said about privacy.
"""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import urlsplit

import httpx


class RedirectedError(Exception):
    """An address leads elsewhere; `str()` says where to, without anything that could be a secret."""


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
