"""One line to type a search into: drawn like everything else, and it lets no printable key through to others."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Blur, Focus, Key, Paste
from textual.message import Message

from widgets.ink import Line, Run, cells, cut_path
from widgets.panel import Panel

MOST = 200
"""Characters of a search."""


class Prompt(Panel, can_focus=True):
    """`/ draft▏  3 of 40`: what is searched for, and what the owner says of it. Every change is told at once."""

    BINDING_GROUP_TITLE = "search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", "done", show=False, id="prompt.done", tooltip="keep the search, back to the list"),
        Binding("escape", "clear", "clear", show=False, id="prompt.clear", tooltip="end the search"),
        Binding("backspace", "erase", "erase", show=False, id="prompt.erase", tooltip="erase a character"),
        Binding("ctrl+u", "empty", "empty", show=False, id="prompt.empty", tooltip="erase all of it"),
    ]

    class Changed(Message):
        """Another text is searched for."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Done(Message):
        """The search is complete: the list wants the focus. An empty `text` ends the search."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(self._line, id=id)
        self.text = ""
        self._said = ""

    def say(self, said: str) -> None:
        """What stands beside the text, such as how many were found."""
        self._said = said
        self.redraw()

    def _line(self, columns: int, _rows: int) -> list[Line]:
        shown = "".join(char if char.isprintable() else "?" for char in self.text)
        room = max(columns - cells(self._said) - 6, 4)
        return [
            (
                Run("/ ", "accent", bold=True),
                Run(cut_path(shown, room), "bright"),
                Run("▌" if self.has_focus else "", "accent"),
                Run(f"   {self._said}", "muted"),
            )
        ]

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whatever can be printed is part of the text."""
        del key
        return character is not None and character.isprintable()

    def on_key(self, event: Key) -> None:
        """Take a character."""
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self._set(self.text + event.character)

    def on_paste(self, event: Paste) -> None:
        """Take the first line of what was pasted."""
        event.stop()
        self._set(self.text + (event.text.splitlines() or [""])[0])

    def on_focus(self, _event: Focus) -> None:
        """Show the caret."""
        self.redraw()

    def on_blur(self, _event: Blur) -> None:
        """Hide the caret."""
        self.redraw()

    def action_erase(self) -> None:
        """Erase the last character."""
        self._set(self.text[:-1])

    def action_empty(self) -> None:
        """Erase all of it."""
        self._set("")

    def action_done(self) -> None:
        """Keep the search."""
        self.post_message(self.Done(self.text))

    def action_clear(self) -> None:
        """End the search."""
        self._set("")
        self.post_message(self.Done(""))

    def _set(self, text: str) -> None:
        if text[:MOST] != self.text:
            self.text = text[:MOST]
            self.redraw()
            self.post_message(self.Changed(self.text))
