"""The limits that a contract names beside the mission's money, and how each stands: what screens, commands and the
receipt tell. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.contract.model import Budget
from engine.governance.room import Limit, of_branch, of_mission, of_role
from engine.state.model import MissionState

ATTEMPTS = Budget.model_fields["attempts"].default
"""Every mission has this limit; it is told where the contract names another."""


def stated(state: MissionState) -> list[dict[str, Any]]:
    """`{level, name, dimension, cap, used, aside}` for tokens, calls and attempts of the mission, tokens and calls of
    branches, and everything of roles. `name` is the key of a branch or a role; money is micro-dollars.
    """
    return [
        {
            "level": limit.level,
            "name": state.branches[limit.name].key if limit.level == "branch" else limit.name,
            "dimension": limit.dimension,
            "cap": limit.cap,
            "used": limit.used,
            "aside": limit.aside,
        }
        for limit in _limits(state)
    ] + _attempts(state)


def _limits(state: MissionState) -> Iterator[Limit]:
    """Money of the mission and shares of branches are told elsewhere, as what they are part of."""
    yield from (limit for limit in of_mission(state) if limit.dimension != "money")
    for branch in state.branches.values():
        if branch.tokens is not None or branch.calls is not None:
            yield from (limit for limit in of_branch(state, branch) if limit.dimension != "money")
    for name in state.terms.roles:
        yield from of_role(state, name)


def _attempts(state: MissionState) -> list[dict[str, Any]]:
    most = state.terms.budget.attempts
    if most == ATTEMPTS:
        return []
    return [
        {
            "level": "mission",
            "name": "",
            "dimension": "attempts",
            "cap": most,
            "used": state.used_attempts,
            "aside": 0,
        }
    ]
