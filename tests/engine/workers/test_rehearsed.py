"""The rehearsed worker: the same work for the same seed, labelled in everything it says."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from engine.context.fence import fence
from engine.values import Tokens
from engine.workers.protocol import AttemptJob, Failed, Finished, Handoff, Worker
from engine.workers.rehearsed import LABEL, MAX_EFFECTS, RehearsedWorker
from tests.engine.workers.contract import Workbench, WorkerContract, ending_of, events_of, job

ROWS = "name,email,company,channel\nBob Example,bob@a.example,Acme,cold\nEve,eve@b.example,Bolt,warm\n"


class Bench(Workbench):
    """A workbench on which time stands still once it is told to."""

    still = False

    async def sleep(self, ms: int) -> None:
        if self.still:
            await asyncio.Event().wait()


def rehearsed(**changes: object) -> AttemptJob:
    return job(**({"worker": "rehearsed", "role": "writer", "branch": "cold", "seed": 7} | changes))


class TestContract(WorkerContract):
    @pytest.fixture
    def io(self, tmp_path: Path) -> Workbench:
        bench = Bench(tmp_path / "attempt" / "workspace")
        bench.workspace.touch()  # made beforehand: this worker never uses it
        return bench

    def worker(self) -> Worker:
        return RehearsedWorker()

    def good_job(self, io: Workbench) -> AttemptJob:
        return rehearsed(produces=("notes",))

    def bad_job(self, io: Workbench) -> AttemptJob:
        return rehearsed(success_ppm=0)

    def endless_job(self, io: Workbench) -> AttemptJob:
        assert isinstance(io, Bench)
        io.still = True
        return rehearsed()


@pytest.fixture
def io(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def handed(io: Workbench, work: AttemptJob, worker: RehearsedWorker | None = None) -> Handoff:
    ending = await ending_of(worker or RehearsedWorker(), work, io)
    assert isinstance(ending, Finished)
    return ending.handoff


def mailing(text: str = ROWS, **changes: object) -> AttemptJob:
    package = f"## Files\n{fence('leads', text, label='private, untrusted')}\n"
    return rehearsed(**({"package": package, "proposes": ("send",)} | changes))


async def test_the_same_seed_does_the_same_work(io: Bench) -> None:
    work = mailing(produces=("notes",), metrics=(("score", "score"),))
    first, second = [await events_of(RehearsedWorker(), work, io) for _ in range(2)]
    assert first == second
    assert first != await events_of(RehearsedWorker(), work.model_copy(update={"seed": 8}), io)


async def test_pace_changes_how_long_it_takes_and_nothing_else(io: Bench) -> None:
    fast, slow = RehearsedWorker(pace=Decimal(0)), RehearsedWorker(pace=Decimal(3))
    assert await events_of(fast, rehearsed(), io) == await events_of(slow, rehearsed(), io)


async def test_everything_it_says_is_labelled(io: Bench) -> None:
    handoff = await handed(io, mailing(produces=("notes",), metrics=(("words", "text"),)))
    said = [handoff.summary, *handoff.decisions, *handoff.assumptions, *handoff.learnings]
    said += [effect.subject for effect in handoff.effects] + [effect.body for effect in handoff.effects]
    said += [evidence.note for evidence in handoff.evidence]
    said += [io.blobs[artifact.sha].decode() for artifact in handoff.artifacts]
    assert all(LABEL in text for text in said)


async def test_the_rows_of_its_branch_become_the_recipients(io: Bench) -> None:
    assert [e.to for e in (await handed(io, mailing())).effects] == ["bob@a.example"]
    everybody = await handed(io, mailing(branch="main"))
    assert [e.to for e in everybody.effects] == ["bob@a.example", "eve@b.example"]
    assert everybody.effects[0].fields == ("company", "email", "name")
    assert "Hi Bob," in everybody.effects[0].body


@pytest.mark.parametrize("text", ["", "no table here", "name,email\nBob,nowhere\n", 'a,b\n"@,\n', "\x00,@\n"])
async def test_a_package_without_addresses_proposes_nothing(io: Bench, text: str) -> None:
    assert (await handed(io, mailing(text))).effects == ()


async def test_no_more_is_proposed_than_fits_a_batch(io: Bench) -> None:
    many = "name,email\n" + "".join(f"P{n},p{n}@a.example\n" for n in range(MAX_EFFECTS + 20))
    assert len((await handed(io, mailing(many))).effects) == MAX_EFFECTS


async def test_what_stands_outside_of_a_fence_is_nobodys_address(io: Bench) -> None:
    assert (await handed(io, rehearsed(package=ROWS, proposes=("send",)))).effects == ()


async def test_evidence_is_left_in_the_unit_of_its_metric(io: Bench) -> None:
    units = (("quality", "score"), ("size", "count"), ("words", "text"), ("rate", "ratio"))
    handoff = await handed(io, rehearsed(metrics=units))
    values = {evidence.metric: str(evidence.value) for evidence in handoff.evidence}
    assert values.keys() == {"quality", "size", "words"}
    assert 0 <= Decimal(values["quality"]) <= 1
    assert values["size"].isdigit()


async def test_a_review_answers_for_every_criterion(io: Bench) -> None:
    review = rehearsed(kind="review", criteria=("is kind", "R1 no prices"))
    handoff = await handed(io, review)
    assert [(v.criterion, v.ok) for v in handoff.verdicts] == [("is kind", True), ("R1 no prices", True)]
    harsh = await handed(io, review, RehearsedWorker(faults=lambda _: "reject"))
    assert not any(v.ok for v in harsh.verdicts)


async def test_usage_follows_from_the_texts_or_from_what_the_contract_assumes(io: Bench) -> None:
    ending = await ending_of(RehearsedWorker(), mailing(), io)
    assert isinstance(ending, Finished)
    assert ending.usage is not None
    assert ending.usage.input > 0
    assumed = mailing(assumed=Tokens(input=9, output=9_999), max_output_tokens=500)
    ending = await ending_of(RehearsedWorker(), assumed, io)
    assert isinstance(ending, Finished)
    assert ending.usage == Tokens(input=9, output=500)


async def test_faults_come_on_demand(io: Bench) -> None:
    def faulty(fault: str) -> RehearsedWorker:
        return RehearsedWorker(faults=lambda _: fault)

    failed = await ending_of(faulty("fail"), mailing(), io)
    assert isinstance(failed, Failed)
    assert failed.usage is not None
    unknown = await ending_of(faulty("unknown-usage"), mailing(), io)
    assert isinstance(unknown, Finished)
    assert unknown.usage is None
    assert (await handed(io, mailing(), faulty("broken"))).effects == ()
    with pytest.raises(RuntimeError, match="told to crash"):
        await events_of(faulty("crash"), mailing(), io)


async def test_it_succeeds_as_often_as_the_contract_assumes(io: Bench) -> None:
    endings = [await ending_of(RehearsedWorker(), rehearsed(seed=n, success_ppm=500_000), io) for n in range(60)]
    assert 15 < sum(isinstance(ending, Finished) for ending in endings) < 45
