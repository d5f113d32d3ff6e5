"""What an amended plan means for branches and tasks that are there already. Pure.

A task is told apart by its name and its branch. What is accepted stays; what is open goes on under the new terms; what
runs finishes on the old ones; what the plan does not name any more is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.contract.model import Contract
from engine.contract.planned import recorded
from engine.ledger import bodies as b
from engine.plan.ending import end_branch
from engine.plan.unfold import MAIN, Place, caps, places, terms
from engine.state.model import ALIVE_BRANCH, FINAL_TASK, Branch, Mint, MissionState, Task

_RUNS = frozenset({"running", "verifying"})
_ASKS_ABOUT_WORK = frozenset({"failed", "missing", "short", "human", "parked"})
"""Questions about a task that its new terms, or its end, answer: the first word of `about`."""


Reasons = Mapping[tuple[str, str], str]
"""Why a branch or a task is given up, by its kind and name: of a planner's patch; an amendment gives none."""


@dataclass(slots=True)
class Replanned:
    """The facts, and the tasks and branches they are about, by what becomes of them."""

    bodies: list[b.Body] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[Task] = field(default_factory=list)
    reopened: list[Task] = field(default_factory=list)
    later: list[Task] = field(default_factory=list)
    cancelled: list[Task] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    removed: list[Branch] = field(default_factory=list)
    shares: list[tuple[Branch, int | None]] = field(default_factory=list)
    """Branches whose cap changed, with the new one."""
    reasons: Reasons | None = None

    def why(self, kind: str, name: str, otherwise: str) -> str:
        """Why something is given up."""
        if self.reasons is None:
            return otherwise
        return self.reasons.get((kind, name), "the plan does not name it any more")


def replan(state: MissionState, contract: Contract, mint: Mint, *, reasons: Reasons | None = None) -> Replanned:
    """What follows for a mission whose plan was accepted already; nothing before that."""
    out = Replanned(reasons=reasons)
    if not state.planned:
        return out
    names = _branches(state, contract, mint, out)
    _tasks(state, contract, mint, names, out)
    return out


def outdated(state: MissionState) -> Iterator[b.TaskAmended]:
    """The terms in force, for open tasks whose contract was amended while an attempt of theirs ran."""
    if not any(task.outdated and task.state == "open" for task in state.tasks.values()):
        return
    names = _named(state)
    known = _known(state)
    planned = places(state.terms)
    ids = {place: known[place].id for place in planned if place in known}
    for place, task in known.items():
        if task.outdated and task.state == "open" and place in planned:
            yield b.TaskAmended.model_validate(_fitted(task, terms(planned[place], place, names, ids), state.terms))


def strays(state: MissionState, contract: Contract) -> Iterator[b.Body]:
    """Reviews and gradings whose role a contract does not name any more go to whoever does them now."""
    known = {task.id: place for place, task in _known(state).items()}
    planned = places(contract)
    for task in state.tasks.values():
        if task.state != "open" or task.kind not in {"review", "grade", "judge"}:
            continue
        if task.role == "human" or task.role in contract.roles:
            continue
        metric = contract.evidence.get(task.metric)
        if task.kind == "grade" and (metric is None or metric.from_ not in contract.roles):
            yield b.TaskCancelled(task=task.id, because=f"the contract does not ask for {task.metric} any more")
            continue
        author = state.attempts.get(task.subject)
        place = known.get(author.task) if author else None
        reviewer = planned[place].reviewer if place in planned else "human"
        role = metric.from_ if metric is not None else reviewer
        yield same_terms(task, role=role if role in contract.roles else "human")


# -- branches


def _named(state: MissionState) -> dict[str, str]:
    """The id of each branch, by the name that the plan gives it."""
    return {branch.key: branch.id for branch in state.branches.values()}


def _branches(state: MissionState, contract: Contract, mint: Mint, out: Replanned) -> dict[str, str]:
    names, shares = _named(state), caps(contract)
    for planned in contract.plan.branches:
        known = state.branches.get(names.get(planned.id, ""))
        cap = shares[planned.id]
        if known is None:
            names[planned.id] = mint("B")
            out.opened.append(planned.id)
            opened = b.BranchOpened(
                branch=names[planned.id],
                key=planned.id,
                parent=names.get(planned.parent or MAIN, names[MAIN]),
                hypothesis=planned.hypothesis,
                budget=cap,
                tokens=planned.budget.tokens,
                calls=planned.budget.calls,
                params=planned.with_,
            )
            out.bodies.append(opened)
        elif known.state != "pruned":
            own = planned.budget
            said = (known.hypothesis, known.budget, known.tokens, known.calls, known.params)
            if said != (planned.hypothesis, cap, own.tokens, own.calls, planned.with_):
                if known.budget != cap:
                    out.shares.append((known, cap))
                out.bodies.append(
                    b.BranchAmended(
                        branch=known.id,
                        hypothesis=planned.hypothesis,
                        budget=cap,
                        tokens=own.tokens,
                        calls=own.calls,
                        params=planned.with_,
                    )
                )
    kept = {planned.id for planned in contract.plan.branches} | {MAIN}
    for branch in state.branches.values():
        if branch.key not in kept and branch.state in ALIVE_BRANCH:
            out.removed.append(branch)
            because = out.why("branch", branch.key, "the amended contract does not name it")
            clause = "amendment" if out.reasons is None else "plan"
            out.bodies += end_branch(state, branch, "prune", because, clause)
    return names


