"""Between our messages and a provider's: a conversation with tools in the chat format that litellm takes, and the calls
in an answer that litellm put together. Pure; nothing of what a model wrote is believed or repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engine.modelhost.wire import Message, ToolCall

MOST_CALLS = 256
"""Calls of one answer that are passed on; more is nobody's intention."""


def spoken(message: Message) -> dict[str, Any]:
    """A message as the chat format has it."""
    said: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.calls:
        said["content"] = message.content or None  # several providers refuse an empty text beside calls
        said["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.role == "tool":
        said["tool_call_id"] = message.answers
    return said


def pieces(chunk: Any) -> Iterator[str]:
    """The texts of calls for tools in one chunk of a stream: ids, names, arguments."""
    for piece in _calls(chunk):
        function = _of(piece, "function")
        for text in (_of(piece, "id"), _of(function, "name"), _of(function, "arguments")):
            if isinstance(text, str):
                yield text


def named(chunks: Iterable[Any]) -> None:
    """Give every call whose id never came one of our own: litellm drops a call without, and it would never be answered.

    Changes the first piece of such a call in place.
    """
    first: dict[object, Any] = {}
    identified: set[object] = set()
    for chunk in chunks:
        for piece in _calls(chunk):
            key = _of(piece, "index")
            first.setdefault(key, piece)
            if _of(piece, "id"):
                identified.add(key)
    for number, (key, piece) in enumerate(first.items()):
        if key not in identified:
            _put(piece, "id", f"unnamed{number}")


def asked_for(built: Any) -> tuple[ToolCall, ...]:
    """The calls of an answer that litellm put together, in their order."""
    choices = _of(built, "choices")
    message = _of(choices[0], "message") if choices else None
    found = []
    for call in (_of(message, "tool_calls") or ())[:MOST_CALLS]:
        function = _of(call, "function")
        said = (_of(call, "id"), _of(function, "name"), _of(function, "arguments"))
        if all(isinstance(text, str) for text in said[:2]):
            found.append(ToolCall(id=_whole(said[0]), name=_whole(said[1]), arguments=_whole(said[2] or "")))
    return tuple(found)


def _calls(chunk: Any) -> Iterable[Any]:
    choices = _of(chunk, "choices")
    found = _of(_of(choices[0], "delta"), "tool_calls") if choices else None
    return found if isinstance(found, list) else ()


def _of(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def _put(thing: Any, name: str, value: str) -> None:
    if isinstance(thing, dict):
        thing[name] = value
    else:
        setattr(thing, name, value)


def _whole(text: Any) -> str:
    """Halves of a character that came in two pieces as one, and a half that stayed alone made visible."""
    return str(text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
