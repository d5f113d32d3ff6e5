"""Plans as front ends and the engine look at them: what is known of a mission, what is wrong with its plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from engine.contract.model import Contract
from engine.contract.problems import Positions, Problem
from engine.plan.known import Known
from engine.plan.lint import lint, placed


def checked(
    contract: Contract, positions: Positions, beside: Sequence[Problem], known: Known | None = None
) -> tuple[Problem, ...]:
    """What the plan linter says of a contract file, without what its own lint (`beside`) has said already."""
    return placed(lint(contract, known), positions, list(beside)) if contract.plan.tasks else ()
