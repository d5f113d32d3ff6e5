"""Where we touch what Textual calls internal: the filter over all that is drawn, style sheets, the end after a crash.

The one file to look at when Textual's version changes; tests/pty prove it in a real terminal.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from re import Match
from typing import Any, ClassVar, TypeVar

from rich.segment import Segment
from textual._context import active_message_pump
from textual.app import App
from textual.color import Color
from textual.css.model import RuleSet
from textual.css.query import NoMatches
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation
from textual.filter import LineFilter
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

S = TypeVar("S", bound=Screen[Any])

HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
"""Characters that steer a terminal or hide: controls, direction marks, invisible ones, tags, lone surrogates."""

MOST_PARSED = 2_000
"""Parts of style sheets that are remembered: some thirty for each set of colours."""


def _harmless(found: Match[str]) -> str:
    """Only what takes no cell may vanish, since a strip keeps its width; a lone surrogate counts as one."""
    return "\ufffd" if "\ud800" <= found[0] <= "\udfff" else ""


class TerminalGuard(LineFilter):
    """The last wall before the terminal: no control character and no link leaves, whatever a widget was given."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 (Textual's signature)
        """The same cells, harmless."""
        clean: list[Segment] = []
        for text, style, control in segments:
            shown = HOSTILE.sub(_harmless, text) if control is None and HOSTILE.search(text) else text
            kept = style.update_link(None) if style is not None and style.link else style
            clean.append(Segment(shown, kept, control))
        return clean


def with_guard(filters: Sequence[LineFilter], guard: TerminalGuard) -> list[LineFilter]:
    """The application's filters and the guard behind them; one guard for all, as strips are cached by filter."""
    return [*filters, guard]


def styled(screen: S, app: App[Any]) -> S:
    """A new screen for a mode, which takes the style sheet as it stands.

    Textual would style everything twice more for it, since it holds every new one for older than the sheet.
    """
    screen._css_update_count = app._css_update_count
    return screen


class ParsedOnce(Stylesheet):
    """A style sheet whose parts are parsed once for each set of colours.

    Textual parses all of them anew with every screen that opens for the first time.
    """

    _PARSED: ClassVar[dict[tuple[object, ...], list[RuleSet]]] = {}

    def _parse_rules(
        self,
        css: str,
        read_from: CSSLocation,
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        part = (frozenset(self._variables.items()), css, read_from, is_default_rules, tie_breaker, scope)
        if part not in self._PARSED:
            if len(self._PARSED) >= MOST_PARSED:
                self._PARSED.clear()
            self._PARSED[part] = super()._parse_rules(css, read_from, is_default_rules, tie_breaker, scope)
        return self._PARSED[part]

    def reparse(self) -> None:
        """As before, through the same memory."""
        fresh = ParsedOnce(variables=self._variables)
        fresh.source = dict(self.source)
        try:
            fresh.parse()
        except Exception:
            self._invalid_css.update(fresh._invalid_css)
            raise
        self._rules, self._rules_map, self._require_parse = fresh.rules, None, False


def terminal_is_there() -> bool:
    """Whether the terminal that keys come from still exists: one that hung up answers nothing any more."""
    return os.isatty(0)


def _goes(pump: MessagePump | None) -> bool:
    """Whether what was at work is being taken down, so that it may have lost its parts before it was whole."""
    return isinstance(pump, Widget) and (pump._pruning or pump._closing or not pump.is_attached)


class QuietCrash(App[int]):
    """An application that keeps what ended it instead of printing it.

    Textual would print the values of all local variables, keys and addresses among them, and past every filter.
    """

    crash: Exception | None = None
    """What ended the application, if it crashed."""

    def _handle_exception(self, error: Exception) -> None:
        """Remember the first error and end. That a part is missing from what is taken down already is none."""
        if isinstance(error, NoMatches) and (self._exit or _goes(active_message_pump.get(None))):
            return
        self._return_code = 1
        if self._exception is None:
            self._exception = self.crash = error
            self._exception_event.set()
        self._close_messages_no_wait()
