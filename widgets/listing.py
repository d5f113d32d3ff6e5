"""A list of any length in which one entry is selected: drawn line by line, so that only what is visible costs anything.

The selection follows the entry, never the row: when entries come or go above it, the selected one stays selected and
stays where it is on the screen. Entries may be several lines high, and keep their height when selected.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, MouseScrollDown, MouseScrollUp
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from widgets.ink import BLANK, Line, Run
from widgets.look import palette_of
from widgets.palette import Ground

EDGE = 2
"""Columns at the left edge of every line: the mark of the selection and a blank."""


class Entry(NamedTuple):
    """One entry: what it is called, how many lines it has, and what its painter gets. Equal bodies look equal."""

    id: str
    body: Any
    height: int = 1
    selectable: bool = True


class Shown(NamedTuple):
    """How an entry is to be painted: its width without the edge, if it is selected, and if the list has the focus."""

    columns: int
    selected: bool
    focused: bool


EntryPainter = Callable[[Entry, Shown], Sequence[Line]]


class Listing(ScrollView, can_focus=True):
    """The list. `paint` draws one entry; `empty` is the one muted sentence where the first row would be.

    Of a selected entry every line is raised; with `block` only its first, and the others are its body.
    """

    DEFAULT_CSS = """
    Listing { width: 1fr; height: 1fr; scrollbar-size: 0 0; overflow-x: hidden; }
    """
    BINDING_GROUP_TITLE = "list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "next", show=False, id="list.next", tooltip="the next entry"),
        Binding("k,up", "move(-1)", "previous", show=False, id="list.previous", tooltip="the entry before"),
        Binding("pagedown,ctrl+d", "page(1)", "page down", show=False, id="list.page-down", tooltip="a page down"),
        Binding("pageup,ctrl+u", "page(-1)", "page up", show=False, id="list.page-up", tooltip="a page up"),
        Binding("home,g", "edge(-1)", "first", show=False, id="list.first", tooltip="the first entry"),
        Binding("end,G", "edge(1)", "last", show=False, id="list.last", tooltip="the last entry"),
        Binding("enter", "choose", "open", show=False, id="list.open", tooltip="open the selected entry"),
    ]

    class Moved(Message):
        """Another entry is selected."""

        def __init__(self, listing: Listing, entry: Entry | None) -> None:
            super().__init__()
            self.listing, self.entry = listing, entry

        @property
        def control(self) -> Listing:
            """The list it happened in."""
            return self.listing

    class Chosen(Moved):
        """The selected entry is to be opened."""

    class NearEnd(Message):
        """The last entries are on the screen: whoever has more may show them."""

        def __init__(self, listing: Listing) -> None:
            super().__init__()
            self.listing = listing

        @property
        def control(self) -> Listing:
            """The list it happened in."""
            return self.listing

    def __init__(
        self,
        paint: EntryPainter,
        *,
        empty: str = "",
        id: str | None = None,  # noqa: A002 (Textual's name)
        classes: str | None = None,
        marked: bool = True,
        block: bool = False,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._paint, self._empty, self._marked, self._block = paint, empty, marked, block
        self._entries: Sequence[Entry] = ()
        self._tops: list[int] = [0]
        self._place: dict[str, int] = {}
        self._selected: str | None = None
        self._painted: dict[tuple[str, bool], tuple[Any, int, Sequence[Line]]] = {}

    # -- what it holds

    @property
    def entries(self) -> Sequence[Entry]:
        """What it shows."""
        return self._entries

    @property
    def selected(self) -> Entry | None:
        """The selected entry."""
        place = self._place.get(self._selected or "")
        return self._entries[place] if place is not None else None

    @property
    def at_first(self) -> bool:
        """Whether the first selectable entry is selected, or nothing is."""
        first = next((entry.id for entry in self._entries if entry.selectable), None)
        return self._selected is None or self._selected == first

    def fill(self, entries: Sequence[Entry], *, follow: bool = False) -> None:
        """Show these entries. The selected one stays selected and keeps its line; `follow` goes to the first instead.

        When the selected entry is gone, the one that took its place is selected.
        """
        before, old_tops = self._entries, self._tops
        anchor = self._place.get(self._selected or "")
        offset = old_tops[anchor] - self.scroll_offset.y if anchor is not None else 0
        self._entries = entries
        self._tops = list(accumulate((entry.height for entry in entries), initial=0))
        self._place = {entry.id: place for place, entry in enumerate(entries)}
        chosen = self._keep(anchor, follow=follow)
        if len(self._painted) > 4 * len(entries) + 256:
            self._painted.clear()
        self._grow(Size(max(self.size.width, 1), max(self._tops[-1], 1)))
        if follow:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        elif anchor is not None and chosen is not None and self._place.get(chosen) is not None:
            top = self._tops[self._place[chosen]]
            if top - self.scroll_offset.y != offset and top != old_tops[anchor]:
                self.scroll_to(y=max(0, top - offset), animate=False, force=True, immediate=True)
        self._draw_changes(before, old_tops)
        if chosen != self._selected:
            self._selected = chosen
            self.refresh()
            self.post_message(self.Moved(self, self.selected))

    def _keep(self, anchor: int | None, *, follow: bool) -> str | None:
        if self._selected in self._place and not follow:
            return self._selected
        choices = [entry.id for entry in self._entries if entry.selectable]
        if not choices or not self._marked:
            return None
        if follow or anchor is None:
            return choices[0]
        later = [entry.id for entry in self._entries[anchor:] if entry.selectable]
        return later[0] if later else choices[-1]

    def _draw_changes(self, before: Sequence[Entry], old_tops: Sequence[int]) -> None:
        if len(before) != len(self._entries) or old_tops != self._tops or not before:
            self.refresh()
            return
        first, last = self._visible()
        for place in range(first, last):
            if before[place] != self._entries[place]:
                self._refresh_entry(place)

    def _visible(self) -> tuple[int, int]:
        top = self.scroll_offset.y
        first = max(0, bisect_right(self._tops, top) - 1)
        last = bisect_right(self._tops, top + self.size.height)
        return first, min(last, len(self._entries))

    def _refresh_entry(self, place: int) -> None:
        top = self._tops[place] - self.scroll_offset.y
        if top < self.size.height and top + self._entries[place].height > 0:
            self.refresh(Region(0, max(top, 0), self.size.width, self._entries[place].height))

    def say_empty(self, sentence: str) -> None:
        """The one sentence where the first row would be, when there is none."""
        if sentence != self._empty:
            self._empty = sentence
            self.refresh()

    def repaint(self) -> None:
        """Draw everything anew: something that bodies do not hold has changed, such as the time or a theme."""
        self._painted.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """A theme changed."""
        super().notify_style_update()
        self._painted.clear()

    # -- selecting

    def select(self, name: str) -> bool:
        """Select an entry by its id and bring it into view; whether it is there."""
        place = self._place.get(name)
        if place is None or not self._entries[place].selectable:
            return False
        before = self._place.get(self._selected or "")
        if self._selected != name:
            self._selected = name
            for changed in (before, place):
                if changed is not None:
                    self._refresh_entry(changed)
            self.post_message(self.Moved(self, self._entries[place]))
        self._into_view(place)
        return True

    def _into_view(self, place: int) -> None:
        if place >= len(self._entries):  # it was asked for before a refresh, and the list has shrunk since
            return
        top, bottom = self._tops[place], self._tops[place] + self._entries[place].height
        seen = self.scroll_offset.y
        if top < seen:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)
        elif bottom > seen + self.size.height:
            least = min(top, bottom - self.size.height)  # what is higher than the list begins at its top
            self.scroll_to(y=least, animate=False, force=True, immediate=True)

    def action_move(self, by: int) -> None:
        """Select the next entry in a direction."""
        place = self._place.get(self._selected or "", -1 if by > 0 else len(self._entries))
        place += by
        while 0 <= place < len(self._entries) and not self._entries[place].selectable:
            place += by
        if 0 <= place < len(self._entries):
            self.select(self._entries[place].id)
        elif by > 0:
            self.scroll_end(animate=False, force=True, immediate=True)
        else:
            self.scroll_home(animate=False, force=True, immediate=True)
        if by > 0:
            self._say_near_end()

    def action_page(self, by: int) -> None:
        """Select the entry a page away."""
        rows, start = max(1, self.size.height - 1), self._place.get(self._selected or "", 0)
        target = bisect_right(self._tops, max(0, self._tops[start] + by * rows)) - 1
        self._nearest(max(0, min(target, len(self._entries) - 1)), by)
        if by > 0:
            self._say_near_end()

    def action_edge(self, side: int) -> None:
        """Select the first or the last entry."""
        self._nearest(0 if side < 0 else len(self._entries) - 1, -side)
        if side > 0:
            self._say_near_end()

    def _nearest(self, place: int, by: int) -> None:
        order = [*range(place, len(self._entries)), *range(place - 1, -1, -1)]
        if by < 0:
            order = [*range(place, -1, -1), *range(place + 1, len(self._entries))]
        found = next((at for at in order if 0 <= at < len(self._entries) and self._entries[at].selectable), None)
        if found is not None:
            self.select(self._entries[found].id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where nothing can be opened, the key is for whoever stands around."""
        return False if action == "choose" and self.selected is None else super().check_action(action, parameters)

    def action_choose(self) -> None:
        """Open the selected entry."""
        if self.selected is not None:
            self.post_message(self.Chosen(self, self.selected))

    def _say_near_end(self) -> None:
        if self._tops[-1] - self.scroll_offset.y <= 2 * self.size.height:
            self.post_message(self.NearEnd(self))

    def on_focus(self, _event: Focus) -> None:
        """The selection is lit while the list has the focus."""
        self.refresh()

    def on_blur(self, _event: Blur) -> None:
        """The selection is muted without the focus."""
        self.refresh()

    def on_click(self, event: Click) -> None:
        """Select what was clicked; open what was clicked twice."""
        place = bisect_right(self._tops, event.y + self.scroll_offset.y) - 1
        if 0 <= place < len(self._entries) and self._entries[place].selectable:
            self.select(self._entries[place].id)
            if event.chain > 1:
                self.action_choose()

    def on_mouse_scroll_down(self, _event: MouseScrollDown) -> None:
        """Scrolling may come near the end."""
        self._say_near_end()

    def on_mouse_scroll_up(self, _event: MouseScrollUp) -> None:
        """Scrolling back is only scrolling."""

    def _grow(self, size: Size) -> None:
        """Another number of lines. The property would lay the whole screen out anew, for each line that comes."""
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)  # Textual's own: its scroll bar, and how far one can scroll

    # -- drawing

    def on_resize(self) -> None:
        """Another width paints anew; the selected entry stays in view."""
        self._painted.clear()
        self.virtual_size = Size(max(self.size.width, 1), max(self._tops[-1], 1))
        place = self._place.get(self._selected or "")
        if place is not None:
            self.call_after_refresh(self._into_view, place)

    def render_line(self, y: int) -> Strip:
        """One line of what is visible."""
        columns, palette = self.size.width, palette_of(self)
        row = y + self.scroll_offset.y
        place = bisect_right(self._tops, row) - 1
        if not self._entries:
            return palette.strip((Run(" " * EDGE), Run(self._empty, "muted")) if y == 0 else BLANK, columns)
        if not 0 <= place < len(self._entries):
            return palette.strip(BLANK, columns)
        entry = self._entries[place]
        selected = entry.id == self._selected
        lines = self._lines(entry, columns, selected=selected)
        inner = row - self._tops[place]
        line = lines[inner] if inner < len(lines) else BLANK
        if not selected:
            return palette.strip((Run(" " * EDGE), *line), columns)
        lit = self.has_focus
        ground: Ground = "raised" if lit and not (self._block and inner) else "surface"
        if inner >= len(lines):  # the air below an entry belongs to nobody
            return palette.strip(BLANK, columns)
        return palette.strip((Run("▌", "accent" if lit else "muted"), Run(" "), *line), columns, ground)

    def _lines(self, entry: Entry, columns: int, *, selected: bool) -> Sequence[Line]:
        key = (entry.id, selected and self.has_focus)
        known = self._painted.get(key)
        if known is not None and known[0] == (entry.body, selected) and known[1] == columns:
            return known[2]
        lines = self._paint(entry, Shown(columns - EDGE, selected, self.has_focus))
        self._painted[key] = ((entry.body, selected), columns, lines)
        return lines
