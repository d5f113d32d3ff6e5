"""A stage of its own for every test, cleared whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stage import Hurried, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A home without a ledger, and an end for everything that runs in it."""
    stage = Stage(tmp_path)
    try:
        yield stage
    finally:
        stage.close()


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[Hurried]:
    """The same, with an engine whose clocks run ahead when it is told so."""
    stage = Hurried(tmp_path)
    try:
        yield stage
    finally:
        stage.close()
