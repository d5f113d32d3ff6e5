"""The true model host, litellm and all, against a scripted provider: the contract that an upgrade of litellm must keep.

One host for the module: its imports cost seconds of CPU.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
from pydantic import SecretStr

from engine.modelhost.client import ModelHost
from engine.modelhost.wire import Call, CallFailed, Delta, Done, Message
from engine.values import Price, Tokens
from tests.cockpit.setup.servers import OK, serving
from tests.endpoint import Answer, Request, ScriptedEndpoint, Usage, messages_of
from tests.engine.modelhost.bench import KEY, LONG_S, PROMPT, a_call, done, failed, heard

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHELL_KEY = "sk-of-the-shell-0123456789"
PRICE = Price(input=1_000_000, cache_read=100_000, output=4_000_000, reasoning=4_000_000)
SECRET_SENTENCE = "the launch is on Thursday"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "models.log"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(log: Path) -> AsyncIterator[ModelHost]:
    environ = dict(os.environ) | {"OPENAI_API_KEY": SHELL_KEY, "HTTP_PROXY": "http://127.0.0.1:9"}
    async with ModelHost(log=log, environ=environ, clock=lambda: int(time.monotonic() * 1_000)) as made:
        yield made


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint(Answer.text("unscripted")) as served:
        yield served


def at(endpoint: ScriptedEndpoint, **changes: Any) -> Call:
    return a_call(endpoint=endpoint.url, **changes)


async def over(request: Request) -> None:
    """Until the provider's side of a connection is done."""
    assert await asyncio.to_thread(request.over.wait, LONG_S)


async def test_an_answer_comes_in_pieces_and_its_usage_to_the_token(
    host: ModelHost, endpoint: ScriptedEndpoint
) -> None:
    endpoint.script = Answer.text(PROMPT, 1_200, 300, cached=1_000, reasoning=50)
    text, end = await heard(host, at(endpoint))
    used = Tokens(input=200, cache_read=1_000, output=250, reasoning=50)
    assert end == Done(text=PROMPT, finish_reason="stop", usage=used, usage_source="provider")
    assert text == PROMPT
    assert endpoint.handed_out == [used]
    assert endpoint.cost(PRICE) == PRICE.cost(used) == 1_500


