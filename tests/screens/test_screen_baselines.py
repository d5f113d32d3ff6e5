"""The other screens as pictures, each over the sample ledger that it was drawn for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cockpit.screens.mission import receipt_pane
from cockpit.screens.mission.amending import Preview, Proposed
from cockpit.screens.new.checked import Checked
from cockpit.screens.new.rehearsing import Forecast, Rehearsing
from cockpit.screens.new.screen import NewMission
from engine.home import Home
from engine.receipt.render import markdown
from tests.cockpit.ledger import Ledger, home_at
from tests.engine.receipt.story import finished
from tests.screens import samples_attention, samples_context, samples_mission, samples_spend, samples_state
from tests.screens.samples_forecast import sample
from tests.screens.seen import text, until
from tests.screens.snapshots import Check
from tests.screens.stage import cockpit

LARGE_AND_SMALL = pytest.mark.parametrize("size", [(160, 45), (80, 24)], ids=["160x45", "80x24"])


@pytest.fixture(scope="session")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The mission of the branches' picture."""
    return samples_mission.gtm().write(tmp_path_factory.mktemp("mission") / "home", alive=False)


@pytest.fixture(scope="session")
def amended(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A mission with what it knows, whose contract was amended."""
    return samples_state.known().write(tmp_path_factory.mktemp("amended") / "home", alive=False)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A mission with real packages."""
    return samples_context.gtm().write(tmp_path_factory.mktemp("packages") / "home", alive=False)


@pytest.fixture(scope="session")
def charges(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A mission with a long account."""
    return samples_spend.gtm().write(tmp_path_factory.mktemp("charges") / "home", alive=False)


@pytest.fixture(scope="session")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A batch of mails that waits for an approval, and three other items."""
    home = home_at(tmp_path_factory.mktemp("batch") / "home")
    ledger = Ledger(home)
    samples_attention.mission(ledger)
    samples_attention.batch(ledger)
    samples_attention.others(ledger)
    return home


@LARGE_AND_SMALL
@pytest.mark.parametrize("tab", ["board", "branches", "log"])
async def test_a_mission(mission: Home, looks_the_same: Check, tab: str, size: tuple[int, int]) -> None:
    turns = {"board": 0, "branches": 1, "log": 7}[tab]
    await looks_the_same(cockpit(mission), size, ["1", *["l"] * turns])


@pytest.fixture(scope="session")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same, but of one branch only its worker says how it does."""
    world = samples_mission.gtm()
    slug = samples_mission.SLUG
    for seen in world.views["branch", f"{slug}/B3"]["evidence"]:
        seen["claimed"] = seen["count"]
    return world.write(tmp_path_factory.mktemp("claimed") / "home", alive=False)


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24), (40, 12)], ids=["160x45", "120x40", "80x24", "40x12"])
async def test_what_is_only_claimed(claimed: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    await looks_the_same(cockpit(claimed), size, ["1", "l"])


ALL_SIZES = pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24)], ids=["160x45", "120x40", "80x24"])


@ALL_SIZES
async def test_what_a_mission_knows(amended: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    await looks_the_same(cockpit(amended), size, ["1", *["l"] * 2, "f", "j", "j"])


@ALL_SIZES
async def test_a_contract(amended: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    await looks_the_same(cockpit(amended), size, ["1", *["l"] * 5, "o"])


@LARGE_AND_SMALL
async def test_what_an_amendment_brings(amended: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    async def previewed(pilot: Pilot[Any]) -> None:
        app = pilot.app
        await app.push_screen(Preview(Proposed("gtm-signal", "", samples_state.AMENDMENT), lambda: None))

    await looks_the_same(cockpit(amended), size, ["1", *["l"] * 5], prepare=previewed)


@LARGE_AND_SMALL
async def test_a_receipt(
    mission: Home, looks_the_same: Check, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(_home: Home, _subject: str, *, command: object) -> tuple[bool, str]:
        return True, markdown(finished().receipt())

    monkeypatch.setattr(receipt_pane, "ask", ask)
    app = cockpit(mission)

    async def computed(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: "as of its event" in text(app))

    await looks_the_same(app, size, ["1", *["l"] * 6], prepare=computed)


@LARGE_AND_SMALL
async def test_the_context_of_an_attempt(packages: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    await looks_the_same(cockpit(packages), size, ["1", *["l"] * 3])


@LARGE_AND_SMALL
async def test_the_spend(charges: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    app = cockpit(charges)

    async def counted(pilot: Pilot[Any]) -> None:
        if size[0] > 100:  # the account is read in pages, and the number of calls stands there when all are
            await until(pilot, lambda: re.search(r"calls +amount", text(app)) is not None)
            await pilot.pause(1.5)  # the sums are painted at most twice a second

    await looks_the_same(app, size, ["1", *["l"] * 4], prepare=counted)


@pytest.mark.parametrize(
    ("size", "back"), [((120, 40), 0), ((80, 24), 2), ((40, 12), 1)], ids=["120x40", "80x24", "40x12"]
)
async def test_waste_and_limits(charges: Home, looks_the_same: Check, size: tuple[int, int], back: int) -> None:
    app = cockpit(charges)

    async def summed(pilot: Pilot[Any]) -> None:
        wanted = ("limits", "money, ") if back == 1 else ("waste", "limits", "money, ")
        await until(pilot, lambda: all(word in text(app) for word in wanted))
        await pilot.pause(1.5)  # the sums are painted at most twice a second

    await looks_the_same(app, size, ["1", *["l"] * 4, "tab", *["G"] * back], prepare=summed)


@LARGE_AND_SMALL
async def test_an_approval(batch: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    await looks_the_same(cockpit(batch, now=samples_attention.NOW), size, ["n"], prepare=armed)


async def armed(pilot: Pilot[Any]) -> None:
    """Until the keys that decide may be pressed."""
    await pilot.pause(1.0)


async def test_the_command_palette(three: Home, looks_the_same: Check) -> None:
    await looks_the_same(cockpit(three), (120, 40), ["ctrl+p", "g", "t", "m"])


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_a_forecast(
    three: Home, looks_the_same: Check, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path("gtm.mission.yaml")
    sound = Checked(file, {"errors": [], "warnings": [], "coverage": {"clauses": []}})

    async def played(_one: Rehearsing) -> Forecast:
        return Forecast(file, sample())

    async def checked(pilot: Pilot[Any]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, NewMission)
        screen._checked = sound
        screen._to("check")
        await pilot.press("enter")
        await until(pilot, lambda: screen.forecast is not None)
        await pilot.pause()

    monkeypatch.setattr(Rehearsing, "run", played)
    await looks_the_same(cockpit(three), size, ["N"], prepare=checked)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_a_new_mission(three: Home, looks_the_same: Check, size: tuple[int, int]) -> None:
    await looks_the_same(cockpit(three), size, ["N", "j"])
