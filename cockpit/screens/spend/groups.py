"""What the money went to: sums by one thing or another that add up to the total, in figures that add up too. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cockpit.screens.spend.account import WASTE, Sums
from cockpit.screens.words import money, safe
from engine.views.models import SpendRow, TaskRow
from widgets.ink import BLANK, Line, Run, cells, fit, right, width
from widgets.marks import GLYPHS, bar, count

CENT, HUNDREDTH = 10_000, 100
"""Micro-dollars of the two units in which a column of sums is written."""
_BAR = 10
Tasks = Mapping[str, Mapping[str, TaskRow]]


@dataclass(frozen=True, slots=True)
class Group:
    """One line of a grouping. `calls` is None where not every charge was read."""

    name: str
    label: str
    amount: int
    calls: int | None = None


def groupings(mission: str | None, sums: Sums, *, whole: bool) -> tuple[str, ...]:
    """By what it can be grouped: by worker only once every charge was read, as no row holds that sum."""
    named = ("model", "branch", "task", "role", *(("worker",) if whole and sums.count else ()), "purpose", "outcome")
    return named if mission else ("mission", *named)


def groups(by: str, spend: Sequence[SpendRow], tasks: Tasks, sums: Sums, *, whole: bool, alone: bool) -> list[Group]:
    """The groups of these accounts, the dearest first; `alone`: they are one mission's, whose name need not be said."""
    amounts: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for row in spend:
        for name, label, amount in _parts(by, row, tasks, alone=alone):
            amounts[name] += amount
            labels[name] = label
    if by == "worker":
        amounts, labels = sums.by_worker, {name: name for name in sums.by_worker}
    calls = sums.calls.get(by, Counter()) if whole else None
    if by == "model":
        labels = _short(labels)
    found = [
        Group(name, labels[name], amount, None if calls is None else calls[name]) for name, amount in amounts.items()
    ]
    return sorted(found, key=lambda group: (-group.amount, group.label, group.name))


def _parts(by: str, row: SpendRow, tasks: Tasks, *, alone: bool) -> list[tuple[str, str, int]]:
    """Name, label and amount of each group of one account."""
    begin = "" if alone else f"{row.mission} / "
    if by == "mission":
        return [(row.mission, row.mission, row.total)]
    if by == "task":
        charged = [task for task in tasks.get(row.mission, {}).values() if task.spent]
        often = Counter(task.title for task in charged)
        return [(task.id, begin + _titled(task, alone=often[task.title] == 1), task.spent) for task in charged]
    found = row.by.get(by, {}).items()
    if by == "branch":
        return [(f"{row.mission}/{name}", begin + name, amount) for name, amount in found]
    return [(name, name, amount) for name, amount in found]


def _short(labels: Mapping[str, str]) -> dict[str, str]:
    """Models without their providers, where that is still one name for each."""
    last = {name: label.rpartition("/")[2] for name, label in labels.items()}
    return last if len(set(last.values())) == len(last) else dict(labels)


def _titled(task: TaskRow, *, alone: bool) -> str:
    """Its title; with its branch where several tasks are called so."""
    return task.title if alone or task.branch_key in {"", "main"} else f"{task.branch_key}: {task.title}"


# -- figures that add up


def rounded(numerators: Sequence[int], denominator: int) -> list[int]:
    """Each of these fractions as a whole number, such that the numbers add up to the rounded sum of the fractions.

    Every number is the fraction rounded down or up; those with the greatest remainders are rounded up.
    """
    floors = [numerator // denominator for numerator in numerators]
    missing = (2 * sum(numerators) + denominator) // (2 * denominator) - sum(floors)
    order = sorted(range(len(numerators)), key=lambda place: (-(numerators[place] % denominator), place))
    for place in order[: max(missing, 0)]:
        floors[place] += 1
    return floors


def unit_of(total: int) -> int:
    """Cents, or hundredths of a cent where the whole is less than a dollar."""
    return CENT if abs(total) >= 100 * CENT or total == 0 else HUNDREDTH


def written(units: int, unit: int) -> str:
    """An amount in units, with as many digits as the unit has."""
    if unit == CENT:
        return money(units * CENT)
    return f"{'-' if units < 0 else ''}${abs(units) // CENT}.{abs(units) % CENT:04d}"


def amounts(parts: Sequence[int]) -> tuple[list[str], str]:
    """Parts and their sum, written so that the written parts add up to the written sum."""
    unit = unit_of(sum(parts))
    units = rounded(parts, unit)
    return [written(part, unit) for part in units], written(sum(units), unit)


def shares(parts: Sequence[int]) -> list[str]:
    """`48.1%`: the shares of a whole, which add up to 100.0%; a dash where there is no whole."""
    return [_percent(tenth) for tenth in _tenths(parts)] or ["—"] * len(parts)


def _tenths(parts: Sequence[int]) -> list[int]:
    total = sum(parts)
    return rounded([part * 1000 for part in parts], total) if total > 0 else []


def _percent(tenths: int) -> str:
    return f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}%"


def wasted(outcomes: Sequence[Group]) -> tuple[str, str]:
    """What was paid for calls of which nothing came, and its share: sums of what is written beside them."""
    parts = [group.amount for group in outcomes]
    lost = [place for place, group in enumerate(outcomes) if group.name in WASTE]
    unit, tenths = unit_of(sum(parts)), _tenths(parts)
    units = rounded(parts, unit)
    told = written(sum(units[place] for place in lost), unit)
    return told, _percent(sum(tenths[place] for place in lost)) if tenths else "—"


