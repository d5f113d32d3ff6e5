"""Drawings of a receipt: bars by day, intervals by branch, the bar of a share. Pure, without floats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.receipt.page.nodes import Html, Node, element
from engine.receipt.text import permille, share, wilson
from engine.values import money

WIDE = 760
DAY_MS = 86_400_000
MOST_BARS = 70
"""More days than these are drawn as weeks."""
_LABEL, _FIGURES = 150, 250
_ROW = 26


def bar(part: int, whole: int) -> Html:
    """A share as a bar that stands beside its figure."""
    size = 0 if whole <= 0 else max(0, min(100, (200 * part + whole) // (2 * whole)))
    size = max(size, 1) if part > 0 and whole > 0 else size
    track = element("line", class_="axis", x1=0, y1=5, x2=100, y2=5)
    return element("svg", track, element("rect", class_="fill", x=0, y=1, width=size, height=8), viewBox="0 0 100 10")


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent in a step of days that begins at `day`."""

    day: datetime
    micro_usd: int


def steps(lines: Sequence[Mapping[str, Any]]) -> tuple[list[Spent], int]:
    """What the lines add up to by day, or by as many days as it takes for the bars to fit; and how many that are."""
    if not lines:
        return [], 1
    begin, end = min(line["at"] for line in lines) // DAY_MS, max(line["at"] for line in lines) // DAY_MS
    days = 1
    while (end - begin) // days >= MOST_BARS:
        days = 7 if days == 1 else days * 2
    sums: dict[int, int] = {}
    for line in lines:
        place = (line["at"] // DAY_MS - begin) // days
        sums[place] = sums.get(place, 0) + line["micro_usd"]
    first = datetime.fromtimestamp(begin * DAY_MS // 1000, UTC)
    count = (end - begin) // days + 1
    return [Spent(first + timedelta(days=days * n), sums.get(n, 0)) for n in range(count)], days


def by_day(lines: Sequence[Mapping[str, Any]]) -> Node:
    """Spend by day; nothing where everything was spent in one step, or nothing was."""
    found, days = steps(lines)
    highest = max((step.micro_usd for step in found), default=0)
    if len(found) < 2 or highest <= 0:
        return None
    tall, top, left = 96, 18, 64
    across = WIDE - left
    wide = max(across // len(found), 3)
    parts: list[Node] = [
        element("line", class_="axis", x1=left, y1=top + tall, x2=WIDE, y2=top + tall),
        element("text", money(highest), x=left - 8, y=top + 4, text_anchor="end"),
        element("text", "$0", x=left - 8, y=top + tall + 4, text_anchor="end"),
    ]
    for place, step in enumerate(found):
        high = max((tall * step.micro_usd) // highest, 1) if step.micro_usd > 0 else 0
        x = left + place * across // len(found)
        if high:
            thick = min(max(wide - 3, 2), 40)
            parts.append(element("rect", class_="fill", x=x + 1, y=top + tall - high, width=thick, height=high))
        if place in {0, len(found) // 2, len(found) - 1} and (len(found) > 3 or place != 1 or wide > 60):
            parts.append(element("text", f"{step.day.day} {step.day:%b}", x=x + 1, y=top + tall + 18))
    word = "day" if days == 1 else f"{days} days"
    total = sum(step.micro_usd for step in found)
    said = f"spent by {word}, {money(total)} in all; the highest {money(highest)}"
    return _figure(said, parts, top + tall + 24)


def _figure(said: str, parts: Sequence[Node], tall: int) -> Html:
    drawn = element("svg", *parts, viewBox=f"0 0 {WIDE} {tall}", aria_label=said)
    return element("figure", element("figcaption", said), drawn)


# -- a ratio by branch


@dataclass(frozen=True, slots=True)
class Row:
    """A branch's sample of a ratio."""

    name: str
    state: str
    k: int
    n: int
    known: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A figure that a rule compares with, in parts per thousand, and what follows."""

    permille: int
    word: str


def edges(metric: str, rules: Sequence[Mapping[str, Any]]) -> list[Edge]:
    """The thresholds that the judge's rules name for a metric, each once."""
    pattern = re.compile(rf"\bbranch\.{re.escape(metric)}\s*(>=|<=|>|<)\s*(\d{{1,3}}(?:\.\d{{1,6}})?)(?![\d.])")
    found: dict[int, Edge] = {}
    for rule in rules:
        for sign, figure in pattern.findall(str(rule["when"])):
            whole, _, rest = figure.partition(".")
            value = int(whole) * 1000 + int((rest + "000")[:3])
            if value <= 1000:
                found.setdefault(value, Edge(value, f"{rule['then']} {sign} {permille(value).replace('.0%', '%')}"))
    return sorted(found.values(), key=lambda edge: edge.permille)


def intervals(metric: str, rows: Sequence[Row], lines: Sequence[Edge]) -> Node:
    """Each branch's estimate with its 95 % interval on one axis, and the thresholds through all rows."""
    measured = [(row, wilson(row.k, row.n)) for row in rows]
    if not any(interval for _row, interval in measured):
        return None
    far = max([interval[1] for _row, interval in measured if interval] + [edge.permille for edge in lines])
    top = next(step for step in (50, 100, 200, 300, 400, 500, 600, 800, 1000) if step >= min(far, 1000))
    across = WIDE - _LABEL - _FIGURES

    def x(value: int) -> int:
        return _LABEL + across * min(value, top) // top

    head, tall = 20 + 14 * max(len(lines) - 1, 0), _ROW * len(rows)
    foot = head + tall
    parts: list[Node] = [element("line", class_="axis", x1=_LABEL, y1=foot, x2=_LABEL + across, y2=foot)]
    for value, anchor in ((0, "start"), (top // 2, "middle"), (top, "end")):
        label = permille(value).replace(".0%", "%")
        parts.append(element("text", label, x=x(value), y=foot + 16, text_anchor=anchor))
    for place, edge in enumerate(lines):
        at = x(edge.permille)
        parts.append(element("line", class_="edge", x1=at, y1=14 * place + 4, x2=at, y2=foot))
        anchor = "start" if at < _LABEL + across * 3 // 4 else "end"
        shift = 5 if anchor == "start" else -5
        parts.append(element("text", edge.word, x=at + shift, y=14 * place + 12, text_anchor=anchor))
    for place, (row, interval) in enumerate(measured):
        y = head + _ROW * place + _ROW // 2
        name = row.name if len(row.name) <= 20 else f"{row.name[:19]}…"
        parts.append(element("text", name, x=0, y=y + 4, class_="strong" if row.state == "kept" else "now"))
        if interval is not None:
            middle = (2000 * row.k + row.n) // (2 * row.n)
            parts.append(element("line", class_="span", x1=x(interval[0]), y1=y, x2=x(interval[1]), y2=y))
            parts.append(element("circle", class_="dot" if row.known else "ring", cx=x(middle), cy=y, r=4))
        said = share(row.k, row.n) if row.n else "no sample"
        parts.append(element("text", said, x=WIDE, y=y + 4, text_anchor="end", class_="now"))
    said = f"{metric} by branch, with its 95% interval; a ring has not reached its sample"
    return _figure(said, parts, foot + 22)
