"""A planner's proposal as a typed patch: what to add, replace or prune, each with its reason. Pure.

The planner never writes state: it hands in a patch, and `apply` says what the plan would be with it. The same schema
reads the answer of a model, the file of a person and what the ledger keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, ValidationError, model_validator

from engine.contract.clauses import Clause, Name, Text
from engine.contract.planned import Plan, PlannedBranch, PlannedTask
from engine.contract.problems import shown
from engine.errors import SaysNoError

MOST_CHANGES = 200
Do = Literal["add", "replace", "prune"]


def _kind(value: object) -> str:
    return "name" if isinstance(value, str) else "whole"


class Change(Clause):
    """One change of a plan. `prune` names its branch or task, `add` and `replace` give the whole of it."""

    do: Do
    branch: (
        Annotated[Annotated[PlannedBranch, Tag("whole")] | Annotated[Name, Tag("name")], Discriminator(_kind)] | None
    ) = None
    task: (
        Annotated[Annotated[PlannedTask, Tag("whole")] | Annotated[Name, Tag("name")], Discriminator(_kind)] | None
    ) = None
    because: Text

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.branch is None) == (self.task is None):
            raise ValueError("a change is about one branch or one task")
        if self.do == "prune" and not isinstance(self.about, str):
            raise ValueError("what is pruned is named by its id alone")
        if self.do != "prune" and isinstance(self.about, str):
            raise ValueError(f"what to {self.do} is given in whole")
        return self

    @property
    def about(self) -> PlannedBranch | PlannedTask | str:
        """What it is about, in whole or by its id."""
        return self.branch if self.branch is not None else self.task  # type: ignore[return-value]

    @property
    def kind(self) -> Literal["branch", "task"]:
        """Of what kind that is."""
        return "task" if self.branch is None else "branch"

    @property
    def name(self) -> str:
        """Its id in the plan."""
        return self.about if isinstance(self.about, str) else self.about.id


class Patch(Clause):
    """A proposal: why, and every change with its own reason. One without changes says that nothing is to change."""

    because: Text
    changes: Annotated[tuple[Change, ...], Field(max_length=MOST_CHANGES)] = ()

    def stored(self) -> dict[str, object]:
        """The JSON form that the ledger keeps and `of_stored` reads."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def of_stored(body: object) -> Patch:
    """A patch from the ledger."""
    return Patch.model_validate(_tupled(body), strict=False, context={"stored": True})


def of_tree(tree: object) -> Patch:
    """A patch as a person or a model wrote it: lists, mappings and texts. Raises `ValidationError`."""
    return Patch.model_validate(_tupled(tree))


def sentences(error: ValidationError, most: int = 12) -> list[str]:
    """Every error of a patch as a line: where, and what is wrong there."""
    found = []
    for one in error.errors(include_url=False, include_input=False)[:most]:
        where = ".".join(str(part) for part in one["loc"] if part not in {"whole", "name"})
        what = "is not known here" if one["type"] == "extra_forbidden" else one["msg"].removeprefix("Value error, ")
        found.append(f"{shown(where)[1:-1] or 'the patch'}: {what[:160]}")
    return found


def misfits(patch: Patch, plan: Plan) -> tuple[tuple[int, str, str], ...]:
    """What of a patch does not fit a plan: the place of the change, what is wrong, how to mend it."""
    known: dict[str, set[str]] = {"branch": {b.id for b in plan.branches}, "task": {t.id for t in plan.tasks}}
    found: list[tuple[int, str, str]] = []
    for place, change in enumerate(patch.changes):
        names = known[change.kind]
        if change.do == "add" and change.name in names:
            found.append((place, f"there is a {change.kind} {change.name} already", "replace it, or choose another id"))
        elif change.do != "add" and change.name not in names:
            what = f"there is no {change.kind} {shown(change.name)} to {change.do}"
            found.append((place, what, f"known: {', '.join(sorted(names)[:12])}" if names else "add it"))
        elif change.do == "prune":
            names.discard(change.name)
        else:
            names.add(change.name)
    return tuple(found)


def apply(patch: Patch, plan: Plan) -> Plan:
    """The plan with a patch. Raises `SaysNoError` for a change that does not fit it.

    A branch that is pruned takes what grows from it along, and the tasks that belong to these alone.
    """
    if wrong := misfits(patch, plan):
        place, what, mend = wrong[0]
        raise SaysNoError(f"changes[{place}]", what, mend)
    branches = {branch.id: branch for branch in plan.branches}
    tasks = {task.id: task for task in plan.tasks}
    for change in patch.changes:
        about = change.about
        if isinstance(about, PlannedBranch):
            branches[about.id] = about
        elif isinstance(about, PlannedTask):
            tasks[about.id] = about
        elif change.kind == "task":
            tasks.pop(about, None)
        else:
            gone = below(about, branches)
            branches = {name: branch for name, branch in branches.items() if name not in gone}
            tasks = {name: task for name, task in tasks.items() if task.branch not in gone}
    return Plan(branches=tuple(branches.values()), tasks=tuple(tasks.values()))


def below(name: str, branches: Mapping[str, PlannedBranch]) -> frozenset[str]:
    """A branch and all that grows from it."""
    found = {name}
    for branch in branches.values():  # parents stand before their branches
        if branch.parent in found:
            found.add(branch.id)
    return frozenset(found)


def of_plan(plan: Plan, because: str) -> Patch:
    """The patch that adds a whole plan to none."""
    added = [Change(do="add", branch=branch, because=branch.hypothesis) for branch in plan.branches]
    added += [Change(do="add", task=task, because=because) for task in plan.tasks]
    return Patch(because=because, changes=tuple(added))


def _tupled(value: Any) -> Any:
    """Lists as the tuples that strict validation wants."""
    if isinstance(value, list):
        return tuple(_tupled(part) for part in value)
    return {key: _tupled(part) for key, part in value.items()} if isinstance(value, dict) else value
