"""What the tests of the model host share: a call to make, and the ways to hear its answer."""

from __future__ import annotations

from contextlib import aclosing
from itertools import count
from typing import Any

from pydantic import SecretStr

from engine.modelhost.client import ModelHost
from engine.modelhost.wire import Call, CallFailed, Delta, Done, Message, Said

KEY = "sk-test-4f1c9ae07b52d8836e"
PROMPT = "A prompt with ünïcode, “quotes”, a\ttab,\nlines and 🦆."
LONG_S = 60.0
"""Only so that a broken build fails instead of hanging."""
_numbers = count(1)


def a_call(**changes: Any) -> Call:
    """A call of a scripted model."""
    least: dict[str, Any] = {
        "id": f"A{next(_numbers)}",
        "model": "openai/scripted",
        "messages": (Message(role="system", content="Be brief."), Message(role="user", content=PROMPT)),
        "key": SecretStr(KEY),
        "max_output": 500,
    }
    return Call(**least | changes)


async def heard(host: ModelHost, call: Call) -> tuple[str, Done | CallFailed]:
    """The deltas together, and the one end after them."""
    said: list[Said] = []
    async with aclosing(host.call(call)) as answers:
        async for one in answers:
            said.append(one)
    *deltas, end = said
    assert all(isinstance(delta, Delta) for delta in deltas)
    assert not isinstance(end, Delta)
    return "".join(delta.text for delta in deltas if isinstance(delta, Delta)), end


async def done(host: ModelHost, call: Call) -> Done:
    """The good end of a call."""
    _, end = await heard(host, call)
    assert isinstance(end, Done), end
    return end


async def failed(host: ModelHost, call: Call) -> CallFailed:
    """The bad end of a call."""
    _, end = await heard(host, call)
    assert isinstance(end, CallFailed), end
    return end
