"""A patch of a plan as one value: what changes, what is wrong with it, what it costs, and the facts that make it so.

Who previews it and who records it call the same functions. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.amending.difference import difference, written
from engine.amending.planned import replan
from engine.contract.lint import lint as contract_lint
from engine.contract.model import Contract
from engine.contract.planned import Plan
from engine.contract.problems import Positions, Problem
from engine.ledger import bodies as b
from engine.plan.known import Known, Tried
from engine.plan.lint import lint, placed
from engine.plan.patch import Change, Patch, apply, misfits
from engine.plan.patch import of_stored as patch_of
from engine.plan.price import Figure, Past, Price, price, total
from engine.plan.ready import missing
from engine.plan.unfold import unfold
from engine.routing.catalogue import Candidate
from engine.routing.measured import measured
from engine.state.home import HomeState
from engine.state.model import FINAL_TASK, Mint, MissionState
from engine.values import Sha256, canonical, digest

_SAID = ("nothing learned", "nothing was learned", "learned nothing")


@dataclass(frozen=True, slots=True)
class Examined:
    """A patch beside the plan that it changes. `contract` is None when it does not fit that plan."""

    patch: Patch
    digest: Sha256
    contract: Contract | None
    changes: tuple[b.PlanChange, ...]
    findings: tuple[b.PlanFinding, ...]
    price: b.PlanPrice
    added: int = 0
    """What may be spent at most beyond the plan that it changes, in micro-dollars."""

    @property
    def errors(self) -> tuple[b.PlanFinding, ...]:
        """What keeps it from running."""
        return tuple(one for one in self.findings if one.code.startswith("E"))


def checked(
    contract: Contract, positions: Positions, beside: Sequence[Problem], known: Known | None = None
) -> tuple[Problem, ...]:
    """What the plan linter says of a contract file, without what its own lint (`beside`) has said already."""
    return placed(lint(contract, known), positions, list(beside)) if contract.plan.tasks else ()


def plan_digest(plan: Plan) -> Sha256:
    """The digest of a plan, as `plan.accepted` records it."""
    return digest(plan.model_dump(mode="json", by_alias=True, exclude_defaults=True))


def known_of(state: MissionState, pool: Sequence[Candidate] | None = None) -> Known:
    """What is known of a mission beside its contract. `pool` are the configured models, where somebody looked."""
    keys = {branch.id: branch.key for branch in state.branches.values()}
    measured: dict[str, int] = {}
    for found in state.evidence.values():
        measured[found.branch] = measured.get(found.branch, 0) + (found.value is not None)
    learned = {item.branch for item in state.items.values() if item.kind == "learning"}
    return Known(
        pool=None if pool is None else tuple(one for one in pool if one.worker == "model"),
        rehearsed=state.rehearsed,
        down={name: tool.because for name, tool in state.tools.items() if tool.up is False},
        tried=tuple(
            Tried(
                branch.id,
                branch.key,
                branch.hypothesis,
                branch.because,
                measured.get(branch.id, 0),
                branch.id in learned or any(word in branch.because.casefold() for word in _SAID),
            )
            for branch in state.branches.values()
            if branch.state == "pruned"
        ),
        rules=tuple(rule.text for rule in state.rules.values()),
        ended={
            (task.key, keys[task.branch]): task.spent
            for task in state.tasks.values()
            if task.kind == "work" and (task.state in FINAL_TASK or state.branches[task.branch].state == "pruned")
        },
    )


def with_reviewers(known: Known, home: HomeState, pool: Sequence[Candidate]) -> Known:
    """The same, with the configured models that were measured as reviewers and are not to be relied on."""
    found = {one.name: f"{one.words}; {one.meaning}" for one in measured(home, pool) if one.unfit}
    return replace(known, unfit=tuple((one, found[one.name]) for one in pool if one.name in found))


def past_of(state: MissionState) -> Past:
    """What accepted tasks of each role have cost in a mission, and each review."""
    work: dict[str, list[int]] = {}
    reviews: dict[str, list[int]] = {}
    for task in state.tasks.values():
        if task.state == "accepted" and not task.fallen_back:
            kept = {"work": work, "review": reviews}.get(task.kind)
            if kept is not None:
                kept.setdefault(task.role, []).append(task.spent)
    return Past({role: tuple(found) for role, found in work.items()}, {r: tuple(f) for r, f in reviews.items()})


def examine(state: MissionState, patch: Patch, known: Known, past: Past | None = None) -> Examined:
    """A patch against the plan in force: what it changes, what both linters find, what the plan would cost."""
    base, past = plan_digest(state.terms.plan), past_of(state) if past is None else past
    bound = digest({"base": base, "patch": patch.stored()})
    if wrong := misfits(patch, state.terms.plan):
        found = tuple(
            b.PlanFinding(code="E325", where=f"changes[{place}]", what=what, mend=mend) for place, what, mend in wrong
        )
        return Examined(patch, bound, None, changes(patch, state.terms, state.terms), found, b.PlanPrice())
    contract = state.terms.model_copy(update={"plan": apply(patch, state.terms.plan)})
    made, before = price(contract, known, past), price(state.terms, known, past)
    return Examined(
        patch,
        bound,
        contract,
        changes(patch, state.terms, contract),
        findings(contract, known),
        priced(made),
        max(0, made.most - before.most),
    )


def findings(contract: Contract, known: Known) -> tuple[b.PlanFinding, ...]:
    """What both linters find in the plan of a contract: errors and warnings of the plan's, errors of the contract's."""
    own = [
        one
        for one in contract_lint(contract)
        if one.severity == "error" and (one.path.startswith("plan") or one.code in {"E207", "E242", "E315", "E317"})
    ]
    said = [*own, *placed(lint(contract, known), Positions(), own)] if contract.plan.tasks else own
    return tuple(b.PlanFinding(code=one.code, where=one.path, what=one.message, mend=one.hint) for one in said)


def priced(made: Price) -> b.PlanPrice:
    """A price as it is recorded and shown: in all, and by role for what is still to be done."""
    roles: dict[str, list[Figure]] = {}
    most: dict[str, int] = {}
    for task in made.tasks:
        if task.figure.basis != "ended":
            roles.setdefault(task.role, []).append(task.figure)
            most[task.role] = most.get(task.role, 0) + task.most
    rows = []
    for role, figures in roles.items():
        half, nine = total(figures)
        rows.append(
            b.RolePrice(
                role=role,
                tasks=len(figures),
                p50=half,
                p90=nine,
                most=most[role],
                basis=figures[0].basis,
                n=min((f.n for f in figures if f.basis == "receipts"), default=0),
            )
        )
    return b.PlanPrice(p50=made.p50, p90=made.p90, most=made.most, roles=tuple(rows))


def planned_tasks(state: MissionState) -> list[dict[str, object]]:
    """The tasks of the plan in force with their fields, those of the system left out; for front ends."""
    keys = {branch.id: branch.key for branch in state.branches.values()}
    return [
        {
            "id": f"{state.id}/{task.id}",
            "key": task.key,
            "branch": keys[task.branch],
            "title": task.title,
            "role": task.role,
            "state": task.state,
            "needs": [state.tasks[need].key for need in task.needs],
            "missing": list(missing(state, task)),
            "budget_micro_usd": task.budget,
            "spent_micro_usd": task.spent,
        }
        for task in state.tasks.values()
        if task.kind == "work"
    ]


def bodies_of(
    state: MissionState, found: Examined, mint: Mint, *, proposal: str, source: str, by: str
) -> tuple[b.Body, ...]:
    """The facts that put an examined plan into force: the first one unfolds, a later one changes what is under way."""
    if found.contract is None:
        raise ValueError("a patch that does not fit is never accepted")
    plan = found.contract.plan
    told = plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    accepted = b.PlanAccepted(
        digest=digest(told), source=source, proposal=proposal, by=by, plan=json.loads(canonical(told))
    )
    if not state.planned:
        return (accepted, *unfold(state, found.contract, mint)[1:])
    reasons: dict[tuple[str, str], str] = {(change.kind, change.name): change.because for change in found.patch.changes}
    done = replan(state, found.contract, mint, reasons=reasons)
    return (accepted.model_copy(update={"later": tuple(task.id for task in done.later)}), *done.bodies)


# -- a change as a person reads it


def changes(patch: Patch, old: Contract, new: Contract) -> tuple[b.PlanChange, ...]:
    """Every change of a patch with its reason: of what is new its terms, of what is replaced what differs."""
    differing = difference(old, new) if any(change.do == "replace" for change in patch.changes) else ()
    return tuple(
        b.PlanChange(
            do=change.do,
            kind=change.kind,
            name=change.name,
            lines=tuple(_terms(change) if change.do == "add" else _differs(change, differing)),
            because=change.because,
        )
        for change in patch.changes
    )


def _differs(change: Change, differing: Sequence[b.ClauseChange]) -> Iterator[str]:
    """What a replaced branch or task says otherwise."""
    head = f"plan.{'branches' if change.kind == 'branch' else 'tasks'}.{change.name}."
    for one in differing if change.do == "replace" else ():
        if one.path.startswith(head):
            yield f"{one.path.removeprefix(head)}: {one.before or '—'} → {one.after or '—'}"


_FIRST = ("role", "verb", "branch", "each", "parent", "share", "needs", "context", "proposes", "produces")
_APART = frozenset({"id", "title", "hypothesis", "criteria"})


def _terms(change: Change) -> Iterator[str]:
    """The terms of a new branch or task, as a person reads them."""
    told = change.model_dump(mode="json", by_alias=True, exclude_defaults=True)[change.kind]
    if words := told.get("title") or told.get("hypothesis"):
        yield words
    keys = [*(key for key in _FIRST if key in told), *(key for key in told if key not in _FIRST and key not in _APART)]
    if keys:
        yield " · ".join(f"{key} {written(told[key], (key,))}" for key in keys)
    for criterion in told.get("criteria", ()):
        yield f"criterion: {criterion['text']} ({written(criterion['check'])})"


__all__ = [
    "Examined",
    "Past",
    "Patch",
    "bodies_of",
    "changes",
    "checked",
    "examine",
    "findings",
    "known_of",
    "past_of",
    "patch_of",
    "plan_digest",
    "planned_tasks",
    "price",
    "priced",
    "with_reviewers",
]
