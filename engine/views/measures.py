"""What the branches of a mission have measured, kept from commit to commit: a branch is computed again when it changed.

Holds nothing that could not be read from the state again: `Measures(state)` is the same as one that was kept.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from engine.state.model import Evidence, MissionState
from engine.views import series
from engine.views.metrics import Summary, of_branch


class Measures:
    """The summaries and series of one state, which `evidence`, `effect` and `check` keep up to date."""

    def __init__(self, state: MissionState) -> None:
        self._state = state
        self._entries: dict[str, list[Evidence]] = {}
        self._done: dict[str, dict[str, int]] = {}
        """By branch: effects that are done, and when they left."""
        self._bounced: set[str] = set()
        self._stale: set[str] = set()
        self._summaries: dict[str, list[Summary]] = {}
        self._points: dict[str, dict[str, series.Points]] = {}
        self._highest: dict[str, Fraction] = {}
        for effect in state.effects:
            self.effect(effect)
        for entry in state.evidence:
            self.evidence(entry)
        self.refresh()

    def evidence(self, name: str) -> None:
        """Take in a piece of evidence."""
        entry = self._state.evidence[name]
        self._entries.setdefault(entry.branch, []).append(entry)
        self._stale.add(entry.branch)
        if entry.message == "bounce":
            self._bounced.add(entry.about)
            about = self._state.effects.get(entry.about)
            if about is not None:
                self._stale.add(about.branch)

    def effect(self, name: str) -> None:
        """Take in what became of an effect."""
        effect = self._state.effects[name]
        if effect.state == "done":
            self._done.setdefault(effect.branch, {})[name] = effect.ended_at
            self._stale.add(effect.branch)

    def check(self, branch: str) -> None:
        """A look at the sources of a branch came to an end."""
        self._stale.add(branch)

    def refresh(self) -> bool:
        """Compute what is out of date; whether anything was."""
        if not self._stale:
            return False
        contract = self._state.terms
        for branch in self._stale:
            entries = self._entries.get(branch, [])
            done = self._done.get(branch, {})
            reached = {name: at for name, at in done.items() if name not in self._bounced}
            self._summaries[branch] = of_branch(contract, branch, entries, reached)
            messages = [entry for entry in entries if entry.message]
            self._points[branch] = {}
            for summary in self._summaries[branch]:
                name, metric = summary.metric, contract.evidence.get(summary.metric)
                self._points[branch][name] = (
                    series.answers(summary.unit, messages, reached, self._state.checked.get(branch, ()))
                    if metric is not None and metric.from_ == "inbox"
                    else series.readings(summary.unit, [e for e in entries if e.metric == name])
                )
        self._stale.clear()
        self._highest = {}
        for points in self._points.values():
            for name, own in points.items():
                self._highest[name] = max([self._highest.get(name, Fraction(0)), *own])
        return True

    def of(self, branch: str) -> list[Summary]:
        """The metrics of a branch, in the contract's order."""
        return self._summaries.get(branch, [])

    def named(self, branch: str, metric: str) -> Summary | None:
        """One metric of a branch; None without evidence of it."""
        return next((summary for summary in self.of(branch) if summary.metric == metric), None)

    def latest(self, branch: str, metric: str) -> Fraction | None:
        """The newest point of a metric's series; None without any."""
        points = self._points.get(branch, {}).get(metric, ())
        return points[-1] if points else None

    def series(self, branch: str, metric: str) -> list[int]:
        """A metric of a branch as heights from 0 to 7, on one scale with the mission's other branches."""
        points = self._points.get(branch, {}).get(metric, ())
        return series.scaled(points, self._highest.get(metric, Fraction(0)))

    def rows(self, branch: str) -> list[dict[str, Any]]:
        """The `evidence` of a branch's row."""
        return [
            {**summary.json(), "claimed": self.claimed(branch, summary), "series": self.series(branch, summary.metric)}
            for summary in self.of(branch)
        ]

    def claimed(self, branch: str, summary: Summary) -> int:
        """How many of the entries that make a metric only their worker vouches for; of mails that arrived, none."""
        metric = self._state.terms.evidence.get(summary.metric)
        if metric is not None and metric.from_ == "inbox":
            return 0
        own = [entry for entry in self._entries.get(branch, []) if entry.metric == summary.metric]
        if summary.unit in {"ratio", "number", "ms"}:  # the latest reading alone is the value
            own = [entry for entry in own if entry.value is not None][-1:]
        return sum(entry.grade == "claimed" and entry.value is not None for entry in own)
