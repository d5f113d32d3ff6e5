"""The contract: its file with coverage in the margin, and what a human amended; `e` amends it."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType

from cockpit.cli.edit import in_editor
from cockpit.screens.attention.dialogs import CodeDialog
from cockpit.screens.base import Dirty, Key
from cockpit.screens.mission import amending, orders
from cockpit.screens.mission import contract_paint as paint
from cockpit.screens.mission.contract_read import KINDS, Reading, read, source_of
from cockpit.screens.mission.pane import Pane
from cockpit.screens.mission.sheet import Sheet
from cockpit.screens.mission.why import WhySheet
from cockpit.screens.words import now_in
from engine.errors import CockpitError
from widgets.ink import Line, Run, rule
from widgets.listing import EDGE, Listing
from widgets.panel import Panel

MOST = 500
"""Revisions that are read at most."""
EMPTY = "the contract appears here when the mission is there"


class ContractPane(Pane):
    """The contract in force. `o` walks the clauses that nothing enforces."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    ContractPane #contract-answer { height: 2; }
    ContractPane #contract-lid { height: 1; }
    ContractPane #contract-list { height: 1fr; }
    ContractPane #contract-foot { height: 5; margin-bottom: 1; }
    .-short ContractPane #contract-answer { height: 1; }
    .-short ContractPane #contract-foot { height: 3; margin-bottom: 0; }
    .-low ContractPane #contract-answer, .-low ContractPane #contract-lid, .-low ContractPane #contract-foot {
        display: none; }
    .-tiny ContractPane #contract-foot { display: none; }
    """
    BINDING_GROUP_TITLE = "contract"
    FOOT = (
        Key("list.next", "j k", "line"),
        Key("contract.weak", "o", "advisory"),
        Key("contract.edit", "e", "amend"),
        Key("contract.why", "w", "why"),
        Key("mission.pause", "p", "pause"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "amend", show=False, id="contract.edit", tooltip="amend it, in $EDITOR"),
        Binding("o", "weak", "advisory", show=False, id="contract.weak", tooltip="the next clause nothing enforces"),
        Binding("w", "why", "why", show=False, id="contract.why", tooltip="what was decided about the whole mission"),
    ]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug
        self._reading = Reading(0)
        self._draft = ""
        """What was written and is not in force: an editor begins with it."""

    def compose(self) -> ComposeResult:
        """Answer, rule, lines, foot."""
        yield Panel(self._answer, id="contract-answer")
        yield Panel(self._lid, id="contract-lid")
        yield Listing(paint.paint, empty=EMPTY, id="contract-list")
        yield Panel(self._foot, id="contract-foot")

    # -- what is shown

    @property
    def listing(self) -> Listing:
        """The lines."""
        return self.query_one("#contract-list", Listing)

    @property
    def reading(self) -> Reading:
        """The contract as it was read last."""
        return self._reading

    def _answer(self, columns: int, rows: int) -> list[Line]:
        return [paint.answer(self._reading, columns), paint.notice(self._reading, columns)][:rows]

    def _lid(self, columns: int, _rows: int) -> list[Line]:
        return [rule(columns, lit=self.listing.has_focus)]

    def _foot(self, columns: int, rows: int) -> list[Line]:
        shown = paint.foot(self.listing.selected, self._reading, columns - EDGE, rows - 1)
        return [rule(columns), *((Run(" " * EDGE), *line) for line in shown)]

    def show(self, dirty: Dirty | None) -> None:
        """Read it anew when its revision changed."""
        card = self.cockpit.client.views.cards.get(self._slug)
        if dirty is not None and (("card", self._slug) not in dirty or (card and card.rev == self._reading.rev)):
            return
        try:
            events = self.cockpit.client.events(self._slug, limit=MOST, kinds=KINDS)
            source = source_of(events)
            self._reading = read(events, self.cockpit.client.blob(source) if source else None)
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
            return
        self._fill()

    def _fill(self) -> None:
        now = now_in(self.cockpit.client.views.cards.get(self._slug), self.cockpit.now)
        self.listing.fill(paint.entries(self._reading, now))
        self.redraw()

    def point(self, subject: str) -> None:
        """Select a line by its number, or a revision."""
        self.listing.select(subject if subject[:1] in "LRC" else f"L{subject}")

    def enter(self) -> None:
        """The lines take the keys."""
        self.listing.focus(scroll_visible=False)

    # -- what keys do

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """The foot follows the selection."""
        event.stop()
        self.query_one("#contract-foot", Panel).redraw()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Show the clauses of the line in full, or the revision."""
        event.stop()
        entry = event.entry
        if entry is None:
            return
        reading, chosen = self._reading, entry
        title: Line = (Run("contract", "bright", bold=True), Run(f"   rev {reading.rev}", "muted"))
        self.app.push_screen(Sheet(title, lambda columns: paint.whole(chosen, reading, columns)))

    def on_descendant_focus(self) -> None:
        """The rule above the lines is lit while they have the focus."""
        self.redraw()

    on_descendant_blur = on_descendant_focus

    def action_weak(self) -> None:
        """Select the next line with a clause that nothing enforces."""
        found = paint.weak(self._reading)
        order = [entry.id for entry in self.listing.entries]
        here = order.index(self.listing.selected.id) if self.listing.selected else -1
        after = [name for name in found if order.index(name) > here] or found
        if after:
            self.listing.select(after[0])
        else:
            self.cockpit.say("every clause is enforced or checked")

    def action_why(self) -> None:
        """What was decided about the mission as a whole."""
        self.app.push_screen(WhySheet(self.cockpit.home, self._slug, "the contract"))

    # -- amending

    def action_edit(self) -> None:
        """Give a copy to an editor; what comes back is asked about."""
        card = self.cockpit.client.views.cards.get(self._slug)
        if card is None or card.state in orders.OVER:
            self.cockpit.say(f"{self._slug} is {card.state if card else 'gone'}: nothing to amend", severity="warning")
            return
        before = self._draft or amending.copy_of(self._reading)
        if not before:
            self.cockpit.say("the bytes of its file are gone: cockpit amend takes a new one", severity="warning")
            return
        try:
            with self.app.suspend():
                after = in_editor(self.cockpit.home, before)
        except SuspendNotSupported:
            self.cockpit.say(f"this terminal cannot be given to an editor: cockpit amend {self._slug} FILE")
            return
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
            return
        self.propose(after)

    def propose(self, text: str) -> None:
        """Ask what a text would change as the contract, and show it."""
        if text == self._reading.text:
            self._draft = ""
            self.cockpit.say("nothing was changed")
            return
        self._draft = text
        self.cockpit.say("asking what would follow …")
        self.run_worker(self._propose(text), group="amend", exclusive=True, exit_on_error=False)

    async def _propose(self, text: str) -> None:
        found = await amending.examine(self.cockpit.home, self._slug, text)
        if not self.is_mounted:
            return
        if isinstance(found, amending.Proposed):
            made = found
            self.app.push_screen(amending.Preview(made, lambda: self._ask(made)))
            return
        errors = found
        title: Line = (Run("this is no amendment yet", "bright", bold=True),)
        self.app.push_screen(Sheet(title, lambda columns: amending.wrong(errors, columns)))

    def _ask(self, made: amending.Proposed) -> None:
        """The code: it is typed by hand, and nothing else confirms."""
        before, after = made.revs

        def answered(code: str | None) -> None:
            if code == made.code:
                self.run_worker(self._give(made), exit_on_error=False)

        asks = f"amend {self._slug}: rev {before} becomes rev {after}"
        grave = made.grave() or ["nothing is lost by it"]
        nothing = f"rev {before} stays in force"
        dialog = CodeDialog(asks, grave, made.code, time.monotonic, lambda: None, nothing=nothing)
        self.app.push_screen(dialog, answered)

    async def _give(self, made: amending.Proposed) -> None:
        try:
            await self.cockpit.give(made.order())
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
        else:
            self._draft = ""
            self.cockpit.say(f"{self._slug} is amended: rev {made.revs[1]} is in force")
