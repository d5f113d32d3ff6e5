"""Homes that a real engine left behind, made once and copied for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.home import Home
from tests.durable.living import Living


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("COCKPIT_DECISION_TOKEN", "COCKPIT_ATTEMPT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COCKPIT_HOME", str(tmp_path / "home"))


async def _made(folder: Path, *, until: Callable[[Living, str], bool]) -> Home:
    async with Living(folder / "home") as one:
        slug = await one.begin_template(folder / "contracts", seed=39)
        await one.work(lambda: until(one, slug))
    return one.home


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose rehearsed mission has sent its first mails; nobody may change it."""

    def sent(one: Living, slug: str) -> bool:
        return any(effect.state == "done" for effect in one.state(slug).effects.values())

    return asyncio.run(_made(tmp_path_factory.mktemp("begun"), until=sent))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose rehearsed mission has ended; nobody may change it."""
    return asyncio.run(_made(tmp_path_factory.mktemp("finished"), until=Living.over))


@pytest.fixture
def home(begun: Home, tmp_path: Path) -> Home:
    """A copy of the home with a mission under way, the one that COCKPIT_HOME names."""
    return copied(begun, tmp_path)


def copied(home: Home, folder: Path) -> Home:
    """A copy of a home in a folder."""
    shutil.copytree(home.root, folder / "home", symlinks=True)
    return Home.at(folder / "home")
