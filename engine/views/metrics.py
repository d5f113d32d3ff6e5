"""What the evidence of each branch adds up to, metric by metric: for people, on screens and in receipts. Pure.

The figures are those that conditions see (`engine.judge.facts.read`, one branch and metric at a time), here for all
branches in one pass. From the inbox: people who answered over messages that were delivered. Otherwise a ratio, a number
or a duration is its latest reading, a count the sum, a score the mean, a text only how many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from engine.contract.model import Contract, Metric
from engine.judge.facts import ANSWERS, delivered
from engine.state.model import Evidence, MissionState
from engine.values import Ratio

_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Summary:
    """A metric of a branch. A ratio has `k` and `n`, another number its `value` as text; `count` entries made it."""

    branch: str
    metric: str
    unit: str
    count: int
    n: int
    """The sample: what `min_sample` is compared with."""
    k: int = 0
    value: str = ""
    min_sample: int = 1

    @property
    def known(self) -> bool:
        """Whether there is enough of it to be judged by."""
        return self.n >= max(self.min_sample, 1)

    def text(self) -> str:
        """`reply_rate 4 of 44`, `reply_quality 0.62 (n=5)`, `notes 3`."""
        if self.unit == "ratio":
            return f"{self.metric} {self.k} of {self.n}"
        return f"{self.metric} {self.value} (n={self.count})" if self.value else f"{self.metric} {self.count}"

    def json(self) -> dict[str, Any]:
        """The summary as a view row and a receipt hold it; the branch is named by whoever embeds it."""
        figures: dict[str, Any] = {"k": self.k, "n": self.n} if self.unit == "ratio" else {"value": self.value}
        return {
            "metric": self.metric,
            "unit": self.unit,
            **figures,
            "count": self.count,
            "min_sample": self.min_sample,
            "known": self.known,
        }


def summaries(state: MissionState) -> dict[str, list[Summary]]:
    """By branch id: its metrics in the contract's order, then those that the contract does not name. One pass."""
    if state.contract is None:
        return {}
    entries: dict[str, list[Evidence]] = {}
    for entry in state.evidence.values():
        entries.setdefault(entry.branch, []).append(entry)
    reached: dict[str, set[str]] = {}
    for effect in delivered(state, None):
        reached.setdefault(state.effects[effect].branch, set()).add(effect)
    return {
        branch: of_branch(state.contract, branch, entries.get(branch, []), reached.get(branch, set()))
        for branch in sorted(entries.keys() | reached.keys())
    }


def of_branch(contract: Contract, branch: str, entries: Sequence[Evidence], reached: Collection[str]) -> list[Summary]:
    """The metrics of one branch, from its evidence and from those of its effects that reached somebody."""
    declared = contract.evidence
    messages = [entry for entry in entries if entry.message]
    by_metric: dict[str, list[Evidence]] = {}
    for entry in entries:
        by_metric.setdefault(entry.metric, []).append(entry)
    if reached:
        for name, metric in declared.items():
            if metric.from_ == "inbox":
                by_metric.setdefault(name, [])
    order = {name: place for place, name in enumerate(declared)}
    found = []
    for name in sorted(by_metric, key=lambda name: (order.get(name, len(order)), name)):
        named = declared.get(name)
        if named is not None and named.from_ == "inbox":
            found.append(_from_inbox(branch, name, named, messages, reached))
        else:
            found.append(_measured(branch, name, named, by_metric[name]))
    return found


def _from_inbox(branch: str, name: str, metric: Metric, messages: list[Evidence], reached: Collection[str]) -> Summary:
    people = len({e.person for e in messages if e.message in ANSWERS and e.about in reached})
    least, count = metric.min_sample, len(messages)
    if metric.unit == "ratio":
        return Summary(branch, name, "ratio", count, len(reached), k=people, min_sample=least)
    return Summary(branch, name, metric.unit, count, people, value=str(people), min_sample=least)


def _measured(branch: str, name: str, metric: Metric | None, entries: list[Evidence]) -> Summary:
    unit = metric.unit if metric else _unit(entries)
    least, count = metric.min_sample if metric else 1, len(entries)
    if unit == "ratio":
        ratio = next((e.value for e in reversed(entries) if isinstance(e.value, Ratio)), Ratio(k=0, n=0))
        return Summary(branch, name, unit, count, ratio.n, k=ratio.k, min_sample=least)
    if unit == "text":
        return Summary(branch, name, unit, count, sum(e.value is not None for e in entries), min_sample=least)
    values = [value for value in (as_decimal(e.value) for e in entries) if value is not None]
    if not values:
        return Summary(branch, name, unit, count, 0, min_sample=least)
    total = sum(values, Decimal(0))
    value = total if unit == "count" else _mean(total, len(values)) if unit == "score" else values[-1]
    return Summary(branch, name, unit, count, len(values), value=_plain(value), min_sample=least)


def _unit(entries: list[Evidence]) -> str:
    return "ratio" if any(isinstance(e.value, Ratio) for e in entries) else "text"


def as_decimal(value: object) -> Decimal | None:
    """A number that was recorded as text; None for what is none, or is beyond any measure."""
    if not isinstance(value, str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 19 else None


def _mean(total: Decimal, count: int) -> Decimal:
    return (total / count).quantize(_THOUSANDTH, ROUND_HALF_EVEN)


def plain(number: Decimal) -> str:
    """A number as people write it, to a thousandth: `0.625`, `12`."""
    return _plain(number.quantize(_THOUSANDTH, ROUND_HALF_EVEN))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
