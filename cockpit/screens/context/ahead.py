"""What the next attempt of a task would receive: asked of a process of its own, kept until the mission moves on."""

from __future__ import annotations

import asyncio
import json

from cockpit.cli.background import command
from cockpit.screens.context.package import Package
from cockpit.screens.mission.why import ask
from engine.home import Home


class Ahead:
    """The answers so far, by task: as of which event, and the package or why it cannot be told."""

    def __init__(self, home: Home, mission: str) -> None:
        self._home, self._mission = home, mission
        self._known: dict[str, tuple[int, Package | str]] = {}
        self.asking = False
        self._task: asyncio.Task[object] | None = None

    def package(self, task: str) -> Package | None:
        """The last package that was told; None before the first, or where there is none."""
        found = self._known.get(task, (0, ""))[1]
        return found if isinstance(found, Package) else None

    def trouble(self, task: str) -> str:
        """Why it could not be told; empty mostly."""
        found = self._known.get(task, (0, ""))[1]
        return found if isinstance(found, str) else ""

    def height(self, task: str) -> int | None:
        """The event up to which the answer holds; None before there is one."""
        return self._known[task][0] if task in self._known else None

    async def ask(self, task: str, height: int) -> None:
        """Ask now; `height` is the mission's newest event. Never raises for what the other process does."""
        words = ("context", self._mission, task, "--next", "--json")
        self.asking, self._task = True, asyncio.current_task()
        try:
            good, told = await ask(self._home, task, command=command(self._home, *words))
            found: Package | str = Package.of(json.loads(told)) if good else (told.splitlines() or ["no answer"])[0]
        except (OSError, ValueError, AttributeError) as error:
            found = f"what it would get cannot be told ({type(error).__name__})"
        finally:
            self.asking = False
        self._known[task] = (height, found)

    async def end(self) -> None:
        """Give up what is being asked, and wait until its process is gone."""
        task = self._task
        if task is not None and not task.done():
            if not task.cancelling():
                task.cancel()
            await asyncio.wait({task})
            await asyncio.sleep(0)  # its pipes close on the loop's next turn
