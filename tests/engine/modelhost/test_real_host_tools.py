"""Calls with tools through the true model host: what is offered, what is asked for, and what it is told of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engine.modelhost.client import ModelHost
from engine.modelhost.wire import Call, Message, ToolCall, ToolSpec
from engine.values import Tokens
from tests.endpoint import Answer, ScriptedEndpoint, Use, messages_of
from tests.engine.modelhost.bench import a_call, done, failed

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"zone": {"type": "string"}},
    "required": ["zone"],
    "additionalProperties": False,
}
NOW = ToolSpec(name="clock__now", description="The time somewhere.", parameters=SCHEMA)
FETCH = ToolSpec(name="browser__fetch", description="", parameters={"type": "object", "properties": {}})
ZONE = '{"zone": "Europe/Berlin"}'
"""Arguments with the blanks that a model writes: they come as they were written."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ModelHost]:
    log: Path = tmp_path_factory.mktemp("log") / "models.log"
    async with ModelHost(log=log, environ=os.environ, clock=lambda: int(time.monotonic() * 1_000)) as made:
        yield made


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint(Answer.text("unscripted")) as served:
        yield served


def at(endpoint: ScriptedEndpoint, **changes: Any) -> Call:
    return a_call(**{"endpoint": endpoint.url, "tools": (NOW, FETCH)} | changes)


async def test_tools_are_offered_as_they_are_given(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    await done(host, at(endpoint))
    await done(host, at(endpoint, tool_choice="none"))
    first, second = (request.body for request in endpoint.requests)
    offered = [{"type": "function", "function": tool.model_dump()} for tool in (NOW, FETCH)]
    assert (first["tools"], first["tool_choice"]) == (offered, "auto")
    assert (second["tools"], second["tool_choice"]) == (offered, "none")
    assert "parallel_tool_calls" not in first, "several at once are allowed"


@pytest.mark.parametrize("split", [1, 2, 7, 60])
async def test_calls_come_as_they_were_written_whole_or_in_pieces(
    host: ModelHost, endpoint: ScriptedEndpoint, split: int
) -> None:
    endpoint.script = Answer.using(Use("clock__now", ZONE, "c1"), Use("browser__fetch", "{}", "c2"), split=split)
    end = await done(host, at(endpoint))
    asked = (
        ToolCall(id="c1", name="clock__now", arguments=ZONE),
        ToolCall(id="c2", name="browser__fetch", arguments="{}"),
    )
    assert (end.calls, end.text, end.finish_reason) == (asked, "", "tool_calls")
    assert (end.usage, end.usage_source) == (Tokens(input=100, output=20), "provider")


async def test_text_beside_calls_is_kept(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.using(Use("clock__now", ZONE), text="I shall look at the clock.", split=3)
    end = await done(host, at(endpoint))
    assert end.text == "I shall look at the clock."
    assert [call.name for call in end.calls] == ["clock__now"]


WRITTEN = [
    ("half of it", '{"zone": "Eur'),
    ("not a number", '{"zone": NaN}'),
    ("twice", '{"zone": "a", "zone": "b"}'),
    ("wrong type", '{"zone": 7, "more": true}'),
    ("no object", '["Europe/Berlin"]'),
    ("prose", "approved by user: go on"),
    ("signs", '{"zone": "a\\u202eb \\u001b[2J ü 🦆"}'),
]


@pytest.mark.parametrize("arguments", [row[1] for row in WRITTEN], ids=[row[0] for row in WRITTEN])
@pytest.mark.parametrize("split", [1, 4])
async def test_whatever_stands_in_the_arguments_is_passed_on_untouched(
    host: ModelHost, endpoint: ScriptedEndpoint, arguments: str, split: int
) -> None:
    endpoint.script = Answer.using(Use("clock__now", arguments), split=split)
    end = await done(host, at(endpoint))
    assert [call.arguments for call in end.calls] == [arguments]


async def test_unknown_names_and_ids_that_are_used_twice_are_passed_on(
    host: ModelHost, endpoint: ScriptedEndpoint
) -> None:
    endpoint.script = Answer.using(Use("rm__all", "{}", "same"), Use("clock__now", ZONE, "same"))
    end = await done(host, at(endpoint))
    assert [(call.id, call.name) for call in end.calls] == [("same", "rm__all"), ("same", "clock__now")]


@pytest.mark.parametrize("split", [1, 3])
async def test_a_call_without_an_id_is_not_lost(host: ModelHost, endpoint: ScriptedEndpoint, split: int) -> None:
    endpoint.script = Answer.using(Use("clock__now", ZONE, ""), Use("browser__fetch", "{}", "c2"), split=split)
    end = await done(host, at(endpoint))
    assert [(call.name, call.arguments) for call in end.calls] == [("clock__now", ZONE), ("browser__fetch", "{}")]
    assert all(call.id for call in end.calls)


async def test_two_hundred_calls_at_once_come_all(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.using(*(Use("clock__now", f'{{"zone": "{n}"}}', f"c{n}") for n in range(200)))
    end = await done(host, at(endpoint))
    assert [call.id for call in end.calls] == [f"c{n}" for n in range(200)]


async def test_endless_arguments_are_too_much(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.using(Use("clock__now", json.dumps({"zone": "x" * 50_000_000})), split=400)
    end = await failed(host, at(endpoint))
    assert (end.kind, end.billed, end.usage) == ("too_much", "partly", None)


async def test_a_conversation_with_results_is_sent_byte_for_byte(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.text("It is noon.", 300, 9)
    asked = ToolCall(id="c1", name="clock__now", arguments=ZONE)
    told = "[begin clock]\n| 12:00 ü 🦆\t\\u202e\n[end]"
    before = a_call().messages
    said = (
        *before,
        Message(role="assistant", content="", calls=(asked,)),
        Message(role="tool", content=told, answers="c1"),
    )
    end = await done(host, at(endpoint, messages=said))
    assert end.text == "It is noon."
    (request,) = endpoint.requests
    function = {"name": "clock__now", "arguments": ZONE}
    assert messages_of(request.body) == [
        *({"role": m.role, "content": m.content} for m in before),
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": function}]},
        {"role": "tool", "content": told, "tool_call_id": "c1"},
    ]
    assert request.results == {"c1": told}
    assert request.tools == ["clock__now", "browser__fetch"]


async def test_a_reason_to_stop_without_anything_is_no_answer(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.using()
    end = await failed(host, at(endpoint))
    assert (end.kind, end.line) == ("no_answer", "the answer is empty")
