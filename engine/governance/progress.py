"""Whether a worker that uses tools gets anywhere: told by digests of what it asked for and of what came back. Pure.

Exact arguments alone never tell: a counter or a date in them makes every call a new one. Nor does likeness of texts,
which makes a diligent reader look like a loop. A round without progress is a strike: the first ones are warnings to the
worker, the last one ends its attempt.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import rfc8785

from engine.values import Sha256, canonical, sha256

SAME_CALL = 3
"""So many times the same call may bring back the same."""
SAME_RESULT = 6
"""So many calls of one tool in a row may bring back the same, whatever they asked for."""
NOTHING_NEW = 10
"""So many calls in a row may bring back nothing that was not there before."""
STRIKES = 3
"""Rounds without progress that end an attempt; each one before the last is a warning."""
RETRIES = 3
"""How often an attempt may try again, for whatever reason: an answer that does not fit, a call that failed, a
conversation that was too long. One budget for all of them.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a tool. `round` counts the worker's answers; `good`: it ran, and well."""

    round: int
    tool: str
    arguments: Sha256
    result: Sha256
    good: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """How far a worker is from being stuck, and the newest reason, as a sentence; empty for none."""

    strikes: int = 0
    why: str = ""

    @property
    def stuck(self) -> bool:
        """Whether warnings are over."""
        return self.strikes >= STRIKES


def arguments_digest(text: str) -> Sha256:
    """The digest of what arguments mean: blanks and the order of keys make no difference; unreadable ones stand for
    themselves.
    """
    try:
        return sha256(canonical(json.loads(text)))
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        return sha256(text.encode("utf-8", "replace"))


def judged(steps: Sequence[Step]) -> Judgement:
    """What the calls so far say."""
    calls: Counter[tuple[str, str, str]] = Counter()
    known: set[tuple[str, str]] = set()
    before: tuple[str, str] | None = None
    same = old = 0
    strikes: dict[int, str] = {}
    for step in steps:
        brought = step.tool, step.result
        same = same + 1 if brought == before else 1
        old = 0 if step.good and brought not in known else old + 1
        before = brought
        known.add(brought)
        calls[step.tool, step.arguments, step.result] += 1
        count = calls[step.tool, step.arguments, step.result]
        if count >= SAME_CALL:
            strikes[step.round] = f"{step.tool} was asked the same {count} times and brought back the same"
        elif same >= SAME_RESULT:
            strikes[step.round] = f"the last {same} calls of {step.tool} all brought back the same"
        elif old >= NOTHING_NEW:
            strikes[step.round] = f"the last {old} calls brought back nothing new"
    return Judgement(len(strikes), strikes[max(strikes)] if strikes else "")


def pointless(steps: Sequence[Step], tool: str, arguments: Sha256) -> Step | None:
    """The last of the same calls, when they have brought back the same so often that another one is not run."""
    same = [step for step in steps if (step.tool, step.arguments) == (tool, arguments)][-SAME_CALL:]
    return same[-1] if len(same) == SAME_CALL and len({step.result for step in same}) == 1 else None
