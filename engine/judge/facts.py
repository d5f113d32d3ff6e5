"""The facts that conditions see, computed from the state. A fact that is not known is left out, never guessed.

A metric below its `min_sample` is unknown. Replies: n = delivered (sent less bounced), k = people who replied;
auto-submitted mail and delivery reports are no replies (decisions: reply rate).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.contract.model import Metric
from engine.state.model import ALIVE_BRANCH, FINAL_TASK, OPEN_EFFECT, Branch, Evidence, MissionState, Task
from engine.values import DAY, MICRO, Ratio

ANSWERS = frozenset({"reply", "stop", "other"})
"""Messages a person wrote."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric as measured: how many observations, and its value as a ratio or a decimal; None without any."""

    n: int
    value: Ratio | Decimal | None

    def known(self, metric: Metric) -> bool:
        """Whether there is enough of it to be judged by."""
        return self.value is not None and self.n >= metric.min_sample

    def number(self) -> float:
        """What a condition sees."""
        if isinstance(self.value, Ratio):
            return self.value.k / self.value.n if self.value.n else 0.0
        return float(self.value or 0)

    def text(self) -> str:
        """What is stored beside an evaluation: `9/44`, `0.35`."""
        return f"{self.value.k}/{self.value.n}" if isinstance(self.value, Ratio) else str(self.value)


def delivered(state: MissionState, branch: str | None) -> frozenset[str]:
    """Effects that reached somebody: done, and not reported as bounced."""
    bounced = {e.about for e in state.evidence.values() if e.message == "bounce"}
    return frozenset(
        e.id for e in state.effects.values() if e.state == "done" and branch in {None, e.branch} and e.id not in bounced
    )


def read(state: MissionState, name: str, branch: str | None) -> Reading:
    """A metric of one branch, or of the whole mission (`branch` None)."""
    metric = state.terms.evidence[name]
    seen = [e for e in state.evidence.values() if branch in {None, e.branch}]
    if metric.from_ == "inbox":
        return _from_inbox(state, metric, seen, branch)
    own = [e for e in seen if e.metric == name and e.value is not None]
    if metric.unit == "text":
        return Reading(len(own), Decimal(len(own)) if own else None)
    if metric.unit == "ratio":
        ratios = [e.value for e in own if isinstance(e.value, Ratio)]
        return Reading(ratios[-1].n, ratios[-1]) if ratios else Reading(0, None)
    numbers = [Decimal(e.value) for e in own if isinstance(e.value, str)]
    if not numbers:
        return Reading(0, None)
    if metric.unit == "count":
        return Reading(len(numbers), sum(numbers, Decimal(0)))
    if metric.unit == "score":
        return Reading(len(numbers), sum(numbers, Decimal(0)) / len(numbers))
    return Reading(len(numbers), numbers[-1])


def _from_inbox(state: MissionState, metric: Metric, seen: Iterable[Evidence], branch: str | None) -> Reading:
    reached = delivered(state, branch)
    people = {e.person for e in seen if e.message in ANSWERS and e.about in reached}
    if metric.unit == "ratio":
        return Reading(len(reached), Ratio(k=len(people), n=len(reached)) if reached else None)
    return Reading(len(people), Decimal(len(people)))


def _tasks(tasks: Iterable[Task]) -> dict[str, int]:
    own = [t for t in tasks if t.kind == "work"]
    return {
        "accepted": sum(t.state == "accepted" for t in own),
        "failed": sum(t.state == "failed" for t in own),
        "open": sum(t.state not in FINAL_TASK for t in own),
    }


def _metrics(state: MissionState, branch: str | None) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    shown: dict[str, str] = {}
    for name, metric in state.terms.evidence.items():
        reading = read(state, name, branch)
        values[f"{name}_n"], shown[f"{name}_n"] = reading.n, str(reading.n)
        if reading.known(metric):
            values[name], shown[name] = reading.number(), reading.text()
        else:
            shown[name] = f"unknown ({reading.n} of {metric.min_sample})"
    return values, shown


def mission_facts(state: MissionState, now: int, *, exhausted: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and their texts under `mission.`"""
    judged = [br for br in state.branches.values() if br.key != "main"]
    counts = {
        "alive": sum(br.state in ALIVE_BRANCH for br in judged),
        "kept": sum(br.state == "kept" for br in judged),
        "pruned": sum(br.state == "pruned" for br in judged),
        "tried": len(judged),
    }
    values, shown = _metrics(state, None)
    cap = state.terms.budget.money
    values |= {
        "exhausted": exhausted,
        "branches": counts,
        "tasks": _tasks(state.tasks.values()),
        "effects": {
            "open": sum(e.state in OPEN_EFFECT for e in state.effects.values()) + _unproposed(state),
            "done": sum(e.state == "done" for e in state.effects.values()),
        },
        "waiting": len({t.branch for t in state.timers.values()} | {c.branch for c in state.checks.values()}),
        "spent_usd": state.spent / MICRO,
        "spent_share": state.spent / cap if cap else 0.0,
        "days": (now - state.started_at) / DAY if state.started_at else 0.0,
    }
    shown |= {
        "exhausted": str(exhausted).lower(),
        "spent_usd": str(Decimal(state.spent) / MICRO),
        "spent_share": f"{state.spent}/{cap}",
        "days": f"{max(0, now - state.started_at) if state.started_at else 0} ms",
        **{f"branches.{name}": str(count) for name, count in counts.items()},
        **{f"tasks.{name}": str(count) for name, count in values["tasks"].items()},
        **{f"effects.{name}": str(count) for name, count in values["effects"].items()},
        "waiting": str(values["waiting"]),
    }
    return values, shown


def _counts(state: MissionState, task: Task) -> bool:
    return task.state == "accepted" and bool(task.accepted) and state.branches[task.branch].state != "pruned"


def _unproposed(state: MissionState) -> int:
    """Effects that accepted attempts propose and that are not canonical yet."""
    accepted = (state.attempts[t.accepted] for t in state.tasks.values() if _counts(state, t))
    return sum(max(0, attempt.proposals - attempt.proposed) for attempt in accepted)


def branch_facts(state: MissionState, branch: Branch, now: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and their texts under `branch.`"""
    values, shown = _metrics(state, branch.id)
    sent = [e for e in state.effects.values() if e.branch == branch.id and e.state == "done"]
    own = {
        "key": branch.key,
        "batches": len({e.batch for e in sent}),
        "sent": len(sent),
        "windows": branch.windows,
        "spent_usd": branch.spent / MICRO,
        "days": max(0, now - branch.opened_at) / DAY,
        "tasks": _tasks(t for t in state.tasks.values() if t.branch == branch.id),
    }
    shown |= {
        "key": branch.key,
        "batches": str(own["batches"]),
        "sent": str(len(sent)),
        "windows": str(branch.windows),
        "spent_usd": str(Decimal(branch.spent) / MICRO),
        "days": f"{max(0, now - branch.opened_at)} ms",
        **{
            f"tasks.{name}": str(count)
            for name, count in _tasks(t for t in state.tasks.values() if t.branch == branch.id).items()
        },
    }
    return values | own, shown
