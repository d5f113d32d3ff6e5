"""The engine's side against a host of twenty milliseconds; `test_real_host` has the true one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.modelhost.client import BACK_OFF_MS, ModelHost
from engine.modelhost.wire import CallFailed, Delta, Done, Message
from engine.values import Tokens
from tests.engine.modelhost.bench import KEY, LONG_S, PROMPT, a_call, done, failed, heard

FAKE = Path(__file__).with_name("fake_host.py")


class Bench:
    """A host with a clock and a sleep of its own, and the diary of every fake child."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.slept = folder, 0, list[float]()
        self.hosts: list[ModelHost] = []

    def host(self, boot: str = "", **changes: Any) -> ModelHost:
        argv = [sys.executable, "-I", "-S", str(FAKE), str(self.folder / "diary"), boot]
        given: dict[str, Any] = {"environ": os.environ, "clock": lambda: self.now, "sleep": self.sleep, "argv": argv}
        self.hosts.append(ModelHost(log=self.log, **given | changes))
        return self.hosts[-1]

    @property
    def log(self) -> Path:
        return self.folder / "log" / "models.log"

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += int(seconds * 1_000)

    def diary(self, what: str) -> list[Any]:
        path = self.folder / "diary"
        entries = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [entry[what] for entry in entries if what in entry]

    async def until(self, holds: Callable[[], object]) -> None:
        limit = time.monotonic() + LONG_S
        while not holds():
            assert time.monotonic() < limit
            await asyncio.sleep(0.01)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    for host in made.hosts:
        await host.close()


async def test_deltas_come_and_then_one_end(bench: Bench) -> None:
    text, end = await heard(bench.host(), a_call(model="echo"))
    assert text == PROMPT
    usage = Tokens(input=3, output=2)
    assert end == Done(text=PROMPT, finish_reason="stop", usage=usage, usage_source="provider")


async def test_what_the_host_says_of_a_failure_is_passed_on(bench: Bench) -> None:
    end = await failed(bench.host(), a_call(model="refused"))
    assert end == CallFailed(kind="key_refused", status=401, billed="no")


async def test_the_host_is_started_by_the_first_call_and_shared_by_all(bench: Bench) -> None:
    host = bench.host()
    assert host.pid is None
    ends = await asyncio.gather(*(done(host, prompted(f"number {n} ü")) for n in range(30)))
    assert [end.text for end in ends] == [f"number {n} ü" for n in range(30)]
    assert bench.diary("started") == [host.pid]


def prompted(text: str) -> Any:
    return a_call(model="echo", messages=(Message(role="user", content=text),))


async def test_prespawning_starts_it_once(bench: Bench) -> None:
    host = bench.host()
    await asyncio.gather(host.prespawn(), host.prespawn())
    pid = host.pid
    await done(host, a_call(model="echo"))
    assert bench.diary("started") == [pid]


async def test_two_calls_of_one_name_are_told_apart(bench: Bench) -> None:
    host = bench.host()
    ends = await asyncio.gather(*(heard(host, a_call(model=model, id="same")) for model in ("echo", "refused")))
    assert [type(end) for _, end in ends] == [Done, CallFailed]


async def test_lines_that_are_garbage_are_survived(bench: Bench) -> None:
    assert (await done(bench.host(), a_call(model="garbage"))).text == "still here"


async def test_a_reader_that_is_slow_loses_no_end_and_holds_no_flood(bench: Bench) -> None:
    async with aclosing(bench.host().call(a_call(model="flood", most_bytes=1_000))) as answers:
        said = [await anext(answers)]
        await bench.until(lambda: bench.diary("flooded"))
        said += [one async for one in answers]
    assert max(len(one.text) for one in said[:-1] if isinstance(one, Delta)) <= 1_000  # what waits is bounded
    assert isinstance(said[-1], Done)
    assert said[-1].text == "the whole flood"


async def test_closing_the_iteration_cancels_the_call(bench: Bench) -> None:
    host = bench.host()
    async with aclosing(host.call(a_call(model="begin", id="left"))) as answers:
        assert await anext(answers) == Delta(text="begun")
    await bench.until(lambda: bench.diary("cancelled"))
    assert bench.diary("cancelled")[0].startswith("left#")
    assert (await done(host, a_call(model="echo"))).text == PROMPT


async def test_a_cancelled_caller_cancels_the_call(bench: Bench) -> None:
    host = bench.host()
    await host.prespawn()
    caller = asyncio.create_task(heard(host, a_call(model="begin", id="left")))
    await bench.until(lambda: bench.diary("call"))
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await bench.until(lambda: bench.diary("cancelled"))


async def test_a_caller_that_is_cancelled_while_the_host_starts_leaves_it_to_the_others(bench: Bench) -> None:
    host = bench.host()
    first, second = (asyncio.create_task(done(host, a_call(model="echo"))) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).text == PROMPT
    assert len(bench.diary("started")) == 1


async def test_an_end_that_was_heard_is_not_cancelled(bench: Bench) -> None:
    host = bench.host()
    await done(host, a_call(model="echo"))
    await host.close()
    assert bench.diary("cancelled") == []
    assert len(bench.diary("closed")) == 1


