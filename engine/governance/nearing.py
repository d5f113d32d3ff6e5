"""Which caps are nearly used up: four fifths are used or set aside. Said once for each cap, never asked. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.governance.room import shared
from engine.state.model import MissionState
from engine.values import duration, money

Spent = Literal["money", "tokens", "calls", "attention"]
FIFTHS = 4
"""Of five: from here on a cap is near."""


@dataclass(frozen=True, slots=True)
class Near:
    """A cap that is near. `name`: the id of a branch, or a role; empty for the mission. Attention is milliseconds."""

    level: Literal["mission", "branch", "role"]
    name: str
    dimension: Spent
    used: int
    aside: int
    cap: int

    @property
    def key(self) -> str:
        """What is said once: a cap that was raised is another one."""
        return f"{self.level}:{self.name}:{self.dimension}:{self.cap}"


def near(state: MissionState) -> Iterator[Near]:
    """The caps of a mission, its branches and its roles that are near now, tasks of their own left out."""
    for limit in shared(state):
        if limit.level == "task" or (limit.level == "branch" and state.branches[limit.name].state == "pruned"):
            continue
        if _is_near(limit.used + limit.aside, limit.cap):
            yield Near(limit.level, limit.name, limit.dimension, limit.used, limit.aside, limit.cap)
    most = state.terms.budget.attention
    if most is not None and _is_near(state.attention_ms, most):
        yield Near("mission", "", "attention", state.attention_ms, 0, most)


def _is_near(used: int, cap: int) -> bool:
    return cap > 0 and used * 5 >= cap * FIFTHS


def whose(level: str, name: str) -> str:
    """`the mission`, `branch cold`, `the role writer`."""
    return {"branch": f"branch {name}", "role": f"the role {name}"}.get(level, "the mission")


def words(dimension: str, used: int, aside: int, cap: int, whose: str) -> str:
    """`84 % of the money of the mission: $4.10 used and $0.10 set aside of $5.00`."""
    held = f" and {_amount(dimension, aside)} set aside" if aside else ""
    share = (used + aside) * 100 // cap if cap else 100
    return (
        f"{share} % of the {dimension} of {whose}: {_amount(dimension, used)} used{held} of {_amount(dimension, cap)}"
    )


def _amount(dimension: str, value: int) -> str:
    if dimension == "money":
        return money(value)
    return duration(value) if dimension == "attention" else f"{value:,}"
