"""The tree of branches as lines: state and figures, hypothesis, reason; on one axis with one threshold. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cockpit.screens.mission.interval import Axis, estimate, threshold, words
from cockpit.screens.mission.tree import OVER, Leaf, measure, verdict
from cockpit.screens.words import deadline, figure, moment, money, safe
from engine.views.models import BranchLine, BranchRow, Card, Measure
from widgets.ink import BLANK, Line, Run, Voice, cells, cut, fit, left, right, spread
from widgets.listing import Entry, Shown
from widgets.marks import bar, count, glyph, percent, spark

WIDE, MIDDLE, NARROW = 140, 100, 56
"""Widths of the list from which on there are three lines a branch with the axis, without it, one line; below: a name
and one figure.
"""
AIR = "~"
"""How the id of a row of nothing but rails begins."""
FOLD = "~past"
SPARK = 8


class Goal(NamedTuple):
    """What the contract says of branches; empty and None until it was read."""

    met_when: str
    branches: int | None


class Twig(NamedTuple):
    """A branch as its entry shows it. Equal ones look equal."""

    leaf: Leaf
    state: str
    """Its state, or `needs you` while an item of it waits for a human."""
    measured: Measure | None
    figure: str
    whole: int
    """The largest share among the branches: bars share one scale."""
    axis: Axis | None
    now: int
    """Mission time to the minute."""
    apart: bool
    """Whether the figure of any branch is only claimed: such figures have a column of their own."""


class Air(NamedTuple):
    """The row between two branches: rails and threshold go on."""

    rails: str
    axis: Axis | None
    apart: bool


class Fold(NamedTuple):
    """What is left out."""

    names: tuple[str, ...]
    spent: int


def answer(branches: Mapping[str, BranchRow], goal: Goal, now: int, columns: int) -> Line:
    """`1 of 4 kept   2 alive      target …      budget 5 of 6 branches      first verdict due  Thu 18:02, in 1d 4h`."""
    tried = [row for row in branches.values() if row.parent]
    if not tried:
        return ()
    kept = sum(row.state == "kept" for row in tried)
    alive = sum(row.state not in OVER and row.state != "kept" for row in tried)
    line: list[Run] = [Run(count(kept), "bright", bold=True), Run(f" of {count(len(tried))}", "bright", bold=True)]
    line += [Run(" kept", "text"), Run(f"   {count(alive)}", "text"), Run(" alive", "muted")]
    parts: list[Line] = []
    if goal.met_when:
        parts.append((Run("target  ", "muted"), Run(safe(goal.met_when), "text")))
    if goal.branches:
        parts.append((Run("budget  ", "muted"), Run(f"{count(len(tried))} of {count(goal.branches)} branches", "text")))
    windows = [row.until for row in tried if row.until and row.until > now and row.state not in OVER | {"kept"}]
    due: Line = ()
    if windows:
        first = min(windows)
        due = (Run("first verdict due  ", "muted"), Run(f"{moment(first, now)}, {deadline(first, now)}", "text"))
    for part in parts:
        if sum(cells(run.text) for run in (*line, *part, *due)) + 12 <= columns:
            line += [Run("      "), *part]
    if due and sum(cells(run.text) for run in (*line, *due)) + 6 <= columns:
        line += [Run("      "), *due]
    return fit(line, columns)


class Columns:
    """Where the columns stand, by the width of the list without its edge; `apart`: with one for what is claimed."""

    def __init__(self, columns: int, *, apart: bool) -> None:
        self.whole = columns
        wide, middle, narrow = columns >= WIDE, columns >= MIDDLE, columns >= NARROW
        self.lines = 3 if middle else 1
        self.state = 11 if middle else 0
        self.bar = 12 if wide else 8 if middle else 0
        self.spent = 10 if middle else 9 if narrow else 0
        self.share = 9 if narrow else 0
        self.checks = SPARK + 3 if middle else 0
        self.figure = 12 if narrow else 14 if apart else 8
        self.sample = 7 if narrow else 0
        self.claimed = 11 if apart and narrow else 0
        self.verdict = 10 if narrow else 0
        fixed = self.state + self.bar + self.spent + self.share + self.checks + self.figure + self.sample + self.claimed
        rest = columns - fixed - self.verdict
        self.axis = min(rest - 24 - 4, 60) if wide else 0
        self.gap = 4 if self.axis else 0
        self.name = max(min(rest - self.axis - self.gap, 34 if wide else rest), 4)
        if self.axis:
            self.axis = min(rest - self.name - self.gap, 60)

    @property
    def text(self) -> int:
        """Columns of hypothesis and reason: up to the axis."""
        return self.whole - (self.axis + self.gap + self.verdict if self.axis else 0)


def header(columns: int, metric: str, axis: Axis | None, *, apart: bool = False) -> Line:
    """The names of the columns."""
    at = Columns(columns, apart=apart)
    return fit(
        (
            Run(left("branch", at.name + 2 + at.state), "muted", bold=True),
            Run(" " * at.bar),
            Run(right("spent  ", at.spent) if at.spent else "", "muted"),
            Run(left(" of share", at.share) if at.share else "", "muted"),
            Run(left("   by check", at.checks) if at.checks else "", "muted"),
            Run(right(cut(safe(metric).replace("_", " "), at.figure - 2), at.figure), "muted"),
            Run(right("n", at.sample) if at.sample else "", "muted"),
            Run(right("◇ claimed", at.claimed) if at.claimed else "", "muted"),
            Run(" " * at.gap),
            *(axis.header() if axis is not None and at.axis else ()),
            Run(left("  verdict", at.verdict) if at.verdict else "", "muted"),
        ),
        columns + 2,
    )


def legend(columns: int, axis: Axis | None) -> Line:
    """What the two shapes of a figure mean."""
    proven: Line = (Run("●", "bright"), Run(" proven   ", "muted")) if axis is not None else ()
    told = (*proven, Run("◇", "text"), Run(" claimed: only its worker says so", "muted"))
    return spread((), told, columns + 2)


def apart(branches: Iterable[BranchRow], metric: str) -> bool:
    """Whether the leading figure of any branch is only claimed."""
    return any(seen is not None and seen.claimed for seen in (measure(row, metric) for row in branches))


def scale(branches: Sequence[BranchRow], metric: str, columns: int) -> Axis | None:
    """The axis that all rows share; None where there is no room for one, or nothing to stand on it."""
    size = Columns(columns, apart=apart(branches, metric)).axis
    found = [measure(branch, metric) for branch in branches]
    marks = [mark for mark in map(estimate, found) if mark is not None]
    if size < 12 or not marks:
        return None
    unit = next((seen.unit for seen in found if seen is not None), "")
    return Axis.over(size, marks, threshold(branches, metric), unit)


def told(row: BranchRow, metric: str, lines: Mapping[str, BranchLine]) -> str:
    """The leading figure of a branch: as its card says it, else from its measure."""
    line = lines.get(row.key)
    if line is not None and line.figure:
        return safe(line.figure)
    found = measure(row, metric)
    mark = estimate(found)
    return f"{mark.value * 100:.1f}%" if found and found.unit == "ratio" and mark else words_of(found)


def words_of(found: Measure | None) -> str:
    """A measure that is no rate, for a column."""
    mark = estimate(found)
    return words(mark.value, found.unit) if found is not None and mark is not None else ""


def entries(
    leaves: Sequence[Leaf],
    folded: Sequence[BranchRow],
    card: Card,
    asked: frozenset[str],
    now: int,
    columns: int,
) -> list[Entry]:
    """The tree as entries, with a row of rails between branches where each has three lines."""
    rows = [leaf.branch for leaf in leaves] + list(folded)
    split = apart(rows, card.metric)
    at = Columns(columns, apart=split)
    lines = {line.key: line for line in card.branches}
    axis = scale(rows, card.metric, columns)
    whole = max([row.budget or 0 for row in rows], default=0)
    out: list[Entry] = []
    for place, leaf in enumerate(leaves):
        row = leaf.branch
        state = "needs you" if row.id in asked and row.state not in OVER else row.state
        seen, minute = measure(row, card.metric), now // 60_000 * 60_000
        twig = Twig(leaf, state, seen, told(row, card.metric, lines), whole, axis, minute, split)
        out.append(Entry(row.id, twig, min(at.lines, 3 if reason(twig) else 2)))
        if at.lines > 1 and place < len(leaves) - 1:
            out.append(Entry(f"{AIR}{row.id}", Air(leaf.after(), axis, split), 1, selectable=False))
    if folded:
        names = tuple(safe(row.key) for row in folded)
        out.append(Entry(FOLD, Fold(names, sum(row.spent for row in folded)), 2 if out else 1, selectable=False))
    return out


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One branch, the rails between two, or what is folded away."""
    body = entry.body
    at = Columns(shown.columns, apart=getattr(body, "apart", False))
    if isinstance(body, Fold):
        line: Line = (
            Run(f"+{len(body.names)} past", "past"),
            Run(f"   {', '.join(body.names)}", "past"),
        )
        end: Line = (Run(money(body.spent), "past"), Run("   f shows them", "muted"))
        return [BLANK, spread(line, end, shown.columns)][-entry.height :]
    if isinstance(body, Air):
        return [_with_axis((Run(body.rails, "rule"),), body.axis, at)]
    assert isinstance(body, Twig)
    lines = [_first(body, shown, at)]
    return lines if entry.height == 1 else [*lines, *_more(body, at)]


