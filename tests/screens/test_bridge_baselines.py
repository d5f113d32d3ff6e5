"""The bridge and the help as pictures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.home import Home
from tests.screens import extremes
from tests.screens.snapshots import Check
from tests.screens.stage import SIZES, cockpit
from tests.screens.world import World


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_bridge(three: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    await looks_the_same(cockpit(three), size)


@pytest.mark.parametrize("theme", ["light", "high-contrast"])
async def test_the_bridge_in_other_themes(three: Home, looks_the_same: Check, theme: str) -> None:
    await looks_the_same(cockpit(three, theme), (120, 40))


async def test_a_lit_mission(three: Home, looks_the_same: Check) -> None:
    await looks_the_same(cockpit(three), (160, 45), ["tab", "tab"])


@pytest.mark.parametrize("size", [(160, 45), (80, 24)], ids=["160x45", "80x24"])
@pytest.mark.parametrize("name", ["one", "nine", "crowd", "odd", "nothing"])
async def test_the_bridge_at_its_edges(
    fabricate: Callable[[World], Home], looks_the_same: Check, name: str, size: tuple[int, int]
) -> None:
    world = World() if name == "nothing" else getattr(extremes, name)()
    await looks_the_same(cockpit(fabricate(world)), size)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_the_help(three: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    await looks_the_same(cockpit(three), size, ["question_mark"])
