"""Tabs: their names on one line, and below it a rule with an accent piece under the one that is shown."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Click
from textual.message import Message

from widgets.ink import Line, Run, cells
from widgets.panel import Panel


def gap_of(names: Sequence[str], columns: int) -> int:
    """The blanks between the names of tabs: four, or as many as there is room for."""
    free = columns - sum(cells(name) for name in names)
    return max(1, min(4, free // max(len(names) - 1, 1)))


def window(names: Sequence[str], current: int, columns: int) -> tuple[int, int]:
    """The first and the one after the last tab that are shown: as many as fit, the current one among them."""
    first, after = 0, len(names)
    while after - first > 1 and _size(names[first:after]) > columns:
        if current - first > after - 1 - current:
            first += 1
        else:
            after -= 1
    return first, after


def _size(names: Sequence[str]) -> int:
    return sum(cells(name) for name in names) + len(names) - 1


def tab_lines(names: Sequence[str], current: int, columns: int) -> tuple[Line, Line]:
    """The line of names and the rule below it; the current one is bold, so that it is seen without the rule too."""
    first, after = window(names, current, columns)
    names, current = names[first:after], current - first
    gap = " " * gap_of(names, columns)
    named: list[Run] = []
    start = 0
    for place, name in enumerate(names):
        if place:
            named.append(Run(gap))
        if place < current:
            start += cells(name) + len(gap)
        lit = place == current
        named.append(Run(name, "bright" if lit else "muted", bold=lit))
    size = cells(names[current]) if names else 0
    rest = max(columns - start - size, 0)
    return tuple(named), (Run("─" * start, "rule"), Run("━" * size, "accent"), Run("─" * rest, "rule"))


class TabBar(Panel):
    """The tabs of a screen. It takes no focus: the screen's keys choose, and so does a click."""

    DEFAULT_CSS = "TabBar { height: 2; }"

    class Clicked(Message):
        """A tab was clicked; `place` is its number from 0."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, names: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(lambda columns, rows: tab_lines(self._names, self._current, columns)[:rows], id=id)
        self._names, self._current = tuple(names), 0

    @property
    def current(self) -> int:
        """The number of the tab that is shown."""
        return self._current

    @current.setter
    def current(self, place: int) -> None:
        self._current = place
        self.redraw()

    def on_click(self, event: Click) -> None:
        """Choose the tab under the mouse."""
        first, after = window(self._names, self._current, self.size.width)
        shown = self._names[first:after]
        gap, at = gap_of(shown, self.size.width), 0
        for place, name in enumerate(shown, first):
            if at <= event.x < at + cells(name):
                self.post_message(self.Clicked(place))
            at += cells(name) + gap
