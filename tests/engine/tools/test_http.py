"""The `http` tool against a site on loopback: what it reads, what it refuses, and how polite it is."""

from __future__ import annotations

import gzip
import ssl
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from engine.tools.http import hop
from engine.tools.http.manners import GAP_MS, KEPT_MS, Manners
from engine.tools.http.provider import HttpProvider, Resolve
from engine.tools.protocol import TEXT_CAP, Provider, Result
from engine.values import sha256
from tests.engine.tools.contract import Call, ProviderContract, called, sound
from tests.engine.tools.site import Handler, Site, serving

HERE = ("127.0.0.1", "localhost")


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_000_000
        self.slept: list[int] = []

    def clock(self) -> int:
        return self.now

    async def sleep(self, ms: int) -> None:
        self.slept.append(ms)
        self.now += ms

    def manners(self) -> Manners:
        return Manners(clock=self.clock, sleep=self.sleep)


@pytest.fixture(scope="module")
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    server.pages.clear()
    server.asked.clear()
    return server


@pytest.fixture
def passing() -> Time:
    return Time()


@pytest.fixture
def provider(passing: Time) -> HttpProvider:
    return HttpProvider("browser", hosts=HERE, manners=passing.manners())


async def fetch(provider: HttpProvider, url: str, *, timeout_ms: int = 30_000, **more: object) -> Result:
    result = await called(provider, ("fetch", {"url": url, **more}), timeout_ms=timeout_ms)
    sound(result)
    return result


class TestHttpProvider(ProviderContract):
    @pytest.fixture(autouse=True)
    def page(self, site: Site) -> None:
        site.page("/", b"<p>hello")
        self.url = f"{site.url}/"

    def made(self, folder: Path) -> Provider:
        return HttpProvider("browser", hosts=HERE, manners=Time().manners())

    def good(self) -> Call:
        return "fetch", {"url": self.url, "method": "GET"}


async def test_a_page_is_told_as_text_with_where_it_is_from_and_its_hash(site: Site, provider: HttpProvider) -> None:
    html = "<title>Tea</title><h1>Green</h1><p>It is <b>good</b>, says <a href='/who'>Ada</a>.<script>x()</script>"
    site.page("/tea", html.encode())
    result = await fetch(provider, f"{site.url}/tea?kind=1#part")
    assert result.ok
    assert result.text == f"Tea\n\n# Green\n\nIt is good, says [Ada]({site.url}/who)."
    assert result.source == f"{site.url}/tea?kind=1 200"
    assert result.sha == sha256(html.encode())
    asked = site.asked[-1][2]
    assert asked["User-Agent"].startswith("mission-cockpit/")
    assert asked["Host"] == f"127.0.0.1:{site.port}"
    assert asked.keys() <= {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


async def test_an_error_page_is_a_failed_read_that_tells_what_it_says(site: Site, provider: HttpProvider) -> None:
    site.page("/gone", b"<p>it moved to the cellar", status=410)
    result = await fetch(provider, f"{site.url}/gone")
    assert not result.ok
    assert result.source.endswith(" 410")
    assert "cellar" in result.text


async def test_head_tells_what_a_page_would_be(site: Site, provider: HttpProvider) -> None:
    site.page("/x.pdf", b"%PDF", "application/pdf")
    result = await fetch(provider, f"{site.url}/x.pdf", method="HEAD")
    assert result.text == "status: 200\ncontent-type: application/pdf\ncontent-length: 4"
    assert site.asked[-1][0] == "HEAD"
    assert not (await fetch(provider, f"{site.url}/x.pdf", method="POST")).ok


@pytest.mark.parametrize("kind", ["image/png", "application/pdf", "application/octet-stream", "video/mp4"])
async def test_what_is_no_text_is_named_and_not_told(site: Site, provider: HttpProvider, kind: str) -> None:
    body = b"\x89PNG\x00"
    site.page("/file", body, kind)
    result = await fetch(provider, f"{site.url}/file")
    assert result.ok
    assert result.text == f"[{kind}, 5 bytes, sha256 {sha256(body)}: no text]"


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        ("café".encode("latin-1"), "text/plain; charset=ISO-8859-1", "café"),
        ("<meta charset='windows-1252'><p>caf\xe9".encode("latin-1"), "text/html", "café"),
        ("日本".encode("shift_jis"), 'text/html; charset="Shift_JIS"', "日本"),
        ("\ufeffx".encode(), "text/plain", "x"),
        (b"\\u0041", "text/plain; charset=unicode_escape", "\\u0041"),
        (b"\xff", "text/plain; charset=no-such", "\ufffd"),
        (b'{"a": 1}', "application/vnd.api+json", '{"a": 1}'),
        (b"", "text/html", "[an empty page]"),
    ],
)
async def test_text_is_decoded_as_it_says(
    site: Site, provider: HttpProvider, body: bytes, kind: str, told: str
) -> None:
    site.page("/t", body, kind)
    assert (await fetch(provider, f"{site.url}/t")).text == told


