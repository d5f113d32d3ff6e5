"""`e` on the contract: a copy goes to `$EDITOR`; what comes back is shown with all that follows, then asked about.

What would change is asked of a process of its own, `cockpit amend --dry-run`, and bound to the digest that it names.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from cockpit.cli.background import command
from cockpit.cli.inbox import Order, nonce
from cockpit.screens.mission.contract_read import Reading
from cockpit.screens.mission.sheet import Sheet
from cockpit.screens.mission.why import ask
from cockpit.screens.words import safe
from engine.home import Home
from widgets.ink import BLANK, Line, Run, wrap

_ON_TOP = "# amended in the queue since this file, and undone by it where it says otherwise:"


class Proposed(NamedTuple):
    """A contract that somebody wrote, and what `cockpit amend --dry-run` says of it."""

    mission: str
    text: str
    told: Mapping[str, Any]

    @property
    def code(self) -> str:
        """What is typed to confirm it."""
        return str(self.told["digest"])[:4]

    @property
    def revs(self) -> tuple[int, int]:
        """The revision in force, and the one it would be."""
        return int(self.told["rev"]["before"]), int(self.told["rev"]["after"])

    def grave(self) -> list[str]:
        """What ends, is lost or has to be decided again."""
        return [str(one["text"]) for one in self.told["consequences"] if one["grave"]]

    def order(self) -> Order:
        """The command that makes it so."""
        content = self.text.encode("utf-8", "replace")
        sha, digest = hashlib.sha256(content).hexdigest(), str(self.told["digest"])
        body = {"source": sha, "name": f"{self.mission}.mission.yaml", "inputs": {}, "digest": digest, "because": ""}
        return Order(f"amend:{self.mission}:{digest}:{nonce()}", "amend", self.mission, body, {sha: content})


def copy_of(reading: Reading) -> str:
    """What the editor is given: the file, and above it what the queue amended since."""
    if not reading.on_top:
        return reading.text
    notes = [f"#   {path}: {after or 'removed'}" for one in reading.on_top for path, _before, after in one.changes]
    return "\n".join([_ON_TOP, *notes, reading.text])


async def examine(home: Home, mission: str, text: str) -> Proposed | list[str]:
    """What a text would change as a mission's contract, or what is wrong with it, line by line."""
    descriptor, name = tempfile.mkstemp(prefix=f"{mission}-", suffix=".yaml", dir=home.root)  # 0600 from the first byte
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        words = ("amend", mission, name, "--dry-run", "--json")
        fine, said = await ask(home, mission, command=command(home, *words))
        if not fine:
            own = f"{mission}.mission.yaml"
            return [line.replace(name, own).replace(Path(name).name, own) for line in said.splitlines()]
        return Proposed(mission, text, json.loads(said))
    except (OSError, ValueError) as error:
        return [f"what it would change cannot be told ({type(error).__name__})"]
    finally:
        with suppress(OSError):
            Path(name).unlink()


def preview(made: Proposed, columns: int) -> list[Line]:
    """What changes and what follows."""
    lines: list[Line] = [(Run("changes", "muted", bold=True),)]
    for change in made.told["changes"]:
        lines.append((Run(f"  {safe(change['path'])}", "text"),))
        sides = f"{safe(change['before']) or '—'}  →  {safe(change['after']) or '—'}"
        lines += [(Run(f"      {part}", "bright"),) for part in wrap(sides, max(columns - 6, 8))]
    lines += [BLANK, (Run("follows", "muted", bold=True),)]
    for one in made.told["consequences"]:
        parts = wrap(safe(one["text"]), max(columns - 4, 8))
        mark = Run("  ! ", "bright", bold=True) if one["grave"] else Run("  · ", "muted")
        lines.append((mark, Run(parts[0], "bright" if one["grave"] else "text")))
        lines += [(Run(f"    {part}", "text"),) for part in parts[1:]]
    if not made.told["consequences"]:
        lines.append((Run("  nothing else", "muted"),))
    for warning in made.told["warnings"]:
        lines += [BLANK, *((Run(part, "muted"),) for part in wrap(safe(warning), max(columns, 8)))]
    return lines


def wrong(errors: Sequence[str], columns: int) -> list[Line]:
    """What is wrong with what was written."""
    lines: list[Line] = [(Run("what you wrote is kept: e goes on with it", "muted"),), BLANK]
    for error in errors:
        lines += [(Run(part, "text"),) for part in wrap(safe(error), max(columns, 8))]
    return lines


class Preview(Sheet):
    """What an amendment changes and what follows; `enter` goes on to its code."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "go on", show=False, id="amend.go-on", tooltip="go on to the code", priority=True),
        Binding("escape,q", "close", "cancel", show=False, id="amend.cancel", tooltip="nothing changes"),
    ]

    KEYS = (("j k", "line"), ("⏎", "go on to the code"), ("esc", "nothing changes"))

    def __init__(self, made: Proposed, then: Callable[[], None]) -> None:
        before, after = made.revs
        title: Line = (
            Run(f"amend {safe(made.mission)}", "bright", bold=True),
            Run(f"   rev {before} → rev {after}", "muted"),
        )
        super().__init__(title, lambda columns: preview(made, columns))
        self._then = then

    def action_go_on(self) -> None:
        """To the code."""
        self.dismiss()
        self._then()
