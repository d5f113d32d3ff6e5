"""An application over a fabricated ledger, frozen in time."""

from __future__ import annotations

from pathlib import Path

from cockpit.app import CockpitApp
from cockpit.cli.authority import Author
from cockpit.preferences import Preferences
from engine.home import Home
from tests.screens.samples import NOW

SIZES = ((160, 45), (120, 40), (80, 24), (40, 12))
"""The sizes that the design names."""
ODD_SIZES = (*SIZES, (20, 6), (60, 16), (59, 15), (100, 30), (200, 60), (300, 100))
UTF8 = {"LANG": "C.UTF-8"}


def cockpit(
    home: Home | Path, theme: str = "dark", environ: dict[str, str] | None = None, *, now: int = NOW
) -> CockpitApp:
    """The application: no engine is started, and it is `now`."""
    place = home if isinstance(home, Home) else Home.at(home)
    return CockpitApp(
        place,
        Author("human:you", False),
        clock=lambda: now,
        preferences=Preferences(theme=theme),
        environ=UTF8 if environ is None else {**UTF8, **environ},
    )