async def test_redirects_are_followed_one_by_one_and_each_is_judged(site: Site, provider: HttpProvider) -> None:
    site.page("/end", b"<p>here")
    site.moved("/a", "/b", 301)
    site.moved("/b", f"{site.url}/end", 308)
    assert (await fetch(provider, f"{site.url}/a")).source == f"{site.url}/end 200"
    site.moved("/loop", "/loop")
    assert "moved more than 5 times" in (await fetch(provider, f"{site.url}/loop")).text


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "http://169.254.169.254/latest/meta-data/",
        "http://user:secret@127.0.0.1/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "//evil.example/",
        "https://[",
    ],
)
async def test_a_redirect_leads_nowhere_that_could_not_be_asked_for(
    site: Site, provider: HttpProvider, to: str
) -> None:
    site.moved("/away", to)
    result = await fetch(provider, f"{site.url}/away")
    assert not result.ok
    assert "secret" not in result.text


def rebinding(*answers: list[str]) -> Resolve:
    left = list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def test_a_name_that_turns_to_this_machine_is_not_followed(site: Site, passing: Time) -> None:
    """Checked public, asked private: each request is resolved once, and what was checked is what is asked."""
    site.page("/robots.txt", b"", "text/plain")
    lies = rebinding(["93.184.216.34"], ["127.0.0.1"])
    provider = HttpProvider("browser", hosts=None, manners=passing.manners(), resolve=lies)
    asked: list[str] = []

    async def read(method: str, wanted: object, address: str, **_: object) -> hop.Page:
        asked.append(address)
        return hop.Page(200, {"content-type": "text/plain"}, b"", whole=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.tools.http.provider.read", read)
        result = await fetch(provider, "https://evil.example/")
    assert asked == ["93.184.216.34"]
    assert "127.0.0.1, which is no machine of the public internet" in result.text


async def test_public_names_are_not_read_on_this_machine(site: Site, passing: Time) -> None:
    provider = HttpProvider("browser", hosts=None, manners=passing.manners(), resolve=rebinding(["127.0.0.1"]))
    assert not (await fetch(provider, "https://evil.example/")).ok
    assert not (await fetch(provider, f"{site.url}/")).ok
    assert site.asked == []


async def test_an_address_that_is_down_leads_to_the_next_one(site: Site, passing: Time) -> None:
    site.page("/", b"<p>up")
    two = rebinding(["127.0.0.2", "127.0.0.1"])
    provider = HttpProvider("browser", hosts=HERE, manners=passing.manners(), resolve=two)
    assert (await fetch(provider, f"http://localhost:{site.port}/")).text == "up"


async def test_a_long_page_is_cut_and_says_so(
    site: Site, provider: HttpProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.page("/long", b"x" * 300_000, "text/plain")
    result = await fetch(provider, f"{site.url}/long")
    assert result.cut
    assert len(result.text) == TEXT_CAP
    monkeypatch.setattr(hop, "BODY_CAP", 1_000)
    assert (await fetch(provider, f"{site.url}/long")).sha == sha256(b"x" * 1_000)


async def test_an_endless_page_ends_at_its_cap(site: Site, provider: HttpProvider) -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 100_000)

    site.pages["/endless"] = endless
    result = await fetch(provider, f"{site.url}/endless")
    assert result.ok
    assert result.cut
    assert result.sha == sha256(b"x" * hop.BODY_CAP)


async def test_a_page_that_drips_is_given_up(site: Site, provider: HttpProvider) -> None:
    def dripping(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.02)

    site.pages["/drip"] = dripping
    assert "took longer than 300ms" in (await fetch(provider, f"{site.url}/drip", timeout_ms=300)).text


def packed(site: Site, body: bytes, encoding: str) -> str:
    site.pages["/packed"] = lambda handler: handler.reply(200, body, "text/plain", Content_Encoding=encoding)
    return f"{site.url}/packed"


async def test_packed_pages_are_unpacked(site: Site, provider: HttpProvider) -> None:
    assert (await fetch(provider, packed(site, gzip.compress(b"hello" * 9), "gzip"))).text == "hello" * 9
    assert (await fetch(provider, packed(site, zlib.compress(b"hello"), "deflate"))).text == "hello"


async def test_a_bomb_is_cut_at_the_cap(site: Site, provider: HttpProvider) -> None:
    bomb = gzip.compress(b"\0" * 30_000_000, compresslevel=9)
    assert len(bomb) < 50_000
    result = await fetch(provider, packed(site, bomb, "gzip"))
    assert result.cut
    assert result.sha == sha256(b"\0" * hop.BODY_CAP)


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, gzip", "deflate", "../x"])
async def test_what_cannot_be_unpacked_is_not_told(site: Site, provider: HttpProvider, encoding: str) -> None:
    assert not (await fetch(provider, packed(site, gzip.compress(b"x" * 1_000)[:-9] + b"broken", encoding))).ok


async def test_robots_are_honoured_and_asked_once_an_hour(site: Site, provider: HttpProvider, passing: Time) -> None:
    rules = b"User-agent: *\nDisallow: /\n\nUser-agent: mission-cockpit\nDisallow: /private\nAllow: /private/open\n"
    site.page("/robots.txt", rules, "text/plain")
    site.page("/ok", b"<p>ok")
    site.page("/private/open", b"<p>open")
    assert (await fetch(provider, f"{site.url}/ok")).ok
    assert (await fetch(provider, f"{site.url}/private/open")).ok
    refused = await fetch(provider, f"{site.url}/private/x")
    assert "asks not to read /private/x" in refused.text
    assert site.paths() == ["/robots.txt", "/ok", "/private/open"]
    passing.now += KEPT_MS
    await fetch(provider, f"{site.url}/ok")
    assert site.paths().count("/robots.txt") == 2


async def test_a_redirect_asks_the_robots_again(site: Site, provider: HttpProvider) -> None:
    site.page("/robots.txt", b"User-agent: *\nDisallow: /private\n", "text/plain")
    site.moved("/a", "/private/b")
    assert "asks not to read" in (await fetch(provider, f"{site.url}/a")).text
    assert "/private/b" not in site.paths()


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (503, False), (429, False)])
async def test_a_site_that_cannot_say_what_it_wants_is_left_alone(
    site: Site, provider: HttpProvider, status: int, allowed: bool
) -> None:
    site.page("/robots.txt", b"no", "text/plain", status)
    site.page("/x", b"<p>x")
    assert (await fetch(provider, f"{site.url}/x")).ok == allowed