async def test_the_request_is_byte_for_byte_what_was_given(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    call = at(endpoint, json_mode=True, temperature_ppm=200_000, max_output=77)
    await done(host, call)
    (request,) = endpoint.requests
    assert messages_of(request.body) == [
        {"role": message.role, "content": message.content} for message in call.messages
    ]
    rest = {name: value for name, value in request.body.items() if name != "messages"}
    assert rest == {
        "model": "scripted",
        "max_tokens": 77,
        "temperature": 0.2,
        "response_format": {"type": "json_object"},
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_half_a_character_does_not_take_the_host_with_it(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    await host.prespawn()
    pid = host.pid
    await done(host, at(endpoint, total_ms=9_000, messages=(Message(role="user", content="half \ud83d of a duck"),)))
    assert endpoint.requests[-1].prompt == "half ? of a duck"
    assert host.pid == pid


async def test_half_a_character_of_a_provider_does_not_either(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    await host.prespawn()
    pid = host.pid
    endpoint.script = replace(Answer.text("an answer"), finish_reason="\ud83d")
    assert (await done(host, at(endpoint, total_ms=9_000))).finish_reason == "?"
    assert host.pid == pid


@pytest.mark.parametrize("begun", [False, True])
async def test_an_error_in_ollama_s_stream_is_an_error_of_its_provider(
    host: ModelHost, endpoint: ScriptedEndpoint, begun: bool
) -> None:
    error = b'{"error": "unexpected EOF"}\n'
    with serving(OK + b"\r\n" + (OLLAMA if begun else b"") + error) as port:
        call = a_call(model="ollama_chat/scripted", endpoint=f"http://127.0.0.1:{port}")
        end = await failed(host, call)
    assert (end.kind, end.billed) == ("provider_error", "partly" if begun else "maybe")
    assert "unexpected EOF" in end.line


@pytest.mark.parametrize("key", ["sk-one\nX-Other: two", "sk-“quoted”", "sk-zero\u200bwidth"])
async def test_what_cannot_be_a_key_is_not_sent(host: ModelHost, endpoint: ScriptedEndpoint, key: str) -> None:
    end = await failed(host, at(endpoint, key=SecretStr(key)))
    assert (end.kind, end.billed, endpoint.requests) == ("key_refused", "no", [])
    assert key not in end.line


async def test_what_was_not_asked_for_is_not_sent(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    await done(host, at(endpoint))
    assert set(endpoint.requests[0].body) == {"messages", "model", "max_tokens", "stream", "stream_options"}


async def test_the_key_travels_in_one_header_of_its_own_call(
    host: ModelHost, endpoint: ScriptedEndpoint, log: Path
) -> None:
    await done(host, at(endpoint))
    await done(host, at(endpoint, key=SecretStr("sk-another-key-987654")))
    await done(host, at(endpoint, key=None))
    assert [request.key for request in endpoint.requests] == [KEY, "sk-another-key-987654", "none"]
    for request in endpoint.requests:
        elsewhere = {name: value for name, value in request.headers.items() if name != "authorization"}
        assert request.key == "none" or request.key not in json.dumps(elsewhere) + request.raw.decode()
    assert KEY not in log.read_text()


async def test_nothing_of_the_shell_reaches_the_host(host: ModelHost) -> None:
    await host.prespawn()
    environ = psutil.Process(host.pid).environ()
    expected = ("PATH", "HOME", "LITELLM_LOCAL_MODEL_COST_MAP", "LITELLM_MODE", "LITELLM_LOG", "LITELLM_RUST")
    assert set(environ) == set(expected)


OLLAMA = b'{"model": "m", "created_at": "x", "message": {"role": "assistant", "content": "hi"}, "done": false}\n'
BUSY = b'data: {"error": {"message": "busy"}}\n\n'
KINDS: list[tuple[str, Answer, str, str, int]] = [
    ("401", Answer.key_refused(), "key_refused", "no", 401),
    ("402", Answer.failing(402), "key_refused", "no", 402),
    ("403", Answer.forbidden(), "key_refused", "no", 403),
    ("404", Answer.not_found(), "not_found", "no", 404),
    ("429", Answer.throttled(2), "throttled", "no", 429),
    ("500", Answer.failing(500), "provider_error", "no", 500),
    ("503", Answer.failing(503), "provider_error", "no", 503),
    ("500 as a page", replace(Answer.failing(500), raw=b"<html>Oops</html>"), "provider_error", "no", 500),
    ("400", Answer.refused(), "refused", "no", 400),
    ("422", Answer.failing(422), "refused", "no", 422),
    ("too long", Answer.too_long(), "too_long", "no", 400),
    ("garbage", Answer.garbage(), "no_answer", "maybe", 0),
    ("an empty body", Answer.garbage(b""), "no_answer", "maybe", 0),
    ("bytes that are no text", Answer.garbage(b"\x00\xff\xfe" * 99), "garbled", "maybe", 0),
    ("an error in the stream", Answer.garbage(BUSY), "provider_error", "maybe", 0),
    ("no choices", Answer.no_choices(), "no_answer", "maybe", 0),
    ("nothing in it", Answer.text("", 100, 0), "no_answer", "maybe", 0),
    ("no finish reason", Answer.ending_in("unfinished"), "no_answer", "partly", 0),
    ("cut", Answer.ending_in("cut"), "cut", "partly", 0),
    ("a broken chunk", Answer.ending_in("broken_chunk"), "garbled", "partly", 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "kind", "billed", "status"), [row[1:] for row in KINDS], ids=[row[0] for row in KINDS]
)
async def test_every_fault_has_its_kind(
    host: ModelHost, endpoint: ScriptedEndpoint, answer: Answer, kind: str, billed: str, status: int
) -> None:
    endpoint.script = answer
    end = await failed(host, at(endpoint))
    assert (end.kind, end.billed, end.status) == (kind, billed, status)
    assert end.line
    assert "litellm" not in end.line.lower()


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("model", ["openai/scripted", "azure/scripted", "hosted_vllm/scripted"])
async def test_a_call_is_not_led_to_another_address(
    host: ModelHost, endpoint: ScriptedEndpoint, model: str, status: int
) -> None:
    with ScriptedEndpoint(Answer.text("trapped")) as elsewhere:
        target = f"http://localhost:{elsewhere.port}/v1/chat/completions?secret=s"
        endpoint.script = Answer(status=status, raw=b"", headers={"location": target})
        end = await failed(host, at(endpoint, model=model))
    assert not elsewhere.requests
    assert (end.kind, end.billed) == ("not_found", "no")
    assert end.line.endswith(f"not followed: {target.partition('?')[0]}")


async def test_a_throttling_provider_says_how_long(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.throttled(2.5)
    assert (await failed(host, at(endpoint))).retry_after_ms == 2_500


@pytest.mark.parametrize(
    "answer", [Answer.failing(500), Answer.throttled(1), Answer.ending_in("cut"), Answer.failing(503)]
)
async def test_nothing_is_tried_twice_behind_our_back(
    host: ModelHost, endpoint: ScriptedEndpoint, answer: Answer
) -> None:
    endpoint.script = answer
    await failed(host, at(endpoint))
    assert len(endpoint.requests) == 1


async def test_a_port_where_nobody_listens_is_unreachable(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.close()
    end = await failed(host, at(endpoint))
    assert (end.kind, end.billed) == ("unreachable", "no")


async def test_silence_before_the_first_byte_is_a_timeout(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.silence()
    end = await failed(host, at(endpoint, silence_ms=200))
    assert (end.kind, end.billed) == ("timeout", "maybe")
    await over(endpoint.requests[0])
    assert endpoint.requests[0].left


async def test_silence_in_mid_stream_is_a_stall(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.ending_in("stalled", "the beginning")
    text, end = await heard(host, at(endpoint, silence_ms=300))
    assert isinstance(end, CallFailed)
    assert (text, end.kind, end.billed, end.usage) == ("the beginning", "stalled", "partly", None)
    await over(endpoint.requests[0])
    assert endpoint.requests[0].left


async def test_a_slow_drip_ends_at_the_limit_for_all_of_it(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.drip("word " * 3_000, 0.1)
    end = await failed(host, at(endpoint, silence_ms=60_000, total_ms=700))
    assert (end.kind, end.billed) == ("timeout", "partly")
    await over(endpoint.requests[0])
    assert endpoint.requests[0].left


async def test_an_endless_answer_is_closed_when_it_is_too_much(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.ending_in("endless", "the same again and again")
    text, end = await heard(host, at(endpoint, most_bytes=20_000))
    assert isinstance(end, CallFailed)
    assert (end.kind, end.billed, end.usage) == ("too_much", "partly", None)
    assert len(text) <= 20_000
    await over(endpoint.requests[0])
    assert endpoint.requests[0].left


async def test_a_line_without_an_end_is_ended(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.ending_in("endless_line")
    end = await failed(host, at(endpoint))
    assert (end.kind, end.line) == ("too_much", "the answer has no end")
    await over(endpoint.requests[0])
    assert endpoint.requests[0].left


@pytest.mark.parametrize(
    "usage", [Usage(10**12, 5), Usage(5, 10**12), Usage(-5, -3), Usage(0, 0), Usage(100, 0), Usage(10, 5, cached=11)]
)
async def test_invented_usage_is_no_usage(host: ModelHost, endpoint: ScriptedEndpoint, usage: Usage) -> None:
    endpoint.script = Answer.invented(usage)
    end = await done(host, at(endpoint))
    assert (end.usage, end.usage_source) == (None, "estimated")
    assert end.text == endpoint.script.whole


async def test_usage_that_the_provider_did_not_send_is_not_invented(
    host: ModelHost, endpoint: ScriptedEndpoint
) -> None:
    endpoint.script = Answer.no_usage()
    end = await done(host, at(endpoint))
    assert (end.usage, end.usage_source) == (None, "estimated")
    assert end.finish_reason == "stop"


async def test_an_answer_that_ran_out_of_room_says_so(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = replace(Answer.text("as far as it"), finish_reason="length")
    assert (await done(host, at(endpoint))).finish_reason == "length"


async def test_halves_of_a_character_in_two_chunks_are_one_character(
    host: ModelHost, endpoint: ScriptedEndpoint
) -> None:
    endpoint.script = Answer.text("").streamed_as("a \ud83e", "\udd86 and \ud83e", "b")
    text, end = await heard(host, at(endpoint))
    assert isinstance(end, Done)
    assert text == end.text == "a 🦆 and \ufffdb"


async def test_the_provider_sees_the_connection_close_when_a_call_is_cancelled(
    host: ModelHost, endpoint: ScriptedEndpoint
) -> None:
    endpoint.script = Answer.ending_in("stalled")
    async with aclosing(host.call(at(endpoint))) as answers:
        assert isinstance(await anext(answers), Delta)
    await over(endpoint.requests[0])
    assert endpoint.requests[0].left


async def test_the_provider_sees_it_before_the_first_byte_too(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = Answer.silence()
    calling = asyncio.create_task(heard(host, at(endpoint)))
    request = await asyncio.to_thread(endpoint.wait_for, 1)
    calling.cancel()
    await over(request)
    assert request.left


async def test_what_is_said_and_logged_of_a_failure_holds_no_key_and_no_prompt(
    host: ModelHost, endpoint: ScriptedEndpoint, log: Path
) -> None:
    endpoint.script = Answer.key_refused(f"Incorrect API key provided: {KEY}.\nYour prompt was: {SECRET_SENTENCE}")
    end = await failed(host, at(endpoint))
    assert end.line.startswith("Incorrect API key provided: [hidden]")
    assert SECRET_SENTENCE not in end.line
    endpoint.script = Answer(status=500, raw=json.dumps({"detail": {"input": f"Be brief. {PROMPT}"}}).encode())
    assert PROMPT[:20] not in (await failed(host, at(endpoint))).line
    logged = log.read_text()
    assert "key_refused 401" in logged
    assert not any(secret in logged for secret in (KEY, SHELL_KEY, PROMPT[:20], SECRET_SENTENCE))


async def test_calls_run_side_by_side(host: ModelHost, endpoint: ScriptedEndpoint) -> None:
    endpoint.script = lambda number, body: Answer.text(f"to {messages_of(body)[-1]['content']}", 10 + number, number)
    calls = [at(endpoint, id=f"A{n}") for n in range(20)]
    ends = await asyncio.gather(*(done(host, call) for call in calls))
    assert {end.text for end in ends} == {f"to {PROMPT}"}
    used = sorted(end.usage.output for end in ends if end.usage)
    assert used == list(range(1, 21))
    assert endpoint.cost(PRICE) == sum(PRICE.cost(end.usage) for end in ends if end.usage)


async def test_a_killed_host_loses_its_calls_and_the_next_call_works(
    host: ModelHost, endpoint: ScriptedEndpoint
) -> None:
    endpoint.script = [Answer.ending_in("stalled"), Answer.text("after the fall")]
    calling = asyncio.create_task(failed(host, at(endpoint)))
    request = await asyncio.to_thread(endpoint.wait_for, 1)
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)
    assert (await calling) == CallFailed(kind="host_lost", line="the model host ended", billed="maybe")
    await over(request)
    assert request.left
    assert (await done(host, at(endpoint))).text == "after the fall"


ENGINE = """
import asyncio, os, sys, time
from pathlib import Path
from engine.modelhost.client import ModelHost

async def main():
    host = ModelHost(log=Path(sys.argv[1]), environ=os.environ, clock=lambda: 0)
    await host.prespawn()
    print(host.pid, *(name for name in sys.modules if name.split(".")[0] in ("litellm", "openai", "httpx")), flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


async def test_the_engine_imports_no_litellm_and_the_host_dies_with_it(tmp_path: Path) -> None:
    engine = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ENGINE, str(tmp_path / "models.log")),
        cwd=Path(__file__).parents[3],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert engine.stdout is not None
    pid, *heavy = (await engine.stdout.readline()).split()
    host = psutil.Process(int(pid))
    assert heavy == []
    engine.kill()
    await engine.wait()
    await asyncio.to_thread(psutil.wait_procs, [host], LONG_S)
    assert not host.is_running() or host.status() == psutil.STATUS_ZOMBIE
