"""What the tests of the ledger share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.ledger.stores import STORES, Ledger


@pytest.fixture(params=sorted(STORES))
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    """A ledger of each kind in turn."""
    one = Ledger(STORES[request.param](tmp_path))
    yield one
    await one.close()


@pytest.fixture
async def file_ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    """A ledger in a file, its stores threaded."""
    one = Ledger(STORES["sqlite-threaded"](tmp_path))
    yield one
    await one.close()
