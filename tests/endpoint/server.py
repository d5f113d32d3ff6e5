"""The server of a scripted endpoint: in a thread of its own, so that it serves processes as well as the test's loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from engine.values import Price, Tokens
from tests.endpoint.answers import Answer

Script = Callable[[int, dict[str, Any]], Answer]
"""(number of the request from 1, its body) -> what is answered."""

MOST_BODY = 64 * 2**20
_LONG_S = 60.0
_RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Request:
    """One request as it came, and how its connection ended."""

    number: int
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    raw: bytes
    body: dict[str, Any]
    over: threading.Event = field(default_factory=threading.Event)
    """Set when the connection is done, whoever ended it."""
    left: bool = False
    """The client closed the connection before the answer was over."""

    @property
    def key(self) -> str:
        """The bearer key it carried, "" without."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    @property
    def tools(self) -> list[str]:
        """The names of the tools that were offered, in order."""
        return [tool["function"]["name"] for tool in self.body.get("tools", ())]

    @property
    def results(self) -> dict[str, str]:
        """What it was told of the calls it had asked for, by their ids."""
        said = messages_of(self.body)
        return {m["tool_call_id"]: str(m["content"]) for m in said if m["role"] == "tool"}

    @property
    def prompt(self) -> str:
        """The texts of its messages, joined by blank lines."""
        return "\n\n".join(str(message["content"]) for message in messages_of(self.body))


def messages_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages of a request."""
    return list(body.get("messages", ()))


class ScriptedEndpoint:
    """Serves while it is entered. `url` is what a client takes as its `api_base`."""

    def __init__(self, script: Script | Sequence[Answer] | Answer, *, port: int = 0) -> None:
        self.script: Script | Sequence[Answer] | Answer = script
        """May be changed at any time; a list is answered in order from where it is set, and its last one stays."""
        self.requests: list[Request] = []
        self.handed_out: list[Tokens] = []
        """What each good answer that was sent to its end has used, in order."""
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="scripted endpoint", daemon=True)
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._changed = threading.Condition()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT/v1`."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def keys(self) -> set[str]:
        """Every key it has seen."""
        return {request.key for request in self.requests}

    def cost(self, price: Price) -> int:
        """Micro-dollars of everything it handed out, each call rounded up by itself as a provider's bill is."""
        return sum(price.cost(tokens) for tokens in self.handed_out)

    def wait_for(self, count: int, timeout_s: float = _LONG_S) -> Request:
        """The request with this number, once it has come. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout_s):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came")
        return self.requests[count - 1]

    def start(self) -> Self:
        """Serve from now on."""
        self._thread.start()
        assert self._ready.wait(_LONG_S)
        return self

    def close(self) -> None:
        """End every connection and the thread. Once is enough."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_LONG_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._one(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        raw = await reader.readexactly(min(int(headers.get("content-length", "0")), MOST_BODY))
        if method != "POST" or not path.partition("?")[0].endswith("/chat/completions"):
            listing = {"object": "list", "data": [{"id": "scripted", "object": "model"}]}
            found = method == "GET" and path.endswith("/models")
            writer.write(_plain(200 if found else 404, json.dumps(listing if found else {}).encode(), {}))
            await writer.drain()
            return
        request = Request(len(self.requests) + 1, path, headers, raw, json.loads(raw))
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        await self._answered(request, reader, writer)

    async def _answered(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer while watching whether the client leaves."""
        answering = asyncio.create_task(self._answer(request, writer))
        leaving = asyncio.create_task(_left(reader))
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
            request.left = not answering.done() or isinstance(answering.exception(), ConnectionError)
            if answering.done():
                answering.result()
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)
            request.over.set()

    def _chosen(self, request: Request) -> Answer:
        if isinstance(self.script, Answer):
            return self.script
        if callable(self.script):
            return self.script(request.number, request.body)
        first, *rest = self.script
        if rest:
            self.script = rest
        return first

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        answer = self._chosen(request)
        while answer.gate is not None and not answer.gate.is_set():
            await asyncio.sleep(0.01)
        if answer.silent:
            await asyncio.Event().wait()
        model = str(request.body.get("model", ""))
        if answer.raw is not None:
            writer.write(_plain(answer.status, answer.raw, answer.headers))
        elif request.body.get("stream"):
            include_usage = bool((request.body.get("stream_options") or {}).get("include_usage"))
            await _stream(answer, answer.chunks(model, include_usage=include_usage), writer)
        elif answer.ending in ("whole", "unfinished"):
            await asyncio.sleep(answer.pause_s)
            writer.write(_plain(200, answer.completion(model), answer.headers))
        else:
            await _half(answer, writer)
        await writer.drain()
        if answer.raw is None and answer.ending == "whole" and answer.usage is not None:
            with contextlib.suppress(ValueError):  # usage that was invented cannot be counted
                self.handed_out.append(answer.usage.tokens)


async def _left(reader: asyncio.StreamReader) -> None:
    """Returns when the client closed its side."""
    with contextlib.suppress(OSError):
        while await reader.read(65_536):
            pass


def _plain(status: int, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in (lines | dict(headers)).items())
    return f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode() + body


async def _stream(answer: Answer, chunks: Sequence[bytes], writer: asyncio.StreamWriter) -> None:
    head = "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    writer.write(f"HTTP/1.1 200 Scripted\r\n{head}\r\n".encode())
    for chunk in chunks:
        await asyncio.sleep(answer.pause_s)
        await _send(writer, chunk)
    match answer.ending:
        case "cut":
            await asyncio.sleep(0.1)  # else the reset overtakes what was sent before it
            _reset(writer)
        case "stalled":
            await asyncio.Event().wait()
        case "broken_chunk":
            await _send(writer, b'data: {"choices": [{"index": 0, "delta": {"cont\n\n')
        case "endless":
            while True:
                for chunk in chunks:
                    await _send(writer, chunk)
        case "endless_line":
            await _send(writer, b'data: {"choices": [{"index": 0, "delta": {"content": "')
            while True:
                await _send(writer, b"and on " * 10_000)
    writer.write(b"0\r\n\r\n")


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


async def _half(answer: Answer, writer: asyncio.StreamWriter) -> None:
    """A body that does not end well, for requests that do not stream."""
    body = answer.completion("scripted")
    head = b"HTTP/1.1 200 Scripted\r\ncontent-type: application/json\r\nconnection: close\r\n"
    if answer.ending == "broken_chunk":
        writer.write(head + b"\r\n" + body[: len(body) // 2])
        return
    promised = 10**12 if answer.ending.startswith("endless") else len(body)
    writer.write(head + b"content-length: %d\r\n\r\n" % promised + body[: len(body) // 2])
    await writer.drain()
    if answer.ending == "cut":
        await asyncio.sleep(0.1)
        _reset(writer)
        return
    while answer.ending.startswith("endless"):
        writer.write(b" " * 65_536)
        await writer.drain()
    await asyncio.Event().wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close the connection so that the other side sees it broken, not ended."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
