"""The text of a package as a list of its items: it scrolls by lines, and can be searched."""

from __future__ import annotations

from textual.message import Message

from cockpit.screens.context.paint import Page
from widgets.listing import Entry, Listing


class Pages(Listing):
    """The text. `j` and `k` go from item to item, pages scroll without selecting anything."""

    DEFAULT_CSS = "Pages { width: 1fr; height: 1fr; }"
    _shown: Page = Page((), ())
    _row = -1
    """The line at which the search stands."""

    class Scrolled(Message):
        """Other lines are seen."""

        def __init__(self, pages: Pages) -> None:
            super().__init__()
            self.pages = pages

    def put(self, page: Page) -> None:
        """Show a text. One that is the same as before stays as it is."""
        if page == self._shown:
            return
        self._shown, self._row = page, -1
        self.fill(page.entries)
        self.post_message(self.Scrolled(self))

    @property
    def seen(self) -> tuple[int, int, int]:
        """The first and the last line that are seen, counted from 1, of how many."""
        whole = len(self._shown.lines)
        top = round(self.scroll_offset.y)
        return (min(top + 1, whole), min(top + self.size.height, whole), whole)

    def show_item(self, item: str) -> None:
        """Select what belongs to an item, with its heading where there is room."""
        found = next((e for e in self._shown.entries if item and e.selectable and e.id.split(" ", 2)[2] == item), None)
        if found is not None and self.select(found.id):
            self._with_heading(found)

    def _with_heading(self, entry: Entry) -> None:
        """A heading that stands right above what begins the page is shown too: the first item shows the top."""
        place = self._shown.entries.index(entry)
        top = sum(each.height for each in self._shown.entries[:place])
        if place and not self._shown.entries[place - 1].selectable and top == round(self.scroll_offset.y):
            above = top - self._shown.entries[place - 1].height
            self.scroll_to(y=above, animate=False, force=True, immediate=True)

    def find(self, words: str, *, step: int) -> tuple[int, int]:
        """Go to the next line with these words (`step` 0: not beyond this one); which of how many it is, from 1."""
        wanted = words.lower()
        rows = [row for row, line in enumerate(self._shown.lines) if wanted and wanted in line.lower()]
        if not rows:
            self._row = -1
            return 0, 0
        start = self._row + step if self._row >= 0 else round(self.scroll_offset.y)
        place = next((place for place, row in enumerate(rows) if row >= start), 0)
        self._row = rows[place]
        top = round(self.scroll_offset.y)
        if not top <= self._row < top + self.size.height:
            middle = max(0, self._row - self.size.height // 3)
            self.scroll_to(y=middle, animate=False, force=True, immediate=True)
        return place + 1, len(rows)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Say which lines are seen."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled(self))

    def on_resize(self) -> None:
        """More or fewer lines are seen."""
        self.post_message(self.Scrolled(self))

    def action_page(self, by: int) -> None:
        """A page on or back."""
        self.scroll_relative(y=by * max(self.size.height - 1, 1), animate=False, force=True, immediate=True)

    def action_edge(self, side: int) -> None:
        """To the beginning or the end."""
        self.scroll_to(y=0 if side < 0 else self.max_scroll_y, animate=False, force=True, immediate=True)
