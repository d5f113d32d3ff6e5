"""The receipt so far: computed by a process of its own from the events alone, again when the mission has moved on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer

from cockpit.cli.background import command
from cockpit.screens.base import Dirty, Key
from cockpit.screens.mission import orders
from cockpit.screens.mission import receipt_paint as paint
from cockpit.screens.mission.pane import Pane
from cockpit.screens.mission.sheet import Lines
from cockpit.screens.mission.why import ask
from widgets.ink import BLANK, Line, Run, rule
from widgets.listing import EDGE
from widgets.panel import Panel

AGAIN_S = 3.0
"""The least time between two computations."""


class ReceiptPane(Pane):
    """The account of one mission, as `cockpit receipt` prints it."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    ReceiptPane #receipt-answer { height: 2; }
    ReceiptPane #receipt-lid { height: 1; }
    ReceiptPane #receipt-lines { height: 1fr; margin-bottom: 1; }
    .-short ReceiptPane #receipt-answer { height: 1; }
    .-short ReceiptPane #receipt-lines, .-low ReceiptPane #receipt-lines { margin-bottom: 0; }
    .-low ReceiptPane #receipt-answer, .-low ReceiptPane #receipt-lid { display: none; }
    """
    BINDING_GROUP_TITLE = "receipt"
    FOOT = (
        Key("list.next", "j k", "line"),
        Key("list.page-down", "^d ^u", "page"),
        Key("receipt.again", "r", "compute again"),
        Key("mission.pause", "p", "pause"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "again", "again", show=False, id="receipt.again", tooltip="compute it again"),
    ]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug
        self._text, self._trouble = "", ""
        self._height = 0
        self._asking = False
        self._late = False
        """Whether the mission moved on while it was computed."""
        self._again: Timer | None = None

    def compose(self) -> ComposeResult:
        """Answer, rule, lines."""
        yield Panel(self._answer, id="receipt-answer")
        yield Panel(self._lid, id="receipt-lid")
        yield Lines(id="receipt-lines")

    # -- what is shown

    @property
    def text(self) -> str:
        """The receipt as it was computed last; empty before that."""
        return self._text

    def _answer(self, columns: int, rows: int) -> list[Line]:
        card = self.cockpit.client.views.cards.get(self._slug)
        word = "so far" if card is None or card.state not in orders.OVER else f"of a mission that is {card.state}"
        return [paint.answer(word, self._height, self._asking, columns), BLANK][:rows]

    def _lid(self, columns: int, _rows: int) -> list[Line]:
        return [rule(columns, lit=self.query_one(Lines).has_focus)]

    def show(self, dirty: Dirty | None) -> None:
        """Compute it again, not more often than every few seconds."""
        if dirty is not None and ("card", self._slug) not in dirty:
            return
        if self._asking:
            self._late = True
        elif self._again is None:
            wait = 0.05 if not self._text else AGAIN_S
            self._again = self.set_timer(wait, self._compute)

    def _compute(self) -> None:
        self._again = None
        if self.is_mounted and self.display and not self._asking:
            self._asking = True
            self.run_worker(self._ask(), group="receipt", exit_on_error=False)
            self.redraw()

    async def _ask(self) -> None:
        try:
            height = self._newest()
            fine, told = await ask(
                self.cockpit.home, self._slug, command=command(self.cockpit.home, "receipt", self._slug)
            )
        except OSError as error:
            fine, told = False, f"it cannot be computed: {error.strerror or 'no process can be started'}"
        finally:
            self._asking = False
        if not self.is_mounted:
            return
        if fine:
            self._text, self._trouble, self._height = told, "", height
        else:
            self._trouble = told
        self._fill()
        if self._late:
            self._late = False
            self.show(None)

    def _newest(self) -> int:
        found = self.cockpit.client.events(self._slug, limit=1)
        return int(found[-1]["height"]) if found else 0

    def _fill(self) -> None:
        lines = self.query_one(Lines)
        lines.put(self._shown(max(lines.size.width - EDGE, 8)))
        self.redraw()

    def _shown(self, columns: int) -> Sequence[Line]:
        if self._trouble:
            return [(Run(part, "text"),) for part in self._trouble.splitlines()[:20]]
        return paint.lines(self._text, columns) if self._text else [(Run("it is being computed …", "muted"),)]

    def on_resize(self) -> None:
        """Another width breaks lines elsewhere."""
        if self.is_mounted:
            self.call_after_refresh(self._fill)

    def enter(self) -> None:
        """The lines take the keys."""
        self.query_one(Lines).focus(scroll_visible=False)

    def on_descendant_focus(self) -> None:
        """The rule above the lines is lit while they have the focus."""
        self.redraw()

    on_descendant_blur = on_descendant_focus

    def action_again(self) -> None:
        """Compute it now."""
        if not self._asking:
            self._compute()
