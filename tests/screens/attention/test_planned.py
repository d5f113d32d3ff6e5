"""A proposed plan in the pane: what changes, what was found, what it costs, at both sizes; accepted with one key."""

from __future__ import annotations

from typing import Any

import pytest

from cockpit.screens.attention.planned import plan_lines
from engine.home import Home
from tests.cockpit.ledger import Ledger
from tests.screens import samples_attention as samples
from tests.screens.attention.conftest import engine, opened
from widgets.ink import width

PLAN: dict[str, Any] = {
    "proposal": "gtm/X1",
    "by": "planner",
    "because": "learn first, then try two \u202eways",
    "changes": [
        {"do": "add", "kind": "branch", "name": "cold", "lines": ["Founders answer"], "because": "they read mail"},
        {"do": "replace", "kind": "task", "name": "draft", "lines": ["budget: 2 USD → 4 USD"], "because": "longer"},
        {"do": "prune", "kind": "task", "name": "old", "lines": [], "because": "nobody needs it"},
    ],
    "findings": [
        {"code": "W02", "where": "plan.branches[0]", "what": "cold has 80% of the money", "mend": "give it less"}
    ],
    "price": {
        "p50": 1_200_000,
        "p90": 3_400_000,
        "most": 75_000_000,
        "roles": [
            {"role": "writer", "tasks": 3, "p50": 1_200_000, "p90": 3_400_000, "basis": "receipts", "n": 5, "most": 1},
            {"role": "seer", "tasks": 1, "p50": None, "p90": None, "basis": "unknown", "n": 0, "most": 1},
        ],
    },
}


def text(lines: list[Any]) -> str:
    return "\n".join("".join(run.text for run in line) for line in lines)


def waiting(ledger: Ledger, **more: Any) -> None:
    ledger.view("attention", "gtm/Q7", "gtm", {
        "id": "gtm/Q7", "kind": "plan", "mission": "gtm", "branch": "", "task": "", "title": "accept this plan?",
        "digest": "ab" * 32, "expires_at": None, "raised_at": samples.NOW - 60_000, "holds": 0, "takes_minutes": 5,
        "rank": 50, "why": "nothing begins without a plan", "detail": "", "choices": ["accept", "reject", "stop"],
        "items": [], "verb": "", "plan": PLAN, **more})  # fmt: skip


@pytest.mark.parametrize("columns", [30, 60, 110])
def test_everything_of_a_plan_is_said_within_its_columns(columns: int) -> None:
    lines = plan_lines(PLAN, columns)
    assert all(width(line) <= columns for line in lines)
    shown = text(lines)
    for word in ("+", "~", "-", "cold", "draft", "W02", "because"):
        assert word in shown
    assert "\u202e" not in shown


def test_an_unknown_cost_is_said_and_what_it_is_at_most() -> None:
    price: dict[str, Any] = {"p50": None, "p90": None, "most": 75_000_000, "roles": []}
    shown = text(plan_lines({**PLAN, "price": price, "findings": []}, 80))
    assert "unknown, at most $75.00" in shown
    assert "finds nothing wrong" in shown


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_pane_shows_it_and_one_key_accepts_it(home: Home, ledger: Ledger, size: tuple[int, int]) -> None:
    waiting(ledger)
    async with opened(home, "gtm/Q7", size) as stage:
        shown = stage.text()
        assert "accept this plan?" in shown
        assert "$1.20 half of the time" in shown
        with engine(home, ids=()):
            await stage.after(2.0, "1")
            await stage.settle()
            await stage.until(stage.orders, "the order")
        kind, body = stage.orders()[0]
        assert (kind, body["text"]) == ("answer", "accept")
