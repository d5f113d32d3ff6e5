"""What an MCP server sends stands here before the SDK sees it: storms are counted, requests of its own are noted, and
notifications go no further, for nothing waits for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from mcp.client._transport import ReadStream, TransportStreams
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCRequest

from engine.tools.mcp.faults import GoneError

ASKED_CAP = 100
"""Requests that a server may make of us in one conversation; it is given up after that."""
GARBAGE_CAP = 1_000
"""Lines that are no message. Some servers greet on their output; none has this much to say."""
_LIST_CHANGED = "notifications/tools/list_changed"
_REFUSED = {"sampling/createMessage": "sampling", "elicitation/create": "elicitation", "roots/list": "roots"}

Item = SessionMessage | Exception


class Gate:
    """The count of one conversation."""

    def __init__(self) -> None:
        self.changed = False
        """Whether the server has said that its tools are others now."""
        self.over = False
        """Whether nothing comes any more."""
        self.fault = ""
        """Why it was given up."""
        self._asked: Counter[str] = Counter()
        self._garbage = 0

    @property
    def refused(self) -> tuple[str, ...]:
        """What the server asked of us and was refused: `sampling`, `elicitation`, `roots`."""
        return tuple(sorted(name for method, name in _REFUSED.items() if self._asked[method]))

    def admits(self, item: Item) -> bool:
        """Whether the SDK needs to see this. Raises `GoneError` for a storm."""
        if isinstance(item, Exception):
            self._garbage += 1
            if self._garbage > GARBAGE_CAP:
                raise GoneError(f"it wrote more than {GARBAGE_CAP} lines that are no messages")
            return False
        message = item.message
        if isinstance(message, JSONRPCNotification):
            self.changed = self.changed or message.method == _LIST_CHANGED
            return False
        if isinstance(message, JSONRPCRequest):
            self._asked[message.method[:100]] += 1
            if self._asked.total() > ASKED_CAP:
                raise GoneError(f"it asked more than {ASKED_CAP} things of us")
        return True


@asynccontextmanager
async def gated(gate: Gate, streams: TransportStreams) -> AsyncIterator[TransportStreams]:
    """The streams of a transport with the gate in between."""
    read, write = streams
    send, receive = anyio.create_memory_object_stream[Item](0)
    async with anyio.create_task_group() as group, receive:
        group.start_soon(_pump, gate, read, send)
        yield receive, write
        group.cancel_scope.cancel()


async def _pump(gate: Gate, read: ReadStream[Item], send: MemoryObjectSendStream[Item]) -> None:
    async with send:
        try:
            async for item in read:
                if gate.admits(item):
                    await send.send(item)
        except GoneError as fault:
            gate.fault = str(fault)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            pass  # the session has let go of it
        finally:
            gate.over = True
