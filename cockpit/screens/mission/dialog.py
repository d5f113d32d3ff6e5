"""The question before a decision: it wants a reason, stands on *cancel*, and takes no key meant for another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Blur, Click, Focus
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.screens.base import keys_line
from cockpit.screens.words import safe
from widgets.ink import Line, Run, Voice, wrap
from widgets.panel import Panel

ARM_S = 0.5
"""A decision is taken no sooner than this after its question was drawn."""
LONGEST = 500
"""Characters of a reason."""


class Choice(Panel, can_focus=True):
    """One way out of a dialog; `enter` takes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "take", show=False, id="dialog.take", tooltip="take this way out"),
    ]

    class Taken(Message):
        """This way out was taken."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, label: str, *, id: str) -> None:  # noqa: A002 (Textual's name)
        super().__init__(lambda _columns, _rows: [self._line()], id=id)
        self._label, self.open = label, True

    def _line(self) -> Line:
        lit = self.has_focus
        voice: Voice = "bright" if self.open and lit else "text" if self.open else "past"
        return (Run("▌ " if lit else "  ", "accent"), Run(self._label, voice, bold=lit and self.open))

    def on_focus(self, _event: Focus) -> None:
        """Lit while it has the focus."""
        self.redraw()

    def on_blur(self, _event: Blur) -> None:
        """Not lit any more."""
        self.redraw()

    def on_click(self, _event: Click) -> None:
        """A click gives the focus alone: decisions are keys."""
        self.focus()

    def action_take(self) -> None:
        """Take it."""
        self.post_message(self.Taken(self))


class ReasonDialog(ModalScreen[str | None]):
    """Asks for a reason; the result is the reason, or None when it was cancelled.

    `asks` is the question in our words, `about` a few lines of what it is about and what follows; `does` names the way
    out that decides. Nothing decides before a reason stands there and the question was on the screen for `arm_s`.
    """

    DEFAULT_CSS = """
    ReasonDialog > Vertical { width: 72; max-width: 96%; height: auto; max-height: 90%; background: $bg;
        border: solid $accent; padding: 1 2;
        overflow-y: auto; scrollbar-size: 0 0; }
    ReasonDialog #dialog-asks { height: auto; margin-bottom: 1; }
    ReasonDialog #dialog-keys { margin-top: 1; }
    ReasonDialog Input { margin: 1 0 1 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False, id="dialog.cancel", tooltip="leave everything as it is"),
        Binding("down", "app.focus_next", "next", show=False, id="dialog.next", tooltip="the next part"),
        Binding("up", "app.focus_previous", "previous", show=False, id="dialog.previous", tooltip="the part before"),
    ]

    def __init__(self, asks: str, about: Sequence[str], does: str, *, arm_s: float = ARM_S) -> None:
        super().__init__()
        self._asks, self._about, self._does, self._arm_s = asks, tuple(about), does, arm_s
        self._armed = False

    def compose(self) -> ComposeResult:
        """The question, the reason, the ways out."""
        with Vertical():
            yield Panel(self._question, id="dialog-asks")
            yield Choice("cancel, nothing changes", id="dialog-no")
            yield Input(placeholder="because …", max_length=LONGEST, id="dialog-reason")
            yield Choice(self._does, id="dialog-yes")
            yield Panel(
                lambda columns, _rows: [
                    keys_line((("tab", "to the reason, and on"), ("⏎", "take"), ("esc", "cancel")), columns)
                ],
                id="dialog-keys",
            )

    def _question(self, columns: int, _rows: int) -> list[Line]:
        lines: list[Line] = [(Run(line, "bright", bold=True),) for line in wrap(safe(self._asks), max(columns, 8))]
        for about in self._about:
            lines += [(Run(line, "muted"),) for line in wrap(safe(about), max(columns, 8))]
        return lines

    def on_mount(self) -> None:
        """Stand on cancel, and arm later."""
        self.query_one("#dialog-no", Choice).focus()
        self._show_open()
        self.call_after_refresh(self._drawn)

    def _drawn(self) -> None:
        panel = self.query_one("#dialog-asks", Panel)
        panel.styles.height = len(self._question(panel.size.width, 0))
        self.set_timer(self._arm_s, self._arm)

    def _arm(self) -> None:
        self._armed = True
        self._show_open()

    @property
    def reason(self) -> str:
        """What was typed."""
        return " ".join(self.query_one(Input).value.split())

    @property
    def decides(self) -> bool:
        """Whether the deciding way out is open now."""
        return self._armed and bool(self.reason)

    def _show_open(self) -> None:
        choice = self.query_one("#dialog-yes", Choice)
        choice.open = self.decides
        choice.redraw()

    def on_input_changed(self, _event: Input.Changed) -> None:
        """A reason opens the way."""
        self._show_open()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the reason goes on to the decision; it does not take it."""
        event.stop()
        self.query_one("#dialog-yes" if self.reason else "#dialog-no", Choice).focus()

    def on_choice_taken(self, event: Choice.Taken) -> None:
        """Cancel, or decide if that is open; a key that came with the dialog does neither."""
        if event.choice.id == "dialog-no":
            if self._armed:
                self.dismiss(None)
        elif self.decides:
            self.dismiss(self.reason)

    def action_cancel(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)
