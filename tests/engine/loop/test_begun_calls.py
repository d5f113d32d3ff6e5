"""A call that may do something outside of its attempt is durable before it runs: a kill in between leaves a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from cockpit.cli.story import Names, describe
from engine.ledger.protocol import Result as Row
from engine.receipt.build import build, integrity
from engine.receipt.render import markdown
from engine.state.fold import fold
from engine.tools.protocol import Result
from engine.workers.protocol import AttemptJob, WorkerIO
from tests.engine.loop.tooling import BROWSER, GTM, MAILER, PAGE, TASK, House, ask, text
from tests.engine.tools.fakes import FakeProvider, Sink

FILES = "desk: {builtin: workspace, stance: allow, verbs: [read], roles: [clerk]}"


class Watched(Sink):
    """Tells which rows the ledger holds when a call arrives."""

    house: House | None = None

    def provider(self, name: str) -> FakeProvider:
        return _Watching(name, self)


class _Watching(FakeProvider):
    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        watched = self._sink
        assert isinstance(watched, Watched)
        assert watched.house is not None
        rows = [row.job for row in await watched.house.store.unseen()]
        begun = [body["call"] for body in await watched.house.kinds("tool.begun")]
        assert f"{key}.b" in rows or key.partition("/")[2] in begun, "it runs, and nothing durable says so"
        return await super().call(operation, arguments, key=key, timeout_ms=timeout_ms)


async def once(job: AttemptJob, io: WorkerIO) -> str:
    """One page."""
    return (await ask(io.tools, "browser__fetch")).text


async def killed(folder: Path) -> House:
    """A mission whose engine ended in the middle of a call; the next attempt is under way."""
    sink = Sink(gate=asyncio.Event())
    house = await House(folder, text(BROWSER), browser=sink).begin()
    house.worker.script = once
    await house.until(lambda: sink.running == 1)
    await house.die()
    sink.gate = None
    return await house.rest()


async def test_a_call_is_durable_before_it_runs(tmp_path: Path) -> None:
    sink = Watched()
    house = sink.house = House(tmp_path, text(BROWSER), browser=sink)
    await house.begin()
    house.worker.script = once
    await house.rest()
    assert len(sink.got) == 1
    (begun,), (called,) = await house.kinds("tool.begun"), await house.kinds("tool.called")
    assert begun == {key: value for key, value in called.items() if key in begun}
    assert (house.state.begun, house.state.unanswered) == ({}, {})


async def test_what_a_kill_cut_off_is_said_to_be_of_unknown_outcome(tmp_path: Path) -> None:
    house = await killed(tmp_path)
    (unanswered,) = await house.kinds("tool.unanswered")
    assert (unanswered["call"], unanswered["tool"], unanswered["operation"]) == ("A1.1#c1", "browser", "fetch")
    assert set(house.state.unanswered) == {"A1.1#c1"}
    assert not house.asked("ran:"), "the contract allowed it without asking"
    event = {"kind": "tool.unanswered", "body": unanswered, "mission": "gtm", "seq": 1, "at": 0, "actor": "engine"}
    assert "called browser fetch (A1.1#c1), unknown outcome" in describe(event, Names()).text
    events = [event async for event in house.store.read(mission=GTM)]
    receipt = build(fold(GTM, events), integrity(events))
    assert [tool["unknown"] for tool in receipt["workforce"]["tools"]] == [1]
    assert "1 call of browser: unknown outcome" in markdown(receipt)


async def test_whoever_tries_again_is_told(tmp_path: Path) -> None:
    house = await killed(tmp_path)
    first, second = house.worker.jobs
    assert "outcome is unknown" not in first.package
    assert "An earlier attempt began browser fetch (A1.1#c1) and its outcome is unknown" in second.package
    assert house.state.tasks["T1"].state == "accepted"


async def test_an_end_that_comes_late_settles_it(tmp_path: Path) -> None:
    house = await killed(tmp_path)
    (begun, _second) = await house.kinds("tool.begun")
    row = begun | {"said": "called", "ok": True, "after": begun.get("before", {})}
    await house.store.put_result(Row("gtm/A1.1#c1", GTM, "tool", row), wall=house.at)
    await house.rest()
    assert house.state.unanswered == {}
    assert house.state.tools["browser"].calls == 2


async def test_reading_in_the_workspace_has_one_row_as_before(tmp_path: Path) -> None:
    house = await House(tmp_path, text(FILES), desk=Sink()).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        return (await ask(io.tools, "desk__fetch", '{"url": "notes.txt"}')).text

    house.worker.script = script
    await house.rest()
    assert len(await house.kinds("tool.called")) == 1
    assert await house.kinds("tool.begun") == []


async def test_what_was_approved_is_claimed_and_not_begun_twice(tmp_path: Path) -> None:
    house = await House(tmp_path, text(MAILER, tasks=(TASK,)), mailer=Sink()).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        return (await ask(io.tools, "mailer__post", '{"url": "https://post.example/", "text": "x"}')).text

    house.worker.script = script
    await house.until(lambda: house.asked("call:"))
    await house.approve(house.asked("call:")[0])
    await house.rest()
    assert len(await house.kinds("tool.attempting")) == 1
    assert await house.kinds("tool.begun") == []
    assert len(house.sinks["mailer"].got) == 1


async def test_an_engine_that_leads_no_more_begins_no_call(tmp_path: Path) -> None:
    sink = Sink()
    house = await House(tmp_path, text(BROWSER), browser=sink).begin()
    go = asyncio.Event()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        await io.tools.offers()
        await go.wait()
        return (await ask(io.tools, "browser__fetch", PAGE)).text

    house.worker.script = script
    await house.until(lambda: house.worker.jobs)
    await house.store.release(house.engine.epoch)
    await house.store.acquire("another", version="0", wall=house.at)
    go.set()
    for _ in range(50):
        await asyncio.sleep(0)
    assert sink.got == []
