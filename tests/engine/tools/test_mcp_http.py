"""MCP servers over HTTP that misbehave: bounded in size and time, and a token goes to nobody else."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from engine.tools.mcp import provider as module
from engine.tools.mcp import streamable
from engine.tools.protocol import Grant, ToolDownError
from tests.engine.tools.contract import LONG_S
from tests.engine.tools.mcp_bench import Bench
from tests.engine.tools.site import Handler, Site, serving

Page = Callable[[Handler], None]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    async with asyncio.timeout(LONG_S):
        await made.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def streamed(kind: str, *pieces: bytes, again: bool = False, encoding: str = "") -> Page:
    """A response without a length: these pieces, the last one for ever when `again`."""

    def page(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        if encoding:
            handler.send_header("Content-Encoding", encoding)
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(piece)
        while again:
            handler.wfile.write(pieces[-1])

    return page


def silent(handler: Handler) -> None:
    time.sleep(1)


def answered(handler: Handler) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"tools": "none"}}).encode()
    handler.reply(200, body, "application/json")


HOSTILE: dict[str, Page] = {
    "rubbish": lambda handler: handler.reply(200, b"<html>hello", "text/html"),
    "no JSON": lambda handler: handler.reply(200, b"{" * 10_000, "application/json"),
    "wrong shape": answered,
    "an error": lambda handler: handler.reply(500, b"no", "text/plain"),
    "endless JSON": streamed("application/json", b'{"x": "' + b"x" * 100_000, again=True),
    "an endless event": streamed("text/event-stream", b"data: " + b"x" * 100_000, again=True),
    "a stream of nothing": streamed("text/event-stream", b": ping\n\n" * 10_000, again=True),
    "a bomb": streamed("application/json", gzip.compress(b" " * 50_000_000), encoding="gzip"),
    "silence": silent,
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_42_a_server_over_http_that_misbehaves_is_a_tool_that_is_down(
    bench: Bench, site: Site, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPEN_S", 0.5 if kind == "silence" else 20.0)
    monkeypatch.setattr(streamable, "ANSWER_CAP", 2_000_000)
    site.pages["/mcp"] = HOSTILE[kind]
    with pytest.raises(ToolDownError) as caught:
        await bench.provider(Grant(tool="tool", kind="mcp", url=f"{site.url}/mcp", secret="env:token")).specs()
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_token_follows_no_redirect_to_another_host(bench: Bench, site: Site, status: int) -> None:
    with serving() as other:
        site.moved("/mcp", f"{other.url}/mcp", status)
        with pytest.raises(ToolDownError):
            await bench.provider(Grant(tool="tool", kind="mcp", url=f"{site.url}/mcp", secret="env:token")).specs()
        assert other.asked == []
    assert site.asked[0][2]["Authorization"] == "Bearer s3cr3t-of-the-server"
