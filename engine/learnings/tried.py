"""What was tried before and given up: `W03 tried as b3: too few answer`. Pure.

For whoever plans: of a branch that is proposed, the branches of this mission and of others that were pruned and that
say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.learnings.index import overlap
from engine.plan.known import Known
from engine.plan.known import Tried as Given
from engine.state.model import MissionState

ALIKE = 60
"""Hundredths of the shorter hypothesis's words that two must share to be called the same."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One branch that was pruned: where, what it supposed, why it ended and what it cost."""

    mission: str
    branch: str
    key: str
    hypothesis: str
    because: str
    micro_usd: int = 0

    def line(self, mission: str = "") -> str:
        """`tried as b3: too few answer`; of another mission than this one, with its name."""
        name = self.key if self.mission == mission else f"{self.mission}/{self.key}"
        return f"tried as {name}: {self.because}"


def of_state(state: MissionState) -> tuple[Tried, ...]:
    """The pruned branches of one mission."""
    return tuple(
        Tried(str(state.id), branch.id, branch.key, branch.hypothesis, branch.because, branch.spent)
        for branch in state.branches.values()
        if branch.state == "pruned"
    )


def of_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[Tried, ...]:
    """The pruned branches in view rows of kind `branch`, as a front end reads them for all missions at once."""
    return tuple(
        Tried(
            str(row.get("mission", "")),
            str(row.get("id", "")).rpartition("/")[2],
            str(row.get("key", "")),
            str(row.get("hypothesis", "")),
            str(row.get("because") or row.get("reason") or ""),
            int(row.get("spent_micro_usd") or 0),
        )
        for row in rows
        if row.get("state") == "pruned"
    )


def known(rows: Iterable[Mapping[str, Any]], rules: Iterable[str] = ()) -> Known:
    """What the plan linter should know of all missions (W03, W04): pruned branches, and the rules for all of them.

    Each branch is named with its mission, so that a new one of the same name is no continuation of it.
    """
    found = (
        Given(f"{one.mission}/{one.branch}", f"{one.key} ({one.mission})", one.hypothesis, one.because, learned=True)
        for one in of_rows(rows)
    )
    return Known(tried=tuple(found), rules=tuple(rules))


def tried(key: str, hypothesis: str, known: Iterable[Tried]) -> tuple[Tried, ...]:
    """What of the pruned branches says the same as a branch that is proposed, the most alike first."""
    found = []
    for one in known:
        alike = 100 if one.key.casefold() == key.casefold() else overlap(hypothesis, one.hypothesis)
        if alike >= ALIKE:
            found.append((-alike, one.mission, one.branch, one))
    return tuple(one for *_order, one in sorted(found, key=lambda entry: entry[:3]))


__all__ = ["Known", "Tried", "known", "of_rows", "of_state", "tried"]
