"""A rejection in two steps: the reason, by its number or in one's own words; then the rule that it would become, how it
would be checked and what that check is worth, with one key for how far it reaches. Neither step answers to a paste.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Paste
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.screens.attention.arming import DRAWN_S, QUIET_S
from cockpit.screens.attention.dialogs import LONGEST, Clock
from cockpit.screens.base import keys_line
from cockpit.screens.mission.why import ask
from cockpit.screens.words import safe
from engine.errors import CockpitError, SaysNoError
from engine.home import Home
from engine.rules.draft import CHIPS
from widgets.ink import BLANK, Line, Run, Voice, wrap
from widgets.panel import Panel

Json = dict[str, Any]
SCOPES = (("t", "task"), ("b", "branch"), ("m", "mission"), ("u", "user"), ("n", "none"))
"""One key for each scope of a rule."""
WORDS = {
    "task": "this task",
    "branch": "this role in this branch",
    "mission": "this mission",
    "user": "all missions of yours",
    "none": "no rule: its worker is told the reason, and nobody else",
}


class Ruling(NamedTuple):
    """What a human made of a rejection."""

    because: str
    scope: str


async def draft(home: Home, item: str, because: str) -> Json:
    """The rule that a reason would become, asked of a process of its own. Raises `CockpitError` with its complaint."""
    from cockpit.cli import background

    words = ("reject", item, f"--because={because}", "--dry-run", "--json")
    try:
        fine, text = await ask(home, item, command=background.command(home, *words))
    except OSError as error:
        raise SaysNoError("the draft", error.strerror or "no process can be started", "try again") from error
    if not fine:
        raise SaysNoError("the draft", text.splitlines()[0] if text else "there is none", "write the rule yourself")
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):
        raise SaysNoError("the draft", "cannot be read", "write the rule yourself") from None


class RuleDialog(ModalScreen[Ruling | None]):
    """Asks for a reason, shows the rule, takes its scope; gives both back, or None."""

    CSS = """
    RuleDialog #asks { height: auto; } RuleDialog #hint { height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False, id="rule.back", tooltip="back to the reason, then to the item"),
        *(
            Binding(key, f"scope('{scope}')", scope, show=False, id=f"rule.{scope}", tooltip=f"rule for {WORDS[scope]}")
            for key, scope in SCOPES
        ),
    ]

    def __init__(
        self,
        asks: str,
        drafted: Callable[[str], Awaitable[Json]],
        clock: Clock,
        typed: Callable[[], None],
    ) -> None:
        super().__init__()
        self._asks, self._drafted, self._clock, self._report = asks, drafted, clock, typed
        self._opened: float | None = None
        self._last = float("-inf")
        self._said = ""
        self._before = ""
        self._because = ""
        self._rule: Json | None = None
        self._busy = False

    def compose(self) -> ComposeResult:
        """The question, the text, the keys."""
        with Vertical(classes="dialog"):
            yield Panel(lambda columns, _rows: self._question(columns), id="asks")
            yield Input(max_length=LONGEST, id="text")
            yield Panel(self._hint, id="hint")

    # -- what is shown

    def _question(self, columns: int) -> list[Line]:
        size = max(columns, 8)
        lines: list[Line] = [(Run(part, "bright", bold=True),) for part in wrap(safe(self._asks), size)[:3]]
        return [*lines, *(self._reasons(size) if self._rule is None else self._drawn_rule(self._rule, size)), BLANK]

    def _reasons(self, size: int) -> list[Line]:
        about = "The reason becomes a rule for the work that follows, and the work goes back with it. Say it, or:"
        lines: list[Line] = [(Run(part, "muted"),) for part in wrap(about, size)]
        shown: list[Run] = []
        for number, chip in enumerate(CHIPS, start=1):
            told = chip.rstrip() + (" …" if chip.endswith(" ") else "")
            if shown and sum(len(run.text) for run in shown) + len(told) + 5 > size:
                lines.append(tuple(shown))
                shown = []
            shown += [Run("   " if shown else ""), Run(f"{number} ", "accent", bold=True), Run(told, "text")]
        return [*lines, tuple(shown)]

    def _drawn_rule(self, rule: Json, size: int) -> list[Line]:
        facts: list[tuple[str, str, Voice]] = [
            ("reason", self._because, "muted"),
            ("rule", str(rule.get("text") or self._because), "bright"),
        ]
        if rule.get("error"):
            facts.append(("check", f"it could not be drafted here: {rule['error']}", "text"))
        else:
            exact = bool(rule.get("exact"))
            facts += [("check", str(rule.get("checks")), "text")] if exact else []
            facts.append(("proved" if exact else "check", str(rule.get("proof")), "proven" if exact else "text"))
        lines: list[Line] = [BLANK]
        for label, text, voice in facts:
            for place, part in enumerate(wrap(safe(text), max(size - 8, 8))[:4]):
                lines.append((Run(f"{label if not place else '':<8}", "muted"), Run(part, voice)))
        lines.append(BLANK)
        where = rule.get("scopes") if isinstance(rule.get("scopes"), dict) else {}
        for key, scope in SCOPES:
            if scope != "none" and where and scope not in where:
                continue
            told = str(where.get(scope) or WORDS[scope]) if where else WORDS[scope]
            lines.append((Run(f"{key} ", "accent", bold=True), Run(safe(told)[: max(size - 2, 8)], "text")))
        return lines

    def _hint(self, columns: int, _rows: int) -> list[Line]:
        said: Line = (Run(self._said, "text"),) if self._said else BLANK
        if self._rule is None:
            return [said, BLANK, keys_line((("⏎", "see the rule"), ("esc", "cancel")), columns)]
        return [said, BLANK, keys_line((("t b m u n", "reject, with a rule so far"), ("esc", "back")), columns)]

    def _tell(self, text: str) -> None:
        self._said = text
        self.query_one("#hint", Panel).redraw()

    def _redraw(self) -> None:
        panel = self.query_one("#asks", Panel)
        panel.styles.height = min(len(self._question(self._columns())), max(self.app.size.height - 8, 6))
        panel.redraw()
        self.query_one("#hint", Panel).redraw()

    def _columns(self) -> int:
        return min(64, max(self.app.size.width - 8, 8))

    # -- what is done

    def on_mount(self) -> None:
        """Stand in the text."""
        self._redraw()
        self.query_one(Input).focus()
        self.call_after_refresh(self._drawn)

    def on_resize(self) -> None:
        """As high as its sentences need."""
        self._redraw()

    def _drawn(self) -> None:
        self._opened = self._clock()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something was typed; a number alone stands for its reason."""
        self._last = self._clock()
        self._report()
        self._tell("")
        before, self._before = self._before, event.value
        if not before and event.value.isdecimal() and 1 <= int(event.value) <= len(CHIPS):
            field = self.query_one(Input)
            field.value = CHIPS[int(event.value) - 1]
            field.cursor_position = len(field.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Draft the rule, or say why not yet."""
        event.stop()
        now, text = self._clock(), " ".join(self.query_one(Input).value.split())
        if self._busy or self._rule is not None:
            return
        if self._opened is None or now - self._opened < DRAWN_S or now - self._last < QUIET_S:
            self._tell("that came too fast; press ⏎ again")
        elif not text:
            self._tell("it needs a text, or the number of a reason")
        elif text.endswith(":"):
            self._tell(f"{text} which?")
        else:
            self._because, self._busy = text, True
            self._tell("drafting the rule …")
            self.run_worker(self._draft(text), exit_on_error=False)

    async def _draft(self, because: str) -> None:
        try:
            rule = await self._drafted(because)
        except CockpitError as error:
            rule = {"error": error.what}
        self._busy = False
        if not self.is_mounted:
            return
        self._rule, self._opened = rule, None
        field = self.query_one(Input)
        field.display = False
        self.set_focus(None)
        self._said = ""
        self._redraw()
        self.call_after_refresh(self._drawn)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter means a scope only once the rule is shown."""
        if action == "scope":
            return self._rule is not None
        return super().check_action(action, parameters)

    def action_scope(self, scope: str) -> None:
        """Reject, with a rule so far or with none."""
        self._report()
        if self._rule is None or self._opened is None or self._clock() - self._opened < DRAWN_S:
            self._tell("that came too fast; look at the rule, then press it again")
        else:
            self.dismiss(Ruling(self._because, scope))

    def on_paste(self, event: Paste) -> None:
        """A paste is never a decision; into the text it may go."""
        if self._rule is not None:
            event.stop()

    def action_back(self) -> None:
        """Back to the reason, or to the item."""
        if self._rule is None:
            self.dismiss(None)
            return
        self._rule, self._said = None, ""
        field = self.query_one(Input)
        field.display = True
        field.focus()
        self._redraw()
        self.call_after_refresh(self._drawn)


__all__: Sequence[str] = ["RuleDialog", "Ruling", "draft"]
