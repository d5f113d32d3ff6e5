"""What `cockpit check` says of a file, and what can be done with it then. Pure, but for asking."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cockpit.cli.background import command
from cockpit.screens.mission.why import ask
from cockpit.screens.words import safe
from engine.home import Home
from widgets.ink import BLANK, Line, Run, fit, wrap
from widgets.listing import Entry, Shown

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """A contract file as it was checked; `trouble` where it could not even be."""

    file: Path
    told: Json = field(default_factory=dict)
    trouble: str = ""

    @property
    def sound(self) -> bool:
        """Whether a mission can begin with it."""
        return bool(self.told) and not self.told["errors"]

    def counts(self) -> str:
        """`11 enforced · 3 checked · 2 advisory`."""
        found = self.told.get("coverage", {})
        return " · ".join(f"{found.get(kind, 0)} {kind}" for kind in ("enforced", "checked", "advisory"))


async def check(home: Home, file: Path) -> Checked:
    """Ask a process of its own. Never raises for what that does."""
    try:
        _fine, said = await ask(home, str(file), command=command(home, "check", str(file), "--json"), always=True)
        return Checked(file, json.loads(said)) if said.startswith("{") else Checked(file, {}, said)
    except (OSError, ValueError) as error:
        return Checked(file, {}, f"it cannot be checked ({type(error).__name__})")


def templates() -> list[tuple[str, str]]:
    """Every template with what it is for."""
    from engine.contract.load import load
    from engine.contract.template import names, text

    found = []
    for name in names():
        contract = load(text(name), name).contract
        found.append((name, contract.mission if contract is not None else ""))
    return found


def choices(known: Sequence[tuple[str, str]]) -> list[Entry]:
    """What a mission may begin from."""
    rows = [Entry(f"template:{name}", (name, about)) for name, about in known]
    return [*rows, Entry("file", ("a file of yours", "a contract, or plain words (.txt, .md)"))]


def actions(checked: Checked) -> list[Entry]:
    """What can be done with a checked file, then everything that is wrong with it, then what nothing enforces."""
    found: list[Entry] = []
    if checked.sound:
        found += [
            Entry("forecast", ("rehearse it", "many histories on a virtual clock: what it costs, how it ends")),
            Entry("rehearse", ("play one through", "a REHEARSED mission beside yours: see where you are asked")),
            Entry("start", ("start it", "for real: it spends, and asks you before anything leaves")),
        ]
    found += [
        Entry("edit", ("edit it", "in $EDITOR; it is checked again")),
        Entry("again", ("check it again", "after you changed it elsewhere")),
    ]
    return found


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One way to go."""
    name, about = entry.body
    voice = "bright" if shown.selected else "text"
    head = Run(f"{safe(name)[:18]:20}", voice, shown.selected)  # type: ignore[arg-type]
    return [fit((head, Run(safe(about), "muted")), shown.columns)]


def report(checked: Checked, columns: int) -> list[Line]:
    """What is wrong, where, and how to mend it; then the coverage, and what would give advisory clauses teeth."""
    if checked.trouble:
        told = [part for line in checked.trouble.splitlines() for part in wrap(safe(line), columns)]
        return [fit((Run(part, "wrong"),), columns) for part in told]
    lines: list[Line] = []
    for kind, voice in (("errors", "wrong"), ("warnings", "text")):
        for one in checked.told[kind]:
            place = f"{one['line']}:{one['column']}"
            parts = wrap(safe(f"{one['path']}: {one['message']}; {one['hint']}"), max(columns - 9, 8))
            lines += [
                (Run(f"{place if number == 0 else '':>7}  ", "muted"), Run(part, voice))  # type: ignore[arg-type]
                for number, part in enumerate(parts)
            ]
    if lines:
        lines.append(BLANK)
    if "coverage" in checked.told:
        lines.append(fit((Run(checked.counts(), "bright", bold=True),), columns))
        for clause in checked.told["coverage"]["clauses"]:
            if clause["coverage"] == "advisory":
                words = f"{clause['clause']}: {clause['by']}; {clause['teeth']}"
                parts = wrap(safe(words), max(columns - 2, 8))
                lines += [(Run("○ " if number == 0 else "  ", "muted"), Run(part)) for number, part in enumerate(parts)]
    return lines
