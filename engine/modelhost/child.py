"""Inside the model host: calls run side by side, each with its own connection. The only module that imports litellm.

A clean end of a litellm stream proves nothing (a body of garbage ends as an empty answer with an invented finish
reason and invented usage), so an end counts only by what litellm recorded of the provider's own words.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any, Literal

import litellm
from pydantic import ValidationError

from engine.modelhost.classify import classified
from engine.modelhost.lines import LONGEST_LINE, Ended, Failed, FromHost, Piece, Ready, Start, to_host, written
from engine.modelhost.settle import settled
from engine.modelhost.spoken import asked_for, named, pieces, spoken
from engine.modelhost.straight import go_straight
from engine.modelhost.wire import Call, CallFailed, Delta, Done, ToolCall
from engine.redaction.people import without_quotes
from engine.values import PPM, Tokens

NO_KEY = "none"
"""What servers that need no key are sent: the client library refuses to send nothing."""
_PATIENCE_S = 5.0
_AROUND = 8
_AROUND_LEAST = 2**20
_EACH_CHUNK = 16

litellm.suppress_debug_info = True
litellm.drop_params = True
litellm.telemetry = False
litellm.callbacks = []
litellm.cache = None
litellm.REPEATED_STREAMING_CHUNK_LIMIT = sys.maxsize  # an endless answer is ended by our own bounds

go_straight()

Say = Callable[[FromHost], None]


async def serve(protocol: IO[bytes]) -> None:
    """Make the calls that come on standard input until it closes; then every connection is closed."""

    def say(message: FromHost) -> None:
        protocol.write(written(message))
        protocol.flush()

    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await _warm_up()
    say(Ready())
    running: dict[str, asyncio.Task[None]] = {}
    with contextlib.suppress(BrokenPipeError):
        while line := await _line(reader):
            _obey(line, running, say)
    for task in running.values():
        task.cancel()
    if running:
        await asyncio.wait(running.values(), timeout=_PATIENCE_S)


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line, b"" at the end. A line that is too long is the end: what follows it cannot be understood."""
    try:
        return await reader.readline()
    except ValueError:
        _log("a line that is too long")
        return b""


def _obey(line: bytes, running: dict[str, asyncio.Task[None]], say: Say) -> None:
    try:
        message = to_host(line)
    except ValidationError:
        _log("a line that cannot be read")
        return
    if isinstance(message, Start):
        name = message.call.id
        running[name] = asyncio.create_task(_make(message.call, say))
        running[name].add_done_callback(lambda _: running.pop(name, None))
    elif message.id in running:
        running[message.id].cancel()


async def _warm_up() -> None:
    """What litellm imports only at a first call."""
    stream = await litellm.acompletion(
        model="gpt-4o-mini", mock_response="ok", messages=[{"role": "user", "content": "ok"}], stream=True
    )
    async for _ in stream:
        pass


async def _make(call: Call, say: Say) -> None:
    """One call to its end. Cancelled, it says nothing: nobody listens any more."""
    end = await _ended(call, say)
    if isinstance(end, CallFailed):
        _log(f"call {call.id} of {call.model}: {end.kind} {end.status or ''}".rstrip())
        say(Failed(id=call.id, failed=end))
        return
    try:
        say(Ended(id=call.id, done=end))
    except ValueError:  # nothing of an answer may keep its end from being told: somebody waits for it
        line = "what came cannot be told as an answer"
        say(Failed(id=call.id, failed=CallFailed(kind="garbled", line=line, billed="partly", usage=end.usage)))


async def _ended(call: Call, say: Say) -> Done | CallFailed:
    key = call.key.get_secret_value() if call.key else ""
    if not (key.isascii() and key.isprintable()):
        line = "the key holds line breaks or letters that no key has: look at what was pasted"
        return CallFailed(kind="key_refused", line=line, billed="no")
    answer = _Answer(call, say)
    stream: Any = None
    limit = asyncio.timeout(call.total_ms / 1_000)
    try:
        async with limit:
            stream = await litellm.acompletion(**_parameters(call))
            if stream is None:  # a 422 is swallowed when parameters may be dropped
                return CallFailed(kind="refused", line="the provider refused the request", status=422, billed="no")
            async for chunk in stream:
                if not answer.take(chunk):
                    return answer.failed("too_much", f"more than {call.most_bytes} bytes of answer")
        return answer.end(stream)
    except asyncio.CancelledError:
        raise
    except Exception as problem:  # noqa: BLE001 - whatever a library raises, it is told as a kind
        if limit.expired():
            return answer.failed("timeout", f"not whole after {call.total_ms / 1_000:g} s")
        end = classified(problem, begun=answer.begun, key=key)
        return end.model_copy(update={"line": without_quotes(end.line, [message.content for message in call.messages])})
    finally:
        if stream is not None:
            await _closed(stream)


