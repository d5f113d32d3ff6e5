"""Tools in a whole engine: looked at, pinned, given, called, recorded, refused."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.tools.protocol import ToolDownError
from engine.workers.protocol import AttemptJob, WorkerIO
from tests.engine.loop.tooling import BROWSER, LEADING, PAGE, House, ask, text
from tests.engine.tools.fakes import Sink


async def test_a_tool_is_looked_at_pinned_and_given(tmp_path: Path) -> None:
    house = await House(tmp_path, text(BROWSER), browser=Sink()).begin()
    told: list[str] = []

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        told.extend(offer.name for offer in await io.tools.offers())
        answer = await ask(io.tools, "browser__fetch")
        assert (answer.verdict, answer.text, answer.source) == ("done", "a page", "https://docs.example.org/ (200)")
        return "read"

    house.worker.script = script
    await house.rest()
    assert told == ["browser__fetch", "browser__post"]
    assert {pin["operation"] for pin in await house.kinds("tool.pinned")} == {"fetch", "post"}
    (called,) = await house.kinds("tool.called")
    assert called["tool"] == "browser"
    assert called["evidence"]
    assert called["after"]["integrity"] == "untrusted"
    assert called["after"]["steered_by"] == ["browser: https://docs.example.org/ (200)"]
    assert await house.store.blob(called["arguments"]) == b'{"url":"https://docs.example.org/"}'
    assert await house.store.blob(called["result"]) == b"a page"
    assert house.state.tools["browser"].calls == 1
    assert house.state.tasks["T1"].state == "accepted"
    assert house.sinks["browser"].opened == house.sinks["browser"].closed
    assert "## Tools" in house.worker.jobs[0].package
    assert "- browser (fetch, post), at most 50 calls; hosts: docs.example.org" in house.worker.jobs[0].package


async def test_what_an_address_asked_for_stands_in_no_event(tmp_path: Path) -> None:
    sink = Sink(source="https://docs.example.org/find?q=bob@post.example#x (200)")
    house = await House(tmp_path, text(BROWSER), browser=sink).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        assert (await ask(io.tools, "browser__fetch")).source == sink.source
        return "read"

    house.worker.script = script
    await house.rest()
    (called,) = await house.kinds("tool.called")
    assert called["source"] == "https://docs.example.org/find?… (200)"
    assert house.state.tasks["T1"].state == "accepted"


async def test_a_call_is_in_the_log_while_its_attempt_still_runs(tmp_path: Path) -> None:
    house = await House(tmp_path, text(BROWSER), browser=Sink()).begin()
    go_on = asyncio.Event()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        await ask(io.tools, "browser__fetch")
        await go_on.wait()
        return "read"

    house.worker.script = script
    await house.until(lambda: house.state.tools.get("browser") and house.state.tools["browser"].calls == 1)
    assert house.state.attempts["A1.1"].state == "dispatched"
    await house.die()
    assert house.state.tools["browser"].calls == 1


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("shell__run", "{}", "shell is not granted; there is browser__fetch"),
        ("browser__upload", "{}", "upload is no granted operation"),
        ("browser__fetch", "{", "not JSON"),
        ("browser__fetch", "[]", "one JSON object"),
        ("browser__fetch", '{"url": "a", "url": "b"}', "a key twice"),
        ("browser__fetch", '{"url": NaN}', "NaN"),
        ("browser__fetch", '{"url": 1e999}', "too large"),
        ("browser__fetch", '{"url": 123456789012345678901234567890}', "too large"),
        ("browser__fetch", "[" * 100_000, "nested too deep"),
        ("browser__fetch", '{"url": "\\ud800"}', "half a character"),
        ("browser__fetch", "{}", "url is missing"),
        ("browser__fetch", '{"url": 7}', "does not fit"),
        ("browser__fetch", '{"url": "https://docs.example.org/", "also": 1}', "also is no argument"),
        ("browser__fetch", '{"url": "' + "x" * 300_000 + '"}', "longer than"),
    ],
)
async def test_what_does_not_run(tmp_path: Path, name: str, arguments: str, said: str) -> None:
    house = await House(tmp_path, text(BROWSER), browser=Sink()).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        answer = await ask(io.tools, name, arguments)
        assert answer.verdict == "refused"
        assert said in answer.text, answer.text
        return "no"

    house.worker.script = script
    await house.rest()
    assert house.sinks["browser"].got == []
    assert len(await house.kinds("tool.refused")) == 1
    assert house.state.tasks["T1"].state == "accepted"


async def test_ids_floods_and_limits_are_bounded(tmp_path: Path) -> None:
    sink = Sink()
    house = await House(tmp_path, text(BROWSER.replace("hosts", "calls: 20, hosts")), browser=sink).begin()
    verdicts: list[str] = []

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        await ask(io.tools, "browser__fetch", PAGE, "same")
        again = await ask(io.tools, "browser__fetch", PAGE, "same")
        assert "used for another call" in again.text
        answers = await asyncio.gather(*(ask(io.tools, "browser__fetch", PAGE, f"c{n}") for n in range(200)))
        verdicts.extend(answer.verdict for answer in answers)
        verdicts.append((await ask(io.tools, "browser__fetch", PAGE, "last")).verdict)
        return "read"

    house.worker.script = script
    await house.rest()
    assert len(sink.got) == 20
    assert sink.most <= 4
    assert verdicts.count("done") == 19
    assert verdicts[-1] == "ended"
    assert len(await house.kinds("tool.refused")) <= 200


async def test_a_result_is_cut_and_one_that_breaks_is_a_failed_call(tmp_path: Path) -> None:
    sink = Sink(answer="x" * 50_000_000)
    house = await House(tmp_path, text(BROWSER), browser=sink).begin()
    heard: list[tuple[str, int]] = []

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        for n, raises in enumerate((None, RuntimeError("x"), ToolDownError("it has gone", "start it again"))):
            sink.raises = raises
            answer = await ask(io.tools, "browser__fetch", PAGE, f"c{n}")
            heard.append((answer.verdict, len(answer.text)))
        return "read"

    house.worker.script = script
    await house.rest()
    assert heard[0] == ("done", 100_000)
    assert [verdict for verdict, _size in heard[1:]] == ["failed", "failed"]
    assert [call.get("cut", False) for call in await house.kinds("tool.called")] == [True, False, False]


async def test_what_was_read_is_in_the_label_of_the_next_call(tmp_path: Path) -> None:
    house = await House(tmp_path, text(BROWSER, tasks=(LEADING,)), browser=Sink()).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        assert job.label.secrecy == "private"
        assert job.label.holds == ("leads",)
        assert (await ask(io.tools, "browser__fetch", PAGE, "c1")).verdict == "done"
        return "read"

    house.worker.script = script
    await house.rest()
    label = house.state.attempts["A1.1"].label
    assert label is not None
    assert label.steered_by == ("browser: https://docs.example.org/ (200)", "leads")


async def test_a_promise_of_evidence_is_kept_or_fails(tmp_path: Path) -> None:
    sink = Sink(evidence=False)
    promising = BROWSER.replace("hosts", "evidence: [source url], hosts")
    house = await House(tmp_path, text(promising), browser=sink).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        sink.evidence = len(house.worker.jobs) > 1
        await ask(io.tools, "browser__fetch")
        return "read"

    house.worker.script = script
    await house.rest()
    assert len(house.state.attempts) == 2, house.state.attempts["A1.1"]
    first, second = house.state.attempts["A1.1"], house.state.attempts["A1.2"]
    assert first.unsourced
    assert any(not line.ok and "left no source" in line.detail for v in first.verdicts for line in v.lines)
    assert not second.unsourced
    assert house.state.tasks["T1"].accepted == "A1.2"


async def test_a_paused_mission_calls_nothing(tmp_path: Path) -> None:
    sink = Sink()
    house = await House(tmp_path, text(BROWSER), browser=sink).begin()
    paused = asyncio.Event()
    heard: list[str] = []

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        await paused.wait()
        heard.append((await ask(io.tools, "browser__fetch")).text)
        return "read"

    house.worker.script = script
    await house.until(lambda: house.worker.jobs)
    await house.give("pause", {"because": "wait"})
    paused.set()
    await house.until(lambda: heard)
    assert heard == ["the mission does not run now; try again when it does"]
    assert sink.got == []
