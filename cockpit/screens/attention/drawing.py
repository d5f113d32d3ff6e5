"""The attention pane as it is drawn: its parts, its layout at every size, and what stands on each of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from cockpit.screens.attention import about, exact, head, items, verdict, waiting
from cockpit.screens.attention.editing import Editing
from cockpit.screens.attention.head import Look
from cockpit.screens.attention.sheet import Sheet, on_screen
from cockpit.screens.base import Key, keys_line
from cockpit.screens.queue import StillQueue
from cockpit.screens.words import now_in
from engine.views.models import AttentionRow
from widgets.ink import BLANK, Line, Run, rule
from widgets.listing import Listing
from widgets.panel import Panel

LEFT, GAP, ITEMS = 32, 3, 42
"""Columns of the queue, the air beside it, and of the list of items."""
TABS = ("queue", "items", "exact bytes", "facts")
Mode = Literal["wide", "middle", "slim", "tiny"]
Shown = Literal["bytes", "raw", "diff"]


def mode_of(columns: int, rows: int) -> Mode:
    """What fits: everything, all but the queue, one pane at a time, one list."""
    if columns < verdict.LEAST[0] or rows < verdict.LEAST[1]:
        return "tiny"
    if columns < 110 or rows < 30:
        return "slim"
    return "wide" if columns >= 150 else "middle"


class Items(Listing, inherit_bindings=False):
    """The list of items or choices; page keys are left to the bytes beside it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "next", show=False, id="items.next", tooltip="the next item"),
        Binding("k,up", "move(-1)", "previous", show=False, id="items.previous", tooltip="the item before"),
        Binding("home,g", "edge(-1)", "first", show=False, id="items.first", tooltip="the first item"),
        Binding("end,G", "edge(1)", "last", show=False, id="items.last", tooltip="the last item"),
        Binding("enter", "choose", "take", show=False, id="items.take", tooltip="take the selected choice"),
    ]


