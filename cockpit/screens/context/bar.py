"""The token bar: width is tokens, one block a section, what is free a hairline. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from widgets.ink import Line, Run, Voice, cells, fit, left
from widgets.marks import count

_FULL, _FREE = "▆", "▁"
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Segment:
    """One block of the bar."""

    name: str
    tokens: int
    columns: int
    free: bool = False


def segments(sections: Sequence[tuple[str, int]], budget: int, columns: int, lit: str) -> tuple[list[Segment], bool]:
    """The blocks in so many columns, and whether what is free is to scale.

    One scale for all that is used. Where the smallest would have no room for its name and its figure, what is free
    becomes shorter; where that is not enough, the smallest sections become one, and no block is narrower than its name.
    """
    parts = [(name, tokens) for name, tokens in sections if tokens > 0]
    free = budget - sum(tokens for _name, tokens in sections)
    listed = [*parts, ("free", free)] if free > 0 else parts
    while listed and sum(_least(part) for part in listed) + len(listed) - 1 > columns:
        listed = _merged(listed, lit)
    if not listed or columns < 1:
        return [], True
    usable = max(columns - len(listed) + 1, len(listed))
    exact = _scaled(listed, usable)
    if all(size >= _least(part) for size, part in zip(exact, listed, strict=True)):
        return [Segment(*part, size, part[0] == "free") for part, size in zip(listed, exact, strict=True)], True
    sizes = _shortened(listed, usable) if listed[-1][0] == "free" else _watered(listed, usable)
    return [Segment(*part, size, part[0] == "free") for part, size in zip(listed, sizes, strict=True)], False


def _least(part: tuple[str, int]) -> int:
    return max(cells(part[0]), cells(count(part[1])))


def _merged(parts: list[tuple[str, int]], lit: str) -> list[tuple[str, int]]:
    """The smallest two as one, the lit one last of all; nothing when there are no two."""
    named = [part for part in parts if part[0] != "free"]
    pair = sorted(named, key=lambda part: (part[0] == lit, part[0] != OTHER, part[1]))[:2]
    if len(pair) < 2:
        return []
    rest = [part for part in parts if part not in pair]
    place = len(rest) - (bool(rest) and rest[-1][0] == "free")
    return [*rest[:place], (OTHER, pair[0][1] + pair[1][1]), *rest[place:]]


def _scaled(parts: Sequence[tuple[str, int]], columns: int) -> list[int]:
    """Columns in proportion to tokens, each at least one; together exactly `columns`."""
    total = sum(tokens for _name, tokens in parts)
    sizes, done, before = [], 0, 0
    for _name, tokens in parts:
        done += tokens
        here = (2 * columns * done + total) // (2 * total)
        sizes.append(here - before)
        before = here
    return sizes


def _shortened(parts: list[tuple[str, int]], columns: int) -> list[int]:
    """What is free gets what the others leave, who keep one scale among themselves."""
    used, free = parts[:-1], parts[-1]
    most = columns - _least(free)
    for wanted in range(sum(_least(part) for part in used), most + 1):
        sizes = _scaled(used, wanted)
        if all(size >= _least(part) for size, part in zip(sizes, used, strict=True)):
            return [*sizes, columns - wanted]
    return [*_watered(used, most), columns - most] if used else [columns]


def _watered(parts: list[tuple[str, int]], columns: int) -> list[int]:
    """The least to those that need it, the rest in proportion to the others."""
    fixed: dict[int, int] = {}
    while True:
        rest = [place for place in range(len(parts)) if place not in fixed]
        room = columns - sum(fixed.values())
        if not rest:
            fixed[len(parts) - 1] += room
            break
        sizes = dict(zip(rest, _scaled([parts[place] for place in rest], room), strict=True))
        short = [place for place in rest if sizes[place] < _least(parts[place])]
        if not short:
            fixed |= sizes
            break
        fixed |= {place: _least(parts[place]) for place in short}
    return [fixed[place] for place in range(len(parts))]


def paint(sections: Sequence[tuple[str, int]], budget: int, columns: int, lit: str) -> list[Line]:
    """Names, blocks, figures."""
    shown, scaled = segments(sections, budget, columns, lit)
    if lit and lit not in {segment.name for segment in shown}:
        lit = OTHER
    names: list[Run] = []
    blocks: list[Run] = []
    figures: list[Run] = []
    for place, segment in enumerate(shown):
        gap = Run(" " if place else "")
        chosen = segment.name == lit
        voice: Voice = "track" if segment.free else "accent" if chosen else "muted"
        size = segment.columns
        line = (_FREE if segment.free else _FULL) * size
        if segment.free and not scaled and size > 3:
            line = _FREE * ((size - 1) // 2) + " " + _FREE * (size - 1 - (size - 1) // 2)
        names += [gap, Run(left(segment.name, size), "bright" if chosen else "muted", chosen)]
        blocks += [gap, Run(line, voice)]
        figures += [
            gap,
            Run(left(count(segment.tokens), size), "bright" if chosen else "muted" if segment.free else "text"),
        ]
    return [fit(line, columns) for line in (names, blocks, figures)]
