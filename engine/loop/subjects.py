"""What a reviewer, a judge or a grader is shown of what they are asked about. Pure, given the contents of its blobs."""

from __future__ import annotations

from collections.abc import Mapping

from engine.state.model import Attempt, MissionState, Task
from engine.values import Sha256
from engine.verify import checks
from engine.verify.duel import JUDGE, SECOND, pair
from engine.workers.protocol import Handoff

Contents = Mapping[Sha256, bytes]


def handoff_of(attempt: Attempt, contents: Contents) -> Handoff:
    """The handoff an attempt delivered."""
    if attempt.handoff is None:
        raise ValueError(f"{attempt.id} delivered nothing")
    return Handoff.model_validate_json(contents[attempt.handoff])


def shown(state: MissionState, task: Task) -> tuple[Attempt, ...]:
    """The attempts whose work a task is about: one for a review, two for a judge, none for whoever does it again."""
    if task.kind == JUDGE:
        return pair(state, task.subject) or ()
    if task.kind == SECOND or task.subject not in state.attempts:
        return ()
    return (state.attempts[task.subject],)


def subject_text(state: MissionState, task: Task, contents: Contents) -> str:
    """What is asked about, as text; of a review that is asked to look at them also what its author took for granted and
    decided. Never the conversation it came from.
    """
    about = [attempt for attempt in shown(state, task) if attempt.handoff and attempt.handoff in contents]
    if task.kind == JUDGE:
        return "\n\n".join(
            f"text {n}:\n{work_text(attempt, contents)}" for n, attempt in enumerate(about, 1) if len(about) == 2
        )
    if about:
        brief = _brief(handoff_of(about[0], contents)) if task.kind == "review" and "decisions" in task.context else ""
        return "\n\n".join(part for part in (work_text(about[0], contents), brief) if part)
    evidence = state.evidence.get(task.subject)
    if evidence is not None and evidence.blob and evidence.blob in contents:
        return contents[evidence.blob].decode("utf-8", "replace")
    return ""


def work_text(attempt: Attempt, contents: Contents) -> str:
    """Every text of an attempt, under its label."""
    texts = checks.texts(handoff_of(attempt, contents), contents)
    return "\n\n".join(f"{label}:\n{text}" for label, text in texts)


def _brief(handoff: Handoff) -> str:
    """What the author decided, took for granted and left open: the risks, to be weighed by whoever reviews it."""
    parts = (
        ("decided", handoff.decisions),
        ("took for granted", handoff.assumptions),
        ("left open", handoff.questions),
    )
    lines = [f"- {word}: {text}" for word, texts in parts for text in texts]
    return "\n".join(["what its author says about it:", *lines]) if lines else ""
