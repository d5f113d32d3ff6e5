"""How a metric of a branch came to be what it is: its value after each reading, and the same as a small graph. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from engine.judge.facts import ANSWERS
from engine.state.model import Evidence
from engine.values import Ratio
from engine.views.metrics import as_decimal

POINTS = 16
"""A series keeps its last points."""
TOP = 7
"""The height of the highest point of a mission's branches."""

Points = tuple[Fraction, ...]


def readings(unit: str, entries: Sequence[Evidence]) -> Points:
    """After each entry: a ratio, a number or a duration as it was read, a count as the sum, a score as the mean."""
    found: list[Fraction] = []
    total, count = Fraction(0), 0
    for entry in entries:
        value = _number(entry.value)
        if value is None or unit == "text":
            continue
        total, count = total + value, count + 1
        found.append(total if unit == "count" else total / count if unit == "score" else value)
    return tuple(found[-POINTS:])


def answers(unit: str, messages: Sequence[Evidence], reached: Mapping[str, int], checked: Collection[int]) -> Points:
    """After each look at the inbox: people who answered, over what had been delivered by then if it is a ratio.

    `reached`: effects that reached somebody, and when they left; `checked`: when a look came to an end.
    """
    first: dict[str, int] = {}
    for entry in messages:
        if entry.message in ANSWERS and entry.about in reached:
            first[entry.person] = min(first.get(entry.person, entry.at), entry.at)
    people, sent = sorted(first.values()), sorted(reached.values())
    moments = sorted({*checked, *(entry.at for entry in messages)})[-POINTS:]
    found = []
    for moment in moments:
        answered, delivered = bisect_right(people, moment), bisect_right(sent, moment)
        if unit != "ratio":
            found.append(Fraction(answered))
        elif delivered:
            found.append(Fraction(answered, delivered))
    return tuple(found)


def scaled(points: Points, highest: Fraction) -> list[int]:
    """The points as heights from 0 to `TOP`, where `highest` is `TOP`; nothing is below 0."""
    if highest <= 0:
        return [0 for _ in points]
    return [max(0, int(point * TOP / highest + Fraction(1, 2))) for point in points]


def _number(value: Ratio | str | None) -> Fraction | None:
    if isinstance(value, Ratio):
        return Fraction(value.k, value.n) if value.n else None
    decimal = as_decimal(value)
    return None if decimal is None else Fraction(decimal)
