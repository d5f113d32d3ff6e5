"""What a sample allows one to say of a rate, and the axis on which branches are compared. Pure.

The 95 % interval is Wilson's score interval (E. B. Wilson, "Probable inference, the law of succession, and statistical
inference", Journal of the American Statistical Association 22, 1927): it stays within 0 and 1, also for 0 of n.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.views.models import BranchRow, Measure
from widgets.ink import Line, Run, Voice, cells

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
_PART = re.compile(r"branch\.([A-Za-z_][A-Za-z0-9_]*)\s*(<=|>=|<|>)\s*(\d{1,12}(?:\.\d{1,12})?)")
_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


class Estimate(NamedTuple):
    """A measured value and the interval around it; where none can be said, both ends are the value."""

    low: float
    value: float
    high: float
    claimed: bool = False
    """Whether only its worker vouches for it: it is drawn in another shape than what is proven."""


def wilson(k: int, n: int) -> tuple[float, float]:
    """The interval of k of n; 0 to 1 for an empty or impossible sample."""
    if n <= 0 or not 0 <= k <= n:
        return 0.0, 1.0
    share, square = k / n, Z * Z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (0.0 if k == 0 else max(centre - half, 0.0)), (1.0 if k == n else min(centre + half, 1.0))


def estimate(measure: Measure | None) -> Estimate | None:
    """Where a measure stands on the axis; None while nothing was measured, or when it is no number."""
    if measure is None or measure.unit == "text":
        return None
    if measure.unit == "ratio":
        k, n = measure.k, measure.n
        if k is None or not n or n < 0 or not 0 <= k <= n:
            return None
        low, high = wilson(k, n)
        return Estimate(low, k / n, high, bool(measure.claimed))
    try:
        value = float(measure.value)
    except ValueError:
        return None
    return Estimate(value, value, value, bool(measure.claimed)) if math.isfinite(value) and 0 <= value < 1e15 else None


def threshold(branches: Iterable[BranchRow], metric: str) -> float | None:
    """The value with which judge rules compare the leading metric, if they name one.

    Only rules that are comparisons joined by `&&` are read. Of several, the first that keeps counts, else the first.
    """
    found: dict[str, tuple[bool, float]] = {}
    for branch in branches:
        for rule in branch.rules:
            for part in rule.expression.split("&&"):
                told = _PART.fullmatch(part.strip())
                if told and told[1] == metric and rule.clause not in found:
                    found[rule.clause] = (rule.then == "keep", float(told[3]))
    ordered = [found[clause] for clause in sorted(found, key=_number)]
    return next((value for keeps, value in ordered if keeps), ordered[0][1] if ordered else None)


def _number(clause: str) -> tuple[int, str]:
    digits = re.search(r"\[(\d{1,6})\]", clause)
    return (int(digits[1]) if digits else 0), clause


def words(value: float, unit: str) -> str:
    """A value for the axis: `5%`, `2.5%`, `60 ms`, `4 s`, `0.6`."""
    if unit == "ratio":
        return f"{value * 100:.3g}%"
    if unit == "ms":
        for size, name in _SPANS:
            if value >= size:
                return f"{value / size:.3g} {name}"
        return f"{value:.3g} ms"
    return f"{value:.3g}" if value < 1e6 else f"{value:.2g}"


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from 0 to `most` on so many columns, and the one threshold on it, if there is one."""

    columns: int
    most: float
    bar: float | None
    unit: str

    @classmethod
    def over(cls, columns: int, estimates: Sequence[Estimate], bar: float | None, unit: str) -> Axis:
        """The axis on which all of these and the threshold have room."""
        most = max([found.high for found in estimates] + ([bar * 1.25] if bar else []), default=0.0)
        return cls(columns, _round(most, unit), bar if estimates else None, unit)

    def at(self, value: float) -> int:
        """The column of a value."""
        place = round(value / self.most * (self.columns - 1)) if self.most > 0 else 0
        return min(max(place, 0), self.columns - 1)

    @property
    def mark(self) -> int | None:
        """The column of the threshold."""
        return None if self.bar is None else self.at(self.bar)

    def header(self) -> Line:
        """The scale: nothing, the threshold, the middle and the end, as far as they do not touch."""
        if self.most <= 0:
            return (Run(" " * self.columns),)
        wanted: list[tuple[int, str, Voice]] = []
        if self.bar is not None:
            wanted.append((self.at(self.bar), f"{words(self.bar, self.unit)} bar", "text"))
        for value in (0.0, self.most, self.most / 2):
            told = words(value, self.unit)
            wanted.append((self.at(value) - (cells(told) - 1) // 2, told, "muted"))
        taken: list[tuple[int, int, str, Voice]] = []
        for place, text, voice in wanted:
            size = cells(text)
            start = min(max(place, 0), max(self.columns - size, 0))
            if all(start >= end + 2 or start + size + 2 <= begin for begin, end, *_rest in taken):
                taken.append((start, start + size, text, voice))
        runs: list[Run] = []
        used = 0
        for start, end, text, voice in sorted(taken):
            runs += [Run(" " * (start - used)), Run(text, voice)]
            used = end
        return (*runs, Run(" " * max(self.columns - used, 0)))

    def empty(self) -> Line:
        """A row on which nothing stands but the threshold."""
        return self._drawn({}, None)

    def row(self, found: Estimate | None, *, past: bool = False) -> Line:
        """The interval, its estimate, and the threshold, which stays visible on the interval's line.

        `──●──` is proven, `──○──` was, and `╌╌◇╌╌` is only claimed, past or not.
        """
        if found is None:
            return self.empty()
        low, value, high = self.at(found.low), self.at(found.value), self.at(found.high)
        voice: Voice = "past" if past else "text"
        line = Run("╌" if found.claimed else "─", voice)
        marks = dict.fromkeys(range(low, high + 1), line) if low != high else {}
        dot = Run("○", "past") if past else Run("●", "bright")
        if found.claimed:
            dot = Run("◇", voice)
        return self._drawn(marks, (value, dot))

    def _drawn(self, marks: dict[int, Run], dot: tuple[int, Run] | None) -> Line:
        if self.mark is not None:
            marks = {**marks, self.mark: Run("┊", "muted")}
        if dot is not None:
            marks = {**marks, dot[0]: dot[1]}
        runs: list[Run] = []
        for place in range(self.columns):
            run = marks.get(place, Run(" "))
            if runs and runs[-1][1:] == run[1:]:
                runs[-1] = runs[-1]._replace(text=runs[-1].text + run.text)
            else:
                runs.append(run)
        return tuple(runs)


def _round(most: float, unit: str) -> float:
    """The next round number; a rate ends at 1."""
    if most <= 0 or not math.isfinite(most):
        return 0.0
    size = 10.0 ** math.floor(math.log10(most))
    found = next((step * size for step in _STEPS if step * size >= most * 0.999), 10 * size)
    return min(found, 1.0) if unit == "ratio" else found
