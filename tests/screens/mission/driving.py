"""Opens the mission's screen, reads what it shows and what it gave to the inbox."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from textual.pilot import Pilot

from cockpit.app import CockpitApp
from cockpit.screens.mission.dialog import ReasonDialog
from cockpit.screens.mission.screen import MissionScreen
from engine.home import Home
from tests.screens.samples_mission import SLUG
from widgets.palette import plain_text
from widgets.panel import Panel

WIDE = (160, 45)


async def opened(pilot: Pilot[int], tab: str = "board") -> MissionScreen:
    """The mission's screen at a tab."""
    app = pilot.app
    assert isinstance(app, CockpitApp)
    await pilot.pause()
    app.open_mission(SLUG, tab)
    await pilot.pause()
    await pilot.pause()
    assert isinstance(app.screen, MissionScreen)
    return app.screen


def text(screen: Any, selector: str) -> str:
    """What a panel shows."""
    panel = screen.query_one(selector, Panel)
    return plain_text(panel._paint(panel.size.width, panel.size.height))


def inbox(home: Home) -> list[tuple[str, str, dict[str, Any]]]:
    """Commands that were given: kind, mission, body."""
    with closing(sqlite3.connect(home.ledger)) as conn:
        rows = conn.execute("SELECT kind, mission, body FROM inbox ORDER BY rowid").fetchall()
    return [(kind, mission, json.loads(body)) for kind, mission, body in rows]


async def ask(pilot: Pilot[int], key: str, *, arm_s: float = 0.0) -> ReasonDialog:
    """The dialog after a key; armed at once unless told otherwise."""
    await pilot.press("j", "j", key)
    await pilot.pause()
    dialog = pilot.app.screen
    assert isinstance(dialog, ReasonDialog)
    dialog._arm_s = arm_s
    if not arm_s:
        dialog._arm()
    return dialog
