"""The attention pane: left what waits, right the item with the exact bytes, below them what can be decided."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from cockpit.screens.attention import items, waiting
from cockpit.screens.attention.arming import DRAWN_S
from cockpit.screens.attention.deciding import AGAIN_S
from cockpit.screens.attention.desk import STAYS_S
from cockpit.screens.attention.drawing import TABS, Drawing, Items, Shown
from cockpit.screens.attention.gather import daily_limit, gather
from cockpit.screens.attention.head import Look
from cockpit.screens.attention.sheet import build, on_screen
from cockpit.screens.base import Dirty
from engine.errors import CockpitError
from engine.views.models import AttentionRow
from widgets.listing import Listing
from widgets.panel import Panel


class AttentionScreen(Drawing):
    """What needs a human, one item at a time. `item` is the id to begin with; the first of the queue otherwise."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "pane(1)", "pane", show=False, priority=True, id="attention.pane", tooltip="the next pane"),
        Binding("shift+tab", "pane(-1)", show=False, priority=True, id="attention.pane-back", tooltip="back"),
        Binding("j,down", "item(1)", "next", show=False, id="attention.next", tooltip="the next item, or line"),
        Binding("k,up", "item(-1)", "previous", show=False, id="attention.previous", tooltip="the item or line before"),
        Binding("space,pagedown,ctrl+d", "scroll(1)", show=False, id="attention.down", tooltip="further down"),
        Binding("pageup,ctrl+u,b", "scroll(-1)", show=False, id="attention.up", tooltip="back up the bytes"),
        Binding("o", "odd", "stands out", show=False, id="attention.odd", tooltip="the next item that stands out"),
        Binding("x", "view('raw')", "raw", show=False, id="attention.raw", tooltip="the whole message, headers too"),
        Binding(
            "d",
            "view('diff')",
            "diff",
            show=False,
            id="attention.diff",
            tooltip="against what its worker wrote, or the last batch",
        ),
        Binding("c", "context", "context", show=False, id="attention.context", tooltip="what its writer had received"),
        Binding("full_stop", "rank", "sort", show=False, id="attention.rank", tooltip="sort by what is urgent now"),
        Binding("enter", "answer", "answer", show=False, id="attention.open", tooltip="answer with a text"),
    ]

    def __init__(self, item: str | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._wanted = item
        self._entered = False
        self._above: frozenset[str] = frozenset()
        """What stands, or stood, above the item in the queue."""

    def chosen(self, look: Look) -> str:
        """The selected choice of a question."""
        return look.row.choices[self._place] if self._place < len(look.row.choices) else ""

    # -- what is shown

    def show(self, dirty: Dirty | None) -> None:
        """Bring the queue and the item up to date; the item on the screen never changes by itself."""
        if not self.is_mounted:
            return
        rows = self.cockpit.client.views.attention
        self._remember_place()
        self._queue.follow(rows, still=bool(self._queue.order))
        if dirty is None or any(kind == "attention" for kind, _name in dirty):
            self.call_after_refresh(self._load_cleared)
        row = rows.get(self._item)
        if self._item and row is None and self._item not in self.desk.done:
            self.desk.say(f"{self._item.rpartition('/')[2]} was settled elsewhere")
            self._item = ""
        elif row is not None:
            known, self._row = self._row, row
            if known is not None and on_screen(known) != on_screen(row):
                self.desk.say("it changed since it was drawn; look again")
                self._open(row.id, anew=True)
        if self._returned in rows:  # whoever takes something back wants to see it
            self._returned, returned = "", self._returned
            self._open(returned)
        if not self._item:
            self._begin()
        self._fill()
        self._lay()
        self._refresh_all()
        if dirty is None:
            self._watch()

    def _begin(self) -> None:
        """The wanted item, or the next one."""
        rows, wanted = self.cockpit.client.views.attention, self._wanted
        self._wanted = None
        waits = self._waits()
        if wanted in rows:
            self._open(str(wanted))
        elif waits:
            self._open(waits[0])
        else:
            self._row = self._sheet = None
            self.desk.arming.hidden()
            self.desk.focus.leave()

    def _open(self, item: str, *, anew: bool = False) -> None:
        """Put an item on the screen: at once what its row says, its bytes as soon as they are read."""
        row = self.cockpit.client.views.attention.get(item)
        if row is None or (item == self._item and not anew):
            return
        if anew:
            self.desk.forget(item)
        self._item, self._row, self._sheet = item, row, None
        self._place = self._offset = 0
        self._shown = "bytes"
        self._lines.cache_clear()
        self.desk.arming.hidden()
        self.desk.focus.leave()
        self._fill()
        self._lay()
        self._focus_item()
        self._refresh_all()
        self.call_after_refresh(self._read, row)

    def _read(self, row: AttentionRow) -> None:
        self.work("sheet", partial(self._reading, row), exclusive=True)

    async def _reading(self, row: AttentionRow) -> None:
        limit = daily_limit(self.cockpit.home.config)
        try:
            material = await gather(self.cockpit.client, row, self.cockpit.now, limit)
        except CockpitError as error:
            self.desk.say(str(error), "wrong")
            self.redraw("verdict")
            return
        sheet = await asyncio.to_thread(build, material)
        if self._item == row.id and self._row is not None and on_screen(self._row) == sheet.digest:
            self._sheet = sheet
            self._fill()
            self._refresh_all()
            self._watch()

    def _watch(self) -> None:
        """Once it is drawn, the item is looked at, and its keys arm after a moment."""
        self.call_after_refresh(self._drawn)

    def _drawn(self) -> None:
        sheet = self._sheet
        if sheet is None or not self.is_current or not self._bytes_visible or self._shown == "diff":
            self.desk.arming.hidden()
            return
        self.desk.arming.drawn(sheet.digest)
        self.desk.focus.begin(sheet.row.id)
        if sheet.row.kind == "approve" and self._place < len(sheet.letters):
            self.desk.see(sheet.row.id, sheet.letters[self._place].short)
            self._fill()
            self.redraw("head")
        self.set_timer(DRAWN_S + AGAIN_S, lambda: self.redraw("verdict"))

    def on_screen_suspend(self) -> None:
        """Something else is on top: nothing here is looked at."""
        self.desk.arming.hidden()
        self.desk.focus.leave()

    def _fill(self) -> None:
        views = self.cockpit.client.views
        queue = self.query_one("#queue", Listing)
        now, aside = self.cockpit.now, self.desk.aside
        queue.fill(waiting.entries(self._queue, views.attention, views.cards, views.branches, now, aside))
        if self._item in views.attention:
            queue.select(self._item)
        if (look := self.look()) is not None:
            listing = self.query_one("#items", Items)
            found = items.entries(look)
            listing.fill(found)
            if self._place < len(found):
                listing.select(found[self._place].id)

    def _load_cleared(self) -> None:
        client = self.cockpit.client
        try:
            made = client.events(None, kinds={"decision.made"}, limit=80)
            raised = client.events(None, kinds={"attention.raised"}, limit=200)
        except CockpitError:
            return  # the application says what is wrong with the ledger
        titles = {(event["mission"], event["body"]["attention"]): str(event["body"].get("title")) for event in raised}
        self._cleared = waiting.cleared(made, titles, self.cockpit.now)
        self.redraw("cleared")

    def tick(self) -> None:
        """Ages, deadlines, the undo window."""
        if self.desk.undo is not None and not self.desk.left_s:
            self.desk.undo, self.wants_seconds = None, False
        self._fill()
        self.redraw("fact", "folded", "head", "verdict")

    # -- going on

    def leave(self) -> None:
        """The item was decided: its confirmation stays for a moment, then the next one comes."""
        self.set_timer(STAYS_S + 0.1, self._advance)

    def _advance(self) -> None:
        if not self.is_current:
            self.set_timer(STAYS_S, self._advance)
        elif self._item in self.desk.done and not self.next_item():
            self._item = ""
            self._begin()
            self._lay()
            self._refresh_all()

    def _remember_place(self) -> None:
        """What stands above the item: when it is settled, the way on is down from where it stood."""
        order = self._queue.order
        if self._item in order:
            self._above = frozenset(order[: order.index(self._item)])

    def _waits(self) -> list[str]:
        """What comes next: downwards, then from the first again, and at last what was put aside."""
        rows = self.cockpit.client.views.attention
        self._remember_place()
        listed = [name for name in self._queue.order if name in rows and name not in {self._item, *self.desk.done}]
        listed.sort(key=lambda name: name in self._above)
        aside, then = self.desk.aside, [n for n in listed if n == self.desk.then]
        waits = [*then, *(n for n in listed if n not in aside), *(n for n in aside if n in listed)]
        return list(dict.fromkeys(waits))

    def next_item(self) -> bool:
        """Show the next item that is not decided yet; whether there is one."""
        waits = self._waits()
        if waits:
            self._open(waits[0])
        return bool(waits)

    # -- keys

    def _focus_item(self) -> None:
        """The keys belong to the item, unless somebody walks through the queue."""
        if self._in_queue:
            return
        listing = self.query_one("#items", Items)
        self.set_focus(listing if listing.display and self.mode in {"wide", "middle"} else None)

    def on_key(self, event: events.Key) -> None:
        """Remember what opened a list's entry: a click never decides."""
        self._entered = event.key == "enter"

    def on_mouse_down(self, _event: events.MouseDown) -> None:
        """The mouse chooses what is shown, no more."""
        self._entered = False

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Another item of the queue, or another one of the batch."""
        if event.entry is None:
            return
        if event.listing.id == "queue":
            if event.listing.has_focus and event.entry.id != self._item:
                self._open(event.entry.id)
            return
        place = next((n for n, entry in enumerate(event.listing.entries) if entry.id == event.entry.id), 0)
        if place != self._place:
            self._place, self._offset = place, 0
            self.redraw("head", "bytes", "verdict")
            self._watch()

    def on_listing_chosen(self, event: Listing.Moved) -> None:
        """Enter: from the queue to the item; on a choice, take it."""
        entered, self._entered = self._entered, False
        look = self.look()
        if event.listing.id == "queue":
            self.action_pane(1)
        elif entered and look is not None and look.row.kind != "approve":
            self.action_choose(self._place + 1)

    def action_pane(self, by: int) -> None:
        """The next pane: queue and item, or the next tab."""
        if self.mode in {"slim", "tiny"}:
            names = TABS if self.mode == "slim" else ("queue", "exact bytes")
            place = names.index(self._tab) if self._tab in names else 0
            self._tab = names[(place + by) % len(names)]
            self._lay()
            listing = {"queue": "#queue", "items": "#items"}.get(self._tab)
            self.set_focus(self.query_one(listing, Listing) if listing else None)
        elif self.mode == "wide":
            if self._in_queue:
                self.set_focus(None)
                self._focus_item()
            else:
                self.query_one("#queue", Listing).focus()
        self._refresh_all()
        self._watch()

    def action_item(self, by: int) -> None:
        """The next item or choice; a line where there is none."""
        listing = self.query_one("#items", Items)
        if listing.entries and self._tab != "facts":
            listing.action_move(by)
        else:
            self._scroll(by)

    def action_scroll(self, by: int) -> None:
        """A page of the bytes."""
        self._scroll(by * max(self.query_one("#bytes", Panel).size.height - 6, 1))

    def _scroll(self, by: int) -> None:
        self._offset = max(0, min(self._offset + by, self._most()))
        self.redraw("bytes")

    def action_odd(self) -> None:
        """The next item that stands out."""
        sheet = self._sheet
        if sheet is None or sheet.row.kind != "approve" or not sheet.odd:
            self.desk.say("none stands out")
            self.redraw("verdict")
            return
        later = [place for place in sheet.odd if place > self._place] or list(sheet.odd)
        self.query_one("#items", Items).select(sheet.letters[later[0]].short)

    def action_view(self, shown: Shown) -> None:
        """The bytes another way, and back."""
        self._shown = "bytes" if self._shown == shown else shown
        self._offset = 0
        self.redraw("bytes")
        self._watch()

    def action_context(self) -> None:
        """The package that its writer had received."""
        sheet = self._sheet
        if sheet is None:
            return
        self.cockpit.open_mission(sheet.row.mission, "context", sheet.attempt)

    def action_rank(self) -> None:
        """Sort the queue by what is urgent now."""
        self._queue.rank(self.cockpit.client.views.attention)
        self._fill()
        self._refresh_all()
