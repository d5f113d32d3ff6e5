"""docs/keys.md: every key of the screens, from the bindings of the application, its screens, panes and widgets."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from textual.binding import Binding
from textual.dom import DOMNode

import widgets
from cockpit import app, screens
from docs.wording import cell, page, prose

GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Everywhere", "They work on every screen, but not while a dialog is open.", ("app", "view")),
    ("Lists", "Whatever can be walked through: missions, the queue, tasks, branches, charges, events.", ("list",)),
    ("Bridge", "All missions side by side, and below them what needs you.", ("bridge",)),
    (
        "What needs you",
        "The queue and the item. Decision keys do nothing until the item has been on the screen for half a second.",
        ("attention", "items"),
    ),
    ("Dialogs of decisions", "The code of an approval, a reason, an answer.", ("code", "text", "page")),
    ("A mission", "Its tabs: Board, Branches, Context, Spend, Log.", ("mission",)),
    ("Board", "Its tasks by state.", ("board",)),
    ("Branches", "Its experiments as a tree, with verdicts.", ("branches",)),
    ("Context", "What a worker received, or would receive now.", ("context",)),
    ("Spend", "Every charge, and sums of them.", ("spend",)),
    ("Log", "What happened.", ("log",)),
    ("Dialogs of missions", "A reason for keeping, pruning, stopping; a sheet that explains.", ("dialog", "sheet")),
    (
        "Search, palette and help",
        "The line that filters, what `^p` opens, and the page behind `?`.",
        ("prompt", "commands", "help"),
    ),
)
SHOWN = {
    "colon": ":",
    "down": "↓",
    "enter": "enter",
    "escape": "esc",
    "full_stop": ".",
    "left": "←",
    "left_square_bracket": "[",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "question_mark": "?",
    "right": "→",
    "right_square_bracket": "]",
    "slash": "/",
    "up": "↑",
}
_NUMBERED = re.compile(r"^(.*-)([1-9])$")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: the keys as they are drawn, what they do, and the id under which they are remapped."""

    keys: str
    does: str
    id: str


def bindings() -> Iterator[Binding]:
    """Every binding that has an id, each once, in the order in which the modules and classes name them."""
    seen: set[str] = set()
    for module in (app, *_modules(screens), *_modules(widgets)):
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, DOMNode) and kind.__module__ == module.__name__:
                for binding in vars(kind).get("BINDINGS", ()):
                    if isinstance(binding, Binding) and binding.id and binding.id not in seen:
                        seen.add(binding.id)
                        yield binding


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def shown(binding: Binding) -> str:
    """The keys of a binding as a reader knows them."""
    keys = (SHOWN.get(key, key.replace("ctrl+", "^")) for key in binding.key.split(","))
    return " ".join(f"`{cell(key)}`" for key in keys)


def rows(prefixes: tuple[str, ...]) -> list[Row]:
    """The bindings whose id begins so; those that differ in a number alone share a line."""
    found: list[Row] = []
    for prefix in prefixes:
        for binding in bindings():
            name = str(binding.id)
            if name.partition(".")[0] != prefix:
                continue
            numbered = _NUMBERED.match(name)
            if numbered and numbered[2] != "1":
                continue
            if numbered:
                does = "a choice, by its number" if binding.tooltip == "choice 1" else binding.tooltip
                found.append(Row("`1` to `9`", does, name))
            else:
                found.append(Row(shown(binding), binding.tooltip, name))
    return found


def keys() -> str:
    """The page."""
    lines = [
        "# Keys",
        "",
        *prose(
            "Every key of the screens, what it does, and its id. `?` shows the same for where you are, and the foot of "
            "every screen the few that matter there. `^p` is the palette: it finds screens, tabs, items and themes by "
            "name, and pauses or resumes a mission. The mouse works and is never needed."
        ),
        "",
        *prose(
            "Another key for an id goes into [config.toml](configuration.md) and holds from the next start. Textual's "
            "names of keys are used: `ctrl+d`, `full_stop`, `pagedown`; several are separated by commas."
        ),
        "",
        "```toml",
        "[screen]",
        'keys = { "app.spend" = "S", "bridge.rank" = "r" }',
        "```",
    ]
    placed = {prefix for _title, _about, prefixes in GROUPS for prefix in prefixes}
    others = dict.fromkeys(name for b in bindings() if (name := str(b.id).partition(".")[0]) not in placed)
    more = (("More", "", tuple(others)),) if others else ()
    for title, about, prefixes in (*GROUPS, *more):
        lines += ["", f"## {title}", ""]
        lines += [about, ""] if about else []
        lines += ["| key | does | id |", "|---|---|---|"]
        lines += [f"| {row.keys} | {cell(row.does)} | `{row.id}` |" for row in rows(prefixes)]
    return page(*lines)
