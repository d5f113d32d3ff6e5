"""How a package is laid out: head and bar, the ledgers of what is in and out, and its text, linked with each other.

It draws what it is given with `put`; where that comes from is not its business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from cockpit.screens.context import bar, paint
from cockpit.screens.context.package import In, Package
from cockpit.screens.context.paint import Head
from cockpit.screens.context.text import Pages
from cockpit.screens.mission.pane import Pane
from cockpit.screens.words import safe
from engine.redaction import redact
from widgets.ink import Line
from widgets.listing import Entry, Listing, Shown
from widgets.panel import Panel
from widgets.prompt import Prompt

PANES = ("in", "out", "text")
_NOTHING = "no worker received anything yet; what it gets appears here when a task starts, or is about to"


class Sight(NamedTuple):
    """What is shown: nothing at all without a head."""

    head: Head | None = None
    names: Mapping[str, str] = {}
    """What is out is called by its own words: short id to text."""
    branches: Mapping[str, str] = {}
    """Short ids of branches to their keys."""
    since: str = ""
    changes: tuple[str, ...] | None = None
    """How the text differs from the one of attempt `since`; None for the text itself."""


class ContextLayout(Pane):
    """The parts, and the keys that walk among them."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    ContextLayout #context-head { height: 2; margin-bottom: 1; }
    ContextLayout #context-bar { height: 3; margin-bottom: 1; }
    ContextLayout #context-find { display: none; height: 1; }
    ContextLayout #context-panes { height: 1fr; margin-bottom: 1; }
    ContextLayout #context-left { width: 1fr; }
    ContextLayout #context-right { width: 1fr; margin-left: 4; }
    ContextLayout .context-lid { height: 2; }
    ContextLayout #context-out-lid { margin-top: 1; }
    ContextLayout #context-more { height: 2; padding-top: 1; }
    ContextLayout #context-text-lid { height: 3; }
    ContextLayout #context-text-foot { height: 2; }
    .-short ContextLayout #context-head, .-low ContextLayout #context-head,
    .-short ContextLayout #context-bar, .-short ContextLayout #context-panes, .-low ContextLayout #context-panes {
        margin-bottom: 0; }
    .-low ContextLayout #context-bar, .-tiny ContextLayout #context-bar { display: none; }
    .-tiny ContextLayout #context-head, .-low ContextLayout #context-head { height: 1; }
    .-low ContextLayout .context-lid, .-low ContextLayout #context-text-lid,
    .-low ContextLayout #context-more { display: none; }
    .-short ContextLayout #context-text-lid { height: 2; }
    .-short ContextLayout #context-text-foot, .-low ContextLayout #context-text-foot { height: 1; }
    .-narrow ContextLayout #context-out-lid, .-tiny ContextLayout #context-out-lid { margin-top: 0; }
    .-narrow ContextLayout #context-right, .-tiny ContextLayout #context-right { margin-left: 0; display: none; }
    .-narrow ContextLayout.-text #context-right, .-tiny ContextLayout.-text #context-right { display: block; }
    .-narrow ContextLayout.-text #context-left, .-tiny ContextLayout.-text #context-left { display: none; }
    .-narrow ContextLayout .out, .-tiny ContextLayout .out { display: none; }
    .-narrow ContextLayout.-out .out, .-tiny ContextLayout.-out .out { display: block; }
    .-narrow ContextLayout.-out .in, .-tiny ContextLayout.-out .in { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn(1)", "pane", show=False, id="context.pane", tooltip="in, out, package"),
        Binding("shift+tab", "turn(-1)", "pane", show=False, id="context.pane-back", tooltip="package, out, in"),
        Binding("slash", "search", "search", show=False, id="context.search", tooltip="search in the text"),
        Binding("ctrl+n", "again", "next", show=False, id="context.again", tooltip="the next place of a search"),
        Binding("y", "copy", "copy", show=False, id="context.copy", tooltip="copy the text, made harmless"),
        Binding("escape", "end_search", "all", show=False, id="context.end-search", tooltip="end the search"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.sight = Sight()
        self._pane = "in"
        self._out_rows = (0, False)
        self._paged: tuple[Package | None, int, paint.Page] = (None, 0, paint.Page((), ()))
        """The text as it was last broken into lines, of which package and for which width."""

    def compose(self) -> ComposeResult:
        """Head, bar, the two ledgers, the text."""
        yield Panel(self._head, id="context-head")
        yield Panel(self._bar, id="context-bar")
        yield Prompt(id="context-find")
        with Horizontal(id="context-panes"):
            with Vertical(id="context-left"):
                yield Panel(
                    lambda columns, _rows: self._lid("in", columns), id="context-in-lid", classes="context-lid in"
                )
                yield Listing(paint.paint, empty="nothing is in it", id="context-in", classes="in")
                yield Panel(
                    lambda columns, _rows: self._lid("out", columns), id="context-out-lid", classes="context-lid out"
                )
                yield Listing(paint.paint, empty="nothing stayed out", id="context-out", classes="out")
                yield Panel(self._more, id="context-more")
            with Vertical(id="context-right"):
                yield Panel(self._text_lid, id="context-text-lid")
                yield Pages(self._paint_text, empty="", id="context-text")
                yield Panel(self._text_foot, id="context-text-foot")

    # -- its parts

    @property
    def text(self) -> Pages:
        """The text."""
        return self.query_one(Pages)

    @property
    def prompt(self) -> Prompt:
        """The search."""
        return self.query_one(Prompt)

    def list_of(self, name: str) -> Listing:
        """One of `in`, `out`, `text`."""
        return self.query_one(f"#context-{name}", Listing)

    @property
    def _narrow(self) -> bool:
        return bool({"-narrow", "-tiny"} & self.screen.classes)

    # -- what is shown

    def put(self, sight: Sight) -> None:
        """Show this."""
        self.sight = sight
        package = sight.head.package if sight.head else None
        out = (
            paint.outs(package, sight.names, sight.branches, sight.head.carried if sight.head else None)
            if package
            else []
        )
        self.list_of("in").fill(paint.ins(package) if package else [])
        self.list_of("out").fill(out)
        self._divide(len(out))
        self.redraw()
        self._put_text()

    def _divide(self, outs: int) -> None:
        """What is out gets the lines it needs, at most half."""
        room = self.query_one("#context-left").size.height - 8
        wanted = (max(1, min(outs, max(room // 2, 1))), self._narrow)
        if self._out_rows != wanted:
            self._out_rows = wanted
            self.list_of("out").styles.height = "1fr" if self._narrow else wanted[0]

    def _put_text(self) -> None:
        sight, columns = self.sight, max(self.text.size.width - 2, 12)
        package = sight.head.package if sight.head else None
        if sight.changes is not None:
            self.text.put(paint.compared(sight.changes or ["the two are equal"], columns))
        else:
            if self._paged[0] is not package or self._paged[1] != columns:
                self._paged = (package, columns, paint.page(package, columns) if package else paint.Page((), ()))
            self.text.put(self._paged[2])
        self._link()

    def on_resize(self) -> None:
        """Another width breaks lines elsewhere."""
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        if self.is_mounted:
            self.put(self.sight)

    def _head(self, columns: int, rows: int) -> list[Line]:
        about = self.sight.head
        return (paint.head(about, columns) if about else [paint.sentence(_NOTHING, columns)])[:rows]

    def _bar(self, columns: int, _rows: int) -> list[Line]:
        package = self.sight.head.package if self.sight.head else None
        if package is None:
            return []
        return bar.paint(package.sections, package.budget, columns, paint.lit_section(self.list_of("in").selected))

    def _lid(self, name: str, columns: int) -> list[Line]:
        package, listing = self.sight.head.package if self.sight.head else None, self.list_of(name)
        items = 0 if package is None else len(package.included if name == "in" else package.excluded)
        later = 0 if package is None or name == "out" else len(package.pulled)
        return paint.lid(name, items, columns, focused=listing.has_focus, later=later)

    def _more(self, columns: int, _rows: int) -> list[Line]:
        package = self.sight.head.package if self.sight.head else None
        return [paint.room(package, columns)] if package else []

    def _paint_text(self, entry: Entry, shown: Shown) -> Sequence[Line]:
        return (paint.paint_text if self.sight.changes is None else paint.paint_diff)(entry, shown, self.prompt.text)

    def _text_lid(self, columns: int, rows: int) -> list[Line]:
        sight, text = self.sight, self.text
        title, note = ("package", "as text") if sight.changes is None else ("diff", f"since {safe(sight.since)}")
        if sight.head and sight.head.package and sight.head.package.text is None:
            note = "the text was erased"
        return paint.text_lid(title, note, *text.seen, columns, focused=text.has_focus)[:rows]

    def _text_foot(self, columns: int, rows: int) -> list[Line]:
        first, last, whole = self.text.seen
        return [*[()] * (rows - 1), paint.text_foot(max(first - 1, 0), whole - last, columns)]

    # -- what is selected

    def on_descendant_focus(self) -> None:
        """The rule above what has the focus is lit."""
        for name in ("in-lid", "out-lid", "text-lid"):
            self.query_one(f"#context-{name}", Panel).redraw()

    on_descendant_blur = on_descendant_focus

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """What is selected in one place is linked in the others."""
        event.stop()
        if event.listing is self.text:
            if self.text.has_focus and self.sight.changes is None and event.entry is not None:
                name = event.entry.id.split(" ", 2)[2]
                same = next((entry for entry in self.list_of("in").entries if _item(entry) == name), None)
                if same is not None:
                    self.list_of("in").select(same.id)
        elif event.listing is self.list_of("in"):
            self._link()
            self.query_one("#context-bar", Panel).redraw()

    def _link(self) -> None:
        """Show where the selected item stands in the text."""
        selected = self.list_of("in").selected
        if self.sight.changes is None and selected is not None and not self.text.has_focus:
            self.text.show_item(_item(selected))

    def on_pages_scrolled(self, event: Pages.Scrolled) -> None:
        """Other lines are seen."""
        event.stop()
        for name in ("text-lid", "text-foot"):
            self.query_one(f"#context-{name}", Panel).redraw()

    # -- what keys do

    def enter(self) -> None:
        """The pane that was last used takes the keys."""
        self.list_of(self._pane).focus(scroll_visible=False)

    def action_turn(self, by: int) -> None:
        """The next pane."""
        focused = next((name for name in PANES if self.list_of(name).has_focus), self._pane)
        self.turn_to(PANES[(PANES.index(focused) + by) % len(PANES)])

    def turn_to(self, name: str) -> None:
        """Give the keys to a pane; where there is room for one alone, it is the one that is seen."""
        self._pane = name
        self.set_class(name == "out", "-out")
        self.set_class(name == "text", "-text")
        self.call_after_refresh(self._turned)

    def _turned(self) -> None:
        if self.is_mounted:
            self._put_text()
            self.enter()

    def action_copy(self) -> None:
        """Send the text to the terminal's clipboard, without anything that could steer a terminal."""
        package = self.sight.head.package if self.sight.head else None
        if package is None or not package.text:
            self.cockpit.say("there is no text to copy")
            return
        text = redact(package.text)
        self.app.copy_to_clipboard("\n".join(safe(line) for line in text.splitlines()) + "\n")
        self.cockpit.say("sent to the terminal's clipboard")

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """The next place that was searched for; else the text of what is selected."""
        event.stop()
        if self.prompt.text:
            self._find(step=1)
        elif event.listing is not self.text:
            self.turn_to("text")

    # -- searching

    def action_search(self) -> None:
        """Type what to look for in the text."""
        self.prompt.display = True
        self.prompt.focus(scroll_visible=False)

    def action_again(self) -> None:
        """The next place."""
        if self.prompt.text:
            self._find(step=1)

    def action_end_search(self) -> None:
        """End the search; without one, this is somebody else's key."""
        if not self.prompt.display:
            raise SkipAction
        self.prompt.action_clear()

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Search with every character."""
        event.stop()
        self.text.repaint()
        self._find(step=0)

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """Back to the text, at what was found."""
        event.stop()
        self.prompt.display = bool(event.text)
        self.text.repaint()
        if event.text:
            self.turn_to("text")
        else:
            self.enter()

    def _find(self, *, step: int) -> None:
        place, found = self.text.find(self.prompt.text, step=step)
        self.prompt.say(f"{place} of {found}" if found else "nothing" if self.prompt.text else "")


def _item(entry: Entry) -> str:
    body = entry.body[0] if entry.body else None
    return body.id if isinstance(body, In) else ""
