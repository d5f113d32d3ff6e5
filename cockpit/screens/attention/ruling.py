"""A rejection in two steps: the reason, by its number or in one's own words; then the rule that it would become, how it
would be checked and what that check is worth, with one key for how far it reaches. Neither step answers to a paste.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.events import Paste
from textual.widgets import Input

from cockpit.screens.attention.asking import Asking, Clock
from cockpit.screens.base import keys_line
from cockpit.screens.mission.why import ask
from cockpit.screens.words import safe
from engine.errors import CockpitError, SaysNoError
from engine.home import Home
from engine.rules.draft import CHIPS
from widgets.ink import BLANK, Line, Run, Voice, wrap

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


class RuleDialog(Asking[Ruling | None]):
    """Asks for a reason, shows the rule, takes its scope; gives both back, or None."""

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
        super().__init__(asks, clock, typed)
        self._drafted = drafted
        self._before = ""
        self._because = ""
        self._rule: Json | None = None
        self._busy = False

    # -- what is shown

    def question(self, columns: int) -> list[Line]:
        """The reasons to choose from; then the rule."""
        lines: list[Line] = [(Run(part, "bright", bold=True),) for part in wrap(safe(self._asks), columns)[:3]]
        more = self._reasons(columns) if self._rule is None else self._drawn_rule(self._rule, columns)
        return [*lines, *more, BLANK]

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

    def keys(self, columns: int) -> Line:
        """What its keys do at this step."""
        if self._rule is None:
            return keys_line((("⏎", "see the rule"), ("esc", "cancel")), columns)
        return keys_line((("t b m u n", "reject, with a rule so far"), ("esc", "back")), columns)

    # -- what is done

    def changed(self, value: str) -> None:
        """A number alone stands for its reason."""
        before, self._before = self._before, value
        if not before and value.isdecimal() and 1 <= int(value) <= len(CHIPS):
            field = self.query_one(Input)
            field.value = CHIPS[int(value) - 1]
            field.cursor_position = len(field.value)

    def take(self, text: str) -> None:
        """Draft the rule, once."""
        if self._busy or self._rule is not None:
            return
        if not text:
            self.tell("it needs a text, or the number of a reason")
        elif text.endswith(":"):
            self.tell(f"{text} which?")
        else:
            self._because, self._busy = text, True
            self.tell("drafting the rule …")
            self.run_worker(self._draft(text), exit_on_error=False)

    async def _draft(self, because: str) -> None:
        try:
            rule = await self._drafted(because)
        except CockpitError as error:
            rule = {"error": error.what}
        self._busy = False
        if not self.is_mounted:
            return
        self._rule, self._said = rule, ""
        self.query_one(Input).display = False
        self.set_focus(None)
        self.drawn_anew()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter means a scope only once the rule is shown."""
        if action == "scope":
            return self._rule is not None
        return super().check_action(action, parameters)

    def action_scope(self, scope: str) -> None:
        """Reject, with a rule so far or with none."""
        self._report()
        if self._rule is None or self.early():
            self.tell("that came too fast; look at the rule, then press it again")
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
        self.drawn_anew()


__all__: Sequence[str] = ["RuleDialog", "Ruling", "draft"]
