"""Options of the whole suite."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--thorough` plays many more seeds and every crash point."""
    parser.addoption("--thorough", action="store_true", help="many more seeds, every crash point")


def pytest_configure(config: pytest.Config) -> None:
    """The marker of tests that take minutes; and examples that are the same in every run, but for a thorough one."""
    config.addinivalue_line("markers", "thorough: collected with --thorough alone")
    settings.register_profile("suite", deadline=None, derandomize=True)
    settings.register_profile("thorough", deadline=None, max_examples=1000)
    settings.load_profile("thorough" if config.getoption("--thorough") else "suite")
    gc.disable()  # of what is collected now nothing is garbage


def pytest_collection_finish(session: pytest.Session) -> None:
    """Eight thousand tests and their modules stay until the end: nobody looks through them for garbage."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless it is asked for."""
    if not config.getoption("--thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
