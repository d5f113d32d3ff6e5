"""The `mcp` tool with servers that others wrote, over stdio, and with one of the SDK over streamable HTTP."""

from __future__ import annotations

import asyncio
import http.server
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import uvicorn
from mcp.server.mcpserver import MCPServer
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.tools.mcp import provider as module
from engine.tools.protocol import Grant, ToolDownError
from tests.engine.tools.contract import LONG_S, Call, called, sound
from tests.engine.tools.mcp_bench import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    async with asyncio.timeout(LONG_S):
        await made.close()
    assert made.left() == []


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


async def test_the_git_server_reads_a_repository(bench: Bench) -> None:
    repository = bench.workspace / "repository"
    repository.mkdir()
    git(repository, "init", "-b", "main")
    (repository / "notes.md").write_text("one\n")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "The first note")
    argv = (sys.executable, "-m", "mcp_server_git", "--repository", str(repository))
    provider = bench.provider(Grant(tool="git", kind="mcp", argv=argv))
    specs = {spec.name: spec for spec in await provider.specs()}
    assert specs["git_log"].annotations["readOnlyHint"] is True
    assert '"name":"mcp-git"' in provider.identity
    log = await called(provider, ("git_log", {"repo_path": str(repository)}))
    sound(log)
    assert log.ok, log.text
    assert "The first note" in log.text
    outside = await called(provider, ("git_log", {"repo_path": str(bench.workspace)}))
    assert not outside.ok
    assert not (await called(provider, ("git_log", {"repo_path": str(repository), "max_count": "many"}))).ok


async def test_the_time_server_tells_a_time(bench: Bench) -> None:
    argv = (sys.executable, "-m", "mcp_server_time", "--local-timezone", "Europe/Berlin")
    provider = bench.provider(Grant(tool="time", kind="mcp", argv=argv))
    asked: Call = ("convert_time", {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"})
    result = await called(provider, asked)
    assert result.ok, result.text
    assert "21:00" in result.text
    assert not (await called(provider, ("get_current_time", {"timezone": "Nowhere/Land"}))).ok


class _Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        robots = self.path == "/robots.txt"
        body = b"User-agent: *\nDisallow: /private\n" if robots else b"<h1>Hello</h1><p>from the site</p>"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if robots else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_the_fetch_server_honours_robots(bench: Bench, site: str) -> None:
    argv = (sys.executable, "-m", "mcp_server_fetch", "--allow-private-ips")
    provider = bench.provider(Grant(tool="browser", kind="mcp", argv=argv))
    page = await called(provider, ("fetch", {"url": f"{site}/page", "raw": True}))
    assert page.ok, page.text
    assert "from the site" in page.text
    private = await called(provider, ("fetch", {"url": f"{site}/private/x"}))
    assert not private.ok
    assert "robots.txt" in private.text


class Guarded:
    """Lets in who has the token; everybody else is told that the one they gave is wrong, with the token repeated."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.seen: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, or 401."""
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"")
            self.seen.append(given)
            if given != b"Bearer s3cr3t-of-the-server":
                await send({"type": "http.response.start", "status": 401, "headers": []})
                await send({"type": "http.response.body", "body": b"wrong: " + given})
                return
        await self._app(scope, receive, send)


class Remote:
    """A server of the SDK on loopback."""

    def __init__(self) -> None:
        server = MCPServer("remote", version="7")

        @server.tool()
        def shout(text: str) -> str:
            """Says it loudly."""
            return text.upper()

        @server.tool()
        def big() -> str:
            """More than anybody reads."""
            return "x" * 20_000_000

        @server.tool()
        async def slow() -> str:
            """Never done."""
            await asyncio.sleep(600)
            return ""

        self.guard = Guarded(server.streamable_http_app(json_response=True))
        config = uvicorn.Config(self.guard, host="127.0.0.1", port=0, log_level="critical", lifespan="on", ws="none")
        self._server = uvicorn.Server(config)
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._task = asyncio.create_task(self._server.serve())

    async def url(self) -> str:
        """Its address once it listens."""
        while not self._server.started:
            await asyncio.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/mcp"

    async def close(self) -> None:
        """End it."""
        self._server.should_exit = self._server.force_exit = True
        await self._task


@pytest.fixture
async def remote() -> AsyncIterator[Remote]:
    made = Remote()
    yield made
    await made.close()


async def test_a_server_over_http_is_given_its_token_with_each_request_and_nothing_else(
    bench: Bench, remote: Remote
) -> None:
    provider = bench.provider(Grant(tool="remote", kind="mcp", url=await remote.url(), secret="env:token"))
    assert [spec.name for spec in await provider.specs()] == ["big", "shout", "slow"]
    assert '"version":"7"' in provider.identity
    assert "s3cr3t" not in provider.identity
    result = await called(provider, ("shout", {"text": "hello"}))
    assert (result.ok, result.text) == (True, "HELLO")
    assert set(remote.guard.seen) == {b"Bearer s3cr3t-of-the-server"}


async def test_a_token_that_is_wrong_is_said_to_be_so_without_it(bench: Bench, remote: Remote) -> None:
    bench.secrets.values["token"] = "an-old-token-of-ours"
    provider = bench.provider(Grant(tool="remote", kind="mcp", url=await remote.url(), secret="env:token"))
    with pytest.raises(ToolDownError) as caught:
        await provider.specs()
    assert "an-old-token" not in str(caught.value)


async def test_what_a_server_over_http_sends_is_bounded_in_size_and_time(bench: Bench, remote: Remote) -> None:
    provider = bench.provider(Grant(tool="remote", kind="mcp", url=await remote.url(), secret="env:token"))
    try:
        big = await called(provider, ("big", {}), timeout_ms=10_000)
    except ToolDownError:
        big = None
    assert big is None or not big.ok
    slow = await called(provider, ("slow", {}), timeout_ms=300)
    assert "took longer than 300ms" in slow.text
    assert (await called(provider, ("shout", {"text": "again"}))).text == "AGAIN"


async def test_nobody_listening_is_a_tool_that_is_down(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN_S", 5.0)
    with pytest.raises(ToolDownError):
        await bench.provider(Grant(tool="remote", kind="mcp", url="http://127.0.0.1:9/mcp")).specs()
