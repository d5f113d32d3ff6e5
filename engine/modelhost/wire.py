"""What passes between the engine and the model host: one call in, deltas and one end out. JSON lines on pipes.

Tools travel as offers, as calls a model asks for, and as messages that answer them; whoever calls decides what is run.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

from pydantic import Field, SecretStr

from engine.values import Tokens, Value

Role = Literal["system", "user", "assistant", "tool"]
Kind = Literal[
    "throttled",
    "provider_error",
    "unreachable",
    "timeout",
    "stalled",
    "cut",
    "garbled",
    "no_answer",
    "too_long",
    "too_much",
    "key_refused",
    "not_found",
    "refused",
    "broken_install",
    "host_lost",
]
"""Why a call failed:

- `throttled` 429, `provider_error` 5xx, `unreachable` no connection
- `timeout` nothing came in time, or not all of it; `stalled` silence in mid-stream; `cut` the connection broke there
- `garbled` what came cannot be read, `no_answer` it ended without one
- `too_long` for the model's window, `too_much` more output than allowed
- `key_refused` 401 or 403, or 402 of an empty account, `not_found` no such model or address
- `refused` 400: the request itself
- `broken_install` a package is missing here, `host_lost` the model host died
"""


class ToolSpec(Value):
    """A tool that a model is offered: its name, what it does, and the JSON schema of its arguments."""

    name: str
    description: str = ""
    parameters: dict[str, object] = Field(default_factory=dict)


class ToolCall(Value):
    """A call that a model asks for, as it was written: nothing of it is checked, and its id may be anybody's."""

    id: str
    name: str
    arguments: str


class Message(Value):
    """One message of a prompt. `calls` stand in an assistant's message; a message of role `tool` holds what became of
    the one that it `answers`.
    """

    role: Role
    content: str
    calls: tuple[ToolCall, ...] = ()
    answers: str = ""


class Call(Value):
    """One call of one model, complete. The key is of this call only and is never written anywhere."""

    id: str
    model: str
    """litellm's name."""
    messages: tuple[Message, ...]
    endpoint: str = ""
    key: SecretStr | None = None
    tools: tuple[ToolSpec, ...] = ()
    """What it may ask for; it may ask for several at once."""
    tool_choice: Literal["auto", "none", "required"] = "auto"
    max_output: int = Field(ge=1)
    json_mode: bool = False
    temperature_ppm: int | None = None
    silence_ms: int = Field(default=120_000, ge=1)
    """The longest silence, before the first byte and between two."""
    total_ms: int = Field(default=600_000, ge=1)
    """The longest time for all of it: a slow drip ends here."""
    most_bytes: int = Field(default=400_000, ge=1)
    """Of answer text, and of the calls for tools, in UTF-8; more ends the call as `too_much`."""


class Delta(Value):
    """A piece of the answer, as it came."""

    text: str


class Done(Value):
    """The good end. `usage` None means that nobody knows: the provider did not say, or what it said cannot be true."""

    text: str
    finish_reason: str
    calls: tuple[ToolCall, ...] = ()
    """Tools that it asks for, in its order; there may be text beside them."""
    usage: Tokens | None
    usage_source: Literal["provider", "estimated"]


class CallFailed(Value):
    """The bad end. `line` is one redacted line for people; `usage` is only there if the provider itself reported it."""

    kind: Kind
    line: str = ""
    status: int = 0
    retry_after_ms: int = 0
    billed: Literal["no", "maybe", "partly"] = "maybe"
    usage: Tokens | None = None


Said = Delta | Done | CallFailed


class Models(Protocol):
    """Whoever can call models: the model host, or a scripted one in the simulated world."""

    def call(self, call: Call) -> AsyncGenerator[Said, None]:
        """Deltas, then exactly one `Done` or `CallFailed`. Closing the iteration closes the provider's connection."""
