"""The plan as types: branches, tasks, what their results must satisfy, and how plans are made and accepted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from engine.contract.clauses import (
    Amount,
    Argv,
    Cap,
    Clause,
    Expression,
    FileNames,
    Name,
    Names,
    Text,
    listed,
    one_or_many,
)
from engine.contract.units import Money, Share
from engine.values import MICRO


class Check(Clause):
    """One deterministic check of an artifact. Exactly one key is given."""

    regex: Text | None = None
    max_words: int | None = Field(default=None, ge=1)
    max_length: int | None = Field(default=None, ge=1)
    schema_: Annotated[dict[str, object] | None, BeforeValidator(listed)] = Field(default=None, alias="schema")
    command: Argv | None = None
    metric: Expression | None = None


class Criterion(Clause):
    """What a result must satisfy, and who decides it: a deterministic check, a reviewer, or a human."""

    text: Text
    check: Check | Literal["review", "human"]


def recorded(criteria: Iterable[Criterion]) -> tuple[dict[str, Any], ...]:
    """Criteria as a fact about a task holds them: by the names of the contract, without what was not said."""
    return tuple(one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in criteria)


class PlannedBranch(Clause):
    """One experiment of the plan. `with` are parameters its tasks may use."""

    id: Name
    hypothesis: Text
    share: Share | None = None
    budget: Amount = Cap()
    """What it and all that grows from it may use; money instead of a share."""
    parent: Name | None = None
    with_: dict[Name, str] = Field(default_factory=dict, alias="with")


class PlannedTask(Clause):
    """One task of the plan; `each: branch` repeats it in every branch, otherwise it belongs to `branch` (or `main`)."""

    id: Name
    title: Text | None = None
    each: Literal["branch"] | None = None
    branch: Name | None = None
    once: Literal["kept"] | None = None
    """It begins when its branch is kept, and the verdict on the branch does not wait for it."""
    role: Name
    verb: Name = "draft"
    needs: Names = ()
    context: Names = ()
    tools: Names = ()
    proposes: Names = ()
    produces: FileNames = ()
    criteria: tuple[Criterion, ...] = ()
    budget: Amount = Cap()
    attempts: int = Field(default=2, ge=1, le=20)
    verify: Annotated[tuple[Literal["checks", "review", "duel", "human"], ...], BeforeValidator(one_or_many)] = (
        "checks",
    )
    cost_of_error: Literal["low", "normal", "high", "irreversible"] | None = None
    """What being wrong costs: the least verification follows from it, whatever `verify` says beside."""
    reviewer: Name = "reviewer"
    fallback: Name = "ask"
    with_: dict[Name, str] = Field(default_factory=dict, alias="with")

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that its results pass: those of `verify`, and those that the cost of an error asks for."""
        wanted = {*self.verify, *(LADDER[self.cost_of_error] if self.cost_of_error else ())}
        if "duel" in wanted and "review" not in self.verify:
            wanted.discard("review")  # the judge of a duel answers for what is left to a reviewer
        return tuple(stage for stage in ("checks", "duel", "review", "human") if stage in wanted)


LADDER = {
    "low": ("checks",),
    "normal": ("checks", "review"),
    "high": ("checks", "duel"),
    "irreversible": ("checks", "duel", "human"),
}
"""The least verification by what being wrong costs: V1, V2, V3, and V3 with V4."""


class Plan(Clause):
    """The work as the contract's author planned it: branches and tasks."""

    branches: tuple[PlannedBranch, ...] = ()
    tasks: tuple[PlannedTask, ...] = ()


class PlanAcceptance(Clause):
    """Plans that the engine accepts by itself: without any finding, and costing at most so much."""

    under: Money


class Planning(Clause):
    """How plans are made, and who accepts them. A mission without `plan:` asks its planner for one."""

    budget: Amount = Cap.model_construct(money=MICRO)
    """What one question to the planner may cost, with all its rounds."""
    accept: PlanAcceptance | None = None
    """None: a person accepts every plan."""
    replan: Annotated[tuple[Literal["pruned", "spare"], ...], BeforeValidator(one_or_many)] = ()
    """When the engine asks for a patch by itself: a branch was pruned; everything is done and money is left."""
    times: int = Field(default=3, ge=1, le=20)
    """So often it asks by itself."""
    resilient: bool = False
    """Whether a fallback must not fail together with what it stands in for."""
