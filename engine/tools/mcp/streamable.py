"""The streams of an MCP server that is reached over streamable HTTP: what it sends is capped, its token is fetched for
each request, and no redirect leaves its origin (the SDK sees to the last).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.streamable_http import streamable_http_client

ANSWER_CAP = 16 * 2**20
"""Bytes of one response, or of one stream of events."""
_TIMEOUT = httpx2.Timeout(30.0, read=300.0)


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > ANSWER_CAP:
                raise httpx2.ReadError(f"more than {ANSWER_CAP // 2**20} MiB in one response")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class CappedTransport(httpx2.AsyncBaseTransport):
    """A transport whose responses end at `ANSWER_CAP`, and come as they are: a compressed one is not unpacked."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The inner transport's answer, capped. Raises `httpx2.ReadError`."""
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.ReadError("a compressed response, which was not asked for")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Capped(response.stream),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._inner.aclose()


class _Bearer(httpx2.Auth):
    def __init__(self, token: Callable[[], Awaitable[str]]) -> None:
        self._token = token

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        request.headers["Authorization"] = f"Bearer {await self._token()}"
        yield request


@asynccontextmanager
async def reached(url: str, token: Callable[[], Awaitable[str]] | None) -> AsyncIterator[TransportStreams]:
    """Streams to a server; `token` is asked for each time one is sent."""
    transport = CappedTransport(httpx2.AsyncHTTPTransport(trust_env=False))
    async with (
        httpx2.AsyncClient(
            transport=transport,
            headers={"accept-encoding": "identity"},
            auth=_Bearer(token) if token else None,
            timeout=_TIMEOUT,
            trust_env=False,
        ) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams
