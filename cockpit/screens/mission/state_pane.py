"""The state: what the mission decided, assumes, asks, measured, made and learnt; what each of it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cockpit.screens.base import Dirty, Key
from cockpit.screens.mission import made, orders
from cockpit.screens.mission import state_paint as paint
from cockpit.screens.mission.dialog import ReasonDialog
from cockpit.screens.mission.pane import Pane
from cockpit.screens.mission.sheet import Sheet
from cockpit.screens.mission.state import KINDS, Curated, Known
from cockpit.screens.mission.why import WhySheet
from cockpit.screens.words import now_in, safe
from engine.errors import CockpitError
from widgets.ink import BLANK, Line, Run, rule
from widgets.listing import EDGE, Listing
from widgets.panel import Panel

EMPTY = "nothing is known yet; decisions, evidence and learnings appear here with the first accepted work"


class StatePane(Pane):
    """Curated state of one mission; `f` shows what was superseded or retracted too."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    StatePane #state-answer { height: 2; }
    StatePane #state-lid { height: 2; }
    StatePane #state-list { height: 1fr; }
    StatePane #state-foot { height: 9; margin-bottom: 1; }
    .-short StatePane #state-answer, .-low StatePane #state-answer { height: 1; }
    .-short StatePane #state-foot, .-low StatePane #state-foot, .-tiny StatePane #state-foot { display: none; }
    .-low StatePane #state-answer, .-low StatePane #state-lid { display: none; }
    .-tiny StatePane #state-lid { display: none; }
    """
    BINDING_GROUP_TITLE = "state"
    FOOT = (
        Key("list.next", "j k", "item"),
        Key("list.open", "⏎", "open"),
        Key("state.past", "f", "past too"),
        Key("state.why", "w", "why"),
        Key("state.context", "c", "context"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "past", "past too", show=False, id="state.past", tooltip="superseded and retracted ones too"),
        Binding("w", "why", "why", show=False, id="state.why", tooltip="the events that led to it"),
        Binding("c", "context", "context", show=False, id="state.context", tooltip="what its author got to read"),
        Binding("y", "rule('promote')", "promote", show=False, id="state.promote", tooltip="have a learning told"),
        Binding("x", "drop", "drop", show=False, id="state.drop", tooltip="dismiss a learning, retire a rule"),
    ]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug
        self._past = False
        self._curated = Curated(self._read)

    def compose(self) -> ComposeResult:
        """Answer, header, list, foot."""
        yield Panel(self._answer, id="state-answer")
        yield Panel(self._lid, id="state-lid")
        yield Listing(paint.paint, empty=EMPTY, id="state-list")
        yield Panel(self._foot, id="state-foot")

    def _read(self, limit: int, before: int | None) -> Sequence[Mapping[str, Any]]:
        return self.cockpit.client.events(self._slug, limit=limit, before=before, kinds=KINDS)

    # -- what is shown

    @property
    def listing(self) -> Listing:
        """The items."""
        return self.query_one("#state-list", Listing)

    @property
    def chosen(self) -> Known | None:
        """The selected item."""
        found = self.listing.selected
        return self._curated.named(found.id) if found is not None else None

    @property
    def _branches(self) -> dict[str, str]:
        return {name: row.key for name, row in self.cockpit.client.views.branches.get(self._slug, {}).items()}

    @property
    def _now(self) -> int:
        return now_in(self.cockpit.client.views.cards.get(self._slug), self.cockpit.now)

    def _answer(self, columns: int, rows: int) -> list[Line]:
        return [paint.answer(self._curated, past=self._past, columns=columns), BLANK][:rows]

    def _lid(self, columns: int, _rows: int) -> list[Line]:
        lid = paint.header(columns - EDGE)
        return [rule(columns, lit=self.listing.has_focus), (Run(" " * EDGE), *lid)]

    def _foot(self, columns: int, rows: int) -> list[Line]:
        shown = paint.foot(self.chosen, self._curated, self._branches, self._now, columns, rows - 1)
        return [rule(columns), *shown]

    def show(self, dirty: Dirty | None) -> None:
        """Take in what is new."""
        if dirty is not None and ("card", self._slug) not in dirty:
            return
        try:
            grown = self._curated.refresh()
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
            return
        if grown or dirty is None:
            self._fill()

    def _fill(self) -> None:
        self.listing.fill(paint.entries(self._curated, self._branches, self._now, past=self._past))
        self.redraw()

    def tick(self) -> None:
        """Moments."""
        self._fill()

    def point(self, subject: str) -> None:
        """Select an item."""
        self.listing.select(subject.rpartition("/")[2])

    def enter(self) -> None:
        """The list takes the keys."""
        self.listing.focus(scroll_visible=False)

    # -- what keys do

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """The foot follows the selection."""
        event.stop()
        self.query_one("#state-foot", Panel).redraw()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Show all that is known of it."""
        event.stop()
        if (known := self.chosen) is None:
            return
        curated, branches, now = self._curated, self._branches, self._now
        title: Line = (Run(safe(known.row["kind"]), "bright", bold=True), Run(f"   {safe(known.row['id'])}", "muted"))
        files = made.of_item(self.cockpit.client, known.row)

        def text(columns: int) -> list[Line]:
            return [*paint.sheet(known, curated, branches, now, columns), *made.lines("", files, columns)]

        self.app.push_screen(Sheet(title, text))

    def on_descendant_focus(self) -> None:
        """The rule above the list is lit while it has the focus."""
        self.redraw()

    on_descendant_blur = on_descendant_focus

    def action_past(self) -> None:
        """What is over too, or only what holds."""
        self._past = not self._past
        self._fill()

    def action_why(self) -> None:
        """What led to it."""
        if (known := self.chosen) is not None:
            self.app.push_screen(WhySheet(self.cockpit.home, str(known.row["id"]), known.id))

    def action_drop(self) -> None:
        """Dismiss the selected learning, or retire the selected rule."""
        known = self.chosen
        self.action_rule("retire" if known is not None and known.row["kind"] == "rule" else "dismiss")

    def action_rule(self, verb: str) -> None:
        """Ask for a reason, then do it: only a human makes a learning one, or lets go of a rule."""
        known = self.chosen
        if known is None or known.row["kind"] != ("rule" if verb == "retire" else "learning"):
            self.cockpit.say("that is for learnings (y x) and rules (x)", severity="warning")
            return
        follows = {
            "promote": "It is told to workers from now on, and offered to later missions.",
            "dismiss": "It is told to nobody, in no mission.",
            "retire": "It binds nobody any more; where it is for all missions, nobody anywhere.",
        }
        about = [str(known.row["text"]), follows[verb]]
        dialog = ReasonDialog(f"{verb.capitalize()} {known.id}?", about, f"{verb} {known.id}")
        self.app.push_screen(dialog, lambda because: self._ruled(verb, known, because))

    def _ruled(self, verb: str, known: Known, because: str | None) -> None:
        if because:
            self.run_worker(self._give(verb, known, because), exit_on_error=False)

    async def _give(self, verb: str, known: Known, because: str) -> None:
        try:
            await self.cockpit.give(orders.ruled(verb, str(known.row["id"]), because))
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
        else:
            self.cockpit.say(f"{known.id} is {orders.RULES[verb]}")

    def action_context(self) -> None:
        """What its author got to read."""
        known = self.chosen
        subject = known.row.get("attempt") or known.row.get("task") if known is not None else ""
        if subject:
            self.leave("context", str(subject))
        else:
            self.cockpit.say("no attempt made it, so that nobody was told anything for it", severity="warning")
