"""`e`: what is on the screen goes to `$EDITOR`, and what comes back is asked about anew. Nothing is approved by it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType

from cockpit.cli.desk import open_reader
from cockpit.cli.edit import draft, edition, in_editor, text_in
from cockpit.cli.inbox import Order
from cockpit.screens.attention.arming import CHANGED
from cockpit.screens.attention.deciding import Deciding
from cockpit.screens.attention.sheet import Letter, Sheet
from cockpit.screens.words import safe
from engine.errors import CockpitError


class Editing(Deciding):
    """The part of the pane that gives an item to an editor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "edit", show=False, id="attention.edit", tooltip="write it yourself, in $EDITOR"),
    ]

    def action_edit(self) -> None:
        """Edit the shown item, if it is armed as for a decision: an editor takes every key that follows."""
        look = self.look()
        if look is not None and look.sheet is not None and look.row.plan:
            self.hold("edit", partial(self._edit_plan, look.sheet))
            return
        if look is None or look.sheet is None or look.row.kind != "approve":
            return
        if look.place >= len(look.sheet.letters):
            return
        letter = look.sheet.letters[look.place]
        if look.sheet.call:
            self._tell("a call is approved or rejected as it is: its worker hears why, and may ask for another")
            return
        if not letter.effect.intact or not text_in(letter.effect):
            why = "its bytes are no text" if letter.effect.intact else "its bytes are not whole"
            self._tell(f"{letter.short} cannot be edited: {why}")
            return
        self.hold("edit", partial(self._edit, look.sheet, letter))

    def _edit(self, sheet: Sheet, letter: Letter) -> None:
        """Give an effect to the editor, as text."""

        def order() -> Order:
            before = draft(letter.effect)
            with self.app.suspend():
                after = in_editor(self.cockpit.home, before)
            return edition(sheet.row.mission, letter.effect, after)

        self._written(sheet, letter.short, order)

    def _edit_plan(self, sheet: Sheet) -> None:
        """Give a proposed plan to the editor, as YAML; what comes back is proposed in its place."""
        from cockpit.cli.plan import proposal, waiting_patch
        from engine.amending.patch_text import read, written

        row = {"id": sheet.row.id, "mission": sheet.row.mission, "plan": sheet.row.plan}

        def order() -> Order | None:
            with open_reader(self.cockpit.home) as reader:
                before = written(waiting_patch(reader, row))
            with self.app.suspend():
                after = in_editor(self.cockpit.home, before, ending=".yaml")
            if not after.strip() or after == before:
                return None
            patch = read(after.encode(), "patch")
            return proposal(sheet.row.mission, patch, item=sheet.row.id, digest=sheet.row.digest)

        self._written(sheet, sheet.row.id, order)

    def _written(self, sheet: Sheet, name: str, order: Callable[[], Order | None]) -> None:
        """Ask for what was written, unless the item became another one meanwhile; None: nothing was changed."""
        try:
            found = order()
        except SuspendNotSupported:
            self._tell(f"this terminal cannot be given to an editor: cockpit edit {safe(name)} --file F")
            return
        except CockpitError as error:
            self._tell(str(error))
            return
        if found is None:
            self._tell("nothing was changed")
        elif self._digest() != sheet.digest:
            self._tell(CHANGED)
        else:
            self._give(found, sheet.row.id, partial(self._edited, sheet.row.mission))

    def _edited(self, mission: str, ids: list[str]) -> None:
        """The item that asks for the new bytes comes next."""
        if len(ids) > 1:
            self.desk.then = f"{mission}/{ids[1]}"
        self.desk.say(f"edited into {', '.join(ids[:1])}; look at it, nothing is approved yet", "proven")
