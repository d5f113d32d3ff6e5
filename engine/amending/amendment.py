"""An amendment as one value: what changes, what follows, and the facts that make it so. Pure.

Who previews it and who records it call the same function. `digest` binds the one to the other: it covers the revision
in force, the new contract and its inputs, so that what was confirmed is what happens, or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.amending.consequences import Consequence, consequences
from engine.amending.difference import difference
from engine.amending.effects import reconsider
from engine.amending.files import changed_files
from engine.amending.planned import Replanned, replan
from engine.amending.windows import retime
from engine.contract.model import Contract
from engine.contract.problems import Positions, Problem
from engine.errors import SaysNoError
from engine.ledger import bodies as b
from engine.state.model import OVER, Mint, MissionState
from engine.values import Sha256, canonical, digest

_DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a human confirms, and what is recorded then."""

    rev: int
    digest: Sha256
    changes: tuple[b.ClauseChange, ...]
    consequences: tuple[Consequence, ...]
    bodies: tuple[b.Body, ...]


def inherited(state: MissionState, contract: Contract) -> Contract:
    """A contract as it would hold for this mission: it keeps the name, the zone and the planner's plan
    that it does not say itself."""
    same: dict[str, Any] = {"id": state.terms.id}
    if contract.zone is None:
        same["zone"] = state.terms.zone
    if not contract.plan.tasks and state.plan_source not in {"", "contract"}:
        same["plan"] = state.terms.plan  # a planner made it; whoever wants another one asks for a patch
    return contract.model_copy(update=same)


def objections(state: MissionState, contract: Contract, positions: Positions | None = None) -> list[Problem]:
    """What an amendment cannot change, and what cannot be held now that the mission is under way."""
    at, old = positions or Positions(), state.terms
    found = []
    if contract.id is not None and contract.id not in {old.id, str(state.id)}:
        found.append(
            at.problem(("id",), f"the mission is {state.id}", "keep its id; another id is another mission", code="E401")
        )
    if contract.mission != old.mission:
        mend = f"write mission: {old.mission}; another aim is another mission"
        found.append(at.problem(("mission",), "the name of a mission cannot change", mend, code="E402"))
    parents = {planned.id: planned.parent for planned in old.plan.branches}
    for index, planned in enumerate(contract.plan.branches):
        if parents.get(planned.id, planned.parent) != planned.parent:
            where = ("plan", "branches", index, "parent")
            found.append(at.problem(where, f"{planned.id} grew from another branch", "give it a new id", code="E403"))
    known = {branch.key for branch in state.branches.values()} - {"main"}
    tried = len(known | {planned.id for planned in contract.plan.branches})
    if state.planned and tried > contract.budget.branches:
        mend = f"raise it to {tried}; a branch that was tried counts, whatever became of it"
        what = f"{tried} branches would have been tried, and it allows {contract.budget.branches}"
        found.append(at.problem(("budget", "branches"), what, mend, code="E404"))
    return found


def amend(
    state: MissionState,
    contract: Contract,
    source: Sha256,
    inputs: Mapping[str, b.InputRef],
    now: int,
    *,
    because: str = "",
    files: tuple[b.FileRef, ...] | None = None,
) -> Amendment:
    """The amendment that makes `contract` the one in force. `now` is mission time; `files` are those of tools and
    skills, None where they stay as they are.

    Raises `SaysNoError` when nothing would change, or when the mission is over.
    """
    if state.status in OVER:
        raise SaysNoError(str(state.id), f"the mission is {state.status}", "start another one from the new contract")
    contract = inherited(state, contract)
    files = None if files == state.files else files
    changes = (*difference(state.terms, contract), *_inputs(state, inputs))
    changes += tuple(changed_files(state.files, files)) if files is not None else ()
    if not changes:
        raise SaysNoError(str(state.id), "nothing would change", "the contract in force says the same already")
    rev, mint = state.rev + 1, Mint(state)
    done = replan(state, contract, mint)
    why = f"the contract was amended (rev {rev})"
    amended = b.ContractAmended(
        rev=rev,
        contract=json.loads(canonical(contract.normalised())),  # in the order in which every replay reads it
        source=source,
        inputs=tuple(inputs.values()),
        files=files,
        digest=bound(state, contract, source, inputs, files),
        changes=changes,
        because=because[:2000],
        later=tuple(task.id for task in done.later),
    )
    gone = {body.effect for body in done.bodies if isinstance(body, b.EffectWithdrawn)}
    pruned = {body.branch for body in done.bodies if isinstance(body, b.BranchPruned)}
    bodies: list[b.Body] = [amended, *done.bodies]
    bodies += reconsider(state, contract, mint, now, why, but=gone)
    bodies += retime(state, contract, mint, now, but=pruned)
    bodies += _allowed(state, contract)
    told = consequences(state, contract, inputs, done, bodies, now)
    return Amendment(rev, amended.digest, changes, told, tuple(bodies))


def bound(
    state: MissionState,
    contract: Contract,
    source: Sha256,
    inputs: Mapping[str, b.InputRef],
    files: tuple[b.FileRef, ...] | None = None,
) -> Sha256:
    """What an amendment is confirmed by."""
    told: dict[str, object] = {
        "mission": str(state.id),
        "rev": state.rev,
        "before": digest(state.terms.normalised()),
        "contract": digest(contract.normalised()),
        "source": source,
        "inputs": {name: ref.sha for name, ref in inputs.items()},
    }
    if files is not None:
        told["files"] = {f"{ref.owner}/{ref.path}": ref.sha for ref in files}
    return digest(told)


def _inputs(state: MissionState, inputs: Mapping[str, b.InputRef]) -> tuple[b.ClauseChange, ...]:
    """Inputs whose bytes differ; that one came or went is a change of the clause."""
    return tuple(
        b.ClauseChange(path=f"inputs.{name}", before=_file(state.inputs[name]), after=_file(ref))
        for name, ref in inputs.items()
        if name in state.inputs and state.inputs[name].sha != ref.sha
    )


def _file(ref: b.InputRef) -> str:
    return f"{ref.filename}, {ref.bytes} bytes, {ref.sha[:8]}"


def _allowed(state: MissionState, contract: Contract) -> list[b.Body]:
    """Questions about verbs that were denied and are not any more."""
    said = {*contract.actions.allowed, *contract.actions.restricted}
    return [
        b.AttentionResolved(attention=item.id, how="moot: the contract says so now")
        for item in state.attention.values()
        if item.about.partition(":")[0] == _DENIED and item.about.partition(":")[2] in said
    ]


def after(state: MissionState, contract: Contract) -> MissionState:
    """The mission as it is, under another contract; nothing of the given state is changed."""
    return replace(state, contract=contract)


__all__ = ["Amendment", "Consequence", "Replanned", "after", "amend", "bound", "inherited", "objections"]
