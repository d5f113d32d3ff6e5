"""The smallest Textual application that answers a key: what the screens are compared with."""

from __future__ import annotations

import os
from typing import ClassVar

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static


class Empty(App[None]):
    """One line that counts keys."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("j", "count", "count")]
    count = 0

    def compose(self) -> ComposeResult:
        """The line."""
        yield Static("sel:0", id="line")

    def action_count(self) -> None:
        """Count."""
        self.count += 1
        self.query_one("#line", Static).update(f"sel:{self.count}")


if __name__ == "__main__":
    Empty().run()
