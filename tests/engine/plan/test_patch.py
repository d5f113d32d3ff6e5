"""Patches: what they may say, what they make of a plan, and that they read back what they wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from engine.amending.patch_text import read, worded, written
from engine.errors import BadInputError, SaysNoError
from engine.plan.patch import Patch, apply, misfits, of_plan, of_stored, of_tree, sentences
from tests.engine.plan.lint_sample import planned

PLAN = planned().plan
WARM = {"id": "hot", "hypothesis": "neighbours answer", "share": "10%"}
TASK = {
    "id": "call",
    "role": "writer",
    "criteria": [{"text": "short", "check": {"max_words": 9}}],
    "budget": "1.50 USD",
}


def patch(*changes: dict[str, Any], because: str = "it may be better") -> Patch:
    return of_tree({"because": because, "changes": [{"because": "why not", **change} for change in changes]})


def test_a_patch_adds_replaces_and_prunes() -> None:
    made = apply(
        patch({"do": "add", "branch": WARM}, {"do": "prune", "branch": "warm"}, {"do": "add", "task": TASK},
              {"do": "prune", "task": "time"}, {"do": "replace", "task": {**TASK, "id": "sum", "role": "writer"}}),
        PLAN,
    )  # fmt: skip
    assert [branch.id for branch in made.branches] == ["cold", "hot"]
    assert [task.id for task in made.tasks] == ["look", "write", "sum", "call"]
    assert next(task for task in made.tasks if task.id == "sum").budget.money == 1_500_000
    assert PLAN.branches[1].id == "warm"  # the plan itself is as it was


def test_a_pruned_branch_takes_what_grows_from_it_along() -> None:
    grown = apply(
        patch({"do": "add", "branch": {**WARM, "parent": "warm"}}, {"do": "add", "task": {**TASK, "branch": "hot"}}),
        PLAN,
    )
    made = apply(patch({"do": "prune", "branch": "warm"}), grown)
    assert [branch.id for branch in made.branches] == ["cold"]
    assert "call" not in {task.id for task in made.tasks}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"do": "add", "branch": {**WARM, "id": "cold"}}, "there is a branch cold already"),
        ({"do": "prune", "task": "nothing"}, 'there is no task "nothing" to prune'),
        ({"do": "replace", "task": TASK}, 'there is no task "call" to replace'),
    ],
)
def test_what_does_not_fit_says_where_what_and_how_to_mend_it(change: dict[str, Any], what: str) -> None:
    place, said, mend = misfits(patch(change), PLAN)[0]
    assert (place, said) == (0, what)
    assert mend
    with pytest.raises(SaysNoError, match="changes"):
        apply(patch(change), PLAN)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"do": "add"}, "one branch or one task"),
        ({"do": "add", "task": "call"}, "given in whole"),
        ({"do": "prune", "task": TASK}, "named by its id"),
        ({"do": "add", "task": {**TASK, "colour": "red"}}, "changes.0.task.colour: is not known here"),
        ({"do": "add", "task": {**TASK, "budget": 5}}, "write 5 USD"),
        ({"do": "erase", "task": "call"}, "changes.0.do"),
    ],
)
def test_the_schema_is_strict_and_says_so(change: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError) as caught:
        patch(change)
    assert what in "\n".join(sentences(caught.value))


def test_a_patch_reads_back_from_the_ledger_from_json_and_from_yaml() -> None:
    made = of_plan(PLAN, "as it is")
    assert of_stored(json.loads(json.dumps(made.stored()))) == made
    assert of_tree(json.loads(json.dumps(worded(made)))) == made
    assert read(written(made).encode(), "patch") == made
    assert apply(made, type(PLAN)()) == PLAN


def test_a_file_that_is_no_patch_says_which_line() -> None:
    with pytest.raises(BadInputError, match=r"patch:2:21"):
        read(b"because: it is better\nchanges: [{do: add, task: {id: X}, because: no}]\n", "patch")
    with pytest.raises(BadInputError, match="patch"):
        read(b"", "patch")
