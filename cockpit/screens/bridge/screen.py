"""The bridge: the first screen. Tab walks over the missions and the strip; enter opens what is lit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import Widget

from cockpit import preferences
from cockpit.client import Happening
from cockpit.screens.base import Dirty, Key, View, keys_line
from cockpit.screens.bridge import paint, small, strip
from cockpit.screens.bridge.paint import Mission
from cockpit.screens.facts import bridge_fact
from cockpit.screens.queue import StillQueue
from widgets.ink import Line, Run, rule
from widgets.listing import Listing
from widgets.panel import Panel

PAST_KINDS = (
    "mission.created",
    "mission.paused",
    "mission.resumed",
    "mission.finished",
    "mission.stopped",
    "branch.kept",
    "branch.pruned",
    "branch.extended",
    "task.accepted",
    "task.failed",
    "decision.made",
    "rule.adopted",
)
"""What is worth a line of the past beside other missions; the log tells everything."""
PAST_S = 1.0
"""So long after something happened the past is read anew: it is the last thing anybody looks at."""
STILL_MS = 30_000
"""So long after a key the strip keeps its order, and what arrives gathers under *new*."""
PAST = 8
"""How many happenings of each mission are kept for its column."""


class BridgeScreen(View):
    """Missions side by side, the strip below."""

    CSS = """
    BridgeScreen #columns { height: 1fr; }
    BridgeScreen #lid { height: 2; }
    BridgeScreen #strip { height: 5; margin-bottom: 1; }
    BridgeScreen.-low #strip { margin-bottom: 0; }
    BridgeScreen.-tall #lid { margin-top: 1; }
    """
    FOOT = (
        Key("", "1-9", "mission"),
        Key("", "tab", "column"),
        Key("list.open", "⏎", "open"),
        Key("app.next", "n", "next for you"),
        Key("app.new", "N", "new"),
        Key("app.spend", "s", "spend"),
        Key("", "^p", "commands"),
        Key("app.help", "?", "help"),
    )
    FIRST = (
        Key("app.new", "N", "new mission"),
        Key("", "^p", "commands"),
        Key("app.close", "q", "close"),
        Key("app.help", "?", "help"),
    )
    """The keys of a home without missions."""
    NARROW: ClassVar[frozenset[str]] = frozenset({"column"})
    """What is not said at the foot of a narrow screen."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "light(1)", "column", show=False, priority=True, id="bridge.next", tooltip="the next column"),
        Binding("shift+tab", "light(-1)", "column", show=False, priority=True, id="bridge.previous", tooltip="back"),
        Binding("enter", "open_lit", "open", show=False, id="bridge.open", tooltip="open the lit mission"),
        Binding("full_stop", "rank", "sort again", show=False, id="bridge.rank", tooltip="sort by what is urgent now"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._queue = StillQueue()
        self._lit: int | None = None
        """The place of the lit mission among all; None while the strip has the focus."""
        self._first = 0
        self._past: dict[str, tuple[Happening, ...]] = {}
        self._forgotten: set[str] = set()
        """Missions whose past has grown since it was read."""
        self._remembering: Timer | None = None
        self._empty = False
        """Whether there was no mission when the foot was drawn last."""
        self._touched = 0
        """Wall time of the last key: while somebody works with the strip, nothing in it moves."""

    def body(self) -> Iterable[Widget]:
        """Columns, the strip's header, the strip."""
        yield Panel(self._columns, id="columns")
        yield Panel(self._lid, id="lid")
        yield Listing(strip.paint, empty="nothing needs you; what does stands here by itself", id="strip")

    def fact(self, columns: int) -> Line:
        """How many missions, how many items, what it costs, whether an engine lives."""
        return bridge_fact(
            self.cockpit.client.views,
            self.cockpit.now,
            columns,
            self.cockpit.trouble,
            today=self.cockpit.spent_today,
            hours=self.cockpit.spent_hours,
            shown=(self._first, self._fits()) if self.query_one("#columns", Panel).size else None,
        )

    def foot(self, columns: int) -> Line:
        """The keys; on a narrow screen those that go without saying are left out."""
        keymap = self.cockpit.keymap
        listed = self.FOOT if self.cockpit.client.views.cards else self.FIRST
        shown = [key for key in listed if columns >= 100 or key.label not in self.NARROW]
        return keys_line(((keymap.get(key.binding, key.shown), key.label) for key in shown), columns)

    # -- what is shown

    def _missions(self, count: int) -> list[Mission]:
        """The next missions from the first that is shown."""
        views = self.cockpit.client.views
        window = list(views.cards.items())[self._first : self._first + count]
        slugs = {slug for slug, _card in window}
        order = (views.attention.get(name) for name in self._queue.order)
        asked = [row for row in order if row is not None and row.mission in slugs]
        return [
            Mission(
                number,
                card,
                tuple(views.tasks.get(slug, {}).values()),
                tuple(row for row in asked if row.mission == slug),
                self._past.get(slug, ()),
            )
            for number, (slug, card) in enumerate(window, start=self._first + 1)
        ]

    def _columns(self, columns: int, rows: int) -> list[Line]:
        missions, wall = self._missions(_fits(columns, rows)), self.cockpit.now
        lit = None if self._lit is None else self._lit - self._first
        if not missions:
            keys = {key.shown: self.cockpit.keymap.get(key.binding, key.shown) for key in self.FIRST}
            return paint.nothing(columns, keys, models=preferences.read(self.cockpit.home.config).models)
        if columns < 58:
            return small.tiny(missions, columns, lit)
        if columns < 100 or rows < 16:
            return small.compact(missions, wall, columns, lit)
        return paint.board(missions, wall, columns, rows, lit)

    def _lid(self, columns: int, _rows: int) -> list[Line]:
        focused = self._lit is None
        if not self._queue.order:
            return [rule(columns, lit=focused), (Run("needs you", "muted", bold=True),)]
        return [rule(columns, lit=focused), strip.Columns(columns, self._digits()).header()]

    def _digits(self) -> int:
        """The columns of the numbers in the strip."""
        return len(str(len(self._queue.order))) + 1

    def show(self, dirty: Dirty | None) -> None:
        """Bring columns and strip up to date."""
        if not self.is_mounted:
            return
        if dirty is None:
            self._forgotten |= self._past.keys()  # another screen was on top meanwhile
            self._recall(soon=bool(self.cockpit.client.views.branches))
        elif changed := {name.partition("/")[0] for kind, name in dirty if kind in {"card", "branch"}}:
            self._forgotten |= changed
            self._recall(soon=not self._past)
        if dirty is None or any(kind == "attention" for kind, _name in dirty):
            still = dirty is not None and self._touched > self.cockpit.now - STILL_MS
            self._queue.follow(self.cockpit.client.views.attention, still=still)
            self._fill(self.query_one("#strip", Listing))
            self.redraw("lid")
        elif any(kind == "branch" for kind, _name in dirty):
            self._fill(self.query_one("#strip", Listing))
        if dirty is None or not dirty.isdisjoint(self._seen()):
            self.redraw("columns")
        self.redraw("fact")
        if self._empty != (not self.cockpit.client.views.cards):
            self._empty = not self._empty
            self.redraw("foot")

    def _seen(self) -> Iterable[tuple[str, str]]:
        """The keys of everything that the columns on the screen show."""
        views = self.cockpit.client.views
        for slug in list(views.cards)[self._first : self._first + self._fits()]:
            yield "card", slug
            yield from (("task", name) for name in views.tasks.get(slug, ()))
            yield from (("attention", row.id) for row in views.attention.values() if row.mission == slug)

    def _recall(self, *, soon: bool) -> None:
        """Have the past read: it is told with the names of branches, so not before they are there."""
        if soon:
            self.call_after_refresh(self._remember)
        elif self._remembering is None:
            self._remembering = self.set_timer(PAST_S, self._remember)

    def _remember(self) -> None:
        """Read the past of the missions on the screen, where it is not known or no longer true."""
        self._remembering = None
        shown = list(self.cockpit.client.views.cards)[self._first : self._first + self._fits()]
        stale = [slug for slug in shown if slug in self._forgotten or slug not in self._past]
        for slug in stale:
            found = self.cockpit.client.tail(slug, limit=PAST, kinds=PAST_KINDS)
            self._past[slug] = tuple(reversed(found))
        self._forgotten.difference_update(stale)
        if stale:
            self.redraw("columns")

    def _fill(self, listing: Listing) -> None:
        views, selected = self.cockpit.client.views, listing.selected
        found = strip.entries(
            self._queue,
            views.attention,
            views.cards,
            views.branches,
            selected=selected.id if selected else None,
            wall=self.cockpit.now,
            unfold=self.size.width >= 110,
        )
        wanted = min(max(sum(entry.height for entry in found), 1), max(3, self.size.height // 4))
        if listing.styles.height is None or listing.styles.height.value != wanted:
            listing.styles.height = wanted
        listing.fill(found)

    def tick(self) -> None:
        """Ages and deadlines."""
        self._fill(self.query_one("#strip", Listing))
        self.redraw("columns", "fact")

    # -- what keys do

    def on_key(self) -> None:
        """Somebody is here."""
        self._touched = self.cockpit.now

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """The selected item unfolds."""
        self._fill(event.listing)

    def on_listing_chosen(self, event: Listing.Moved) -> None:
        """Open the item."""
        if event.entry is not None:
            self.cockpit.open_item(event.entry.id)

    def action_light(self, by: int) -> None:
        """Light the next mission, or the strip."""
        count = len(self.cockpit.client.views.cards)
        place = -1 if self._lit is None else self._lit
        place = (place + 1 + by) % (count + 1) - 1
        self._lit = None if place < 0 else place
        listing = self.query_one("#strip", Listing)
        if self._lit is None:
            listing.focus()
        else:
            self.set_focus(None)
            fits = self._fits()
            self._first = min(max(self._first, self._lit - fits + 1), self._lit)
        self.redraw("fact", "columns", "lid")
        self._remember()

    def _fits(self) -> int:
        size = self.query_one("#columns", Panel).size
        return _fits(size.width, size.height)

    def action_open_lit(self) -> None:
        """Open the lit mission; where none is lit and nothing needs anybody, the first that is shown."""
        cards = list(self.cockpit.client.views.cards)
        lit = self._first if self._lit is None else self._lit
        if lit < len(cards):
            self.cockpit.open_mission(cards[lit])

    def action_rank(self) -> None:
        """Sort the strip by what is urgent now."""
        self._queue.rank(self.cockpit.client.views.attention)
        self._fill(self.query_one("#strip", Listing))

    def action_back(self) -> None:
        """There is nothing behind the bridge: back to the strip."""
        if self._lit is not None:
            self._lit = 0
            self.action_light(-1)


def _fits(columns: int, rows: int) -> int:
    """How many missions are shown at once."""
    if columns < 58:
        return max(1, rows)
    if columns < 100 or rows < 16:
        return max(1, rows // 4)
    return paint.per_screen(columns)
