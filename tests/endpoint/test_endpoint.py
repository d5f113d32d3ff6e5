"""The scripted provider itself: what it serves is what a client's tests rest on."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.values import Price, Tokens
from tests.endpoint import Answer, ScriptedEndpoint, Usage, Use

PRICE = Price(input=1_000_000, cache_read=100_000, output=4_000_000)
LONG_S = 60.0


@contextmanager
def posted(port: int, *, key: str = "sk-x", **body: Any) -> Iterator[http.client.HTTPResponse]:
    """The response to one request; leaving closes its connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG_S)
    whole = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]} | body)
    try:
        connection.request("POST", "/v1/chat/completions", whole, {"Authorization": f"Bearer {key}"})
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def test_a_whole_answer_carries_its_usage_and_is_counted() -> None:
    with ScriptedEndpoint(Answer.text("hello there", 1_200, 300, cached=1_000)) as endpoint:
        with posted(endpoint.port) as response:
            whole = json.load(response)
        assert whole["choices"][0]["message"]["content"] == "hello there"
        assert whole["usage"]["prompt_tokens_details"] == {"cached_tokens": 1_000}
        assert endpoint.requests[0].over.wait(LONG_S)
        assert endpoint.handed_out == [Tokens(input=200, cache_read=1_000, output=300)]
        assert endpoint.cost(PRICE) == 1_500
        assert (endpoint.requests[0].key, endpoint.requests[0].prompt) == ("sk-x", "hi")
        assert not endpoint.requests[0].left


@pytest.mark.parametrize("asked", [True, False])
def test_a_stream_says_its_usage_when_it_is_asked(asked: bool) -> None:
    with ScriptedEndpoint(Answer.text("one two three four five")) as endpoint:
        with posted(endpoint.port, stream=True, stream_options={"include_usage": asked}) as response:
            events = [line[6:] for line in response.read().splitlines() if line.startswith(b"data: ")]
        assert events.pop() == b"[DONE]"
        chunks = [json.loads(event) for event in events]
        deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
        assert "".join(delta.get("content", "") for delta in deltas) == "one two three four five"
        assert any("usage" in chunk for chunk in chunks) is asked


def test_a_list_is_answered_in_order_and_its_last_stays() -> None:
    with ScriptedEndpoint([Answer.throttled(2), Answer.failing(503), Answer.text("ok")]) as endpoint:
        seen = []
        for _ in range(4):
            with posted(endpoint.port) as response:
                seen.append((response.status, response.getheader("retry-after")))
        assert seen == [(429, "2"), (503, None), (200, None), (200, None)]


def test_a_function_sees_the_number_and_the_body() -> None:
    with ScriptedEndpoint(lambda number, body: Answer.text(f"{number} {body['model']}")) as endpoint:
        with posted(endpoint.port, model="a") as first, posted(endpoint.port, model="b") as second:
            texts = [json.load(response)["choices"][0]["message"]["content"] for response in (first, second)]
        assert texts == ["1 a", "2 b"]


def test_a_client_that_leaves_is_noticed_and_not_charged() -> None:
    with ScriptedEndpoint(Answer.text("a long answer").slowly(0.05).streamed_as(*"abc" * 1_000)) as endpoint:
        with posted(endpoint.port, stream=True):
            pass
        assert endpoint.requests[0].over.wait(LONG_S)
        assert endpoint.requests[0].left
        assert endpoint.handed_out == []


def test_a_gate_holds_an_answer_back() -> None:
    gate = threading.Event()
    with ScriptedEndpoint(Answer.text("at last").after(gate)) as endpoint:
        answers: list[int] = []

        def ask() -> None:
            with posted(endpoint.port) as response:
                answers.append(response.status)

        asking = threading.Thread(target=ask)
        asking.start()
        endpoint.wait_for(1, LONG_S)
        assert answers == []
        gate.set()
        asking.join(LONG_S)
        assert answers == [200]


def test_usage_that_cannot_be_true_is_sent_and_not_counted() -> None:
    with ScriptedEndpoint(Answer.invented(Usage(-5, -3))) as endpoint:
        with posted(endpoint.port) as response:
            assert json.load(response)["usage"]["prompt_tokens"] == -5
        assert endpoint.requests[0].over.wait(LONG_S)
        assert endpoint.handed_out == []


@pytest.mark.parametrize("stream", [True, False])
def test_a_cut_is_no_clean_end(stream: bool) -> None:
    with (
        ScriptedEndpoint(Answer.ending_in("cut")) as endpoint,
        posted(endpoint.port, stream=stream) as response,
        pytest.raises((http.client.IncompleteRead, ConnectionError)),
    ):
        response.read()


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("def script(number, body):\n    return Answer.text(f'answer {number}')\n")
    command = [sys.executable, "-m", "tests.endpoint", "--port", "0", "--script", str(script)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().strip().rpartition(":")[2].partition("/")[0])
        with posted(port) as response:
            assert json.load(response)["choices"][0]["message"]["content"] == "answer 1"
    assert process.returncode == 0


@pytest.mark.parametrize("split", [1, 3])
def test_calls_for_tools_come_whole_or_in_pieces_and_what_was_told_is_recorded(split: int) -> None:
    with ScriptedEndpoint(
        Answer.using(Use("clock__now", '{"zone": "x"}', "c1"), Use("b", "{", "c1"), split=split)
    ) as e:
        offered = [{"type": "function", "function": {"name": "clock__now", "parameters": {}}}]
        told = [{"role": "tool", "tool_call_id": "c0", "content": "noon"}]
        with posted(e.port, stream=True, tools=offered, messages=told) as response:
            events = [line[6:] for line in response.read().splitlines() if line.startswith(b"data: ")]
        deltas = [json.loads(event)["choices"][0]["delta"] for event in events[:-1] if json.loads(event)["choices"]]
        arguments = ["", ""]
        for piece in (call for delta in deltas for call in delta.get("tool_calls", ())):
            arguments[piece["index"]] += piece["function"]["arguments"]
        assert arguments == ['{"zone": "x"}', "{"]
        assert (e.requests[0].tools, e.requests[0].results) == (["clock__now"], {"c0": "noon"})
