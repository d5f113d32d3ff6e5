"""Calls that humans are asked about, in a whole engine: exactly these bytes, once, by whoever has to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.workers.protocol import AttemptJob, WorkerIO
from tests.engine.loop.tooling import AWAY, BROWSER, LEADING, MAILER, House, ask, text
from tests.engine.tools.fakes import POST, Sink


async def test_a_call_that_needs_a_human_waits_for_exactly_its_bytes(tmp_path: Path) -> None:
    sink = Sink()
    house = await House(tmp_path, text(BROWSER, tasks=(LEADING,)), browser=sink).begin()
    heard: list[str] = []

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        heard.append((await ask(io.tools, "browser__fetch", AWAY, "c1")).verdict)
        heard.append((await ask(io.tools, "browser__fetch", AWAY, "c2")).text)
        return "read"

    house.worker.script = script
    await house.until(lambda: house.asked("call:"))
    (item,) = house.asked("call:")
    assert item.kind == "approve"
    assert "browser fetch to elsewhere.example.net" in item.title
    assert "leads could leave to elsewhere.example.net" in item.detail
    assert sink.got == []
    assert (await house.give("approve", {"attention": item.id, "digest": "0" * 64})).state == "refused"
    assert (await house.approve(item)).state == "done"
    await house.until(lambda: house.asked("call:"))
    assert len(sink.got) == 1, "an approval serves one call"
    (second,) = house.asked("call:")
    assert (await house.give("reject", {"attention": second.id, "because": "once is enough"})).state == "done"
    await house.rest()
    assert heard == ["done", "a human said no: once is enough"]
    assert len(sink.got) == 1
    assert [w.state for w in house.state.wanted.values()] == ["used", "rejected"]
    (called,) = await house.kinds("tool.called")
    assert called["wanted"] == "W1"


async def test_nobody_answers_and_a_late_approval_serves_the_next_attempt(tmp_path: Path) -> None:
    sink = Sink()
    house = await House(tmp_path, text(BROWSER, tasks=(LEADING,)), browser=sink).begin()
    heard: list[str] = []

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        answer = await ask(io.tools, "browser__fetch", AWAY)
        heard.append(answer.verdict)
        return "x " * 200 if answer.verdict == "refused" else "read"

    house.worker.script = script
    await house.until(lambda: heard)
    (item,) = house.asked("call:")
    assert heard == ["refused"]
    assert (await house.approve(item)).state == "done"
    await house.until(lambda: len(heard) == 2 or not house.engine.executor.running())
    await house.rest()
    assert len(house.state.wanted) == 1


async def test_t2_and_t5_seven_ask_at_once_and_answers_reach_their_owners(tmp_path: Path) -> None:
    sink = Sink()
    tasks = tuple(LEADING.replace("t0", f"t{n}") for n in range(6))
    house = await House(tmp_path, text(BROWSER, tasks=tasks), browser=sink).begin()
    heard: dict[str, str] = {}

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        address = f'{{"url": "https://elsewhere.example.net/{job.task}"}}'
        heard[job.task] = (await ask(io.tools, "browser__fetch", address)).text
        return "read"

    house.worker.script = script
    await house.until(lambda: len(house.asked("call:")) == 6)
    items = house.asked("call:")
    assert len({item.refs for item in items}) == 6
    for item in reversed(items):
        if item.task in {"T2", "T5"}:
            await house.give("reject", {"attention": item.id, "because": f"not {item.task}"})
        else:
            assert (await house.approve(item)).state == "done"
    await house.rest()
    assert heard == {f"T{n}": "a human said no: not " + f"T{n}" if n in {2, 5} else "a page" for n in range(1, 7)}
    assert sorted(arguments["url"][-2:] for _op, arguments, _key in sink.got) == ["T1", "T3", "T4", "T6"]


async def test_an_outward_tool_asks_although_it_is_allowed(tmp_path: Path) -> None:
    sink = Sink(specs=(POST,))
    house = await House(tmp_path, text(MAILER), mailer=sink).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        arguments = '{"url": "https://post.example/", "text": "hello"}'
        return (await ask(io.tools, "mailer__post", arguments)).verdict

    house.worker.script = script
    await house.until(lambda: house.asked("call:"))
    assert sink.got == []
    await house.approve(house.asked("call:")[0])
    await house.rest()
    assert len(sink.got) == 1


async def test_a_verb_that_is_neither_allowed_nor_restricted_is_asked_about(tmp_path: Path) -> None:
    sink = Sink()
    house = await House(tmp_path, text(BROWSER.replace("[research]", "[analyze]")), browser=sink).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        return (await ask(io.tools, "browser__fetch")).verdict

    house.worker.script = script
    await house.rest()
    assert sink.got == []
    (item,) = house.asked("denied:analyze")
    assert item.choices == ("allow", "refuse", "stop")


async def test_a_call_may_need_two_people(tmp_path: Path) -> None:
    sink = Sink(specs=(POST,))
    house = await House(tmp_path, text(MAILER, more="approvals: {publish: {people: 2}}\n"), mailer=sink).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        return (await ask(io.tools, "mailer__post", '{"url": "https://post.example/", "text": "hello"}')).verdict

    house.worker.script = script
    await house.until(lambda: house.asked("call:"))
    (item,) = house.asked("call:")
    assert (await house.approve(item)).state == "done"
    assert (await house.approve(item)).state == "refused"
    assert sink.got == []
    assert (await house.approve(item, "bob")).state == "done"
    await house.rest()
    assert len(sink.got) == 1
    (approved,) = await house.kinds("tool.approved")
    assert approved["people"] == ["ada", "bob"]


async def test_t4_an_approval_dies_with_the_tool(tmp_path: Path) -> None:
    sink = Sink(specs=(POST,))
    house = await House(tmp_path, text(MAILER), mailer=sink).begin()
    heard: list[str] = []

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        arguments = '{"url": "https://post.example/", "text": "hello"}'
        heard.append((await ask(io.tools, "mailer__post", arguments)).text)
        return "done"

    house.worker.script = script
    await house.until(lambda: house.asked("call:"))
    sink.specs = (POST.model_copy(update={"description": "Write to a page, and to another."}),)
    await house.approve(house.asked("call:")[0])
    await house.until(lambda: heard)
    assert sink.got == []
    assert "granted" in heard[0]


async def test_an_approved_call_that_its_engine_did_not_survive_is_in_doubt(tmp_path: Path) -> None:
    sink = Sink(specs=(POST,), gate=asyncio.Event())
    house = await House(tmp_path, text(MAILER), mailer=sink).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        return (await ask(io.tools, "mailer__post", '{"url": "https://post.example/", "text": "hello"}')).verdict

    house.worker.script = script
    await house.until(lambda: house.asked("call:"))
    await house.approve(house.asked("call:")[0])
    await house.until(lambda: sink.got)
    await house.die()
    await house.until(lambda: house.asked("ran:") and house.asked("call:"))
    assert [item.kind for item in house.asked("ran:")] == ["doubt"]
    assert len(sink.got) == 1
