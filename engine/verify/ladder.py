"""The ladder a delivered attempt climbs: checks → command → duel → review → human. Pure: says which stage comes next.

A task is accepted only when every stage it needs has given its verdict, and none said no.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.contract.planned import Check
from engine.ledger.bodies import VerdictLine
from engine.state.model import Attempt, MissionState, Task
from engine.workers.protocol import CriterionVerdict, Handoff

QUOTE = 300
"""Characters of a quotation that a verdict keeps."""
_MARKS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})

STAGES = ("checks", "command", "duel", "review", "human")


def stages(task: Task) -> tuple[str, ...]:
    """The stages a task's results must pass, in order. `checks` always comes first."""
    needed = {"checks"}
    if any(isinstance(c.check, Check) and c.check.command for c in task.criteria) and task.kind in {"work", "second"}:
        needed.add("command")
    if task.kind == "work":
        needed |= {stage for stage in ("duel", "review", "human") if task.wants(stage)}
        if "duel" in needed and "review" not in task.verify:
            needed.discard("review")  # the judge of a duel answers for the criteria that are left to a reviewer
    return tuple(stage for stage in STAGES if stage in needed)


def next_stage(task: Task, attempt: Attempt) -> str | None:
    """The first stage without a verdict; None when all have said yes. Only for an attempt without a no."""
    given = {verdict.stage for verdict in attempt.verdicts}
    return next((stage for stage in stages(task) if stage not in given), None)


def reviewed_criteria(state: MissionState, task: Task) -> tuple[str, ...]:
    """What a reviewer must answer for, one by one: the criteria left to review, and every rule in force that no machine
    checks, by its id.
    """
    own = [c.text for c in task.criteria if c.check == "review"]
    rules = [f"{rule.id} {rule.text}" for rule in state.rules_for(task) if not rule.exact()]
    return tuple(own or ["fulfils its task"]) + tuple(rules)


def unsourced_lines(attempt: Attempt) -> tuple[VerdictLine, ...]:
    """Calls of tools that promised evidence and left no source: each fails the attempt that made it."""
    return tuple(
        VerdictLine(criterion="tools leave what they promise", ok=False, detail=f"{call} left no source", by="engine")
        for call in attempt.unsourced
    )


def review_lines(
    asked: tuple[str, ...], handoff: Handoff, by: str, work: Callable[[], str] = str
) -> tuple[VerdictLine, ...] | str:
    """A reviewer's handoff as verdict lines, or what makes it invalid: a criterion without an answer, and words that it
    quotes and that do not stand in the `work` that it was shown.
    """
    answers: dict[str, CriterionVerdict] = {}
    for verdict in handoff.verdicts:  # of two answers to one criterion the no counts
        if verdict.criterion not in answers or not verdict.ok:
            answers[verdict.criterion] = verdict
    silent = [criterion for criterion in asked if criterion not in answers]
    if silent:
        return f"the review says nothing about: {silent[0]}"
    quoted = [answers[criterion] for criterion in asked if answers[criterion].quote.strip()]
    if quoted:
        text = _plain(work())
        for answer in quoted:
            if _plain(answer.quote) not in text:
                return f"the review quotes words that the work does not hold: {answer.quote[:120]}"
    return tuple(
        VerdictLine(criterion=c, ok=answers[c].ok, detail=answers[c].detail, by=by, span=answers[c].quote[:QUOTE])
        for c in asked
    )


def _plain(text: str) -> str:
    """Words alone: a quotation may break its lines elsewhere, and use other quotation marks."""
    return " ".join(text.translate(_MARKS).split()).casefold()
