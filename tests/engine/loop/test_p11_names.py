"""P11: a secret in the name of a file: of an artifact, of an input, of what a tool finds in a workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.loop.engine import Engine
from engine.receipt.build import build, integrity
from engine.receipt.render import markdown
from engine.redaction import HIDDEN
from engine.state.fold import fold
from engine.values import HOME, sha256
from engine.workers.protocol import ArtifactOut, AttemptJob, Finished, Handoff, WorkerEvent, WorkerIO
from tests.builders import LEADS
from tests.engine.loop.test_no_secret import KNOWS, SECRET
from tests.engine.loop.tooling import GTM, TASK, House, ask, text
from tests.engine.tools.fakes import Sink

DESK = "desk: {builtin: workspace, stance: allow, verbs: [read], roles: [clerk]}"
LATER = TASK.replace("t0", "t1").replace("role:", "needs: [t0], context: [t0], role:")


class Naming:
    """A worker that names files after the secret, and lists a folder in which others are."""

    def __init__(self) -> None:
        self.jobs: list[AttemptJob] = []
        self.told: list[str] = []

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        self.jobs.append(job)
        if io.tools is not None and job.grants:
            self.told.append((await ask(io.tools, "desk__fetch", '{"url": "."}')).text)
        sha = await io.put(b"a line")
        names = (f"{SECRET}.txt", "plain.txt")
        files = tuple(ArtifactOut(name=name, sha=sha, bytes=6) for name in names)
        yield Finished(handoff=Handoff(summary="made two files", artifacts=files))


class Knowing(House):
    """A house that knows the secret, and whose worker names files after it."""

    def _engine(self, owner: str) -> Engine:
        self.naming = Naming()
        around = super()._engine(owner)._around
        return Engine(replace(around, redactor=KNOWS, workers={"model": self.naming}), owner)


async def everything(house: House) -> str:
    """All that the ledger holds and what is made of it: events, rows, blobs, the receipt."""
    events = [event async for event in house.store.read()]
    mine = [event for event in events if event.mission == GTM]
    receipt = build(fold(GTM, mine), integrity(mine))
    rows = [row for kind in ("card", "task", "attention") for row in await house.store.views(kind, GTM)]
    named = {str(value) for event in events for value in event.body.values() if isinstance(value, str)}
    blobs = [await house.store.blob(name) for name in named if len(name) == 64]  # type: ignore[arg-type]
    return f"{events} {rows} {receipt} {markdown(receipt)} {blobs}"


async def test_p11_a_secret_in_the_name_of_a_file_is_nowhere(tmp_path: Path) -> None:
    sink = Sink(answer=f"two files: {SECRET}.csv, plain.csv", source=f"workspace: {SECRET}.csv")
    house = await Knowing(tmp_path, text(DESK, tasks=(TASK, LATER)), desk=sink).begin()
    await house.rest()
    assert isinstance(house, Knowing)
    assert [artifact.name for artifact in house.state.artifacts.values()] == ["hidden-1", "plain.txt"] * 2
    assert {task.state for task in house.state.tasks.values()} == {"accepted"}
    assert all(HIDDEN in told and SECRET not in told for told in house.naming.told)
    assert len(house.naming.told) == 2
    assert SECRET not in str(house.naming.jobs), "no package tells it, and no file is laid under it"
    assert SECRET not in await everything(house)


@pytest.mark.parametrize("command", ["start", "amend"])
async def test_p11_a_contract_that_names_a_file_after_a_secret_is_refused(tmp_path: Path, command: str) -> None:
    house = await Knowing(tmp_path, text(DESK), desk=Sink()).begin()
    await house.rest()
    named = text(DESK).replace("leads.csv", f"{SECRET}.csv").encode()
    await house.store.put_blobs({sha256(named): named})
    leads = {"leads": {"sha": sha256(LEADS)}}
    body = {"source": sha256(named), "name": "x", "inputs": leads, "digest": "0" * 64}
    answer = await house.give(command, body, mission=HOME if command == "start" else GTM)
    assert answer.state == "refused"
    assert SECRET not in answer.error
    assert "changed since it was shown" not in answer.error, "it is refused for what it holds"
    assert house.state.rev == 1
