"""What every kind of worker keeps: `class TestMine(WorkerContract)` with its hooks filled in runs the whole suite."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import cast

import pytest

from engine.tools.protocol import NoTools, Tools
from engine.values import Sha256, sha256
from engine.workers.protocol import AttemptJob, Cancelled, Failed, Finished, Note, Parked, Worker, WorkerEvent

ENDINGS = (Finished, Failed, Cancelled, Parked)
LONG_S = 60.0
"""Only so that a broken worker fails instead of hanging: nothing is asserted about how long things take."""


class Workbench:
    """A `WorkerIO` over a temporary folder and a dictionary of blobs."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self.blobs: dict[Sha256, bytes] = {}
        self.tools: Tools = NoTools()

    @property
    def workspace(self) -> Path:
        self._workspace.mkdir(parents=True, exist_ok=True)
        return self._workspace

    def keep(self, content: bytes) -> Sha256:
        self.blobs[sha256(content)] = content
        return sha256(content)

    async def put(self, content: bytes) -> Sha256:
        return self.keep(content)

    async def blob(self, sha: Sha256) -> bytes:
        return self.blobs[sha]

    async def sleep(self, ms: int) -> None:
        await asyncio.sleep(ms / 1_000)


def job(**changes: object) -> AttemptJob:
    """An attempt with everything it must have and nothing else."""
    least: dict[str, object] = {
        "attempt": "a-1",
        "task": "t-1",
        "key": "measure",
        "mission": "probe",
        "branch": "main",
        "role": "runner",
        "worker": "command",
    }
    return AttemptJob.model_validate(least | changes)


async def events_of(worker: Worker, work: AttemptJob, io: Workbench) -> list[WorkerEvent]:
    """Everything a worker says about a job."""
    async with asyncio.timeout(LONG_S):
        return [event async for event in worker.run(work, io)]


async def ending_of(worker: Worker, work: AttemptJob, io: Workbench) -> WorkerEvent:
    """The last thing a worker says about a job."""
    return (await events_of(worker, work, io))[-1]


class WorkerContract(ABC):
    """The suite. Hooks: a worker, a job it can do, one it cannot, one that goes on until it is cancelled."""

    @abstractmethod
    def worker(self) -> Worker:
        """The worker under test."""

    @abstractmethod
    def good_job(self, io: Workbench) -> AttemptJob:
        """A job this worker finishes."""

    @abstractmethod
    def bad_job(self, io: Workbench) -> AttemptJob:
        """A job this worker must fail."""

    @abstractmethod
    def endless_job(self, io: Workbench) -> AttemptJob:
        """A job that ends only by being cancelled, and says a note once it is under way."""

    def leftovers(self, io: Workbench) -> list[str]:
        """What still runs of an attempt after it ended: nothing."""
        return []

    @pytest.fixture
    def io(self, tmp_path: Path) -> Workbench:
        return Workbench(tmp_path / "attempt" / "workspace")

    async def test_a_good_job_ends_in_a_handoff(self, io: Workbench) -> None:
        assert isinstance(await ending_of(self.worker(), self.good_job(io), io), Finished)

    async def test_a_bad_job_ends_in_a_failure_that_says_why(self, io: Workbench) -> None:
        ending = await ending_of(self.worker(), self.bad_job(io), io)
        assert isinstance(ending, Failed)
        assert ending.reason

    @pytest.mark.parametrize("which", ["good_job", "bad_job"])
    async def test_there_is_one_ending_and_only_notes_before_it(self, io: Workbench, which: str) -> None:
        events = await events_of(self.worker(), getattr(self, which)(io), io)
        assert isinstance(events[-1], ENDINGS)
        assert all(isinstance(event, Note) for event in events[:-1])

    async def test_every_artifact_is_stored_under_its_hash(self, io: Workbench) -> None:
        ending = await ending_of(self.worker(), self.good_job(io), io)
        assert isinstance(ending, Finished)
        for artifact in ending.handoff.artifacts:
            assert len(io.blobs[artifact.sha]) == artifact.bytes

    async def test_cancelling_the_task_ends_everything(self, io: Workbench) -> None:
        under_way = asyncio.Event()

        async def consume() -> None:
            async for event in self.worker().run(self.endless_job(io), io):
                assert isinstance(event, Note), event
                under_way.set()

        task = asyncio.create_task(consume())
        async with asyncio.timeout(LONG_S):
            await under_way.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert self.leftovers(io) == []

    async def test_closing_the_iteration_ends_everything(self, io: Workbench) -> None:
        iteration = cast(AsyncGenerator[WorkerEvent, None], self.worker().run(self.endless_job(io), io))
        async with asyncio.timeout(LONG_S):
            assert isinstance(await anext(iteration), Note)
            await iteration.aclose()
        assert self.leftovers(io) == []

    @pytest.mark.parametrize("which", ["good_job", "bad_job"])
    async def test_nothing_is_written_outside_the_workspace(self, io: Workbench, tmp_path: Path, which: str) -> None:
        (tmp_path / "neighbour").write_text("untouched")
        await events_of(self.worker(), getattr(self, which)(io), io)
        outside = {path for path in tmp_path.rglob("*") if io.workspace not in (path, *path.parents)}
        assert outside == {tmp_path / "neighbour", tmp_path / "attempt"}
        assert (tmp_path / "neighbour").read_text() == "untouched"