async def _closed(stream: Any) -> None:
    """Close the provider's connection; a mere `break` would leave the provider generating."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_PATIENCE_S):
            await stream.aclose()


def _parameters(call: Call) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "model": call.model,
        "messages": [spoken(message) for message in call.messages],
        "api_key": call.key.get_secret_value() if call.key else NO_KEY,
        "max_tokens": call.max_output,
        "timeout": call.silence_ms / 1_000,
        "stream": True,
        "stream_options": {"include_usage": True},
        "num_retries": 0,
        "max_retries": 0,
        "drop_params": True,
    }
    if call.endpoint:
        parameters["api_base"] = call.endpoint
    if call.temperature_ppm is not None:
        parameters["temperature"] = call.temperature_ppm / PPM
    if call.json_mode:
        parameters["response_format"] = {"type": "json_object"}
    if call.tools:
        parameters["tools"] = [{"type": "function", "function": tool.model_dump()} for tool in call.tools]
        parameters["tool_choice"] = call.tool_choice
    return parameters


class _Answer:
    """What has come of one answer, within its bounds."""

    def __init__(self, call: Call, say: Say) -> None:
        self._call, self._say = call, say
        self._pieces: list[str] = []
        self._bytes = self._around = 0
        self._halves = codecs.getincrementaldecoder("utf-16-le")("replace")  # joins surrogates split between chunks
        self.begun = False

    def take(self, chunk: Any) -> bool:
        """One chunk; False when the answer is larger than allowed."""
        delta = chunk.choices[0].delta if chunk.choices else None
        text = getattr(delta, "content", None)
        thought = getattr(delta, "reasoning_content", None)
        asked = list(pieces(chunk))
        self.begun = self.begun or bool(text or thought or asked)
        self._around += _EACH_CHUNK + (len(thought) if isinstance(thought, str) else 0)
        self._bytes += sum(len(piece.encode(errors="replace")) for piece in asked)
        if self._bytes > self._call.most_bytes:
            return False
        if isinstance(text, str) and text and not self._more(text, final=False):
            return False
        return self._around <= max(_AROUND * self._call.most_bytes, _AROUND_LEAST)

    def _more(self, text: str, *, final: bool) -> bool:
        whole = self._halves.decode(text.encode("utf-16-le", "surrogatepass"), final)
        self._bytes += len(whole.encode())
        if self._bytes > self._call.most_bytes:
            return False
        if whole:
            self._pieces.append(whole)
            self._say(Piece(id=self._call.id, delta=Delta(text=whole)))
        return True

    def end(self, stream: Any) -> Done | CallFailed:
        """How it ended, by what litellm recorded of the stream: the provider's finish reason and its own usage."""
        if not self._more("", final=True):
            return self.failed("too_much", f"more than {self._call.most_bytes} bytes of answer")
        text, reason = "".join(self._pieces), getattr(stream, "received_finish_reason", None)
        calls = called(stream.chunks)
        usage = recorded_usage(stream.chunks, answered=bool(text or calls))
        if not stream.chunks:
            return self.failed("no_answer", "what came is no stream of an answer; an address may lack its /v1")
        if not isinstance(reason, str) or not reason:
            return self.failed("no_answer", "the answer ended without saying that it is whole", usage)
        if not text and not calls and reason in {"stop", "tool_calls"}:
            return self.failed("no_answer", "the answer is empty", usage)
        source: Literal["provider", "estimated"] = "provider" if usage else "estimated"
        reason = reason[:40].encode("utf-8", "replace").decode()
        return Done(text=text, finish_reason=reason, calls=calls, usage=usage, usage_source=source)

    def failed(self, kind: Any, line: str, usage: Tokens | None = None) -> CallFailed:
        """A bad end that we saw ourselves."""
        return CallFailed(kind=kind, line=line, billed="partly" if self.begun else "maybe", usage=usage)


def called(chunks: Sequence[Any]) -> tuple[ToolCall, ...]:
    """The calls for tools in a stream, put together from their pieces by litellm's own builder."""
    if not any(True for chunk in chunks for _ in pieces(chunk)):
        return ()
    named(chunks)
    return asked_for(litellm.stream_chunk_builder(list(chunks)))


def recorded_usage(chunks: Iterable[Any], *, answered: bool) -> Tokens | None:
    """The usage that the provider itself sent, from the chunks as litellm recorded them: usage that litellm invents is
    not among these. None when there is none, or none that can be true.
    """
    reports = [usage.model_dump() for chunk in chunks if (usage := getattr(chunk, "usage", None)) is not None]
    return settled(reports, answered=answered)


def _log(line: str) -> None:
    """Into the log: never a prompt, an answer or a key."""
    sys.stderr.write(json.dumps(line, ensure_ascii=True)[1:-1] + "\n")
    sys.stderr.flush()
