"""How a plan unfolds, and what may run now."""

from __future__ import annotations

from typing import Any

import pytest

from engine.ledger import bodies as b
from engine.plan.ready import holding, missing, ready, stranded, worn_out
from engine.plan.unfold import unfold
from engine.state.fold import fold
from engine.values import digest
from tests.builders import Play, terms
from tests.engine.contract.sample import GOOD
from tests.engine.receipt.story import GTM, Story

CONTRACT_ONLY = 2
"""Events of a mission that was started and whose plan is not open yet."""


def opened(text: str = GOOD) -> Story:
    """A mission whose plan has just been opened."""
    play = Play(text)
    assert len(play.events) == CONTRACT_ONLY
    return play.record(*unfold(play.state()))


def keys(story: Story) -> list[tuple[str, str]]:
    state = story.state()
    return [(task.key, state.branches[task.branch].key) for task in ready(state)]


def test_a_plan_unfolds_into_branches_and_a_task_for_each() -> None:
    state = opened().state()
    assert [(br.key, br.parent, br.budget) for br in state.branches.values() if br.key != "main"] == [
        ("cold", "B1", 250_000_000),
        ("warm", "B1", 250_000_000),
    ]
    assert [(task.key, task.branch) for task in state.tasks.values()] == [
        ("look", "B1"),
        ("write", "B2"),
        ("write", "B3"),
        ("run", "B2"),
        ("run", "B3"),
    ]
    assert state.tasks["T2"].needs == state.tasks["T3"].needs == ("T1",)
    assert state.branches["B2"].params == {"angle": "price"}


def test_unfolding_is_deterministic_and_bound_to_the_plan() -> None:
    state = Play(GOOD).state()
    first, second = unfold(state), unfold(state)
    assert first == second
    assert isinstance(first[0], b.PlanAccepted)
    assert first[0].digest == digest(state.terms.plan.model_dump(mode="json", by_alias=True, exclude_defaults=True))


def test_a_task_of_main_that_needs_a_repeated_one_waits_for_all_of_them() -> None:
    plan = GOOD + "    - {id: sum, role: writer, needs: [write], criteria: [{text: x, check: human}], budget: 1 USD}\n"
    state = opened(plan).state()
    task = next(task for task in state.tasks.values() if task.key == "sum")
    assert task.needs == ("T2", "T3")
    assert holding(state, task) == ("T2", "T3")


def test_a_share_is_taken_of_what_its_parent_has() -> None:
    nested = GOOD.replace("branches: 2", "branches: 4").replace(
        "{id: warm, hypothesis: friends answer, share: 50%, with: {angle: plan}}",
        "{id: warm, hypothesis: friends answer, share: 10%, parent: cold, with: {angle: plan}}",
    )
    state = opened(nested).state()
    assert [br.budget for br in state.branches.values()][1:] == [250_000_000, 25_000_000]
    assert state.branches["B3"].parent == "B2"


def test_only_what_holds_nothing_up_is_ready() -> None:
    story = opened()
    assert keys(story) == [("look", "main"), ("run", "cold"), ("run", "warm")]
    story.add(b.TaskAccepted(task="T1"))
    assert keys(story)[:2] == [("write", "cold"), ("write", "warm")]


@pytest.mark.parametrize("state", ["pruned"])
def test_nothing_runs_in_a_branch_that_is_over(state: str) -> None:
    story = opened().add(b.BranchPruned(branch="B2", because=state))
    assert ("run", "cold") not in keys(story)
    assert ("run", "warm") in keys(story)


def test_a_kept_branch_may_finish_its_work() -> None:
    assert ("run", "cold") in keys(opened().add(b.BranchKept(branch="B2", because="x")))


def test_what_a_pruned_branch_did_not_finish_holds_up_nobody_outside() -> None:
    plan = GOOD + "    - {id: sum, role: writer, needs: [write], criteria: [{text: x, check: human}], budget: 1 USD}\n"
    story = opened(plan).add(b.TaskAccepted(task="T1")).add(b.TaskAccepted(task="T3"))
    story.add(b.TaskCancelled(task="T2", because="x"))
    assert [task.key for task in stranded(story.state())] == ["sum"]
    story.add(b.BranchPruned(branch="B2", because="x"))
    assert stranded(story.state()) == []
    assert ("sum", "main") in keys(story)
    story.task("T90", "after", "B2", needs=("T2",))
    assert holding(story.state(), story.state().tasks["T90"]) == ("T2",)


def test_a_failed_need_holds_up_but_strands_nobody() -> None:
    story = opened().add(b.TaskFailed(task="T1", because="x"))
    assert stranded(story.state()) == []
    assert ("write", "cold") not in keys(story)
    story.add(b.TaskCancelled(task="T1", because="skipped"))
    assert {task.id for task in stranded(story.state())} == {"T2", "T3"}


def test_a_task_that_used_its_attempts_is_worn_out_and_not_ready() -> None:
    story = opened()
    for number in (1, 2):
        story.attempt("T1", f"A1.{number}", reserve=0).add(b.AttemptFailed(attempt=f"A1.{number}", because="x"))
    assert [task.id for task in worn_out(story.state())] == ["T1"]
    assert ("look", "main") not in keys(story)
    assert ("look", "main") in keys(story.add(b.TaskRetried(task="T1", because="again")))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "nobody"}, "worker"),
        ({"context": ("nowhere",)}, "context scope"),
        ({"criteria": ()}, "acceptance criteria"),
        ({"budget": 0}, "budget"),
        ({"fallback": ""}, "fallback"),
        ({"verify": ()}, "verification"),
    ],
)
def test_a_task_is_executable_only_with_all_eight_fields(change: dict[str, Any], field: str) -> None:
    fields: dict[str, Any] = {
        "role": "writer",
        "budget": 1,
        "criteria": ({"text": "x", "check": "human"},),
        "context": ("leads", "look"),
    }
    story = opened()
    story.task("T90", "whole", **fields).task("T91", "lacking", **(fields | change))
    state = story.state()
    assert missing(state, state.tasks["T90"]) == ()
    assert missing(state, state.tasks["T91"]) == (field,)
    assert "lacking" not in {task.key for task in ready(state)}


def test_tools_and_commands_of_a_role_belong_to_the_eight() -> None:
    story = Story().created(roles={"a": {"worker": "command"}, "b": {"tools": ["crm"]}})
    story.task("T1", "one", role="a", budget=1).task("T2", "two", role="b", budget=1)
    state = story.state()
    assert missing(state, state.tasks["T1"]) == ("model policy",)
    assert missing(state, state.tasks["T2"]) == ("tools",)


def test_a_human_needs_neither_a_role_nor_a_budget() -> None:
    story = opened().task("T90", "ask", role="human", budget=0, context=("rules",))
    state = story.state()
    assert missing(state, state.tasks["T90"]) == ()


def test_the_plan_of_a_played_mission_is_the_plan_of_its_ledger() -> None:
    play = Play(terms("  tasks:\n    - {id: a, role: human, criteria: [{text: x, check: human}]}\n")).go()
    assert fold(GTM, play.events).tasks == play.state().tasks
