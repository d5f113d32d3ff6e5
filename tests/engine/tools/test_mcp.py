"""The `mcp` tool and the scripted server: whatever it does, time and memory are bounded and nothing is left of it."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from engine.tools.mcp import provider as module
from engine.tools.mcp.provider import McpProvider
from engine.tools.protocol import TEXT_CAP, ChangedError, Grant, Json, Provider, Result, ToolDownError
from tests.engine.tools.contract import LONG_S, Call, ProviderContract, called, sound
from tests.engine.tools.mcp_bench import Bench

ECHO: Call = ("echo", {"text": "hello"})


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    async with asyncio.timeout(LONG_S):
        await made.close()
    assert made.left() == []


class TestMcpProvider(ProviderContract):
    def made(self, folder: Path) -> Provider:
        return Bench(folder).scripted()

    def good(self) -> Call:
        return ECHO


async def echo(provider: McpProvider, *, timeout_ms: int = 30_000) -> Result:
    result = await called(provider, ECHO, timeout_ms=timeout_ms)
    sound(result)
    return result


async def down(provider: McpProvider, *, timeout_ms: int = 30_000) -> str:
    with pytest.raises(ToolDownError) as caught:
        await called(provider, ECHO, timeout_ms=timeout_ms)
    return str(caught.value)


async def test_what_it_is_told_as_and_where_its_answer_comes_from(bench: Bench) -> None:
    provider = bench.scripted()
    echo_spec, _ = await provider.specs()
    assert echo_spec.annotations == {"title": "Echo", "annotatedTitle": "Says it back", "readOnlyHint": True}
    identity = json.loads(provider.identity)
    assert identity["server"] == {"name": "toolserver", "version": "1.0"}
    assert identity["argv"][0] == sys.executable
    assert identity["script"]["path"] == "server.py"
    assert len(identity["script"]["sha256"]) == len(identity["sha256"]) == 64
    result = await echo(provider)
    assert (result.text, result.source) == ("hello", "tool echo")


async def test_calls_may_run_side_by_side(bench: Bench) -> None:
    provider = bench.scripted()
    results = await asyncio.gather(*(called(provider, ("echo", {"text": str(n)})) for n in range(20)))
    assert [result.text for result in results] == [str(n) for n in range(20)]


@pytest.mark.parametrize("method", ["initialize", "tools/list"])
async def test_40_a_server_that_hangs_while_it_is_opened(
    bench: Bench, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPEN_S", 0.5 if method == "initialize" else 60.0)
    monkeypatch.setattr(module, "LIST_S", 0.5)
    assert "within 0.5 s" in await down(bench.scripted(f"hang at {method}"))
    assert bench.left() == []


async def test_40_a_server_that_hangs_at_a_call_is_ended_and_started_anew(bench: Bench) -> None:
    provider = bench.scripted("hang at tools/call")
    result = await echo(provider, timeout_ms=300)
    assert not result.ok
    assert "took longer than 300ms" in result.text
    assert bench.left() == []
    assert [spec.name for spec in await provider.specs()] == ["echo", "other"]


async def test_40_a_server_that_hangs_at_shutdown_is_ended(bench: Bench) -> None:
    provider = bench.scripted("hang at shutdown")
    assert (await echo(provider)).ok
    await provider.close()
    assert bench.left() == []


@pytest.mark.parametrize("method", ["initialize", "tools/list", "tools/call"])
async def test_41_a_server_that_crashes_says_how_it_ended(bench: Bench, method: str) -> None:
    said = await down(bench.scripted(f"exit at {method}"))
    assert "exit status 9" in said
    assert "I am out" in said


async def test_41_children_of_a_server_end_with_it(bench: Bench) -> None:
    mark = uuid.uuid4().hex
    provider = bench.scripted("children", mark=mark)
    assert (await echo(provider)).ok

    def marked() -> list[int]:
        return [p.pid for p in psutil.process_iter(["cmdline"]) if mark in (p.info["cmdline"] or ())]

    assert len(marked()) == 3
    await provider.close()
    assert marked() == []


async def test_41_a_server_that_ended_between_two_calls_is_started_anew(bench: Bench) -> None:
    provider = bench.scripted("ends after a call")
    for _ in range(2):
        assert (await echo(provider)).text == "my last word"
        async with asyncio.timeout(LONG_S):
            while provider._session is not None and provider._session.alive:
                await asyncio.sleep(0.02)


async def test_41_a_server_that_ends_again_and_again_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPENINGS_CAP", 2)
    provider = bench.scripted("exit at initialize")
    for _ in range(2):
        await down(provider)
    assert "ended 2 times" in await down(provider)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("flood", "unasked"),
        ("endless line", "a line of more than"),
        ("much garbage", "no messages"),
        ("asks for ever", "asked more than"),
    ],
)
async def test_42_43_a_server_that_floods_is_given_up(bench: Bench, fault: str, said: str) -> None:
    assert said in await down(bench.scripted(fault))
    assert bench.left() == []


async def test_42_a_server_whose_errors_are_full_goes_on(bench: Bench) -> None:
    assert (await echo(bench.scripted("stderr"))).text == "still here"


async def test_43_a_server_that_writes_other_things_than_messages_is_understood(bench: Bench) -> None:
    assert (await echo(bench.scripted("garbage"))).text == "after the noise"


async def test_43_answers_to_what_was_not_asked_are_none(bench: Bench) -> None:
    assert "took longer" in (await echo(bench.scripted("wrong id"), timeout_ms=300)).text


@pytest.mark.parametrize("result", [{"unheard": "of"}, {"content": 7}, {"content": [{"type": "text"}]}])
async def test_43_results_of_the_wrong_shape_are_no_results(bench: Bench, result: Json) -> None:
    provider = bench.scripted("rubbish at tools/call", result=result)
    told = await echo(provider)
    assert not told.ok
    assert "no answer" in told.text


@pytest.mark.parametrize(
    "tool",
    [
        {"description": "x" * 20_001},
        {"inputSchema": {"type": "object", "default": "\ud800"}},
        {"inputSchema": {"type": "object", "description": "x" * 300_000}},
        {"name": "other"},
        {"name": ""},
    ],
)
async def test_43_tools_that_cannot_be_pinned_are_not_used(bench: Bench, tool: Json) -> None:
    with pytest.raises(ToolDownError):
        await bench.scripted(drift=tool).specs()


@pytest.mark.parametrize("fault", ["endless pages", "many tools", "rubbish at tools/list", "error at tools/list"])
async def test_43_lists_that_are_none_or_never_end_are_not_used(bench: Bench, fault: str) -> None:
    with pytest.raises(ToolDownError):
        await bench.scripted(fault).specs()


async def test_43_bounds_beyond_exact_numbers_can_be_pinned(bench: Bench) -> None:
    provider = bench.scripted(drift={"inputSchema": {"type": "object", "properties": {}, "maximum": 2**63 - 1}})
    spec, _ = await provider.specs()
    assert spec.pin(provider.identity)


async def test_46_ten_thousand_images_are_a_short_note(bench: Bench) -> None:
    result = await echo(bench.scripted("images"))
    assert result.text.startswith("pictures\n[audio audio/wav, damaged, not shown]\n[a link to file:///etc/passwd")
    assert "image/png, 8 bytes, sha256 " in result.text
    assert "[and 9982 more that are no text]" in result.text
    assert result.cut
    assert len(result.text) < 5_000


async def test_46_a_huge_text_is_cut_and_says_so(bench: Bench) -> None:
    result = await echo(bench.scripted("huge"))
    assert result.cut
    assert len(result.text) == TEXT_CAP


async def test_46_an_answer_that_cannot_be_read_is_not_waited_for(bench: Bench) -> None:
    assert "cannot be read" in await down(bench.scripted("surrogates"))


async def test_47_a_storm_of_notifications_is_harmless(bench: Bench) -> None:
    assert (await echo(bench.scripted("storm"))).text == "after the storm"


async def test_48_sampling_elicitation_and_roots_are_refused_and_noted(bench: Bench) -> None:
    result = await echo(bench.scripted("asks"))
    assert result.text.startswith('{"e1": true, "p1": false, "r1": true, "s1": true}')
    for name in ("sampling", "elicitation", "roots"):
        assert f"[the server asked for {name}, which was refused]" in result.text


async def test_49_a_server_that_ignores_being_cancelled_is_ended(bench: Bench) -> None:
    provider = bench.scripted("ignores cancel")
    await provider.specs()
    task = asyncio.create_task(called(provider, ECHO))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.left() == []


async def test_49_a_server_that_stops_reading_is_ended(bench: Bench) -> None:
    provider = bench.scripted("stops reading")
    assert not (await echo(provider, timeout_ms=300)).ok
    assert bench.left() == []


async def test_an_error_of_the_server_is_a_failed_call_and_no_more(bench: Bench) -> None:
    provider = bench.scripted("error at tools/call", says="not\u202e today\x1b[2J")
    result = await echo(provider)
    assert not result.ok
    assert "not today [2J" in result.text
    assert (await echo(provider)).text == result.text


@pytest.mark.parametrize(
    ("fault", "reached"),
    [
        ("", "yes"),
        ("hang at tools/call", "perhaps"),
        ("exit at tools/call", "perhaps"),
        ("error at tools/call", "perhaps"),
    ],
)
async def test_whether_a_call_can_have_been_done_is_known(bench: Bench, fault: str, reached: str) -> None:
    timeout_ms = 500 if "hang" in fault else 30_000
    tried = await bench.scripted(fault).tried(*ECHO, key="gtm/F1", timeout_ms=timeout_ms)
    assert tried.reached == reached


async def test_a_call_that_cannot_be_asked_reaches_nobody(bench: Bench) -> None:
    provider = bench.scripted()
    assert (await provider.tried("echo", {"tone": float("nan")}, key="k", timeout_ms=500)).reached == "no"
    assert (await provider.tried("nothing", {}, key="k", timeout_ms=500)).reached == "no"


async def test_a_server_that_was_started_anew_is_held_against_the_pin_again(bench: Bench) -> None:
    provider = bench.scripted()
    spec = next(spec for spec in await provider.specs() if spec.name == "echo")
    pin = spec.pin(provider.identity)
    assert (await provider.tried(*ECHO, key="k", timeout_ms=30_000, pin=pin)).reached == "yes"
    await provider.close()
    bench.script(drift={"description": "Says it to everybody."})
    with pytest.raises(ChangedError) as changed:
        await provider.tried(*ECHO, key="k", timeout_ms=30_000, pin=pin)
    assert changed.value.now not in {"", pin}


async def test_it_sees_nothing_of_our_environment_but_what_is_declared(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-servers")
    provider = bench.scripted("environment", environ=(("TOKEN", "env:token"),))
    result = await echo(provider)
    seen = json.loads(result.text)
    allowed = {"PATH", "LANG", "TZ", "HOME", "TMPDIR", "COCKPIT_ATTEMPT", "TOKEN", "PWD"}
    assert {name for name in seen["variables"] if not name.startswith("LC_")} <= allowed
    assert seen["token"] == "[hidden]"
    assert seen["meta"]["_meta"]["mission-cockpit/key"] == "gtm/A1.1#1"


async def test_a_secret_is_in_nothing_that_is_said_about_a_server(bench: Bench) -> None:
    said = await down(bench.scripted("print secret", environ=(("TOKEN", "env:token"),)))
    assert "token [hidden]" in said
    assert "s3cr3t" not in said


async def test_a_secret_that_is_not_there_is_named_and_nothing_is_started(bench: Bench) -> None:
    said = await down(bench.scripted(environ=(("TOKEN", "env:NOWHERE"),)))
    assert "env:NOWHERE" in said
    assert bench.left() == []


@pytest.mark.parametrize("argv", [(), ("",), ("no-such-program-anywhere",)])
async def test_a_program_that_is_not_there_is_said_to_be_missing(bench: Bench, argv: tuple[str, ...]) -> None:
    with pytest.raises(ToolDownError):
        await bench.provider(Grant(tool="tool", kind="mcp", argv=argv)).specs()


UNUSABLE: tuple[Callable[[Bench], McpProvider], ...] = (
    lambda bench: bench.provider(Grant(tool="tool", kind="mcp", url="http://example.org/mcp")),
    lambda bench: bench.provider(Grant(tool="tool", kind="mcp", url="https://user:secret@example.org/mcp")),
    lambda bench: bench.provider(Grant(tool="tool", kind="mcp", url="https://[")),
    lambda bench: bench.provider(Grant(tool="tool", kind="mcp", url="ftp://example.org/")),
)


@pytest.mark.parametrize("made", UNUSABLE)
async def test_an_address_that_no_token_may_be_sent_to_is_refused(
    bench: Bench, made: Callable[[Bench], McpProvider]
) -> None:
    with pytest.raises(ToolDownError) as caught:
        await made(bench).specs()
    assert "secret" not in str(caught.value)
