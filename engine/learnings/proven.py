"""What work really took: for each role and whoever did it, how often it was accepted, how long it ran, what it cost.
Computed from missions as they are, never claimed. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.state.model import MissionState
from engine.values import duration, money


@dataclass(frozen=True, slots=True)
class Proven:
    """One route over some missions: `accepted` of `tried` attempts; medians in milliseconds and micro-dollars."""

    role: str
    name: str
    """The model, or the kind of worker where there is none."""
    tried: int
    accepted: int
    latency: int
    micro_usd: int
    missions: tuple[str, ...]

    def line(self) -> str:
        """`writer by haiku: 9 of 10 accepted, 42s and $0.0031 each`."""
        took = f"{duration(self.latency)} and {money(self.micro_usd)} each (median)"
        return f"{self.role} by {self.name}: {self.accepted} of {self.tried} accepted, {took}"


def proven(states: Iterable[MissionState]) -> tuple[Proven, ...]:
    """Every route of these missions that ended at least once, rehearsals left out; most often accepted first."""
    found: dict[tuple[str, str], list[tuple[bool, int, int, str]]] = {}
    for state in states:
        if state.contract is None or state.rehearsed:
            continue
        for attempt in state.attempts.values():
            if attempt.state not in {"delivered", "failed"} or attempt.spared or attempt.worker == "rehearsed":
                continue
            accepted = state.tasks[attempt.task].accepted == attempt.id
            found.setdefault((attempt.role, attempt.model or attempt.worker), []).append(
                (accepted, attempt.latency, attempt.spent, str(state.id))
            )
    made = [
        Proven(
            role,
            name,
            len(told),
            sum(accepted for accepted, *_rest in told),
            _median([latency for _accepted, latency, *_rest in told]),
            _median([spent for _accepted, _latency, spent, _mission in told]),
            tuple(dict.fromkeys(mission for *_rest, mission in told)),
        )
        for (role, name), told in found.items()
    ]
    return tuple(sorted(made, key=lambda one: (one.role, -one.accepted, one.micro_usd, one.name)))


def _median(values: Sequence[int]) -> int:
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2] if ordered else 0
