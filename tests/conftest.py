"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--thorough` plays many more seeds and every crash point."""
    parser.addoption("--thorough", action="store_true", help="many more seeds, every crash point")