def folded(found: Sequence[Group], most: int) -> list[Group]:
    """At most so many groups: the smallest become one, so that nothing is missing from the sum."""
    if len(found) <= most:
        return list(found)
    kept, rest = found[: max(most - 1, 0)], found[max(most - 1, 0) :]
    known = [group.calls for group in rest if group.calls is not None]
    calls = sum(known) if len(known) == len(rest) else None
    return [*kept, Group("", f"{len(rest)} others", sum(group.amount for group in rest), calls)]


# -- lines


def header(by: str, choices: Sequence[str], columns: int) -> Line:
    """`by  model  branch  task`, the chosen one lit; as many as fit, the chosen one always."""
    place = choices.index(by) if by in choices else 0
    order = [*choices[place:], *choices[:place]]
    shown: list[str] = []
    for name in order:  # the next ones to come, beginning with the chosen one
        if 3 + sum(cells(said) + 2 for said in [*shown, name]) > columns:
            break
        shown.append(name)
    runs: list[Run] = [Run("by ", "bright", bold=True)]
    for name in choices:
        if name in shown:
            runs += [Run("  "), Run(name, "accent", bold=True) if name == by else Run(name, "muted")]
    return fit(runs, columns)


class Fields:
    """Where the fields of a group stand, by the columns there are and the widest amount and count."""

    def __init__(self, columns: int, amounts: Sequence[str], calls: Sequence[int | None] = ()) -> None:
        self.columns = columns
        self.amount = max((cells(told) for told in amounts), default=0) + 2
        self.share = 8
        known = [number for number in calls if number is not None]
        self.calls = max(cells(count(max(known))), 5) + 2 if known and columns >= 44 else 0
        self.bar = _BAR + 2 if columns >= 38 else 0
        self.name = max(4, columns - self.amount - self.share - self.calls - self.bar - 1)

    def line(
        self,
        name: Sequence[Run],
        amount: Run,
        share: str = "",
        *,
        part: int = 0,
        whole: int = 0,
        calls: int | None = None,
    ) -> Line:
        """One line; without a `whole` it has no bar."""
        shown = fit(name, self.name)
        drawn = (Run("  "), *bar(self.bar - 2, part, 0, whole)) if self.bar and whole else (Run(" " * self.bar),)
        return (
            *shown,
            Run(" " * (self.name - width(shown) + 1)),
            *drawn,
            Run(right("" if calls is None else count(calls), self.calls) if self.calls else "", "muted"),
            Run(right(amount.text, self.amount), amount.voice, amount.bold),
            Run(right(share, self.share), "muted"),
        )


def _mark(outcome: str) -> Line:
    """The glyph of an outcome; red marks only a failed call."""
    return (Run(f"{GLYPHS.get(outcome, '·')} ", "wrong" if outcome == "failed" else "muted"),)


def table(found: Sequence[Group], columns: int, most: int, *, marked: bool = False, named: bool = True) -> list[Line]:
    """The groups with bars, calls, amounts and shares, and the total that they add up to; `named`: with a header."""
    shown = folded(found, most)
    parts = [group.amount for group in shown]
    told, total = amounts(parts)
    known = [group.calls for group in shown if group.calls is not None]
    calls = sum(known) if shown and len(known) == len(shown) else None
    fields = Fields(columns, [*told, total], [calls])
    lines = [
        fields.line(
            (*(_mark(group.name) if marked else ()), Run(safe(group.label), "text")),
            Run(amount, "text"),
            share,
            part=max(group.amount, 0),
            whole=max(sum(parts), 1),
            calls=group.calls if calls is not None else None,
        )
        for group, amount, share in zip(shown, told, shares(parts), strict=True)
    ]
    title = fields.line((), Run("amount", "muted"), "share")
    if fields.calls and calls is not None:
        title = (*title[:-3], Run(right("calls", fields.calls), "muted"), *title[-2:])
    line = Run("─" * cells(total), "rule")
    under = (Run(" " * max(columns - fields.share - cells(total), 0)), line)
    return [
        *([title] if named else []),
        *lines,
        under,
        fields.line((Run("total", "muted"),), Run(total, "bright", bold=True), calls=calls),
    ]


def _waste_line(outcomes: Sequence[Group], columns: int) -> Line:
    """The line below the outcomes."""
    told, share = wasted(outcomes)
    return Fields(columns, [told]).line((Run("waste", "muted"),), Run(told, "bright", bold=True), share)


def side(
    by: str, choices: Sequence[str], found: Sequence[Group], outcomes: Sequence[Group], columns: int, rows: int
) -> list[Line]:
    """Groups and outcomes, in at most so many lines."""
    tail = len(outcomes) + 3 if by != "outcome" and rows >= len(outcomes) + 10 else 0
    lines = [header(by, choices, columns)]
    if not found:
        return [*lines, BLANK, fit((Run("nothing was charged yet", "muted"),), columns)]
    lines += table(found, columns, max(1, rows - tail - 5), marked=by == "outcome")
    if by == "outcome":
        lines.append(_waste_line(found, columns))
        return [fit(line, columns) for line in lines]
    if tail:
        lines += [BLANK, (Run("outcome", "muted", bold=True),)]
        lines += table(outcomes, columns, len(outcomes), marked=True, named=False)[: len(outcomes)]
        lines.append(_waste_line(outcomes, columns))
    return [fit(line, columns) for line in lines]
