"""A task may begin once its branch is kept: before that nothing waits for it, and a pruned branch never begins it."""

from __future__ import annotations

import pytest

from engine.ledger import bodies as b
from engine.loop.decide.timing import busy
from engine.plan.ready import asleep, ready
from engine.views.graph import Graph
from engine.views.tasks import task_row
from tests.engine.receipt.story import Story


def begun() -> Story:
    """A branch whose first task is accepted; the second one begins once it is kept."""
    story = Story().created().branch("B2", "cold-email").task("T1", "draft", "B2")
    story.task("T2", "second-batch", "B2", once="kept", needs=("T1",)).add(b.MissionStarted())
    return story.attempt("T1", "A1.1").deliver("T1", "A1.1", "B2", 10)


def test_it_sleeps_until_its_branch_is_kept_and_then_begins() -> None:
    story = begun()
    assert ready(story.state()) == []
    assert asleep(story.state(), story.state().tasks["T2"])
    story.add(b.BranchKept(branch="B2", because="enough replies", clause="judge[0]"))
    assert [task.id for task in ready(story.state())] == ["T2"]


def test_the_verdict_on_its_branch_does_not_wait_for_it() -> None:
    story = begun()
    assert not busy(story.state(), story.state().branches["B2"])
    story.task("T3", "third", "B2")
    assert busy(story.state(), story.state().branches["B2"])


@pytest.mark.parametrize("kept", [False, True])
def test_the_board_says_what_it_waits_for(kept: bool) -> None:
    story = begun()
    if kept:
        story.add(b.BranchKept(branch="B2", because="enough replies", clause="judge[0]"))
    state = story.state()
    row = task_row(state, Graph(state), state.tasks["T2"])
    assert (row["state"], row["waiting_for"]) == (
        ("ready", "") if kept else ("waiting", "branch cold-email to be kept")
    )
