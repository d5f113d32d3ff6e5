"""One request and its response: to an address that was resolved and checked a moment ago, read in pieces up to a cap,
unpacked by ourselves so that no small response becomes a large one.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import httpx

from engine.tools.http.addresses import NotReadError, Target

BODY_CAP = 5 * 2**20
"""Bytes of a body, unpacked; what is longer is cut."""
_STEP = 64 * 1024
_TIMEOUT = {"connect": 10.0, "read": 30.0, "write": 10.0, "pool": 10.0}
_WRAPPED = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}

Method = Literal["GET", "HEAD"]


@dataclass(frozen=True, slots=True)
class Page:
    """A response. `whole` is False when there was more than `BODY_CAP`."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


async def read(
    method: Method, wanted: Target, address: str, *, agent: str, trust: ssl.SSLContext, cap: int | None = None
) -> Page:
    """Ask `address` for `wanted`. No cookie, no credential, no connection is kept from one request to the next.

    Raises `NotReadError` for what cannot be unpacked, `httpx.HTTPError`, OSError.
    """
    name = f"[{address}]" if ":" in address else address
    request = httpx.Request(
        method,
        f"{wanted.scheme}://{name}:{wanted.port}{wanted.path}",
        headers={
            "Host": wanted.origin.partition("://")[2],
            "User-Agent": agent,
            "Accept": "text/html, text/plain, application/json;q=0.9, */*;q=0.5",
            "Accept-Encoding": "gzip",
            "Connection": "close",
        },
        extensions={"sni_hostname": wanted.host, "timeout": _TIMEOUT},
    )
    async with httpx.AsyncHTTPTransport(verify=trust, trust_env=False, retries=0) as transport:
        response = await transport.handle_async_request(request)
        try:
            headers = {key.lower(): value for key, value in response.headers.items()}
            body, whole = (b"", True) if method == "HEAD" else await _body(response, headers, cap or BODY_CAP)
        finally:
            await response.aclose()
    return Page(response.status_code, headers, body, whole)


async def _body(response: httpx.Response, headers: Mapping[str, str], cap: int) -> tuple[bytes, bool]:
    encoding = headers.get("content-encoding", "identity").strip().lower() or "identity"
    if encoding != "identity" and encoding not in _WRAPPED:
        raise NotReadError(f"the page is packed as {encoding[:40]}, which was not asked for")
    unpack = zlib.decompressobj(_WRAPPED[encoding]) if encoding in _WRAPPED else None
    body, packed = bytearray(), 0
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for chunk in response.stream:
        packed += len(chunk)
        if unpack is None:
            body += chunk
        else:
            _unpacked(unpack, chunk, body, cap)
        if len(body) > cap or packed > cap:
            return bytes(body[:cap]), False
    if unpack is not None and not unpack.eof:
        raise NotReadError("the page ends in the middle of what was packed")
    return bytes(body), True


def _unpacked(unpack: zlib._Decompress, chunk: bytes, body: bytearray, cap: int) -> None:
    """Unpack piece by piece, never further than a little beyond the cap."""
    waiting = chunk
    while waiting and len(body) <= cap and not unpack.eof:
        try:
            body += unpack.decompress(waiting, _STEP)
        except zlib.error:
            raise NotReadError("the page cannot be unpacked") from None
        waiting = unpack.unconsumed_tail
