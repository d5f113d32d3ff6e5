"""What every test of the screens may ask for: a frozen zone, the sample ledgers, and the comparison with baselines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.home import Home
from tests.screens import samples
from tests.screens.snapshots import looks_the_same
from tests.screens.world import World, living

__all__ = ["looks_the_same"]


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine is in UTC, its terminal shows colours and UTF-8."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COCKPIT_ASCII", raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with the three missions of the pictures, and an engine that seems to live. Nobody writes to it."""
    home = samples.three().write(tmp_path_factory.mktemp("three") / "home", beat=samples.NOW)
    with living(home):
        yield home


@pytest.fixture
def fabricate(tmp_path: Path) -> Callable[[World], Home]:
    """Makes a home from a world, without an engine."""
    return lambda world: world.write(tmp_path / "made", alive=False)
