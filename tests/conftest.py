"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--thorough` plays many more seeds and every crash point."""
    parser.addoption("--thorough", action="store_true", help="many more seeds, every crash point")


def pytest_configure(config: pytest.Config) -> None:
    """The marker of tests that take minutes."""
    config.addinivalue_line("markers", "thorough: collected with --thorough alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless it is asked for."""
    if not config.getoption("--thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