async def test_one_host_is_asked_no_faster_than_it_wants(site: Site, provider: HttpProvider, passing: Time) -> None:
    site.page("/x", b"<p>x")
    for _ in range(2):
        await fetch(provider, f"{site.url}/x")
    assert passing.slept == [GAP_MS, GAP_MS]
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 7\n", "text/plain")
    passing.now += KEPT_MS
    passing.slept.clear()
    for _ in range(3):
        await fetch(provider, f"{site.url}/x")
    assert passing.slept == [GAP_MS, 7_000, 7_000]


async def test_a_delay_that_nobody_can_wait_for_is_capped(site: Site, provider: HttpProvider, passing: Time) -> None:
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 999999\n", "text/plain")
    for _ in range(2):
        await fetch(provider, f"{site.url}/x")
    assert passing.slept == [GAP_MS, 30_000]


async def test_nobody_listening_and_rubbish_are_failed_reads(site: Site, provider: HttpProvider) -> None:
    assert not (await fetch(provider, "http://127.0.0.1:9/")).ok

    def rubbish(handler: Handler) -> None:
        handler.wfile.write(b"\x00\x01rubbish\r\n\r\n")

    site.pages["/rubbish"] = rubbish
    assert not (await fetch(provider, f"{site.url}/rubbish")).ok


def _contexts() -> tuple[ssl.SSLContext, ssl.SSLContext, ssl.SSLContext]:
    authority, server = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client, ssl.create_default_context()


async def test_tls_is_checked_against_the_name_that_was_asked_for(passing: Time) -> None:
    server, trusted, stranger = _contexts()
    hosts = ("localhost", "127.0.0.1")
    with serving(server) as site:
        site.page("/", b"<p>safe")
        named = f"https://localhost:{site.port}/"

        def made(trust: ssl.SSLContext) -> HttpProvider:
            return HttpProvider("browser", hosts=hosts, manners=passing.manners(), trust=lambda: trust)

        assert (await fetch(made(trusted), named)).text == "safe"
        assert not (await fetch(made(stranger), named)).ok
        assert not (await fetch(made(trusted), f"https://127.0.0.1:{site.port}/")).ok
