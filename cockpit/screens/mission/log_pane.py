"""The log: what happened, newest first. It follows while its first row is selected, and stands still otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cockpit.client import Happening, told
from cockpit.screens.base import Dirty, Key
from cockpit.screens.mission import log_paint as paint
from cockpit.screens.mission.log import LogTail
from cockpit.screens.mission.pane import Pane
from cockpit.screens.mission.sheet import Sheet
from cockpit.screens.words import now_in, safe
from engine.errors import CockpitError
from widgets.ink import Line, Run, rule
from widgets.listing import Listing
from widgets.panel import Panel

EMPTY = "nothing happened yet; every event of this mission appears here"


class LogPane(Pane):
    """Happenings of one mission; `e` shows the quiet ones too."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    LogPane #log-answer { height: 2; }
    LogPane #log-lid { height: 2; }
    LogPane #log-list { height: 1fr; margin-bottom: 1; }
    .-short LogPane #log-answer { height: 1; }
    .-short LogPane #log-list, .-low LogPane #log-list { margin-bottom: 0; }
    .-low LogPane #log-answer, .-low LogPane #log-lid { display: none; }
    .-tiny LogPane #log-lid { display: none; }
    """
    BINDING_GROUP_TITLE = "log"
    FOOT = (
        Key("list.next", "j k", "event"),
        Key("list.open", "⏎", "open"),
        Key("log.everything", "e", "everything"),
        Key("log.follow", "f", "follow"),
        Key("mission.pause", "p", "pause"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "everything", "everything", show=False, id="log.everything", tooltip="the quiet events too"),
        Binding("f", "follow", "follow", show=False, id="log.follow", tooltip="back to the newest, and on with it"),
    ]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug
        self._tail = LogTail(self._read, self._tell)
        self._paused = False

    def compose(self) -> ComposeResult:
        """Answer, header, list."""
        yield Panel(self._answer, id="log-answer")
        yield Panel(self._lid, id="log-lid")
        yield Listing(paint.paint, empty=EMPTY, id="log-list")

    # -- what is shown

    @property
    def listing(self) -> Listing:
        """The list of happenings."""
        return self.query_one("#log-list", Listing)

    @property
    def tail(self) -> LogTail:
        """What it holds."""
        return self._tail

    @property
    def following(self) -> bool:
        """Whether the newest one is selected, or nothing is."""
        return not self._paused

    def _read(self, limit: int, before: int | None) -> Sequence[Mapping[str, Any]]:
        return self.cockpit.client.events(self._slug, limit=limit, before=before)

    def _tell(self, events: Sequence[Mapping[str, Any]], everything: bool) -> Sequence[Happening]:
        return told(events, self.cockpit.client.views, everything=everything)

    @property
    def _now(self) -> int:
        return now_in(self.cockpit.client.views.cards.get(self._slug), self.cockpit.now)

    def _answer(self, columns: int, rows: int) -> list[Line]:
        tail = self._tail
        line = paint.answer(
            len(tail.lines),
            more=tail.more,
            everything=tail.everything,
            word=tail.word(follow=self.following),
            columns=columns,
        )
        return [line, ()][:rows]

    def _lid(self, columns: int, _rows: int) -> list[Line]:
        return [rule(columns, lit=self.listing.has_focus), paint.header(columns)]

    def show(self, dirty: Dirty | None) -> None:
        """Take in what is new."""
        if dirty is not None and not any(self._concerns(kind, name) for kind, name in dirty):
            return
        try:
            if dirty is None and (not self._tail.lines or self.following):
                self._tail.start()
                grown = True
            else:
                grown = self._tail.look(follow=self.following).grown
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
            return
        self._fill() if grown else self.redraw()

    def _concerns(self, kind: str, name: str) -> bool:
        return kind not in {"progress", "engine"} and (name == self._slug or name.startswith(f"{self._slug}/"))

    def _fill(self) -> None:
        self.listing.fill(paint.entries(self._tail.lines, self._now), follow=self.following)
        self.redraw()

    def enter(self) -> None:
        """The list takes the keys."""
        self.listing.focus(scroll_visible=False)

    # -- what keys do

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Leaving the first row pauses it; coming back to it goes on."""
        event.stop()
        paused = not self.listing.at_first
        if paused == self._paused:
            return
        self._paused = paused
        if paused:
            self.redraw()
        else:
            self.show(frozenset({("card", self._slug)}))

    def on_listing_near_end(self, event: Listing.NearEnd) -> None:
        """Older ones."""
        event.stop()
        try:
            grown = self._tail.more and self._tail.older()
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
            return
        if grown:
            self.listing.fill(paint.entries(self._tail.lines, self._now))
            self.redraw()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Show the event in full."""
        event.stop()
        if event.entry is None:
            return
        seq = int(event.entry.id)
        try:
            found = self.cockpit.client.events(self._slug, limit=1, before=seq + 1)
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
            return
        if found and found[-1]["seq"] == seq:
            recorded, now = found[-1], self._now
            title: Line = (Run(safe(recorded["kind"]), "bright", bold=True), Run(f"   {seq}", "muted"))
            self.app.push_screen(Sheet(title, lambda columns: paint.event(recorded, now, columns)))

    def on_descendant_focus(self) -> None:
        """The rule above the list is lit while it has the focus."""
        self.redraw()

    on_descendant_blur = on_descendant_focus

    def action_everything(self) -> None:
        """The quiet events too, or only what matters again."""
        self._paused = False
        try:
            self._tail.start(everything=not self._tail.everything)
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
        self._fill()

    def action_follow(self) -> None:
        """Back to the newest."""
        self.listing.action_edge(-1)
