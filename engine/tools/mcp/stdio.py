"""The streams of an MCP server that is a contained program: one JSON message a line, both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client._transport import TransportStreams
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from engine.containment.conversation import BrokenConversationError, Conversation
from engine.containment.supervised import uninterrupted
from engine.tools.mcp.gate import Gate, Item

_LOOKED_AT = 65_536
GRACE_S = 0.5
"""How long a server may take to end by itself once its input is closed; then it is ended."""


@asynccontextmanager
async def spoken(talk: Conversation, gate: Gate) -> AsyncIterator[TransportStreams]:
    """Streams over a conversation that was started; it is ended here."""
    send_in, read = anyio.create_memory_object_stream[Item](0)
    write, receive_out = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        async with anyio.create_task_group() as group, read, write:
            group.start_soon(_listen, talk, gate, send_in)
            group.start_soon(_speak, talk, gate, receive_out, send_in)
            yield read, write
            group.cancel_scope.cancel()
    finally:
        for stream in (send_in, receive_out):
            stream.close()
        with anyio.CancelScope(shield=True):
            await uninterrupted(talk.end(grace_s=0.0 if gate.fault else GRACE_S))


async def _listen(talk: Conversation, gate: Gate, send: MemoryObjectSendStream[Item]) -> None:
    async with send:
        try:
            while (line := await talk.line()) is not None:
                if line.strip():
                    await send.send(_parsed(line))
        except BrokenConversationError as broken:
            gate.fault = str(broken)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            pass  # nobody listens any more


async def _speak(
    talk: Conversation,
    gate: Gate,
    receive: MemoryObjectReceiveStream[SessionMessage],
    send_in: MemoryObjectSendStream[Item],
) -> None:
    async with receive:
        try:
            async for item in receive:
                await talk.say(item.message.model_dump_json(by_alias=True, exclude_unset=True).encode())
        except BrokenConversationError as broken:
            gate.fault = gate.fault or str(broken)
            send_in.close()  # whoever waits for an answer learns that there will be none


def _parsed(line: bytes) -> Item:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except (ValueError, RecursionError):
        if b'"jsonrpc"' in line[:_LOOKED_AT]:  # it may be what somebody waits for
            raise BrokenConversationError("it wrote a message that cannot be read") from None
        return ValueError("no message")