def _with_axis(begin: Line, axis: Axis | None, at: Columns, drawn: Line | None = None, end: Line = ()) -> Line:
    if axis is None or not at.axis:
        gap = " " * (at.axis + at.gap)
        return fit((*begin, Run(gap), *end), at.whole) if end else fit(begin, at.whole)
    size = at.whole - at.axis - at.verdict
    used = fit(begin, size)
    room = size - sum(cells(run.text) for run in used)
    return fit((*used, Run(" " * room), *(drawn if drawn is not None else axis.empty()), *end), at.whole)


def _first(twig: Twig, shown: Shown, at: Columns) -> Line:
    row, over = twig.leaf.branch, twig.leaf.branch.state in OVER
    quiet: Voice = "past" if over else "text"
    stem = cut(twig.leaf.stem(), max(at.name - 8, 0)) if cells(twig.leaf.stem()) > at.name - 8 else twig.leaf.stem()
    root = not twig.leaf.rails
    marked: Line = () if root and row.state == "open" else (glyph(twig.state), Run(" "))
    size = at.name - cells(stem) - 2 * bool(marked)
    voice: Voice = "past" if over else "bright" if shown.selected else "text"
    name = Run(left(cut(safe(row.key), size - 1), size), voice, bold=True)
    begin: Line = (Run(stem, "rule"), *marked, name)
    claimed = twig.measured is not None and bool(twig.measured.claimed)
    if not at.spent:
        found = f"claimed {twig.figure}" if claimed and twig.figure else twig.figure
        return fit((*begin, Run(right(found or money(row.spent), at.figure), quiet)), at.whole)
    share = f"of {_round(row.budget)}" if row.budget else ""
    line: list[Run] = [*begin, Run(left(twig.state if not root or row.state != "open" else "", at.state), quiet)]
    if at.bar:
        line += bar(at.bar, row.spent, row.reserved, row.budget, quiet) if row.budget else [Run(" " * at.bar)]
    line += [
        Run(right(figure(row.spent), at.spent), "past" if over else "bright" if shown.selected else "text"),
        Run(right(share, at.share), "past" if over else "muted"),
    ]
    if at.checks:
        series = twig.measured.series if twig.measured and not claimed else ()
        line.append(Run("   " + spark(series, SPARK, 7) if series else " " * at.checks, "past" if over else "muted"))
    n = twig.measured.n if twig.measured and not claimed else None
    proven, said = ("", f"◇ {twig.figure}") if claimed and twig.figure else (twig.figure, "")
    line += [
        Run(right(proven, at.figure), "past" if over else "bright", bold=bool(proven) and not over),
        Run(right("" if n is None else count(n), at.sample), "past" if over else "muted"),
        Run(right(said, at.claimed) if at.claimed else "", quiet),
    ]
    judged = verdict(row)
    if judged in {"keep", "prune", "extend"} and not over and row.state != "kept":
        judged = f"{judged}?"  # what the rules say now; it is decided when the window closes
    lit = not over and row.state != "kept" and judged == "unknown"
    word = cut(safe(judged), at.verdict - 2) or ("" if root else "—")
    end: Line = (Run(left(f"  {word}", at.verdict), "bright" if lit else quiet, bold=lit),)
    drawn = twig.axis.row(estimate(twig.measured), past=over) if twig.axis is not None else None
    return _with_axis(tuple(line), twig.axis, at, drawn, end)


