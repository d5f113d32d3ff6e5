"""What was tried before and given up, in all missions, for whoever plans: the plan linter's W03. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.plan.known import Known
from engine.plan.known import Tried as Given


@dataclass(frozen=True, slots=True)
class Tried:
    """One branch that was pruned: where, what it supposed, why it ended and what it cost."""

    mission: str
    branch: str
    key: str
    hypothesis: str
    because: str
    micro_usd: int = 0

    def line(self) -> str:
        """`tried as gtm/b3: too few answer`."""
        return f"tried as {self.mission}/{self.key}: {self.because}"


def of_rows(rows: Iterable[Mapping[str, Any]], cards: Iterable[Mapping[str, Any]] = ()) -> tuple[Tried, ...]:
    """The pruned branches in view rows of kind `branch`, as a front end reads them for all missions at once; those of
    missions whose `cards` say that they were rehearsed prove nothing.
    """
    rehearsed = {card.get("id") for card in cards if card.get("rehearsed")}
    return tuple(
        Tried(
            str(row.get("mission", "")),
            str(row.get("id", "")).rpartition("/")[2],
            str(row.get("key", "")),
            str(row.get("hypothesis", "")),
            str(row.get("reason") or ""),
            int(row.get("spent_micro_usd") or 0),
        )
        for row in rows
        if row.get("state") == "pruned" and row.get("mission") not in rehearsed
    )


def known(
    rows: Iterable[Mapping[str, Any]], rules: Iterable[str] = (), cards: Iterable[Mapping[str, Any]] = ()
) -> Known:
    """What the plan linter should know of all missions (W03, W04): pruned branches, and the rules for all of them.

    Each branch is named with its mission, so that a new one of the same name is no continuation of it.
    """
    found = (
        Given(
            f"{one.mission}/{one.branch}",
            f"{one.key} ({one.mission})",
            one.hypothesis,
            one.because,
            learned=True,
            elsewhere=True,
        )
        for one in of_rows(rows, cards)
    )
    return Known(tried=tuple(found), rules=tuple(rules))


__all__ = ["Known", "Tried", "known", "of_rows"]
