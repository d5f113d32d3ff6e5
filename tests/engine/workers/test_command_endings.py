"""The command worker with real processes: however an attempt ends, nothing of it runs on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import engine
from engine.containment import supervisor
from engine.containment.leftovers import sweep
from engine.containment.process import Method
from engine.workers.command import CommandWorker
from engine.workers.protocol import AttemptJob
from tests.engine.workers.command_bench import (
    HAS_PS,
    LEAVES,
    METHODS,
    PLANTED,
    STAYS,
    TOKEN,
    TREE,
    failed,
    finished,
    make,
    marked,
    script,
    until,
)
from tests.engine.workers.contract import LONG_S, Workbench, WorkerContract, ending_of


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Method:
    chosen: Method = request.param
    return chosen


@pytest.fixture
def worker(method: Method) -> CommandWorker:
    return make(method)


@pytest.fixture
def io(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path / "workspace")


class TestContract(WorkerContract):
    """The suite that every kind of worker passes."""

    @pytest.fixture(autouse=True, params=METHODS)
    def _chosen(self, request: pytest.FixtureRequest) -> None:
        self.method: Method = request.param
        self.marker = uuid.uuid4().hex

    def worker(self) -> CommandWorker:
        return make(self.method)

    def good_job(self, io: Workbench) -> AttemptJob:
        source = """
            from pathlib import Path
            Path("out/note.txt").write_text("done")
            print('{"summary": "fine", "artifacts": ["note.txt"]}')
        """
        return script(io, source)

    def bad_job(self, io: Workbench) -> AttemptJob:
        return script(io, "raise SystemExit('no good')")

    def endless_job(self, io: Workbench) -> AttemptJob:
        return script(io, STAYS, self.marker)

    def leftovers(self, io: Workbench) -> list[str]:
        return [str(process) for process in marked(self.marker)]


class TestEnding:
    """However an attempt ends, nothing of it runs on."""

    async def test_a_command_that_hangs_is_ended_with_its_tree(self, worker: CommandWorker, io: Workbench) -> None:
        marker = uuid.uuid4().hex
        ending = failed(await ending_of(worker, script(io, STAYS, marker, timeout_ms=2_000), io))
        assert ending.reason == "timed out after 2s"
        assert ending.retryable
        assert marked(marker) == []

    async def test_daemons_left_behind_by_a_good_command_are_ended(self, worker: CommandWorker, io: Workbench) -> None:
        marker = uuid.uuid4().hex
        assert finished(await ending_of(worker, script(io, LEAVES, marker), io)).handoff.summary == "left seven behind"
        assert marked(marker) == []

    @pytest.mark.parametrize("stream", ["stdout", "stderr"])
    async def test_a_flood_is_cut_off(self, worker: CommandWorker, io: Workbench, stream: str) -> None:
        marker = uuid.uuid4().hex
        flood = TREE + f"while True: sys.{stream}.write('x' * 65536)\n"
        ending = failed(await ending_of(worker, script(io, flood, marker), io))
        assert ending.reason.startswith(f"flooded {stream} with more than")
        assert marked(marker) == []

    async def test_processes_that_keep_forking_are_ended(self, worker: CommandWorker, io: Workbench) -> None:
        source = """
            import os, signal, sys, time
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            for generation in range(400):      # one at a time: the parent ends, the orphan forks on
                if os.fork():
                    if generation:
                        os._exit(0)
                    break
                os.setsid()
                time.sleep(0.01)
            time.sleep(600)
        """
        marker = uuid.uuid4().hex
        await ending_of(worker, script(io, source, marker, timeout_ms=1_000), io)
        everything = [p for p in psutil.process_iter(["cmdline", "status"]) if marker in (p.info["cmdline"] or ())]
        assert [p for p in everything if p.info["status"] != psutil.STATUS_ZOMBIE] == []

    async def test_a_command_that_stops_its_supervisor_is_ended_all_the_same(self, io: Workbench) -> None:
        marker = uuid.uuid4().hex
        source = TREE + "os.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(600)\n"
        failed(await ending_of(make("supervisor"), script(io, source, marker, timeout_ms=1_000), io))
        assert marked(marker) == []

    async def test_what_outlives_a_killed_supervisor_is_found_by_its_cookie(self, io: Workbench) -> None:
        marker = uuid.uuid4().hex
        tree = TREE.replace("env={}, ", "")
        source = tree + "time.sleep(0.5)\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(600)\n"
        failed(await ending_of(make("supervisor"), script(io, source, marker), io))
        assert marked(marker) == []

    async def test_being_cancelled_twice_still_ends_the_tree(self, worker: CommandWorker, io: Workbench) -> None:
        marker = uuid.uuid4().hex
        task = asyncio.create_task(ending_of(worker, script(io, STAYS, marker), io))
        await asyncio.to_thread(until, "the tree grows", lambda: len(marked(marker)) == PLANTED)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert marked(marker) == []

    def test_the_tree_ends_with_the_engine(self, method: Method, tmp_path: Path) -> None:
        marker = uuid.uuid4().hex
        (tmp_path / "tree.py").write_text(STAYS)
        program = f"""
            import asyncio, os
            from pathlib import Path
            from tests.engine.workers.contract import Workbench, events_of, job
            from engine.workers.command import CommandWorker
            worker = CommandWorker(environ=os.environ, cookie={TOKEN!r}, clock=lambda: 0, method={method!r})
            io = Workbench(Path({str(tmp_path / "workspace")!r}))
            sha = io.keep(Path({str(tmp_path / "tree.py")!r}).read_bytes())
            work = job(argv=("{{python}}", "{{input.tree}}", {marker!r}),
                       inputs=({{"name": "tree", "filename": "script.py", "sha": sha}},))
            asyncio.run(events_of(worker, work, io))
        """
        root = str(Path(engine.__file__).parents[1])
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)], env={**os.environ, "PYTHONPATH": root}
        ) as victim:
            until("the tree grows", lambda: len(marked(marker)) == PLANTED)
            victim.send_signal(signal.SIGKILL)
        until("the tree is gone", lambda: marked(marker) == [])


class TestProcessTable:
    """The supervisor's own view of processes, the same from both of its sources."""

    @pytest.mark.parametrize("source", [supervisor.process_table, *([supervisor._from_ps] if HAS_PS else [])])
    def test_it_knows_parents_and_groups(self, source: Callable[[], list[tuple[int, int, int, bool]]]) -> None:
        assert (os.getpid(), os.getppid(), os.getpgrp(), False) in source()


class TestSweep:
    """What a dead engine of this home left behind is found by its cookie when the next one starts."""

    def test_only_dead_attempts_of_this_home_are_ended(self) -> None:
        token = uuid.uuid4().hex
        cookies = {
            "dead": f"a-1+{token}",
            "alive": f"a-2+{token}",
            "another home's": f"a-1+{uuid.uuid4().hex}",
            "nobody's": "",
        }
        children = {
            name: subprocess.Popen(
                [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"],
                env={**os.environ, "COCKPIT_ATTEMPT": value},
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            for name, value in cookies.items()
        }
        try:
            for child in children.values():
                assert child.stdout is not None
                child.stdout.readline()
            ended = sweep(token, alive=["a-2"])
            assert [(leftover.attempt, leftover.pid) for leftover in ended] == [("a-1", children["dead"].pid)]
            assert children["dead"].wait(LONG_S) == -signal.SIGKILL
            assert {name for name, child in children.items() if child.poll() is None} == cookies.keys() - {"dead"}
        finally:
            for child in children.values():
                child.kill()
                child.communicate()

    def test_a_process_that_already_ended_is_no_leftover(self) -> None:
        assert sweep(uuid.uuid4().hex) == ()
