"""The `http` tool: `fetch` reads one public page. Nothing is ever sent but the address itself."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urljoin

import httpx

from engine.tools import arguments as given
from engine.tools.arguments import BadArgumentError, schema, string
from engine.tools.http.addresses import ADDRESS_CAP, NotReadError, Target, reachable, target
from engine.tools.http.hop import Method, Page, read
from engine.tools.http.manners import AGENT, ROBOTS_CAP, Manners
from engine.tools.http.readable import decoded, media, readable, textual
from engine.tools.protocol import Result, Spec
from engine.tools.telling import failed, one_line, told
from engine.values import duration, sha256

REDIRECTS_CAP = 5
_MOVED = (301, 302, 303, 307, 308)
_TOLD = ("content-type", "content-length", "last-modified", "etag", "location")

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host, as text. Raises OSError."""

SPEC = Spec(
    name="fetch",
    description=(
        "Read a public web page as text. robots.txt is honoured; https only. Of a page that is not text you learn its "
        "type, size and hash."
    ),
    input_schema=schema(
        {
            "url": string("the address, beginning with https://", maxLength=ADDRESS_CAP),
            "method": {"type": "string", "enum": ["GET", "HEAD"], "description": "HEAD tells only what it would be"},
        },
        optional=("method",),
    ),
    annotations={"readOnlyHint": True, "openWorldHint": True},
)


class HttpProvider:
    """Reads pages of `hosts`; None means every public host. `manners` are shared by all that read."""

    identity = "builtin:http/1"

    def __init__(
        self,
        name: str,
        *,
        hosts: tuple[str, ...] | None,
        manners: Manners,
        resolve: Resolve | None = None,
        trust: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self.name, self._hosts, self._manners = name, hosts, manners
        self._resolve, self._trust = resolve or resolved, trust or _trusted
        self._agent = user_agent()

    async def specs(self) -> tuple[Spec, ...]:
        """`fetch`."""
        return (SPEC,)

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        """Read a page. Whatever goes wrong on the way is a failed result that says what."""
        del key
        source = self.name
        try:
            if operation != SPEC.name:
                raise BadArgumentError(f"there is no operation {one_line(operation, 60)!r}")
            given.known(arguments, ("url", "method"))
            url = given.text(arguments, "url", cap=ADDRESS_CAP)
            method = given.text(arguments, "method", cap=10, default="GET")
            if method not in ("GET", "HEAD"):
                raise BadArgumentError("method must be GET or HEAD")
            source = one_line(url, 300)
            async with asyncio.timeout(timeout_ms / 1_000):
                return await self._fetched("HEAD" if method == "HEAD" else "GET", url)
        except (BadArgumentError, NotReadError) as problem:
            return failed(str(problem), source=source)
        except TimeoutError:
            return failed(f"took longer than {duration(timeout_ms)} and was given up", source=source)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as problem:
            return failed(f"could not be read: {one_line(str(problem)) or type(problem).__name__}", source=source)

    async def _fetched(self, method: Method, url: str) -> Result:
        wanted = target(url, self._hosts)
        for _ in range(REDIRECTS_CAP + 1):
            await self._manners.ask(wanted, lambda at=wanted: self._robots(at))  # type: ignore[misc]
            page = await self._hop(method, wanted)
            if page.status not in _MOVED or not page.headers.get("location"):
                return await _result(method, wanted, page)
            wanted = self._next(wanted, page.headers["location"])
        raise NotReadError(f"the page moved more than {REDIRECTS_CAP} times")

    async def _robots(self, site: Target) -> tuple[int, str]:
        """The site's robots.txt, wherever it moved; status 0 when it cannot be had."""
        wanted = Target(site.scheme, site.host, site.port, "/robots.txt")
        try:
            for _ in range(REDIRECTS_CAP + 1):
                page = await self._hop("GET", wanted, cap=ROBOTS_CAP)
                if page.status not in _MOVED or not page.headers.get("location"):
                    return page.status, page.body.decode("utf-8", errors="replace")
                wanted = self._next(wanted, page.headers["location"])
        except NotReadError:
            return 404, ""  # it is not where we may look: the same as none
        except (httpx.HTTPError, OSError):
            return 0, ""
        return 404, ""

    async def _hop(self, method: Method, wanted: Target, **caps: int) -> Page:
        found = await self._resolve(wanted.host, wanted.port)
        addresses = reachable(wanted, found, self._hosts)
        trust = await asyncio.to_thread(self._trust)
        for address in addresses[:-1]:
            try:
                return await read(method, wanted, address, agent=self._agent, trust=trust, **caps)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await read(method, wanted, addresses[-1], agent=self._agent, trust=trust, **caps)

    def _next(self, wanted: Target, location: str) -> Target:
        try:
            url = urljoin(wanted.url, location)
        except ValueError:
            raise NotReadError("the page moved to something that is no address") from None
        return target(url, self._hosts)

    async def close(self) -> None:
        """Nothing is kept open from one call to the next."""


async def _result(method: Method, wanted: Target, page: Page) -> Result:
    source, good = f"{wanted.url} {page.status}", page.status < 400
    declared = page.headers.get("content-type", "")
    kind = media(declared)
    if method == "HEAD":
        lines = [f"{name}: {one_line(page.headers[name])}" for name in _TOLD if name in page.headers]
        return told("\n".join([f"status: {page.status}", *lines]), source=source, ok=good)
    if kind and not textual(kind):
        text = f"[{one_line(kind, 100)}, {len(page.body)} bytes, sha256 {sha256(page.body)}: no text]"
        return told(text, source=source, content=page.body, ok=good, more=not page.whole)
    text, whole = decoded(page.body, declared), page.whole
    if kind in ("text/html", "application/xhtml+xml") or (not kind and "<html" in text[:2_000].lower()):
        text, seen = await _read(text, wanted.url)
        whole = whole and seen
    elif not kind and b"\0" in page.body[:2_000]:
        text = f"[{len(page.body)} bytes of an unnamed kind, sha256 {sha256(page.body)}: no text]"
    return told(text or "[an empty page]", source=source, content=page.body, ok=good, more=not whole)


async def _read(html: str, base: str) -> tuple[str, bool]:
    """In a thread that ends when nobody waits for it any more."""
    left = threading.Event()
    try:
        return await asyncio.to_thread(readable, html, base, left.is_set)
    finally:
        left.set()


async def resolved(host: str, port: int) -> list[str]:
    """The addresses that this machine's resolver gives. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def user_agent() -> str:
    """`mission-cockpit/0.1.0`."""
    try:
        return f"{AGENT}/{version('mission-cockpit')}"
    except PackageNotFoundError:
        return AGENT
