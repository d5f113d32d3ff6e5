"""Plans in the loop: a planner is asked, what it proposes is judged and shown, and somebody accepts it or not. Pure.

The planner's task is a task of the system like a review: it has an attempt, a package, a charge. What it hands in is a
patch; the engine lints and prices it, and nothing follows from it until a person, or the contract's `planning.accept`,
says yes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.amending.plans import Examined, bodies_of, examine, known_of, plan_digest
from engine.ledger import bodies as b
from engine.loop.handoffs import Contents, handoff_of
from engine.plan.known import Known
from engine.plan.patch import Patch, of_stored
from engine.plan.ready import MAIN_KEY, PLANNER_ROLE
from engine.routing.catalogue import read
from engine.state.model import Attempt, Mint, MissionState, Proposal, Task
from engine.values import Sha256, money

POLICY = "plan/2"
"""Linter and price, as a proposal records them: what another one judged is not judged again by this one."""
ROUNDS = 2
"""So often a planner may hand in a patch with errors before a person looks at it."""
START, PRUNED, SPARE, HUMAN = "start", "pruned", "spare", "human"
"""Why a planner is asked: the first word of its task's `subject`."""
BY_ITSELF = frozenset({PRUNED, SPARE})


def ask(state: MissionState, mint: Mint, cause: str, because: str = "") -> tuple[b.Body, ...]:
    """The facts that ask the planner for a patch. `cause` says why, `because` in a person's words."""
    out: list[b.Body] = []
    main = next((branch.id for branch in state.branches.values() if branch.key == MAIN_KEY), "")
    if not main:
        main = mint("B")
        out.append(b.BranchOpened(branch=main, key=MAIN_KEY))
    limits = state.terms.planning.budget
    asked = b.TaskAdded(
        task=mint("T"),
        key=PLANNER_ROLE,
        branch=main,
        kind="plan",
        title=("plan the mission" if cause == START else "change the plan") + (f": {because}" if because else ""),
        role=PLANNER_ROLE,
        verb="analyze",
        budget=limits.money or 0,
        tokens=limits.tokens,
        calls=limits.calls,
        attempts=ROUNDS,
        subject=cause,
    )
    return (*out, asked)


def plans(state: MissionState) -> list[Task]:
    """Every task that asks a planner, oldest first."""
    return [task for task in state.tasks.values() if task.kind == "plan"]


def pending(state: MissionState) -> bool:
    """Whether a planner is at work, or a proposal waits for an answer."""
    asked = any(task.state in {"open", "running", "verifying"} for task in plans(state))
    return asked or any(proposal.state == "proposed" for proposal in state.proposals.values())


def unplanned(state: MissionState) -> bool:
    """Whether a mission has no plan, and nobody is at work on one or asked about one."""
    if state.planned:
        return False
    tasks = {task.id for task in plans(state)}
    items = (item for item in state.attention.values() if not item.about.startswith("unplanned:"))
    asked = any(item.kind == "plan" or item.task in tasks for item in items)
    return bool(tasks) and not pending(state) and not asked


def judge(state: MissionState, attempt: Attempt, contents: Contents) -> tuple[b.Body, ...]:
    """The verdict about what a planner handed in: it must hold a patch, fit the plan, and have no error.

    After the last round what still has errors goes to the queue, where a person can mend it, or say no.
    """
    task = state.tasks[attempt.task]
    patch = _patch(attempt, contents)
    if patch is None:
        return (_verdict(task, attempt, (("holds a patch", "the handoff holds no patch of the plan"),)),)
    found = examine(state, patch, _known(state, attempt, contents))
    wrong = [(f"{one.code} {one.where}", _said(one)) for one in found.errors]
    if not patch.changes and not state.planned:
        wrong.append(("changes the plan", "the mission has no plan yet, and the patch adds none"))
    verdict = _verdict(task, attempt, tuple(wrong))
    if verdict.ok or len(task.attempts) < task.allowed or not patch.changes:
        return (verdict,)
    mint = Mint(state)
    proposed = proposal_of(state, mint, found, by=attempt.role, task=task.id, attempt=attempt.id)
    because = f"its plan has {_count(len(found.errors), 'error')} after the last round"
    return (verdict, b.TaskFailed(task=task.id, because=because), proposed, raised(mint, proposed))


def offer(state: MissionState, attempt: Attempt, contents: Contents) -> tuple[b.Body, ...]:
    """What follows from a patch without errors: it is accepted where the contract lets the engine do so, else asked
    about.
    """
    task, mint = state.tasks[attempt.task], Mint(state)
    patch = _patch(attempt, contents)
    done = b.TaskAccepted(task=task.id, attempt=attempt.id)
    if patch is None:
        return (done,)
    found = examine(state, patch, _known(state, attempt, contents))
    proposed = proposal_of(state, mint, found, by=attempt.role, task=task.id, attempt=attempt.id)
    if not patch.changes:
        nothing = b.PlanRejected(proposal=proposed.proposal, because=f"nothing is to change: {patch.because}")
        return (done, proposed, nothing)
    if not (withheld := withholds(state, attempt, found)):
        clause = (
            f"planning.accept: under {money(state.terms.planning.accept.under)}" if state.terms.planning.accept else ""
        )
        return (
            done,
            proposed,
            *bodies_of(state, found, mint, proposal=proposed.proposal, source=attempt.role, by=clause),
        )
    return (done, proposed, raised(mint, proposed, withheld if state.terms.planning.accept else ""))