class Drawing(Editing):
    """The half of the pane that draws. What it shows is chosen by `AttentionScreen`."""

    CSS = """
    AttentionScreen #desk { height: 1fr; }
    AttentionScreen #left { width: 32; margin-right: 3; }
    AttentionScreen #right { width: 1fr; }
    AttentionScreen #lid { height: 2; }
    AttentionScreen #queue { height: auto; max-height: 60%; }
    AttentionScreen #cleared { height: 1fr; }
    AttentionScreen #tabs, AttentionScreen #folded { display: none; height: 2; }
    AttentionScreen #head { height: 12; }
    AttentionScreen #items { width: 42; margin-right: 5; }
    AttentionScreen #bytes { height: 1fr; }
    AttentionScreen #verdict { height: 2; }
    AttentionScreen.-m-middle #left, AttentionScreen.-m-slim #left, AttentionScreen.-m-tiny #left { display: none; }
    AttentionScreen.-m-middle #folded, AttentionScreen.-m-slim #tabs { display: block; }
    AttentionScreen.-m-slim #fact, AttentionScreen.-m-tiny #fact { margin: 0; }
    AttentionScreen.-m-slim #head { height: 5; }
    AttentionScreen.-m-tiny #head { height: 1; }
    AttentionScreen.-m-slim #items, AttentionScreen.-m-tiny #items { display: none; }
    AttentionScreen.-m-tiny #verdict { height: 1; }
    AttentionScreen.-t-queue #left { display: block; width: 1fr; margin-right: 0; }
    AttentionScreen.-t-queue #right, AttentionScreen.-t-queue #cleared { display: none; }
    AttentionScreen.-t-queue #queue { max-height: 100%; height: 1fr; }
    AttentionScreen.-t-items #items { display: block; width: 1fr; margin-right: 0; }
    AttentionScreen.-t-items #bytes { display: none; }
    AttentionScreen.-bare #items { display: none; }
    AttentionScreen.-empty #left, AttentionScreen.-empty #head, AttentionScreen.-empty #items,
    AttentionScreen.-empty #tabs, AttentionScreen.-empty #folded { display: none; }
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._item = ""
        self._sheet: Sheet | None = None
        self._row: AttentionRow | None = None
        """The row of the item as it was last known; it stays while its decision is confirmed."""
        self._place = self._offset = 0
        self._shown: Shown = "bytes"
        self._tab = "exact bytes"
        self._queue = StillQueue()
        self._cleared: list[waiting.Cleared] = []
        self._lines = lru_cache(maxsize=128)(self._made_lines)

    @property
    def sheet(self) -> Sheet | None:
        """What is on the screen, once it was read."""
        return self._sheet

    @property
    def mode(self) -> Mode:
        """What fits now."""
        return mode_of(*self.app.size)

    @property
    def small(self) -> bool:
        """Whether the screen is too small for an approval."""
        return self.mode == "tiny"

    def look(self) -> Look | None:
        """The item as the painters see it."""
        row, views = self._row, self.cockpit.client.views
        if row is None:
            return None
        card = views.cards.get(row.mission)
        task = views.tasks.get(row.mission, {}).get(row.task)
        return Look(
            row=row,
            sheet=self._sheet,
            card=card,
            branch=views.branches.get(row.mission, {}).get(row.branch),
            now=now_in(card, self.cockpit.now),
            place=self._place,
            seen=self.desk.seen.get(row.id, frozenset()),
            vetoed=self.desk.vetoed.get(row.id, frozenset()),
            task=task,
        )

    @property
    def _in_queue(self) -> bool:
        return self.focused is not None and self.focused.id == "queue"

    # -- layout

    def body(self) -> Iterable[Widget]:
        """Tabs where it is narrow, the queue, the item, the decisions."""
        yield Panel(lambda columns, _rows: verdict.tabs(TABS, self._tab, columns), id="tabs")
        yield Panel(self._folded, id="folded")
        with Horizontal(id="desk"):
            with Vertical(id="left"):
                yield Panel(self._lid, id="lid")
                yield Listing(waiting.paint, empty=waiting.NOTHING[0], id="queue", block=False)
                yield Panel(self._cleared_lines, id="cleared")
            with Vertical(id="right"):
                yield Panel(self._head, id="head")
                with Horizontal(id="work"):
                    yield Items(items.paint, id="items")
                    yield Panel(self._bytes, id="bytes")
        yield Panel(self._verdict, id="verdict")

    def on_resize(self) -> None:
        """Another size may be another layout."""
        self._lay()
        self._offset = min(self._offset, self._most())
        self._refresh_all()

    def _lay(self) -> None:
        mode, look = self.mode, self._row
        for name in ("wide", "middle", "slim", "tiny"):
            self.set_class(name == mode, f"-m-{name}")
        one = mode in {"slim", "tiny"}
        self.set_class(one and self._tab == "queue", "-t-queue")
        self.set_class(mode == "slim" and self._tab == "items", "-t-items")
        self.set_class(look is not None and look.kind != "approve" and not look.choices, "-bare")
        self.set_class(look is None, "-empty")

    @property
    def _bytes_visible(self) -> bool:
        return self.mode in {"wide", "middle"} or self._tab == "exact bytes"

    # -- painters

    def fact(self, columns: int) -> Line:
        """How many items wait, how long they take, how much of your time was used."""
        views, order = self.cockpit.client.views, self._queue.order
        place = (order.index(self._item) + 1 if self._item in order else 1, len(views.attention))
        return waiting.fact(views, self.cockpit.now, columns, self.cockpit.trouble, place)

    def _lid(self, columns: int, _rows: int) -> list[Line]:
        return [rule(columns, lit=self._in_queue and self.mode == "wide"), waiting.lid(columns)]

    def _folded(self, columns: int, _rows: int) -> list[Line]:
        return [waiting.folded(self._queue, self.cockpit.client.views.attention, self._item, columns)]

    def _cleared_lines(self, columns: int, rows: int) -> list[Line]:
        return waiting.cleared_lines(self._cleared, columns, rows)

    def _head(self, columns: int, _rows: int) -> list[Line]:
        look = self.look()
        if look is None:
            return []
        if self.mode == "tiny":
            return [head.title_line(look, columns)]
        if self.mode == "slim":
            return head.slim_block(look, columns)
        return head.block(look, columns, 0 if self.has_class("-bare") else ITEMS, lit=not self._in_queue)

    def _bytes(self, columns: int, rows: int) -> list[Line]:
        look = self.look()
        if look is None:
            return waiting.nothing(columns, rows)
        if self.mode == "slim" and self._tab == "facts":
            return head.one_column(look, columns)[:rows]
        if look.sheet is None:
            return [(Run("reading …", "muted"),)]
        return exact.window(self._text(columns), self._offset, columns, rows, self._below(look, columns, rows))

    def _text(self, columns: int) -> Sequence[Line]:
        sheet = self._sheet
        return self._lines(sheet.digest, self._place, columns, self._shown) if sheet else ()

    def _made_lines(self, _digest: str, place: int, columns: int, shown: Shown) -> Sequence[Line]:
        look = self.look()
        if look is None or look.sheet is None:
            return ()
        letters = look.sheet.letters
        if look.row.kind != "approve" and not (shown == "raw" and letters):
            return about.about_lines(look, columns)
        if place >= len(letters):
            return ()
        if shown == "raw":
            return exact.raw_lines(letters[place if look.row.kind == "approve" else 0], columns)
        if shown == "diff":
            return exact.diff_lines(look.sheet, letters[place], columns)
        return exact.letter_lines(letters[place], columns)

    def _below(self, look: Look, columns: int, rows: int) -> list[Line]:
        sheet = look.sheet
        if sheet is None or look.row.kind != "approve" or look.place >= len(sheet.letters):
            return []
        letter = sheet.letters[look.place]
        pad: Line = (Run("   "),)
        if self._shown != "bytes":
            return [(*pad, Run("x" if self._shown == "raw" else "d", "accent", bold=True), Run(" back", "muted"))]
        nature = exact.nature(letter)
        if self.mode in {"slim", "tiny"} or rows < 14:
            return [exact.nature(letter, short=columns < 60)] if rows > 5 else []
        grid = exact.check_grid(sheet.checks, columns - 3, 2)
        return [(*pad, *nature), *([BLANK] if grid else []), *((*pad, *line) for line in grid)]

    def _verdict(self, columns: int, rows: int) -> list[Line]:
        look = self.look()
        text, voice = self.desk.said()
        armed = look is not None and self._sheet is not None and self.desk.arming.armed(on_screen(look.row))
        state = verdict.State(armed, self.desk.arming.locked, self.desk.busy, self.small, text, voice)
        if look is not None and look.row.id in self.desk.done:
            look = None
        indent = LEFT + GAP if self.mode == "wide" and self._row is not None else 0
        lines = verdict.lines(look, state, columns - indent, rows)
        return [(Run(" " * indent), *line) for line in lines]

    def foot(self, columns: int) -> Line:
        """The keys that work for this kind of item."""
        keymap, row = self.cockpit.keymap, self._row
        keys = [Key("view.back", "esc", "back"), Key("attention.pane", "tab", "pane")]
        if row is not None and row.kind == "approve":
            keys += [Key("", "j k", "item"), Key("attention.odd", "o", "stands out")]
            keys.append(
                Key("attention.diff", "d", "diff")
                if self._comparable and columns >= 100
                else Key("attention.raw", "x", "raw")
            )
        elif row is not None:
            keys += [Key("", "j k", "choice" if row.choices else "line"), Key("attention.down", "space", "more")]
            keys += [Key("attention.edit", "e", "edit")] if row.plan else []
        if row is not None:
            keys += [Key("attention.why", "w", "why"), Key("attention.later", "z", "later")]
        keys.append(Key("app.help", "?", "help"))
        return keys_line(((keymap.get(key.binding, key.shown), key.label) for key in keys), columns)

    @property
    def _comparable(self) -> bool:
        """Whether there is anything to hold the shown item against."""
        sheet = self._sheet
        if sheet is None:
            return False
        edited = self._place < len(sheet.letters) and sheet.letters[self._place].written is not None
        return edited or sheet.earlier is not None

    def _most(self) -> int:
        size, look = self.query_one("#bytes", Panel).size, self.look()
        if look is None or not size.width:
            return 0
        return exact.most_offset(self._text(size.width), size.height, self._below(look, size.width, size.height))

    def _refresh_all(self) -> None:
        self.redraw("fact", "tabs", "folded", "lid", "cleared", "head", "bytes", "verdict", "foot")
