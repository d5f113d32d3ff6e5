"""Every test has a home of its own and no decision token from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.home import Home
from tests.cockpit.ledger import Ledger, home_at


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("COCKPIT_DECISION_TOKEN", "COCKPIT_ATTEMPT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COCKPIT_HOME", str(tmp_path / "home"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with an empty ledger, the one that COCKPIT_HOME names."""
    return home_at(tmp_path / "home")


@pytest.fixture
def ledger(home: Home) -> Ledger:
    """Its ledger, to be filled."""
    return Ledger(home)