async def test_calls_in_flight_are_lost_with_the_host_and_the_next_gets_a_new_one(bench: Bench) -> None:
    host = bench.host()
    begun = asyncio.create_task(heard(host, a_call(model="begin")))
    await bench.until(lambda: bench.diary("call"))
    text, end = await heard(host, a_call(model="die"))
    assert (text, end) == ("last wo", CallFailed(kind="host_lost", line="the model host ended", billed="maybe"))
    assert (await begun)[1] == end
    assert (await done(host, a_call(model="echo"))).text == PROMPT
    assert len(set(bench.diary("started"))) == 2


async def test_each_death_in_a_row_is_followed_by_a_longer_pause(bench: Bench) -> None:
    host = bench.host()
    for _ in range(7):
        await failed(host, a_call(model="die"))
    longest = BACK_OFF_MS[-1]
    assert bench.slept == [ms / 1_000 for ms in (*BACK_OFF_MS[1:], longest)]
    await done(host, a_call(model="echo"))
    await failed(host, a_call(model="die"))
    before = len(bench.slept)
    await done(host, a_call(model="echo"))
    assert len(bench.slept) == before


async def test_a_host_that_was_killed_is_replaced(bench: Bench) -> None:
    host = bench.host()
    await host.prespawn()
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)
    await bench.until(lambda: host.pid is None)
    assert (await done(host, a_call(model="echo"))).text == PROMPT


async def test_a_host_that_keeps_no_limit_is_killed(bench: Bench) -> None:
    host = bench.host(grace_s=0.2)
    end = await failed(host, a_call(model="freeze", total_ms=10))
    assert (end.kind, end.billed) == ("host_lost", "maybe")
    assert host.pid is None
    assert (await done(host, a_call(model="echo"))).text == PROMPT


async def test_a_broken_installation_is_told_at_once_and_tried_again_later(bench: Bench) -> None:
    host = bench.host("broken")
    await host.prespawn()
    for _ in range(3):
        end = await failed(host, a_call())
        assert end == CallFailed(kind="broken_install", line="No module named 'litellm'", billed="no")
    assert len(bench.diary("started")) == 1
    bench.now += BACK_OFF_MS[-1]
    await failed(host, a_call())
    assert len(bench.diary("started")) == 2


async def test_a_host_that_ends_before_it_is_ready_is_a_broken_installation(bench: Bench) -> None:
    end = await failed(bench.host("exit"), a_call())
    assert (end.kind, end.billed) == ("broken_install", "no")
    assert str(bench.log) in end.line


async def test_a_host_that_never_becomes_ready_is_a_broken_installation(bench: Bench) -> None:
    host = bench.host("silent", boot_s=0.5)
    end = await failed(host, a_call())
    assert (end.kind, end.billed) == ("broken_install", "no")
    assert not psutil.pid_exists(bench.diary("started")[0])


async def test_an_interpreter_that_is_missing_is_a_broken_installation(bench: Bench) -> None:
    end = await failed(bench.host(argv=["/nowhere/python"]), a_call())
    assert (end.kind, end.billed) == ("broken_install", "no")


async def test_nothing_of_the_shell_reaches_the_host(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    host = bench.host(environ=dict(os.environ))
    await host.prespawn()
    (environ,) = bench.diary("environ")
    assert set(environ) - {"LC_CTYPE"} == {
        *("PATH", "HOME", "LITELLM_LOCAL_MODEL_COST_MAP", "LITELLM_MODE", "LITELLM_LOG", "LITELLM_RUST")
    }
    assert list(Path(environ["HOME"]).iterdir()) == []
    assert Path(environ["HOME"]).is_relative_to(bench.folder)


async def test_a_log_that_cannot_be_written_is_told(bench: Bench) -> None:
    bench.log.parent.write_text("a file where a folder belongs")
    end = await failed(bench.host(), a_call())
    assert (end.kind, end.billed) == ("broken_install", "no")


async def test_a_closed_host_ends_its_calls_and_leaves_nothing(bench: Bench) -> None:
    host = bench.host()
    begun = asyncio.create_task(heard(host, a_call(model="begin")))
    await bench.until(lambda: bench.diary("call"))
    await host.close()
    await host.close()
    text, end = await begun
    assert (text, end) == ("begun", CallFailed(kind="host_lost", line="the model host ended", billed="maybe"))
    assert not psutil.pid_exists(bench.diary("started")[0])
    (environ,) = bench.diary("environ")
    assert not Path(environ["HOME"]).exists()
    assert (await failed(host, a_call())).kind == "host_lost"
    assert len(bench.diary("started")) == 1


async def test_closing_while_it_starts_ends_the_waiting_call(bench: Bench) -> None:
    host = bench.host("silent")
    waiting = asyncio.create_task(failed(host, a_call()))
    await bench.until(lambda: bench.diary("started"))
    await host.close()
    assert (await waiting).kind == "host_lost"
    assert not psutil.pid_exists(bench.diary("started")[0])


async def test_the_log_is_for_this_user_alone_and_does_not_grow_for_ever(bench: Bench) -> None:
    bench.log.parent.mkdir(mode=0o700)
    bench.log.write_bytes(b"x" * (2**20 + 1))
    host = bench.host()
    await host.prespawn()
    assert stat.S_IMODE(bench.log.stat().st_mode) == 0o600
    assert bench.log.stat().st_size == 0
    assert bench.log.with_name("models.log.1").stat().st_size == 2**20 + 1
