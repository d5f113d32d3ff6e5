"""The spend of all missions, opened from anywhere."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from cockpit.screens.base import Dirty, View
from cockpit.screens.facts import bridge_fact
from cockpit.screens.mission.pane import Pane
from cockpit.screens.spend.pane import SpendPane
from widgets.ink import Line


class SpendScreen(View):
    """One pane, on a screen of its own. `slug` None: all missions."""

    FOOT = SpendPane.FOOT

    def __init__(self, slug: str | None) -> None:
        super().__init__()
        self._pane = SpendPane(slug)

    @property
    def wants_seconds(self) -> bool:  # type: ignore[override]
        """As the pane."""
        return self._pane.is_mounted and self._pane.wants_seconds

    def body(self) -> Iterable[Widget]:
        """The pane."""
        yield self._pane

    def fact(self, columns: int) -> Line:
        """The facts of all missions."""
        cockpit = self.cockpit
        hours, today = cockpit.spent_hours, cockpit.spent_today
        return bridge_fact(cockpit.client.views, cockpit.now, columns, cockpit.trouble, today=today, hours=hours)

    def on_pane_ready(self, event: Pane.Ready) -> None:
        """Fill it."""
        event.stop()
        self._pane.show(None)
        self._pane.enter()

    def show(self, dirty: Dirty | None) -> None:
        """Tell the pane."""
        if self._pane.is_mounted:
            self._pane.show(dirty)
            self.redraw("fact")

    def tick(self) -> None:
        """The time, and ages of calls."""
        self.redraw("fact")
        if self._pane.is_mounted:
            self._pane.tick()
