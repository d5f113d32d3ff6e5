"""Work whose tools are missing: it waits, goes on without them, or somebody else takes over."""

from __future__ import annotations

from pathlib import Path

from engine.views.liveness import stuck
from engine.workers.protocol import AttemptJob, WorkerIO
from tests.engine.loop.tooling import BROWSER, TASK, House, ask, text
from tests.engine.tools.fakes import Sink


async def test_a_required_tool_that_is_missing_holds_its_task_until_it_is_back(tmp_path: Path) -> None:
    sink = Sink(down="the server does not start")
    required = BROWSER.replace("{builtin", "{need: required, builtin")
    house = await House(tmp_path, text(required), browser=sink).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        return (await ask(io.tools, "browser__fetch")).verdict

    house.worker.script = script
    await house.rest()
    assert house.worker.jobs == []
    (item,) = house.asked("tool:browser:")
    assert "the server does not start; start it" in item.detail
    assert stuck(house.state) == ()
    assert item.refs == ("T1",)
    sink.down = ""
    house.at += 60_000
    await house.rest()
    assert house.asked("tool:") == []
    assert house.state.tasks["T1"].state == "accepted"


async def test_a_required_tool_that_changed_and_was_denied_asks_what_becomes_of_the_work(tmp_path: Path) -> None:
    sink = Sink()
    required = BROWSER.replace("{builtin", "{need: required, builtin")
    two = (TASK, TASK.replace("t0", "t1").replace("role:", "needs: [t0], role:"))
    house = await House(tmp_path, text(required, tasks=two), browser=sink).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        sink.specs = tuple(spec.model_copy(update={"description": "another"}) for spec in sink.specs)
        return (await ask(io.tools, "browser__fetch")).verdict

    house.worker.script = script
    await house.rest()
    (item,) = house.asked("drift:browser:")
    assert (await house.give("answer", {"attention": item.id, "text": "deny"})).state == "done"
    await house.rest()
    assert len(house.worker.jobs) == 1
    (waits,) = house.asked("tool:browser:")
    assert "not what was granted" in waits.detail
    assert stuck(house.state) == ()
    assert (await house.give("answer", {"attention": waits.id, "text": "skip"})).state == "done"
    await house.rest()
    assert house.state.tasks["T2"].state == "cancelled"


async def test_an_optional_tool_that_is_missing_is_named_in_the_package(tmp_path: Path) -> None:
    house = await House(tmp_path, text(BROWSER), browser=Sink(down="it is down")).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        assert await io.tools.offers() == ()
        return "without"

    house.worker.script = script
    await house.rest()
    assert house.state.tasks["T1"].state == "accepted"
    assert "browser is missing: it is down. Work without it, and say so." in house.worker.jobs[0].package
    assert house.state.attempts["A1.1"].without == ("browser",)


async def test_another_role_takes_over_when_a_required_tool_stays_away(tmp_path: Path) -> None:
    required = BROWSER.replace("{builtin", "{need: required, fallback: human, builtin")
    house = await House(tmp_path, text(required), browser=Sink(down="it is down")).begin()
    await house.rest()
    house.at += 60_000
    await house.rest()
    assert house.state.tasks["T1"].role == "human"
    assert house.asked("tool:") == []