def withholds(state: MissionState, attempt: Attempt, found: Examined) -> str:
    """Why the engine may not accept a plan by itself; empty when it may."""
    clause = state.terms.planning.accept
    if clause is None:
        return "the contract lets nobody but a person accept plans"
    if found.findings:
        return f"it has {_count(len(found.findings), 'finding')}"
    if attempt.label is None or attempt.label.integrity != "trusted":
        return "its planner has read what others wrote"
    if found.added > clause.under:
        return f"it adds up to {money(found.added)}, and the engine may accept {money(clause.under)}"
    return ""


def proposal_of(
    state: MissionState, mint: Mint, found: Examined, *, by: str, task: str = "", attempt: str = "", replaces: str = ""
) -> b.PlanProposed:
    """The record of a proposal, as it was examined."""
    return b.PlanProposed(
        proposal=mint("X"),
        by=by,
        task=task,
        attempt=attempt,
        base=plan_digest(state.terms.plan),
        digest=found.digest,
        patch=found.patch.stored(),
        because=found.patch.because,
        changes=found.changes,
        findings=found.findings,
        price=found.price,
        replaces=replaces,
        policy=POLICY,
    )


def raised(mint: Mint, proposed: b.PlanProposed, withheld: str = "") -> b.AttentionRaised:
    """The item that shows a proposal to a person."""
    errors = sum(one.code.startswith("E") for one in proposed.findings)
    warnings = len(proposed.findings) - errors
    told = [proposed.because, summary(proposed)]
    if errors or warnings:
        told.append(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    if withheld:
        told.append(f"asked because {withheld}")
    return b.AttentionRaised(
        attention=mint("Q"),
        kind="plan",
        title="a plan with errors: mend it, or send it back" if errors else "accept this plan?",
        task=proposed.task,
        attempt=proposed.attempt,
        refs=(proposed.proposal,),
        detail="\n".join(told),
        choices=("reject", "stop") if errors else ("accept", "reject", "stop"),
        about=f"plan:{proposed.proposal}",
    )


def summary(proposed: b.PlanProposed) -> str:
    """`adds 2 branches and 4 tasks, prunes 1 branch · $1.20 half of the time, $3.40 nine of ten, at most $75.00`."""
    counted: dict[tuple[str, str], int] = {}
    for change in proposed.changes:
        counted[change.do, change.kind] = counted.get((change.do, change.kind), 0) + 1
    parts = [f"{do}s {_count(number, kind)}" for (do, kind), number in counted.items()]
    price = proposed.price
    if price.p50 is None or price.p90 is None:
        costs = f"cost unknown, at most {money(price.most)}"
    else:
        costs = f"{money(price.p50)} half of the time, {money(price.p90)} nine of ten, at most {money(price.most)}"
    return f"{', '.join(parts) or 'changes nothing'} · {costs}"


def accepted(state: MissionState, proposal: Proposal, who: str) -> tuple[b.Body, ...] | str:
    """The facts of a plan that a person accepts, or why it cannot be accepted any more."""
    said = proposal.said
    if said.base != plan_digest(state.terms.plan):
        return "the plan changed since this was proposed; reject it, and ask again"
    found = examine(state, of_stored(said.patch), known_of(state))
    if found.errors:
        one = found.errors[0]
        return f"it cannot run as it is: {one.code} {one.where}: {_said(one)}"
    bodies = bodies_of(state, found, Mint(state), proposal=proposal.id, source=said.by, by=who)
    return (*bodies, *_moot(state, but=said.task))


def _moot(state: MissionState, but: str) -> Iterator[b.Body]:
    """Nobody else goes on planning what a plan was accepted for."""
    for task in plans(state):
        if task.id != but and task.state in {"open", "running", "verifying"}:
            yield b.TaskCancelled(task=task.id, because="another plan was accepted")
            yield from (
                b.AttentionResolved(attention=item.id, how="moot: another plan was accepted")
                for item in state.attention.values()
                if item.task == task.id
            )


def rejected(state: MissionState, proposal: Proposal, because: str, who: str) -> tuple[b.Body, ...]:
    """The facts of a no. It goes back to its planner once, with the reason."""
    no = b.PlanRejected(proposal=proposal.id, because=because or f"{who} said no")
    task = state.tasks.get(proposal.said.task)
    before = [
        one for one in state.proposals.values() if one.said.task == proposal.said.task and one.state == "rejected"
    ]
    if task is None or before or proposal.said.replaces:
        return (no,)
    return (no, b.TaskRetried(task=task.id, attempts=ROUNDS, because=f"rejected: {because}"[:2000]))


def _patch(attempt: Attempt, contents: Contents) -> Patch | None:
    told: Mapping[str, Any] | None = handoff_of(attempt, contents).patch
    return None if told is None else of_stored(told)


def _known(state: MissionState, attempt: Attempt, contents: Contents) -> Known:
    """What a patch is judged against: the state, and the models that were there when its planner was chosen."""
    content = contents.get(attempt.route.get("catalogue") or Sha256(""))
    pool = read(content) if content is not None and attempt.worker in {"model", "harness"} else None
    return known_of(state, pool)


def _verdict(task: Task, attempt: Attempt, wrong: tuple[tuple[str, str], ...]) -> b.VerdictGiven:
    lines = tuple(b.VerdictLine(criterion=what, ok=False, detail=why[:2000], by="engine") for what, why in wrong[:20])
    return b.VerdictGiven(task=task.id, attempt=attempt.id, stage="checks", by="engine", ok=not lines, lines=lines)


def _said(one: b.PlanFinding) -> str:
    return f"{one.what}; {one.mend}" if one.mend else one.what


def _count(count: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("ch") else f"{noun}s"
    return f"1 {noun}" if count == 1 else f"{count} {plural}"
