"""One conversation with an MCP server, kept by a task of its own: opened, asked, and ended whatever the server does.

The SDK's checks of results against a server's own schemas are left out on purpose: a pattern in such a schema may take
forever, and all of this is untrusted text to us with or without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from mcp import MCPError
from mcp.client._transport import TransportStreams
from mcp.client.session import ClientSession
from mcp_types import (
    CONNECTION_CLOSED,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
    ListToolsRequest,
    ListToolsResult,
    PaginatedRequestParams,
    Tool,
)
from pydantic import BaseModel, ValidationError

from engine.containment.supervised import uninterrupted
from engine.tools.mcp.faults import GoneError, NoAnswerError, SlowError
from engine.tools.mcp.gate import Gate, gated
from engine.tools.telling import one_line

Connect = Callable[[Gate], AbstractAsyncContextManager[TransportStreams]]
R = TypeVar("R", bound=BaseModel)

for _name in ("mcp", "client"):  # the SDK logs what servers send, tracebacks included
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False

PAGES_CAP, TOOLS_CAP = 50, 500
KEY = "mission-cockpit/key"
"""Under this name the key of a call goes along in its `_meta`, for servers that want to know a repetition."""
_COURTESY_S = 0.5
_CLOSE_S = 10.0


@dataclass(frozen=True, slots=True)
class Greeting:
    """How a server introduced itself. Untrusted."""

    name: str
    version: str


class Session:
    """`connect` gives the streams of a transport for a gate; they are let go of when the session ends."""

    def __init__(self, connect: Connect, *, version: str) -> None:
        self._connect, self._version = connect, version
        self.gate = Gate()
        self._session: ClientSession | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    @property
    def alive(self) -> bool:
        """Whether it may be asked."""
        running = self._keeper is not None and not self._keeper.done()
        return running and self._session is not None and not self.gate.over

    async def open(self, timeout_s: float) -> Greeting:
        """Connect and shake hands. Raises `ServerError`, with everything ended."""
        up: asyncio.Future[ClientSession] = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(up))
        try:
            async with asyncio.timeout(timeout_s):
                either: set[asyncio.Future[Any]] = {up, self._keeper}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if not up.done():
                    raise GoneError(self.why())
                self._session = up.result()
                return await self._greeted(self._session)
        except TimeoutError:
            await self.close()
            raise SlowError(f"it did not answer the greeting within {timeout_s:g} s") from None
        except BaseException:
            await self.close()
            raise

    async def _greeted(self, session: ClientSession) -> Greeting:
        with _understood(self):
            try:
                await session.initialize()
            except MCPError as refusal:
                if refusal.code == CONNECTION_CLOSED:
                    raise
                await session.discover()  # a server that knows only the newer protocol
        who = session.server_info
        return Greeting(who.name, who.version) if who else Greeting("", "")

    async def _keep(self, up: asyncio.Future[ClientSession]) -> None:
        """Hold everything open until the session is to stop: what the SDK opened in one task it must close in it."""
        async with AsyncExitStack() as stack:
            streams = await stack.enter_async_context(self._connect(self.gate))
            read, write = await stack.enter_async_context(gated(self.gate, streams))
            who = Implementation(name="mission-cockpit", version=self._version)
            up.set_result(await stack.enter_async_context(ClientSession(read, write, client_info=who)))
            await self._stop.wait()

    async def tools(self, timeout_s: float) -> list[Tool]:
        """All tools as the server tells them now. Raises `ServerError`."""
        found: list[Tool] = []
        cursor: str | None = None
        try:
            async with asyncio.timeout(timeout_s):
                for _ in range(PAGES_CAP):
                    params = PaginatedRequestParams(cursor=cursor) if cursor else None
                    page = await self._ask(ListToolsRequest(params=params), ListToolsResult, timeout_s)
                    found += page.tools
                    cursor = page.next_cursor
                    if len(found) > TOOLS_CAP:
                        raise NoAnswerError(f"it lists more than {TOOLS_CAP} tools")
                    if not cursor:
                        return found
        except TimeoutError:
            raise SlowError(f"it did not list its tools within {timeout_s:g} s") from None
        raise NoAnswerError(f"its list of tools has more than {PAGES_CAP} pages")

    async def call(self, tool: str, arguments: Mapping[str, object], *, key: str, timeout_s: float) -> CallToolResult:
        """What a tool answers. Raises `SlowError` when the time is over, and the server is ended then: one that ignores
        being cancelled would otherwise go on. Raises other `ServerError`s.
        """
        params = CallToolRequestParams.model_validate(
            {"name": tool, "arguments": dict(arguments), "_meta": {KEY: key}}, by_name=False
        )
        return await self._ask(CallToolRequest(params=params), CallToolResult, timeout_s)

    async def _ask(self, request: CallToolRequest | ListToolsRequest, kind: type[R], timeout_s: float) -> R:
        if self._session is None or not self.alive:
            raise GoneError(self.why())
        asking = asyncio.create_task(self._session.send_request(request, kind))
        try:
            await asyncio.wait({asking}, timeout=timeout_s)
        except asyncio.CancelledError:
            await uninterrupted(self._give_up(asking))
            raise
        if not asking.done():
            await self._give_up(asking)
            raise SlowError(f"it did not answer within {timeout_s:g} s")
        with _understood(self):
            return asking.result()

    async def _give_up(self, asking: asyncio.Task[R]) -> None:
        """Tell the server that nobody waits any more, for as long as that is polite; then end it."""
        asking.cancel()
        await asyncio.wait({asking}, timeout=_COURTESY_S)
        await self.close()
        await asyncio.gather(asking, return_exceptions=True)

    async def close(self) -> None:
        """End the conversation and everything behind it. Safe to repeat."""
        self._session = None
        keeper = self._keeper
        if keeper is None:
            return
        self._stop.set()
        await asyncio.wait({keeper}, timeout=_CLOSE_S)
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)

    def why(self) -> str:
        """One sentence on why it cannot be asked any more."""
        keeper = self._keeper
        if self.gate.fault:
            return self.gate.fault
        if keeper is not None and keeper.done() and not keeper.cancelled() and (fault := keeper.exception()):
            while isinstance(fault, BaseExceptionGroup) and fault.exceptions:
                fault = fault.exceptions[0]
            return one_line(str(fault)) or type(fault).__name__
        return "it ended the conversation"


@contextlib.contextmanager
def _understood(session: Session) -> Iterator[None]:
    """What the SDK raises, as a fault of the server."""
    try:
        yield
    except MCPError as refusal:
        if refusal.code == CONNECTION_CLOSED:
            raise GoneError(session.why()) from None
        raise NoAnswerError(f"it answered with an error: {one_line(refusal.message)}") from None
    except ValidationError:
        raise NoAnswerError("it answered with something that is no answer to what was asked") from None
    except RuntimeError as problem:
        raise NoAnswerError(one_line(str(problem))) from None
