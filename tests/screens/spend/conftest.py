"""Times are told in UTC, and the account of the picture has a home."""

from __future__ import annotations

import pytest

from engine.home import Home
from tests.screens import samples_spend


@pytest.fixture(autouse=True)
def _zone(utc: None) -> None:
    """As every test of the screens may ask for; here all do."""


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A ledger with 1 241 charges, and no engine. Nobody writes to it."""
    return samples_spend.gtm().write(tmp_path_factory.mktemp("account") / "home", alive=False)
