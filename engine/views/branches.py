"""The rows of branches, and their lines on a mission's card: best first, by the metric that decides. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engine.contract.model import Contract
from engine.state.model import Branch, MissionState
from engine.views.measures import Measures
from engine.views.metrics import Summary, plain

_FACT = re.compile(r"\b(?:branch|mission)\.([A-Za-z_][A-Za-z0-9_]*)(?:\s*([<>])=?)?")
_RANK = {"kept": 0, "open": 1, "waiting": 1, "parked": 2, "pruned": 3}
_SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def branch_row(state: MissionState, measures: Measures, branch: Branch) -> dict[str, Any]:
    """The row of one branch."""
    parent = state.branch(branch.parent) if branch.parent else None
    return {
        "id": f"{state.id}/{branch.id}",
        "key": branch.key,
        "parent": f"{state.id}/{parent.id}" if parent else "",
        "hypothesis": branch.hypothesis,
        "state": branch.state,
        "reason": branch.because,
        "spent_micro_usd": branch.spent,
        "reserved_micro_usd": branch.reserved,
        "budget_micro_usd": branch.budget,
        "until": branch.until or None,
        "evidence": measures.rows(branch.id),
        "rules": _rules(state, branch),
    }


def _rules(state: MissionState, branch: Branch) -> list[dict[str, Any]]:
    """Each judge rule that was evaluated for a branch, as it was the last time."""
    found = []
    for number, rule in enumerate(state.terms.judge):
        last = state.latest.get((f"judge[{number}]", branch.id))
        if last is not None:
            found.append(
                {
                    "clause": last.clause,
                    "expression": last.expression,
                    "then": rule.then,
                    "outcome": last.outcome,
                    "detail": last.detail,
                    "at": last.at,
                }
            )
    return found


class Leading:
    """The metric by which the branches of a mission are compared, and whether less of it is better.

    It is the first that a rule which keeps names, else any judge rule or the target, else the first declared. Less is
    better when a rule that keeps asks for less of it, or one that prunes for more; where no rule says, less is better
    of durations alone.
    """

    def __init__(self, contract: Contract) -> None:
        told = [(rule.when, rule.then) for rule in contract.judge] + [(contract.target.met_when or "", "keep")]
        said = [
            (name.removesuffix("_n"), name, sign, then) for text, then in told for name, sign in _FACT.findall(text)
        ]
        named = [metric for metric, _name, _sign, then in said if metric in contract.evidence and then == "keep"]
        named += [metric for metric, *_ in said if metric in contract.evidence]
        self.metric = next(iter([*named, *contract.evidence]), "")
        unit = contract.evidence[self.metric].unit if self.metric else ""
        signs = [(sign, then) for metric, name, sign, then in said if name == metric == self.metric and sign]
        wants = [(sign == "<") == (then != "prune") for sign, then in signs if then != "extend"]
        self.less = wants[0] if wants else unit == "ms"


def branch_lines(state: MissionState, measures: Measures, leading: Leading) -> list[dict[str, Any]]:
    """The branches as a card shows them, best first: kept, alive, parked, pruned; within these by their figure."""
    shown = [branch for branch in state.branches.values() if branch.parent or len(state.branches) == 1]

    def order(branch: Branch) -> tuple[int, bool, Fraction]:
        value = measures.latest(branch.id, leading.metric)
        better = Fraction(0) if value is None else value if leading.less else -value
        return _RANK.get(branch.state, 1), value is None, better

    return [_line(measures, branch, leading.metric) for branch in sorted(shown, key=order)]


def _line(measures: Measures, branch: Branch, metric: str) -> dict[str, Any]:
    summary = measures.named(branch.id, metric)
    return {
        "key": branch.key,
        "state": branch.state,
        "line": _words(branch, measures.of(branch.id)),
        "until": branch.until or None,
        "figure": figure(summary) if summary else "",
        "n": summary.n if summary else None,
        "claimed": bool(summary and measures.claimed(branch.id, summary)),
        "series": measures.series(branch.id, metric),
        "spent_micro_usd": branch.spent,
    }


def _words(branch: Branch, measured: Iterable[Summary]) -> str:
    """One line for a branch on the bridge: why it ended, or what it measured, or what it waits for."""
    if branch.state in {"pruned", "kept"} and branch.because:
        return branch.because
    figures = [summary.text() for summary in measured if summary.unit != "text"]
    return " · ".join(figures[:2]) or branch.because or branch.hypothesis


def figure(summary: Summary) -> str:
    """A metric as one short figure: `9.1%`, `4.9 s`, `0.62`; empty while nothing was measured."""
    if summary.unit == "ratio":
        return _percent(summary.k, summary.n) if summary.n else ""
    if not summary.value or not summary.n:
        return ""
    number = Decimal(summary.value)
    return _span(number) if summary.unit == "ms" else plain(number)


def _percent(k: int, n: int) -> str:
    tenths = (k * 2000 + n) // (2 * n)
    return f"{tenths // 10}.{tenths % 10}%"


def _span(ms: Decimal) -> str:
    """A duration in the largest unit of which there is one, with one decimal; `812 ms` below a second."""
    for size, unit in _SPANS:
        if ms >= size:
            return f"{(ms / size).quantize(Decimal('0.1'))} {unit}"
    return f"{plain(ms)} ms"
