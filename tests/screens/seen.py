"""What an application shows, as text and as styles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from rich.style import Style
from textual.pilot import Pilot

from cockpit.app import CockpitApp

PATIENCE_S = 10.0


def rows(app: CockpitApp) -> list[str]:
    """Every row of the screen, as it goes to the terminal."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def text(app: CockpitApp) -> str:
    """The whole screen."""
    return "\n".join(row.rstrip() for row in rows(app))


def styles(app: CockpitApp) -> set[Style]:
    """Every style that is on the screen."""
    strips = app.screen._compositor.render_strips()
    return {segment.style for strip in strips for segment in strip if segment.style is not None}


async def until(pilot: Pilot[Any], holds: Callable[[], bool]) -> None:
    """Go on until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await pilot.pause(0.02)
