"""What a rule of the plan linter finds, and what all rules share while they walk over one plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from engine.contract.case import HUMAN
from engine.contract.lint_plan import ITEMS
from engine.contract.model import Contract, Role
from engine.contract.planned import PlannedTask
from engine.contract.problems import Path, dotted
from engine.plan.graph import Graph
from engine.plan.known import Known

CODES: dict[str, str] = {
    "E01": "tasks wait for each other",
    "E02": "one of the eight fields of an executable task is missing",
    "E03": "what it may cost at most is more than what it may spend: in money, tokens, calls, time or branches",
    "E04": "a required tool is denied or down, and nothing takes its place",
    "E05": "a worker holds a tool outside of the contract's actions, or above its tier",
    "E06": "something leaves the mission on a path that passes no approval",
    "E07": "text leaves the mission that neither a reviewer nor a person looks at",
    "E08": "whoever does the work also judges it",
    "E09": "what a task needs to know is made by nobody before it, or comes after the deadline",
    "E10": "nobody may be told what the task needs",
    "E11": "what must be told does not fit into a package",
    "E12": "the contract asks for evidence that no task leaves",
    "E13": "a condition reads what does not exist, can never hold, or holds from the beginning",
    "E14": "the fallback fails together with what it stands in for",
    "E15": "a standing approval reaches further than what the plan does",
    "E16": "two tasks write one artifact side by side, and none brings them together",
    "W01": "a criterion says nothing that could be checked",
    "W02": "more than 70% of the money is on one branch",
    "W03": "a branch repeats one that was pruned",
    "W04": "two constraints contradict each other",
    "W05": "one model would do everything",
    "W06": "nobody uses an artifact",
    "W07": "a tool is granted and never used",
    "W08": "no task learns from the branches",
    "W09": "a branch with evidence is given up, and nobody says what was learned",
    "W10": "a task may be reviewed by a model that was found to review badly",
}
"""Every code and what it means."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a plan: where in the contract, what, and how to mend it."""

    code: str
    path: Path
    what: str
    mend: str
    key: bool = False
    """Whether it is about the key of a clause rather than its value."""

    @property
    def warns(self) -> bool:
        """Whether it only warns."""
        return self.code.startswith("W")

    @property
    def where(self) -> str:
        """`plan.tasks[2].needs`."""
        return dotted(self.path)

    def __str__(self) -> str:
        return f"{self.code} {self.where}: {self.what}; {self.mend}"


@dataclass
class Pass:
    """One plan under examination."""

    contract: Contract
    graph: Graph
    known: Known
    found: list[Finding] = field(default_factory=list)
    _said: set[tuple[str, Path]] = field(default_factory=set)

    def add(self, code: str, path: Path, what: str, mend: str, *, key: bool = False) -> None:
        """Record a finding, once for each place of the contract."""
        if (code, path) not in self._said:
            self._said.add((code, path))
            self.found.append(Finding(code, path, what, mend, key))

    def at(self, task: PlannedTask, *more: str | int) -> Path:
        """Where a task stands, or a field of it."""
        return ("plan", "tasks", self.graph.index[task.id], *more)

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The roles of the contract, and `human`."""
        return {HUMAN: Role(worker="human"), **self.contract.roles}

    @cached_property
    def told(self) -> frozenset[str]:
        """What the context of a task may name: kinds of items, inputs, tasks."""
        return frozenset({*ITEMS, *self.contract.inputs, *self.graph.named})

    @cached_property
    def branches(self) -> dict[str, int]:
        """Where each branch stands in the plan."""
        return {branch.id: place for place, branch in enumerate(self.contract.plan.branches)}

    def holds(self, role: str, name: str) -> bool:
        """Whether a role is given a tool, denied ones included."""
        tool = self.contract.tools[name]
        if tool.connector is not None:
            return False
        terms = self.contract.roles.get(role)
        return role in tool.roles if tool.roles else terms is not None and name in terms.tools

    @cached_property
    def held(self) -> dict[str, tuple[str, ...]]:
        """The tools that workers call, by role."""
        return {role: tuple(name for name in self.contract.tools if self.holds(role, name)) for role in self.roles}

    def tools(self, task: PlannedTask, role: str) -> tuple[str, ...]:
        """The tools that a task has when a role does it."""
        mine = self.held.get(role, ())
        return tuple(name for name in mine if name in task.tools) if task.tools else mine
