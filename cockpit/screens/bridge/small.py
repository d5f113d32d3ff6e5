"""The bridge on smaller terminals: three lines a mission, or one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit.screens.bridge.paint import Mission, alive, claim, figures, meters, sample
from cockpit.screens.words import deadline, money, now_in, phase_runs, safe, title
from engine.views.models import BranchLine
from widgets.ink import Line, Run, beside, cells, fit, left, pad, right, rule, spread, width
from widgets.marks import glyph


def compact(missions: Sequence[Mission], wall: int, columns: int, lit: int | None) -> list[Line]:
    """Three lines a mission: name and state, its two best branches, the three bars at the right."""
    lines: list[Line] = []
    facts = figures(missions, wall, short=True)
    right_size = max(22 + facts, min(38, columns // 2 - 1))
    left_size = columns - right_size - 2
    names = min(max((width(title(mission.card)) for mission in missions), default=0), max(14, left_size - 20))
    shape = _shape([branch for mission in missions for branch in alive(mission.card)[:2]], left_size)
    for place, mission in enumerate(missions):
        card, now = mission.card, now_in(mission.card, wall)
        head = (Run(f"{mission.number} ", "muted"), *pad(title(card, names), names), Run("  "), *phase_runs(card, wall))
        shown = alive(card)[:2]
        rest = len(card.branches) - len(shown)
        block = [fit(head, left_size)]
        for row, branch in enumerate(shown):
            more = f"  +{rest}" if rest > 0 and row == len(shown) - 1 else ""
            block.append(_compact_branch(branch, now, left_size, more, shape))
        if not shown:
            block.append(fit((Run("  "), Run(safe(card.title), "muted")), left_size))
        bars = meters(card, wall, right_size, facts=facts, short=True)
        lines += [rule(columns, lit=lit == place), *beside([(block, left_size), (bars, right_size)], 2)]
    return lines


def _shape(branches: Sequence[BranchLine], size: int) -> tuple[int, int, int]:
    """The columns of names, figures and samples, the same for all missions."""
    proven = [branch for branch in branches if branch.figure and not branch.claimed]
    figure = max((cells(safe(branch.figure)) for branch in proven), default=0)
    measured = max((len(f"n {sample(branch)}") for branch in proven), default=0)
    name = max((cells(safe(branch.key)) for branch in branches), default=0)
    return max(4, min(name, size - figure - measured - 13)), figure, measured


def _compact_branch(branch: BranchLine, now: int, size: int, more: str, shape: tuple[int, int, int]) -> Line:
    names, figures, samples = shape
    over = branch.state in {"pruned", "parked"}
    waits = branch.state == "waiting" and branch.until and not branch.figure
    said = f"window {deadline(branch.until, now)}" if waits else branch.line
    if branch.figure and branch.claimed and not over:
        tail: Line = (Run(f"  ◇ {safe(claim(branch))}", "text"),)
    elif branch.figure and not over:
        measured = f"n {sample(branch)}"
        tail = (
            Run(right(safe(branch.figure), figures + 2), "bright", bold=True),
            Run(f"  {left(measured, samples)}", "muted"),
        )
    else:
        tail = (Run(f"  {safe(said)}", "past" if over else "muted"),)
    name: Line = (Run("  "), glyph(branch.state), Run(f" {left(safe(branch.key), names)}", "past" if over else "text"))
    return (*fit((*name, *tail), size - cells(more)), Run(more, "past"))


def tiny(missions: Sequence[Mission], columns: int, lit: int | None) -> list[Line]:
    """One line a mission: number, glyph, name, and money."""
    return [
        spread(
            (
                Run("▌" if lit == place else " ", "accent"),
                Run(f"{m.number} ", "muted"),
                glyph("needs you" if m.card.attention else m.card.phase),
                Run(" "),
                *title(m.card, columns - 7 - cells(money(m.card.spent))),
            ),
            (Run(money(m.card.spent), "text"),),
            columns,
        )
        for place, m in enumerate(missions)
    ]
