"""Two workers who do not know of each other, and a judge who does not know which is whose. Pure.

The second one is of another model family and gets a package of its own. The judge sees two texts in an order that says
nothing, answers for each of them criterion by criterion, and says whether they come to the same. What they disagree
about is a human's to decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.ledger.bodies import VerdictLine
from engine.state.model import Attempt, MissionState, Task
from engine.values import digest

SECOND: Final = "second"
JUDGE: Final = "judge"
"""Kinds of the two tasks that a duel adds."""
SAME = "both texts come to the same result in substance"


def second_of(state: MissionState, attempt: str) -> Task | None:
    """The task that does an attempt's work a second time."""
    return _beside(state, attempt, SECOND)


def judge_of(state: MissionState, attempt: str) -> Task | None:
    """The task that compares an attempt with the second one."""
    return _beside(state, attempt, JUDGE)


def _beside(state: MissionState, attempt: str, kind: str) -> Task | None:
    return next((task for task in state.tasks.values() if task.kind == kind and task.subject == attempt), None)


def pair(state: MissionState, attempt: str) -> tuple[Attempt, Attempt] | None:
    """The attempt and the accepted second one, in the order in which the judge sees them; None before there are two.

    The order follows from their ids and the mission's seed alone: nobody can tell from it which came first.
    """
    other = second_of(state, attempt)
    if other is None or not other.accepted:
        return None
    first, second = state.attempts[attempt], state.attempts[other.accepted]
    swapped = int(digest([state.id, state.seed, first.id, second.id])[0], 16) % 2
    return (second, first) if swapped else (first, second)


def asked(criteria: Sequence[str]) -> tuple[str, ...]:
    """What the judge must answer for, one by one."""
    return (*(f"text {n}: {text}" for n in (1, 2) for text in criteria), SAME)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a judge found. `ok` None: the two disagree, and a human decides."""

    ok: bool | None
    lines: tuple[VerdictLine, ...]
    apart: tuple[str, ...] = ()
    """What they disagree about."""


def compared(criteria: Sequence[str], answers: Sequence[VerdictLine], *, own: int, by: str) -> Compared:
    """A judge's answers (in the order of `asked`), read for the attempt that was text `own`."""
    count = len(criteria)
    texts = answers[:count], answers[count : 2 * count]
    mine, other = texts[own - 1], texts[2 - own]
    lines = tuple(
        line.model_copy(update={"criterion": text, "by": by}) for text, line in zip(criteria, mine, strict=True)
    )
    apart = [text for text, one, two in zip(criteria, mine, other, strict=True) if one.ok != two.ok]
    same = answers[-1]
    if not same.ok:
        apart.append(f"{SAME}: {same.detail}" if same.detail else SAME)
    if apart:
        return Compared(None, lines, tuple(apart))
    agreed = VerdictLine(criterion=SAME, ok=True, detail=same.detail, by=by)
    return Compared(all(line.ok for line in lines), (*lines, agreed))
