"""What may still be reserved for a task: the least over mission, branches, role and task, and which binds. Pure.

Money is micro-dollars; tokens and calls are those of models. A level limits what its clause names and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.state.model import Branch, MissionState, Task
from engine.values import money

Dimension = Literal["money", "tokens", "calls"]
Level = Literal["mission", "branch", "role", "task"]
DIMENSIONS: tuple[Dimension, ...] = ("money", "tokens", "calls")


@dataclass(frozen=True, slots=True)
class Limit:
    """One cap and how it stands. `name`: the id of a branch or task, or a role; empty for the mission."""

    level: Level
    name: str
    dimension: Dimension
    cap: int
    used: int
    aside: int

    @property
    def left(self) -> int:
        """What may still be set aside under it."""
        return max(0, self.cap - self.used - self.aside)

    @property
    def words(self) -> str:
        """`money of the mission: $1.20 of $1.50 spent, $0.10 set aside`."""
        aside = f", {amount(self.dimension, self.aside)} set aside" if self.aside else ""
        whose = "the mission" if self.level == "mission" else f"{self.level} {self.name}"
        spent = "spent" if self.dimension == "money" else "used"
        of = f"{amount(self.dimension, self.used)} of {amount(self.dimension, self.cap)}"
        return f"{self.dimension} of {whose}: {of} {spent}{aside}"


@dataclass(frozen=True, slots=True)
class Room:
    """The limit that binds in each dimension; None where nothing limits it."""

    money: Limit
    tokens: Limit | None = None
    calls: Limit | None = None

    def of(self, dimension: Dimension) -> Limit | None:
        """The limit that binds in a dimension."""
        return {"money": self.money, "tokens": self.tokens, "calls": self.calls}[dimension]


def amount(dimension: Dimension, value: int) -> str:
    """An amount as people read it: `$1.20`, `12,000 tokens`, `3 calls`."""
    if dimension == "money":
        return money(value)
    return f"{value:,} {dimension if value != 1 else dimension.removesuffix('s')}"


def room(state: MissionState, task: Task) -> Room:
    """What binds a task now. Of equals the wider one is named: raising it helps others, too."""
    least: dict[Dimension, Limit] = {}
    for limit in limits(state, task):
        known = least.get(limit.dimension)
        if known is None or limit.left < known.left:
            least[limit.dimension] = limit
    return Room(least["money"], least.get("tokens"), least.get("calls"))


def limits(state: MissionState, task: Task) -> Iterator[Limit]:
    """Every limit above a task: mission, branches from its own to the root, role, task."""
    yield from of_mission(state)
    branch = state.branches.get(task.branch)
    while branch is not None:
        yield from of_branch(state, branch)
        branch = state.branches.get(branch.parent)
    yield from of_role(state, task.role)
    counted = task.counted
    if task.budget:
        yield Limit("task", task.id, "money", task.budget, task.spent, task.reserved)
    if task.tokens is not None:
        yield Limit("task", task.id, "tokens", task.tokens, counted.tokens, counted.tokens_aside)
    if task.calls is not None:
        yield Limit("task", task.id, "calls", task.calls, counted.calls, counted.calls_aside)


def of_mission(state: MissionState) -> Iterator[Limit]:
    """The mission's own limits."""
    budget, counted = state.terms.budget, state.counted
    yield Limit("mission", "", "money", budget.money, state.spent, state.reserved)
    if budget.tokens is not None:
        yield Limit("mission", "", "tokens", budget.tokens, counted.tokens, counted.tokens_aside)
    if budget.calls is not None:
        yield Limit("mission", "", "calls", budget.calls, counted.calls, counted.calls_aside)


def of_branch(state: MissionState, branch: Branch) -> Iterator[Limit]:
    """A branch's own limits, which cover all that grew from it."""
    if branch.budget is None and branch.tokens is None and branch.calls is None:
        return
    below = [state.branches[name] for name in subtree(state, branch)]
    if branch.budget is not None:
        spent, reserved = sum(one.spent for one in below), sum(one.reserved for one in below)
        yield Limit("branch", branch.id, "money", branch.budget, spent, reserved)
    if branch.tokens is not None:
        used, aside = sum(one.counted.tokens for one in below), sum(one.counted.tokens_aside for one in below)
        yield Limit("branch", branch.id, "tokens", branch.tokens, used, aside)
    if branch.calls is not None:
        used, aside = sum(one.counted.calls for one in below), sum(one.counted.calls_aside for one in below)
        yield Limit("branch", branch.id, "calls", branch.calls, used, aside)


def subtree(state: MissionState, branch: Branch) -> tuple[str, ...]:
    """Ids of a branch and of all that grew from it."""
    below = {branch.id: None}
    for other in state.branches.values():  # parents are always opened before their children
        if other.parent in below:
            below[other.id] = None
    return tuple(below)


def of_role(state: MissionState, name: str) -> Iterator[Limit]:
    """The limits of a role over the whole mission."""
    role, use = state.terms.roles.get(name), state.roles.get(name)
    if role is None:
        return
    spent, reserved = (use.spent, use.reserved) if use else (0, 0)
    counted = use.counted if use else None
    if role.budget.money is not None:
        yield Limit("role", name, "money", role.budget.money, spent, reserved)
    if role.budget.tokens is not None:
        used, aside = (counted.tokens, counted.tokens_aside) if counted else (0, 0)
        yield Limit("role", name, "tokens", role.budget.tokens, used, aside)
    if role.budget.calls is not None:
        used, aside = (counted.calls, counted.calls_aside) if counted else (0, 0)
        yield Limit("role", name, "calls", role.budget.calls, used, aside)


def shared(state: MissionState) -> Iterator[Limit]:
    """Every limit that more than one task stands under: those of the mission, of its branches and of its roles."""
    yield from of_mission(state)
    for branch in state.branches.values():
        yield from of_branch(state, branch)
    for name in state.terms.roles:
        yield from of_role(state, name)