def _round(micro: int | None) -> str:
    return money(micro or 0).removesuffix(".00")


def _more(twig: Twig, at: Columns) -> list[Line]:
    row, over = twig.leaf.branch, twig.leaf.branch.state in OVER
    below, size = twig.leaf.below(), min(at.text, 110)
    hypothesis = safe(row.hypothesis) or (
        "shared work, on which the others rest" if not row.parent else "no hypothesis"
    )
    because = reason(twig)
    voices: tuple[tuple[str, Voice], ...] = (
        (hypothesis, "past" if over else "text"),
        (because, "past" if over else "muted"),
    )
    return [_with_axis(fit((Run(below, "rule"), Run(text, voice)), size), twig.axis, at) for text, voice in voices]


def reason(twig: Twig) -> str:
    """Why it stands where it stands, in a few words."""
    row, found = twig.leaf.branch, twig.measured
    parts: list[str] = []
    if row.reason:
        parts.append(safe(row.reason))
    if found is not None and found.n is not None and not found.known and row.state not in OVER:
        parts.append(f"unknown until n {found.min_sample}")
    if found is not None and found.claimed and row.state not in OVER:
        parts.append("claimed by its worker")
    if row.until and row.state not in OVER | {"kept"}:
        parts.append(f"window closes {deadline(row.until, twig.now)}" if row.until > twig.now else "window is over")
    if row.state in OVER and row.budget and row.spent < row.budget:
        parts.append(f"{money(row.budget - row.spent)} of its share was left")
    if not parts and row.budget:
        parts.append(f"{percent(row.spent, row.budget)} of its share is spent")
    return "; ".join(parts)
