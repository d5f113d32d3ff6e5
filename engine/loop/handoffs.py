"""What a handoff becomes: verdicts, curated state, evidence, and canonical effects. Pure, given the contents of its
blobs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from engine.contract.model import Contract
from engine.contract.planned import Check
from engine.learnings.index import cited
from engine.ledger import bodies as b
from engine.loop.decide.duel import question
from engine.loop.subjects import Contents, handoff_of, subject_text
from engine.loop.taken import recorded
from engine.rules.check import QUOTED, breach
from engine.state.knowledge import Rule
from engine.state.model import Attempt, Mint, MissionState, Task
from engine.values import Ratio
from engine.verify import checks
from engine.verify.duel import JUDGE, SECOND, asked, compared, pair
from engine.verify.ladder import review_lines, reviewed_criteria, unsourced_lines
from engine.workers.protocol import EvidenceOut, Handoff

WORKED = frozenset({"work", SECOND})
"""Kinds of tasks that do what the plan asks for."""


def promised_metrics(state: MissionState, task: Task) -> tuple[str, ...]:
    """The metrics a task is expected to leave evidence for: its own, or those its criteria read."""
    if task.metric:
        return (task.metric,)
    if task.kind not in WORKED:
        return ()
    named = [name for name in task.produces if name in state.terms.evidence]
    read = [c.check.metric for c in task.criteria if isinstance(c.check, Check) and c.check.metric]
    return tuple(
        dict.fromkeys([*named, *(name for text in read for name in checks.metrics_named(text, state.terms.evidence))])
    )


def verify(state: MissionState, attempt: Attempt, contents: Contents) -> tuple[b.Body, ...]:
    """The `checks` stage of an attempt. A review's checks are that it answers for everything; then its word is the
    verdict.
    """
    task = state.tasks[attempt.task]
    handoff = handoff_of(attempt, contents)
    if task.kind == "review":
        return tuple(_verify_review(state, task, attempt, handoff, contents))
    if task.kind == JUDGE:
        return tuple(_verify_judge(state, task, attempt, handoff, contents))
    lines: list[b.VerdictLine] = []
    if task.kind != "check":
        files = tuple(name for name in task.produces if name not in state.terms.evidence)
        simulated = attempt.worker == "rehearsed"
        lines += checks.run(
            task.criteria, handoff, contents, files=files, metrics=promised_metrics(state, task), rehearsed=simulated
        )
    lines += _unit_faults(state.terms, handoff)
    lines += [*_gate(state, task, attempt, handoff, contents), *unsourced_lines(attempt)]
    if task.proposes and not handoff.effects:
        lines.append(
            b.VerdictLine(
                criterion=f"proposes {', '.join(task.proposes)}",
                ok=False,
                detail="the handoff proposes nothing",
                by="engine",
            )
        )
    return (_verdict(task, attempt, "checks", "engine", tuple(lines)),)


def _verdict(task: Task, attempt: Attempt, stage: str, by: str, lines: tuple[b.VerdictLine, ...]) -> b.VerdictGiven:
    return b.VerdictGiven.model_validate(
        {
            "task": task.id,
            "attempt": attempt.id,
            "stage": stage,
            "by": by,
            "ok": all(line.ok for line in lines),
            "lines": lines,
        }
    )


def _verify_review(
    state: MissionState, task: Task, attempt: Attempt, handoff: Handoff, contents: Contents
) -> Iterator[b.Body]:
    subject = state.attempts[task.subject]
    judged = state.tasks[subject.task]
    by = f"{attempt.role} · {attempt.model or attempt.worker}"
    lines = review_lines(reviewed_criteria(state, judged), handoff, by, lambda: subject_text(state, task, contents))
    if isinstance(lines, str):
        yield _invalid(task, attempt, lines)
        return
    yield _verdict(task, attempt, "checks", "engine", ())
    if _undecided(judged, subject, "review"):
        yield _verdict(judged, subject, "review", by, _ruled(state, lines))


def _verify_judge(
    state: MissionState, task: Task, attempt: Attempt, handoff: Handoff, contents: Contents
) -> Iterator[b.Body]:
    """A judge's word on two texts: a verdict on the first worker's where they agree, a question where they do not."""
    subject, both = state.attempts[task.subject], pair(state, task.subject)
    judged = state.tasks[subject.task]
    by = f"{attempt.role} · {attempt.model or attempt.worker}"
    criteria = reviewed_criteria(state, judged)
    lines = review_lines(asked(criteria), handoff, by, lambda: subject_text(state, task, contents))
    if isinstance(lines, str):
        yield _invalid(task, attempt, lines)
        return
    yield _verdict(task, attempt, "checks", "engine", ())
    if both is None or not _undecided(judged, subject, "duel"):
        return
    found = compared(criteria, lines, own=1 + both.index(subject), by=by)
    if found.ok is None:
        yield question(state, judged, subject, found.apart)
    else:
        yield _verdict(judged, subject, "duel", by, _ruled(state, found.lines))


def _invalid(task: Task, attempt: Attempt, why: str) -> b.VerdictGiven:
    line = b.VerdictLine(criterion="answers for everything", ok=False, detail=why, by="engine")
    return _verdict(task, attempt, "checks", "engine", (line,))


def _undecided(judged: Task, subject: Attempt, stage: str) -> bool:
    """Whether a verdict on this attempt is still waited for."""
    latest = judged.state == "verifying" and judged.attempts[-1] == subject.id
    return latest and not any(verdict.stage == stage for verdict in subject.verdicts)


def _gate(
    state: MissionState, task: Task, attempt: Attempt, handoff: Handoff, contents: Contents
) -> Iterator[b.VerdictLine]:
    """The rules in force, before anybody sees the draft. What a machine can check is checked; what it cannot and came
    into force while this was written is written again, for its worker has not seen it.
    """
    if task.kind not in WORKED or attempt.worker == "human":
        return
    for rule in state.rules_for(task):
        criterion = f"{rule.id} {rule.text}"
        if not rule.exact():
            if task.proposes and rule.at > attempt.at:
                said = f"written before it was a rule: {rule.text}"
                yield b.VerdictLine(criterion=f"obeys {rule.id}", ok=False, detail=said, by="engine")
        elif attempt.worker == "rehearsed":
            said = "not judged: the text is rehearsed"
            yield b.VerdictLine(criterion=criterion, ok=True, detail=said, by="rehearsal")
        else:
            yield _checked(state, rule, criterion, handoff, contents)


def _checked(state: MissionState, rule: Rule, criterion: str, handoff: Handoff, contents: Contents) -> b.VerdictLine:
    for label, text in checks.drafts(handoff, contents, rule.verbs):
        if (found := breach(rule.check, text, state.evidence)) is not None:
            return b.VerdictLine(
                criterion=criterion,
                ok=rule.strength != "must",
                detail=f"{label}: {found.why}",
                by="engine",
                rule=rule.id,
                span=found.span,
            )
    return b.VerdictLine(criterion=criterion, ok=True, by="engine", rule=rule.id)


def _ruled(state: MissionState, lines: tuple[b.VerdictLine, ...]) -> tuple[b.VerdictLine, ...]:
    """The lines of a review, those about rules under their ids: a `should` that does not hold is noted, and no more."""
    out = []
    for line in lines:
        rule = state.rules.get(line.criterion.partition(" ")[0])
        if rule is None or line.criterion != f"{rule.id} {rule.text}":
            out.append(line)
            continue
        broken = (line.span or line.detail[:QUOTED] or "(no words were quoted)") if not line.ok else ""
        ok = line.ok or rule.strength != "must"
        out.append(line.model_copy(update={"rule": rule.id, "span": broken, "ok": ok}))
    return tuple(out)


def _unit_faults(contract: Contract, handoff: Handoff) -> list[b.VerdictLine]:
    found = []
    for evidence in handoff.evidence:
        metric = contract.evidence.get(evidence.metric)
        fault = (
            "the contract has no such metric"
            if metric is None
            else ""
            if _fits(metric.unit, evidence.value)
            else f"is no {metric.unit}"
        )
        if fault:
            found.append(b.VerdictLine(criterion=f"evidence {evidence.metric}", ok=False, detail=fault, by="engine"))
    return found


def _fits(unit: str, value: Ratio | str) -> bool:
    if isinstance(value, Ratio):
        return unit == "ratio" and 0 <= value.k <= value.n
    if unit in {"text", "ratio"}:
        return unit == "text"
    try:
        number = Decimal(value)
    except InvalidOperation:
        return False
    return number.is_finite() and (unit != "score" or 0 <= number <= 1)


def taken_down(state: MissionState, attempt: Attempt, contents: Contents) -> tuple[b.Body, ...]:
    """What a delivered handoff says, as items that wait for its acceptance."""
    task = state.tasks[attempt.task]
    if task.kind in {"review", "check", SECOND, JUDGE}:
        return ()
    return tuple(recorded(state, task, attempt, handoff_of(attempt, contents), Mint(state), proposed=True))


def accept(state: MissionState, attempt: Attempt, contents: Contents) -> tuple[b.Body, ...]:
    """The task is accepted, and its handoff becomes state: artifacts, items, evidence."""
    task = state.tasks[attempt.task]
    handoff = handoff_of(attempt, contents)
    mint = Mint(state)
    out: list[b.Body] = [b.TaskAccepted(task=task.id, attempt=attempt.id)]
    if task.kind in {"review", "check", SECOND, JUDGE}:
        return tuple(out)
    for artifact in handoff.artifacts:
        out.append(
            b.ArtifactProduced(
                artifact=mint("P"),
                name=artifact.name,
                sha=artifact.sha,
                bytes=artifact.bytes,
                media=artifact.media,
                task=task.id,
                attempt=attempt.id,
            )
        )
    if not any(item.attempt == attempt.id for item in state.items.values()):  # delivered to an older release
        out += recorded(state, task, attempt, handoff, mint, proposed=False)
    measured = [_evidence(task, attempt, evidence, mint) for evidence in handoff.evidence]
    out += [_learning(state, task, attempt, text, measured, mint) for text in handoff.learnings]
    return (*out, *measured)


def _learning(
    state: MissionState, task: Task, attempt: Attempt, text: str, measured: Sequence[b.EvidenceRecorded], mint: Mint
) -> b.LearningRecorded:
    """What a worker says it has learnt: proposed, with the evidence that it names or that came with it. Told to nobody
    before a human promotes it.
    """
    there = [*state.evidence, *(one.evidence for one in measured)]
    return b.LearningRecorded(
        learning=mint("L"),
        text=text,
        branch=task.branch,
        evidence=cited(text, there) or tuple(one.evidence for one in measured)[:5],
        status="proposed",
        task=task.id,
        attempt=attempt.id,
    )


_GRADES = {"command": "checked", "human": "external"}


def _evidence(task: Task, attempt: Attempt, evidence: EvidenceOut, mint: Mint) -> b.EvidenceRecorded:
    return b.EvidenceRecorded.model_validate(
        {
            "evidence": mint("E"),
            "metric": evidence.metric,
            "branch": task.branch,
            "source": f"{attempt.role} ({attempt.model or attempt.worker})",
            "grade": _GRADES.get(attempt.worker, "claimed"),
            "value": evidence.value,
            "task": task.id,
            "attempt": attempt.id,
            "about": task.subject if task.kind == "grade" else "",
            "note": evidence.note,
        }
    )


__all__ = ["Contents", "accept", "handoff_of", "subject_text", "taken_down", "verify"]