# -- tasks


def _known(state: MissionState) -> dict[Place, Task]:
    """Planned tasks by their place; of several in one place, the newest."""
    keys = {branch.id: branch.key for branch in state.branches.values()}
    return {(task.key, keys[task.branch]): task for task in state.tasks.values() if task.kind == "work"}


def _tasks(state: MissionState, contract: Contract, mint: Mint, names: Mapping[str, str], out: Replanned) -> None:
    known, before, after = _known(state), places(state.terms), places(contract)
    gone = {branch.id for branch in state.branches.values() if branch.state == "pruned"}
    gone |= {branch.id for branch in out.removed}
    ids: dict[Place, str] = {}
    fresh: list[Place] = []
    for place in after:
        task = known.get(place)
        if task is not None and (task.state != "cancelled" or place in before):
            ids[place] = task.id
        elif names[place[1]] not in gone:
            ids[place] = mint("T")
            fresh.append(place)
    for place in fresh:
        out.bodies.append(b.TaskAdded.model_validate(terms(after[place], place, names, ids)))
        out.added.append(ids[place])
    settled: set[str] = set()
    for place, task in known.items():
        if task.branch in gone:
            continue
        if place not in after:
            if task.state not in FINAL_TASK or task.state == "failed":
                out.cancelled.append(task)
                because = out.why("task", place[0], "the amended contract does not plan it")
                out.bodies.append(b.TaskCancelled(task=task.id, because=because))
                settled.add(task.id)
        elif ids[place] == task.id and task.state not in {"accepted", "cancelled"}:
            new = terms(after[place], place, names, ids)
            old = terms(before[place], place, names, ids) if place in before else {}
            if not _alike(old, new) or sorted(new["needs"]) != sorted(task.needs):
                _change(task, new, contract, out)
                if task.state not in _RUNS:
                    settled.add(task.id)
    out.bodies += strays(state, contract)
    out.bodies += _settled(state, settled, {task.id for task in out.cancelled})


def _alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return {**old, "needs": ()} == {**new, "needs": ()}


def _change(task: Task, new: dict[str, Any], contract: Contract, out: Replanned) -> None:
    if task.state in _RUNS:
        out.later.append(task)
        return
    (out.reopened if task.state == "failed" else out.changed).append(task)
    out.bodies.append(b.TaskAmended.model_validate(_fitted(task, new, contract)))


def _fitted(task: Task, new: dict[str, Any], contract: Contract) -> dict[str, Any]:
    """The new terms; whoever took the task over keeps it, while the contract knows that role."""
    keeps = task.fallen_back and (task.role == "human" or task.role in contract.roles)
    return {**new, "role": task.role} if keeps else new


def _settled(state: MissionState, amended: set[str], cancelled: set[str]) -> Iterator[b.AttentionResolved]:
    for item in state.attention.values():
        about = item.about.split(":")[0]
        if item.task in amended and about in _ASKS_ABOUT_WORK and (about != "parked" or item.task in cancelled):
            yield b.AttentionResolved(attention=item.id, how="moot: the contract was amended")


def same_terms(task: Task, **other: object) -> b.TaskAmended:
    """A task's own terms, but for what is said otherwise."""
    return b.TaskAmended.model_validate(
        {
            "task": task.id,
            "key": task.key,
            "branch": task.branch,
            "kind": task.kind,
            "title": task.title,
            "role": task.role,
            "verb": task.verb,
            "needs": task.needs,
            "context": task.context,
            "proposes": task.proposes,
            "produces": task.produces,
            "criteria": recorded(task.criteria),
            "budget": task.budget,
            "tokens": task.tokens,
            "calls": task.calls,
            "verify": task.verify,
            "reviewer": task.reviewer,
            "fallback": task.fallback,
            "params": task.params,
            "subject": task.subject,
            "metric": task.metric,
            "once": task.once,
            **other,
        }
    )
