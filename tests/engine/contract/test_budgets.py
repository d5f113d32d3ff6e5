"""Budgets as a person writes them: an amount, or a table of limits; and as they are stored."""

from __future__ import annotations

import pytest

from engine.contract.clauses import Cap
from engine.contract.load import load
from engine.contract.model import stored
from tests.engine.contract.sample import NAME, changed


def test_a_budget_is_an_amount_or_a_table() -> None:
    contract = load(
        changed("budget: 10 USD", "budget: {money: 10 USD, tokens: 200000, calls: 20}").encode(), NAME
    ).contract
    assert contract is not None
    look, write, run = contract.plan.tasks
    assert look.budget == Cap(money=None).model_copy(update={"money": 2_000_000})
    assert (write.budget.money, write.budget.tokens, write.budget.calls) == (10_000_000, 200_000, 20)
    assert run.budget == Cap()
    assert stored(contract.normalised()) == contract
    plan = contract.normalised()["plan"]
    assert isinstance(plan, dict)
    assert [task.get("budget") for task in plan["tasks"]] == [
        2_000_000,
        {"money": 10_000_000, "tokens": 200_000, "calls": 20},
        None,
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("budget: 2 USD", "budget: plenty", 'plan.tasks[0].budget: "plenty" is not an amount; write 500 USD'),
        ("budget: 2 USD", "budget: {monney: 2 USD}", 'plan.tasks[0].budget.monney: "monney" is not a known key'),
        ("budget: 2 USD", "budget: {tokens: 0}", "plan.tasks[0].budget.tokens: 0 is too small; at least 1"),
        ("  branches: 2\n", "  branches: 2\n  tokens: many\n", "budget.tokens:"),
        ("privacy: any}", "privacy: any, budget: {call: 2}}", 'roles.writer.budget.call: "call" is not a known key'),
    ],
)  # fmt: skip
def test_what_is_no_budget_is_named_at_its_place(old: str, new: str, line: str) -> None:
    """T1: an unknown key is a load error, never dropped."""
    found = [str(problem) for problem in load(changed(old, new).encode(), NAME).problems]
    assert any(line.strip("'") in problem for problem in found), found
