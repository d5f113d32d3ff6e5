"""A question with a text for its answer: what stands on the screen, and when `⏎` may take it. A base of dialogs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.screens.attention.arming import DRAWN_S, QUIET_S
from widgets.ink import BLANK, Line, Run
from widgets.panel import Panel

LONGEST = 1_900
"""Characters of an answer or a reason, as the engine keeps them."""
WIDTH = 64
"""Columns of a dialog's sentences, where the screen has them."""
Clock = Callable[[], float]
Answer = TypeVar("Answer")


class Asking(ModalScreen[Answer], Generic[Answer]):
    """Asks for a text. `⏎` is heard when the dialog stood for half a second and nothing was typed just before."""

    DEFAULT_CSS = "Asking #asks { height: auto; } Asking #hint { height: 3; }"

    def __init__(self, asks: str, clock: Clock, typed: Callable[[], None]) -> None:
        super().__init__()
        self._asks, self._clock, self._report = asks, clock, typed
        self._opened: float | None = None
        """When what is asked was first drawn; None until then."""
        self._last = float("-inf")
        self._said = ""

    def compose(self) -> ComposeResult:
        """The question, the text, the keys."""
        with Vertical(classes="dialog"):
            yield Panel(lambda columns, _rows: self.question(max(columns, 8)), id="asks")
            yield Input(max_length=LONGEST, id="text")
            yield Panel(lambda columns, _rows: [self._word(), BLANK, self.keys(columns)], id="hint")

    # -- what a dialog says of itself

    def question(self, columns: int) -> list[Line]:
        """What is asked, and about what."""
        raise NotImplementedError

    def keys(self, columns: int) -> Line:
        """What its keys do."""
        raise NotImplementedError

    # -- what is shown

    def _word(self) -> Line:
        return (Run(self._said, "text"),) if self._said else BLANK

    def fitted(self) -> None:
        """As high as its sentences need, and the screen allows."""
        panel = self.query_one("#asks", Panel)
        lines = self.question(min(WIDTH, max(self.app.size.width - 8, 8)))
        panel.styles.height = min(len(lines), max(self.app.size.height - 8, 6))
        panel.redraw()
        self.query_one("#hint", Panel).redraw()

    def tell(self, text: str) -> None:
        """Say why nothing happened; an empty text takes that back."""
        self._said = text
        self.query_one("#hint", Panel).redraw()

    def drawn_anew(self) -> None:
        """Another question stands there: it counts from when it was drawn."""
        self._opened = None
        self.fitted()
        self.call_after_refresh(self._drawn)

    def _drawn(self) -> None:
        self._opened = self._clock()

    # -- what is typed

    def on_mount(self) -> None:
        """Stand in the text."""
        self.query_one(Input).focus()
        self.drawn_anew()

    def on_resize(self) -> None:
        """Its sentences break elsewhere."""
        self.fitted()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something was typed."""
        self._last = self._clock()
        self._report()
        self.tell("")
        self.changed(event.value)

    def changed(self, value: str) -> None:
        """A dialog that reads along."""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the text, or say why not yet."""
        event.stop()
        if self.early() or self._clock() - self._last < QUIET_S:
            self.tell("that came too fast; press ⏎ again")
        else:
            self.take(" ".join(event.value.split()))

    def early(self) -> bool:
        """Whether what stands there was not there for long enough to be read."""
        return self._opened is None or self._clock() - self._opened < DRAWN_S

    def take(self, text: str) -> None:
        """What to do with the text."""
        raise NotImplementedError
