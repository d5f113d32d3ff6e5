"""The human worker: it parks at once, and somebody else's answer ends the attempt.

Of the promises in `contract`, those about work that ends by itself are not its own; the others are kept below.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.values import Tokens
from engine.workers.human import HumanWorker
from engine.workers.protocol import Parked
from tests.engine.workers.contract import ENDINGS, Workbench, ending_of, events_of, job


@pytest.fixture
def io(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path / "attempt" / "workspace")


async def test_it_parks_with_the_question_of_its_task(io: Workbench) -> None:
    ending = await ending_of(HumanWorker(), job(worker="human", question="Which price?"), io)
    assert ending == Parked(question="Which price?")


async def test_a_task_without_a_question_is_asked_about_by_its_name(io: Workbench) -> None:
    ending = await ending_of(HumanWorker(), job(worker="human"), io)
    assert ending == Parked(question="measure: what is the answer?")


async def test_asking_costs_nothing(io: Workbench) -> None:
    ending = await ending_of(HumanWorker(), job(worker="human"), io)
    assert isinstance(ending, Parked)
    assert ending.usage == Tokens()


async def test_there_is_one_ending_and_nothing_before_it(io: Workbench) -> None:
    events = await events_of(HumanWorker(), job(worker="human"), io)
    assert len(events) == 1
    assert isinstance(events[0], ENDINGS)


async def test_nothing_is_written_anywhere(io: Workbench, tmp_path: Path) -> None:
    await events_of(HumanWorker(), job(worker="human"), io)
    assert list(tmp_path.iterdir()) == []
    assert io.blobs == {}
