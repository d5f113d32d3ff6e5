"""A mission: its fact line, its tabs, and the pane of the tab that is open. Each mission is a mode of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from cockpit.cli.inbox import Order
from cockpit.screens.base import Dirty, Key, View, keys_line
from cockpit.screens.facts import mission_fact
from cockpit.screens.mission import orders
from cockpit.screens.mission.dialog import ReasonDialog
from cockpit.screens.mission.pane import Pane
from cockpit.screens.mission.tabs import TABS
from cockpit.screens.words import safe
from engine.errors import CockpitError
from widgets.ink import Line, Run
from widgets.tabs import TabBar

MOST_KEYS = 8
_ALWAYS = (Key("mission.right", "h l", "tab"), Key("app.help", "?", "help"))


class MissionScreen(View):
    """The screen of one mission. A tab's pane is made when it is first opened, and kept."""

    CSS = """
    MissionScreen TabBar { height: 2; margin-bottom: 1; }
    MissionScreen #panes { height: 1fr; }
    MissionScreen #foot { margin-bottom: 1; }
    MissionScreen.-short #fact, MissionScreen.-low #fact { margin: 0; }
    MissionScreen.-short TabBar { margin-bottom: 0; }
    MissionScreen.-low TabBar { height: 1; margin-bottom: 0; }
    MissionScreen.-short #foot, MissionScreen.-low #foot { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "turn(1)", "next tab", show=False, id="mission.right", tooltip="the next tab"),
        Binding("left,h", "turn(-1)", "previous tab", show=False, id="mission.left", tooltip="the tab before"),
        Binding("p", "pause", "pause", show=False, id="mission.pause", tooltip="start nothing new, or go on again"),
        Binding("S", "stop", "stop", show=False, id="mission.stop", tooltip="end the mission; asks for a reason"),
    ]

    def __init__(self, slug: str, tab: str = "board", subject: str = "") -> None:
        super().__init__()
        self.slug = slug
        self._tab = _known(tab)
        self._panes: dict[str, Pane] = {}
        self._subject = subject
        """Where the pane that opens next is to go."""

    def body(self) -> Iterable[Widget]:
        """Tabs and panes."""
        yield TabBar([tab.name for tab in TABS], id="tabs")
        yield Container(id="panes")

    def fact(self, columns: int) -> Line:
        """Its name, what it does, what it costs, whether an engine lives."""
        views = self.cockpit.client.views
        card = views.cards.get(self.slug)
        if card is None:
            return (Run(safe(self.slug), "bright", bold=True), Run("   is no longer in this ledger", "muted"))
        number = list(views.cards).index(self.slug) + 1
        return mission_fact(number, card, views, self.cockpit.now, columns, self.cockpit.trouble)

    def foot(self, columns: int) -> Line:
        """The keys of the open tab, and those that work on every tab."""
        pane = self.pane
        own = [key for key in (pane.FOOT if pane else ()) if key.binding not in {always.binding for always in _ALWAYS}]
        keys = [*own[: MOST_KEYS - len(_ALWAYS)], *_ALWAYS]
        keymap = self.cockpit.keymap
        return keys_line(((keymap.get(key.binding, key.shown), self._label(key)) for key in keys), columns)

    def _label(self, key: Key) -> str:
        card = self.cockpit.client.views.cards.get(self.slug)
        return "resume" if key.binding == "mission.pause" and card and card.state == "paused" else key.label

    # -- tabs

    @property
    def tab(self) -> str:
        """The id of the open tab."""
        return self._tab

    @property
    def pane(self) -> Pane | None:
        """The pane of the open tab; None before it is there."""
        return self._panes.get(self._tab)

    @property
    def wants_seconds(self) -> bool:  # type: ignore[override]
        """As the open pane."""
        return bool(self.pane and self.pane.is_mounted and self.pane.wants_seconds)

    def on_mount(self) -> None:
        """Open the tab that was asked for."""
        self.open_tab(self._tab, self._subject)

    def open_tab(self, tab: str, subject: str = "") -> None:
        """Show a tab; its pane is brought up to date and takes the keys. `subject`: an id that it is to show."""
        self._tab, self._subject = _known(tab), subject
        self.query_one(TabBar).current = [found.id for found in TABS].index(self._tab)
        for name, other in self._panes.items():
            other.display = name == self._tab
        pane = self._panes.get(self._tab)
        if pane is None:
            made = next(found for found in TABS if found.id == self._tab).make(self.slug)
            self._panes[self._tab] = made
            self.query_one("#panes").mount(made)  # it says when it is ready
        elif pane.is_mounted:
            self._entered(pane)

    def on_pane_ready(self, event: Pane.Ready) -> None:
        """A new pane is filled for the first time."""
        event.stop()
        self._entered(event.pane)

    def _entered(self, pane: Pane) -> None:
        if pane is not self.pane or not pane.is_mounted:
            return
        pane.show(None)
        if self._subject:
            pane.point(self._subject)
            self._subject = ""
        pane.enter()
        self.redraw("fact", "foot")

    def on_tab_bar_clicked(self, event: TabBar.Clicked) -> None:
        """Open the clicked tab."""
        self.open_tab(TABS[event.place].id)

    def on_pane_leave(self, event: Pane.Leave) -> None:
        """A pane asks for another tab."""
        event.stop()
        self.open_tab(event.tab, event.subject)

    def action_turn(self, by: int) -> None:
        """The next tab, around the end."""
        place = [found.id for found in TABS].index(self._tab)
        self.open_tab(TABS[(place + by) % len(TABS)].id)

    def show(self, dirty: Dirty | None) -> None:
        """Tell the open pane; hidden ones catch up when they are opened."""
        pane = self.pane
        if not self.is_mounted or pane is None or not pane.is_mounted:
            return
        pane.show(dirty)
        if dirty is None or any(kind in {"card", "engine"} for kind, _name in dirty):
            self.redraw("fact", "foot")

    def tick(self) -> None:
        """Ages and deadlines."""
        self.redraw("fact")
        if self.pane is not None and self.pane.is_mounted:
            self.pane.tick()

    # -- steering

    def action_pause(self) -> None:
        """Pause the mission, or go on with it."""
        card = self.cockpit.client.views.cards.get(self.slug)
        verb = orders.pausing(card) if card else None
        if verb is None:
            self.cockpit.say(f"{self.slug} is {card.state if card else 'gone'}: nothing to pause", severity="warning")
            return
        self.give(orders.status(verb, self.slug), f"{self.slug} is {orders.WORDS[verb]}")

    def action_stop(self) -> None:
        """Ask for a reason, then end the mission."""
        card = self.cockpit.client.views.cards.get(self.slug)
        if card is None or card.state in orders.OVER:
            self.cockpit.say(f"{self.slug} is {card.state if card else 'gone'} already", severity="warning")
            return
        about = (card.title, "Nothing goes on after this: what runs is cancelled, what waits for you is withdrawn.")
        dialog = ReasonDialog(f"Stop {self.slug} for good?", about, "stop the mission")
        self.app.push_screen(dialog, self._stopped)

    def _stopped(self, reason: str | None) -> None:
        if reason:
            self.give(orders.status("stop", self.slug, reason), f"{self.slug} is stopped")

    def give(self, order: Order, done: str) -> None:
        """Give a command; say `done`, or what the engine has against it."""
        self.run_worker(self._give(order, done), exit_on_error=False)

    async def _give(self, order: Order, done: str) -> None:
        try:
            await self.cockpit.give(order)
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
        else:
            self.cockpit.say(done)


def _known(tab: str) -> str:
    return tab if tab in {found.id for found in TABS} else "board"
