"""A rehearsal under way beside the screen: a process of its own, its progress, and its forecast as lines.

`early` has it tell what it has so far, `cancel` has it end without a word.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit.cli import background
from cockpit.cli.forecast import rows
from cockpit.screens.words import safe
from engine.home import Home
from widgets.ink import Line, Run, fit, wrap
from widgets.listing import Entry
from widgets.marks import bar

Json = Mapping[str, Any]
BAR = 20
"""Columns of the bar that shows how far it is."""
BRIEF_S, WHOLE_S = 3.0, 10.0
"""Seconds of a forecast before a start, and of one that is asked for."""
MOST = 1 << 22
"""Bytes of a forecast that are read."""
_VOICES = frozenset({"bright", "text", "muted", "past", "needs-you", "wrong"})
"""Nothing is green in a forecast: nothing of it has happened."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast of a contract's file as it was then; `trouble` where there is none."""

    file: Path
    told: Json | None = None
    trouble: str = ""

    def lines(self, columns: int) -> list[Line]:
        """All of it, as lines."""
        if self.told is None:
            return [(Run(part, "wrong"),) for part in wrap(safe(self.trouble), max(columns, 8))]
        out: list[Line] = []
        for row in rows(dict(self.told), max(columns, 30)):
            pieces = tuple(Run(piece.text, piece.voice if piece.voice in _VOICES else "text") for piece in row)  # type: ignore[arg-type]
            out.append(fit(pieces, columns))
        return out


class Rehearsing:
    """One rehearsal. `moved` is called whenever its progress has changed."""

    def __init__(self, home: Home, file: Path, seconds: float, moved: Callable[[], None]) -> None:
        self._home, self._file, self._seconds, self._moved = home, file, seconds, moved
        self._process: asyncio.subprocess.Process | None = None
        self._done, self._left = 0, seconds
        self.cancelled = False

    def progress(self) -> Line:
        """`━━━━━────  12 histories, 4 s left`."""
        part = int((self._seconds - self._left) * 1000)
        noun = "history" if self._done == 1 else "histories"
        words = f"  {self._done} {noun}, {self._left:.0f} s left" if self._done else "  the first history"
        return (*bar(BAR, part, 0, int(self._seconds * 1000)), Run(words, "muted"))

    async def run(self) -> Forecast:
        """Play until its time is over. Never raises for what the process does."""
        words = ("rehearse", str(self._file), "--json", "--progress", "--seconds", f"{self._seconds:g}")
        try:
            process = self._process = await asyncio.create_subprocess_exec(
                *background.command(self._home, *words),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={**background.environment(self._home), "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
                start_new_session=True,  # whatever it starts ends with it
            )
        except OSError as error:
            return Forecast(self._file, None, f"cannot be rehearsed: {error.strerror or 'no process can be started'}")
        try:
            said, complaint = await asyncio.gather(self._answer(process), self._follow(process))
            await process.wait()
        finally:
            self._kill()
        try:
            return Forecast(self._file, json.loads(said))
        except ValueError:
            return Forecast(self._file, None, complaint.strip() or "it ended without a forecast")

    def early(self) -> None:
        """End it with what it has so far."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)

    def cancel(self) -> None:
        """End it; nobody wants to know what it found."""
        self.cancelled = True
        self._kill()

    def _kill(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()

    @staticmethod
    async def _answer(process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        told = bytearray()
        while (part := await process.stdout.read(65_536)) and len(told) < MOST:
            told += part
        return told.decode("utf-8", "replace")

    async def _follow(self, process: asyncio.subprocess.Process) -> str:
        """Take in its progress; what it says besides is a complaint."""
        assert process.stderr is not None
        other: list[str] = []
        while line := (await process.stderr.readline()).decode("utf-8", "replace"):
            done, _, left = line.strip().partition(" ")
            if done.isdecimal() and left.replace(".", "", 1).isdecimal():
                self._done, self._left = int(done), float(left)
                self._moved()
            elif len(other) < 20:
                other.append(line)
        return "".join(other)


def ways(forecast: Forecast | None) -> list[Entry]:
    """What can be done with a forecast."""
    found = [Entry("forecast", ("rehearse it again", "another ten seconds of histories"))]
    if forecast is not None and forecast.told is not None:
        found.insert(0, Entry("start", ("start it", "for real: it spends, and asks you before anything leaves")))
        found.append(
            Entry("rehearse", ("play one through", "a REHEARSED mission beside yours: see where you are asked"))
        )
    return [*found, Entry("edit", ("edit it", "in $EDITOR; it is checked again"))]


def confirming(running: bool) -> list[Entry]:
    """What can be said before a start."""
    about = (
        "without waiting for the forecast" if running else "for real: it spends, and asks you before anything leaves"
    )
    return [Entry("yes", ("start it", about)), Entry("forecast", ("rehearse it", "the whole forecast first"))]
