"""Times are told in UTC, and the sample mission has a home."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.home import Home
from tests.screens.samples_mission import gtm


@pytest.fixture(autouse=True)
def _zone(utc: None) -> None:
    """As every test of the screens may ask for; here all do."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A ledger with the sample mission, and no engine."""
    return gtm().write(tmp_path / "home", alive=False)
