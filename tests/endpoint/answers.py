"""What a scripted endpoint may answer: good answers and every fault that a provider is known for."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from engine.values import Tokens

Ending = Literal["whole", "unfinished", "cut", "stalled", "broken_chunk", "endless", "endless_line"]
"""How the stream ends:

- `whole` with a finish reason, `unfinished` cleanly but without one
- `cut` the connection is reset, `stalled` nothing more comes and the connection stays
- `broken_chunk` a chunk that is no JSON
- `endless` the pieces again and again, `endless_line` one line without an end
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts as OpenAI writes them: `prompt` includes `cached`, `completion` includes `reasoning`."""

    prompt: int
    completion: int
    cached: int = 0
    reasoning: int = 0

    @property
    def wire(self) -> dict[str, Any]:
        """The `usage` object of a response."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }

    @property
    def tokens(self) -> Tokens:
        """The same in the classes that are paid for."""
        return Tokens(
            input=self.prompt - self.cached,
            cache_read=self.cached,
            output=self.completion - self.reasoning,
            reasoning=self.reasoning,
        )


@dataclass(frozen=True, slots=True)
class Use:
    """A call for a tool, exactly as it is to be written: its arguments may be no JSON, its id empty or another's."""

    name: str
    arguments: str = "{}"
    id: str = "call_1"


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. Made by the named constructors; `slowly`, `after` and `streamed_as` change one."""

    pieces: tuple[str, ...] = ()
    """The answer text, as the chunks of a stream."""
    uses: tuple[Use, ...] = ()
    """Tools that are asked for after the text."""
    split: int = 1
    """Into how many chunks the arguments of each are split."""
    usage: Usage | None = None
    ending: Ending = "whole"
    finish_reason: str = "stop"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """A body of its own instead of a completion, streamed or not."""
    pause_s: float = 0.0
    """Before each chunk."""
    silent: bool = False
    """Not even a status line comes."""
    gate: threading.Event | None = None
    """Nothing is answered before it is set."""

    @classmethod
    def text(
        cls, text: str, prompt_tokens: int = 100, completion_tokens: int = 20, *, cached: int = 0, reasoning: int = 0
    ) -> Answer:
        """A good answer with true usage, in chunks of a few words."""
        usage = Usage(prompt_tokens, completion_tokens, cached, reasoning)
        return cls(pieces=_in_pieces(text), usage=usage)

    @classmethod
    def json(cls, value: object, prompt_tokens: int = 100, completion_tokens: int = 20) -> Answer:
        """A good answer that is the JSON of `value`."""
        return cls.text(json.dumps(value), prompt_tokens, completion_tokens)

    @classmethod
    def using(
        cls, *uses: Use, text: str = "", split: int = 1, prompt_tokens: int = 100, completion_tokens: int = 20
    ) -> Answer:
        """An answer that asks for tools, with true usage; the pieces of parallel calls come in turns."""
        usage, finish = Usage(prompt_tokens, completion_tokens), "tool_calls"
        return cls(pieces=_in_pieces(text), uses=uses, split=split, usage=usage, finish_reason=finish)

    @classmethod
    def key_refused(cls, message: str = "Incorrect API key provided") -> Answer:
        """401."""
        return cls._error(401, message, kind="invalid_request_error", code="invalid_api_key")

    @classmethod
    def forbidden(cls) -> Answer:
        """403."""
        return cls._error(403, "Your project has no access to this model", kind="invalid_request_error")

    @classmethod
    def not_found(cls) -> Answer:
        """404: no such model."""
        return cls._error(404, "The model does not exist", kind="invalid_request_error", code="model_not_found")

    @classmethod
    def throttled(cls, retry_after_s: float | None = 2) -> Answer:
        """429, with `retry-after` unless None."""
        headers = {} if retry_after_s is None else {"retry-after": f"{retry_after_s:g}"}
        return replace(cls._error(429, "Rate limit reached", kind="requests", code="rate_limited"), headers=headers)

    @classmethod
    def failing(cls, status: int = 500) -> Answer:
        """500, 503 and their like."""
        return cls._error(status, "The server had an error", kind="server_error")

    @classmethod
    def too_long(cls) -> Answer:
        """400 as OpenAI says that the prompt exceeds the model's window."""
        message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
        return cls._error(400, message, kind="invalid_request_error", code="context_length_exceeded")

    @classmethod
    def refused(cls, message: str = "Unsupported value: 'temperature'") -> Answer:
        """400 for any other reason."""
        return cls._error(400, message, kind="invalid_request_error")

    @classmethod
    def garbage(cls, body: bytes = b"<html>It works!</html>") -> Answer:
        """200 with a body that is no completion."""
        return cls(raw=body)

    @classmethod
    def no_choices(cls) -> Answer:
        """200 with `choices: []`."""
        whole = {"id": "scripted", "object": "chat.completion", "created": 0, "model": "scripted", "choices": []}
        return cls(raw=json.dumps(whole).encode(), headers={"content-type": "application/json"})

    @classmethod
    def invented(cls, usage: Usage, text: str = "an answer with usage that cannot be true") -> Answer:
        """A good answer with any usage at all: huge, negative, zero."""
        return cls(pieces=_in_pieces(text), usage=usage)

    @classmethod
    def no_usage(cls, text: str = "an answer without usage") -> Answer:
        """A good answer that does not say what it cost."""
        return cls(pieces=_in_pieces(text))

    @classmethod
    def ending_in(cls, ending: Ending, text: str = "the beginning of an answer that does not end well") -> Answer:
        """An answer that begins well."""
        return cls(pieces=_in_pieces(text), ending=ending)

    @classmethod
    def drip(cls, text: str, pause_s: float) -> Answer:
        """A good answer, slowly."""
        return replace(cls.text(text), pause_s=pause_s)

    @classmethod
    def silence(cls) -> Answer:
        """The connection is accepted and nothing comes."""
        return cls(silent=True)

    @classmethod
    def _error(cls, status: int, message: str, *, kind: str, code: str | None = None) -> Answer:
        body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
        return cls(status=status, raw=json.dumps(body).encode())

    def after(self, gate: threading.Event) -> Answer:
        """The same, once `gate` is set: for tests that must do something while a call is in flight."""
        return replace(self, gate=gate)

    def slowly(self, pause_s: float) -> Answer:
        """The same with a pause before each chunk."""
        return replace(self, pause_s=pause_s)

    def streamed_as(self, *pieces: str) -> Answer:
        """The same with exactly these chunks."""
        return replace(self, pieces=pieces)

    @property
    def whole(self) -> str:
        """The answer text."""
        return "".join(self.pieces)

    def chunks(self, model: str, *, include_usage: bool) -> Sequence[bytes]:
        """The server-sent events of the good part; usage comes last and only when it was asked for."""
        events = [_chunk(model, {"role": "assistant", "content": ""})]
        events += [_chunk(model, {"content": piece}) for piece in self.pieces]
        events += [_chunk(model, {"tool_calls": [delta]}) for delta in self._deltas()]
        if self.ending == "whole":
            events.append(_chunk(model, {}, self.finish_reason))
            if self.usage is not None and include_usage:
                events.append(_event(_frame(model) | {"choices": [], "usage": self.usage.wire}))
        if self.ending in ("whole", "unfinished"):
            events.append(b"data: [DONE]\n\n")
        return events

    def completion(self, model: str) -> bytes:
        """The body for a request that does not stream."""
        message: dict[str, Any] = {"role": "assistant", "content": self.whole}
        if self.uses:
            message["tool_calls"] = [{key: v for key, v in d.items() if key != "index"} for d in self._whole_uses()]
        whole: dict[str, Any] = _frame(model) | {"object": "chat.completion"}
        whole["choices"] = [{"index": 0, "message": message, "finish_reason": self.finish_reason}]
        return json.dumps(whole | ({"usage": self.usage.wire} if self.usage else {})).encode()

    def _whole_uses(self) -> list[dict[str, Any]]:
        return [
            {"index": at, "id": use.id, "type": "function", "function": {"name": use.name, "arguments": use.arguments}}
            for at, use in enumerate(self.uses)
        ]

    def _deltas(self) -> list[dict[str, Any]]:
        """The calls as pieces: whole ones, or each its head and then a part of its arguments at a time."""
        if self.split <= 1:
            return self._whole_uses()
        deltas = [one | {"function": one["function"] | {"arguments": ""}} for one in self._whole_uses()]
        for part in range(self.split):
            for at, use in enumerate(self.uses):
                size = -(-len(use.arguments) // self.split)
                piece = use.arguments[part * size : (part + 1) * size]
                deltas.append({"index": at, "function": {"arguments": piece}})
        return deltas


def _in_pieces(text: str) -> tuple[str, ...]:
    words = text.split(" ")
    joined = [" ".join(words[at : at + 3]) for at in range(0, len(words), 3)]
    return tuple(piece + (" " if number < len(joined) - 1 else "") for number, piece in enumerate(joined))


def _frame(model: str) -> dict[str, Any]:
    return {"id": "scripted", "object": "chat.completion.chunk", "created": 0, "model": model}


def _chunk(model: str, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    return _event(_frame(model) | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})


def _event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"
