"""Why something is as it is: what `cockpit why ID` says, asked of a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from cockpit.cli import background
from cockpit.screens.mission.sheet import Sheet, Text, plain
from cockpit.screens.words import safe
from engine.home import Home
from widgets.ink import Line, Run, wrap

PATIENCE_S = 20.0
MOST = 1 << 20
"""Bytes of an answer that are looked at."""


async def ask(
    home: Home, subject: str, *, command: Sequence[str] | None = None, always: bool = False
) -> tuple[bool, str]:
    """Whether there is an answer, and the answer or what stands in its way; never longer than `MOST` bytes. `always`:
    what was printed is the answer, whatever the command ends with.
    """
    arguments = command or background.command(home, "why", subject)
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**background.environment(home), "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
    )
    try:
        told, complaint = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except TimeoutError:
        return False, f"no answer within {PATIENCE_S:.0f} s"
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode and not (always and told):
        return False, complaint[:MOST].decode("utf-8", "replace").strip() or f"ended with {process.returncode}"
    return True, told[:MOST].decode("utf-8", "replace")


def answer(text: str) -> Text:
    """The lines of an answer; what others wrote in it stays behind its gutter when it is wrapped."""

    def lines(columns: int) -> list[Line]:
        out: list[Line] = []
        for line in text.rstrip("\n").split("\n"):
            shown = safe(line)
            foreign = shown.startswith("│")
            body = shown.removeprefix("│").removeprefix(" ") if foreign else shown
            lead = "│ " if foreign else ""
            for place, part in enumerate(wrap(body, max(columns - 2, 8))):
                indent = "" if foreign or not place else "  "
                out.append((Run(lead, "muted"), Run(f"{indent}{part}", "muted" if foreign else "text")))
        return out

    return lines


class WhySheet(Sheet):
    """Asks when it is opened, and shows the answer."""

    def __init__(self, home: Home, subject: str, name: str) -> None:
        super().__init__(
            (Run("why ", "muted"), Run(safe(name), "bright", bold=True), Run(f"   {safe(subject)}", "muted")),
            plain("asking …"),
        )
        self._home, self._subject = home, subject

    def on_mount(self) -> None:
        """Ask."""
        super().on_mount()
        self.run_worker(self._ask(), exit_on_error=False)

    async def _ask(self) -> None:
        try:
            _fine, text = await ask(self._home, self._subject)
        except OSError as error:
            text = f"cannot be asked: {error.strerror or 'no process can be started'}"
        if self.is_mounted:
            self.say(answer(text))
