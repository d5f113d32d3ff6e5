"""`N`: a mission from a template or a file, step by step; nothing begins before it is sound and chosen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cockpit.app import CockpitApp
from cockpit.cli import steer
from cockpit.screens.mission.screen import MissionScreen
from cockpit.screens.new.checked import Checked, report, templates
from cockpit.screens.new.rehearsing import Forecast, Rehearsing
from cockpit.screens.new.screen import NewMission
from engine.errors import SaysNoError
from engine.home import Home
from tests.screens.mission.test_sizes import WIDTHS, sound
from tests.screens.samples_forecast import sample
from tests.screens.samples_mission import HOSTILE, SLUG, gtm
from tests.screens.seen import text, until
from tests.screens.stage import ODD_SIZES, cockpit


@pytest.fixture(autouse=True)
def rehearsed(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A rehearsal is over at once; one test has a process of its own."""

    async def run(one: Rehearsing) -> Forecast:
        return Forecast(one._file, sample())

    if "process" not in request.node.name:
        monkeypatch.setattr(Rehearsing, "run", run)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A ledger with a mission."""
    return gtm().write(tmp_path / "home", alive=False)


async def opened(pilot: Pilot[Any]) -> NewMission:
    await pilot.pause()
    await pilot.press("N")
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, NewMission)
    return screen


async def placed(pilot: Pilot[Any], file: Path, *, template: bool = True) -> NewMission:
    """The file is chosen and checked."""
    screen = await opened(pilot)
    await pilot.press(*([] if template else ["end"]), "enter")
    await pilot.pause()
    screen.query_one(Input).value = str(file)
    await pilot.press("enter")
    await until(pilot, lambda: screen.step == "check")
    return screen


async def sound_one(pilot: Pilot[Any], file: Path) -> NewMission:
    """A file that was checked and is sound, without a process that checks it."""
    screen = await opened(pilot)
    screen._checked = Checked(file, {"errors": [], "warnings": [], "coverage": {"clauses": []}})
    screen._to("check")
    await pilot.pause()
    return screen


async def test_a_template_is_written_checked_and_rehearsed_on_a_key(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[Path, bool]] = []

    def begin(_home: Home, file: Path, _who: object, *, rehearse: bool, start_engine: bool) -> str:
        begun.append((file, rehearse))
        return SLUG

    monkeypatch.setattr(steer, "begin", begin)
    file = tmp_path / "mine.mission.yaml"
    async with cockpit(home).run_test(size=(120, 40)) as pilot:
        screen = await placed(pilot, file)
        assert file.exists()
        assert screen.checked is not None
        assert screen.checked.sound
        await until(pilot, lambda: "enforced" in text(_app(pilot)))
        assert begun == []
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MissionScreen))
    assert begun == [(file, True)]


async def test_what_is_wrong_is_said_with_its_place_and_nothing_can_be_started(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("mission: x\nbudget: {money: lots}\n", "utf-8")
    async with cockpit(home).run_test(size=(120, 40)) as pilot:
        screen = await placed(pilot, file, template=False)
        assert [entry.id for entry in screen.ways.entries] == ["edit", "again"]
        await until(pilot, lambda: '"lots" is not an amount' in text(_app(pilot)))


async def test_a_refusal_is_told_and_the_step_stays(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(*_given: object, **_more: object) -> str:
        raise SaysNoError("", "the engine said no", "ask again")

    told: list[str] = []
    monkeypatch.setattr(steer, "begin", begin)
    monkeypatch.setattr(CockpitApp, "say", lambda _app, words, **_more: told.append(words))
    async with cockpit(home).run_test(size=(120, 40)) as pilot:
        screen = await sound_one(pilot, tmp_path / "m.yaml")
        await pilot.press("j", "j", "enter")
        await until(pilot, lambda: screen.step == "confirm" and screen.forecast is not None)
        await until(pilot, lambda: "forecast: $0.32 to $0.55" in text(_app(pilot)))
        await pilot.press("enter")
        await until(pilot, lambda: bool(told))
        assert "the engine said no" in told[0]
        assert pilot.app.screen is screen
        assert screen.step == "confirm"


async def test_a_rehearsal_shows_its_progress_and_its_forecast_and_nothing_has_begun(
    home: Home, tmp_path: Path
) -> None:
    async with cockpit(home).run_test(size=(120, 40)) as pilot:
        screen = await sound_one(pilot, tmp_path / "m.yaml")
        await pilot.press("enter")
        await until(pilot, lambda: screen.step == "forecast" and screen.forecast is not None)
        await until(pilot, lambda: "cold-email" in text(_app(pilot)))
        assert [entry.id for entry in screen.ways.entries] == ["start", "forecast", "rehearse", "edit"]
        await pilot.press("escape")
        await until(pilot, lambda: screen.step == "check")
        assert screen.ways.entries[0].id == "forecast"


async def test_a_rehearsal_that_is_not_wanted_any_more_is_ended(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    async def endless(_one: Rehearsing) -> Forecast:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(Rehearsing, "run", endless)
    monkeypatch.setattr(Rehearsing, "early", lambda _one: ended.append("early"))
    monkeypatch.setattr(Rehearsing, "cancel", lambda _one: ended.append("cancelled"))
    async with cockpit(home).run_test(size=(80, 24)) as pilot:
        screen = await sound_one(pilot, tmp_path / "m.yaml")
        await pilot.press("enter")
        await until(pilot, lambda: screen.step == "forecast")
        assert "the first history" in text(_app(pilot))
        await pilot.press("escape")
        assert ended == ["early"]
        assert screen.step == "forecast"
    assert "cancelled" in ended


async def test_a_process_that_says_nothing_useful_is_told(home: Home, tmp_path: Path) -> None:
    found = await Rehearsing(home, tmp_path / "none.yaml", 1.0, lambda: None).run()
    assert found.told is None
    assert "none.yaml" in found.trouble


async def test_back_goes_step_by_step_and_makes_nothing(home: Home, tmp_path: Path) -> None:
    async with cockpit(home).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert [entry.id for entry in screen.ways.entries] == [*(f"template:{name}" for name, _ in templates()), "file"]
        await pilot.press("enter")
        await pilot.pause()
        assert screen.step == "place"
        await pilot.press("escape")
        await pilot.pause()
        assert screen.step == "choose"
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, NewMission)
    assert list(tmp_path.glob("*.yaml")) == []


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_report_fits_any_width_with_hostile_words(columns: int) -> None:
    one = {"line": 3, "column": 9, "path": HOSTILE[1], "message": HOSTILE[0], "hint": HOSTILE[2]}
    clause = {"clause": HOSTILE[5], "coverage": "advisory", "by": HOSTILE[3], "teeth": HOSTILE[4]}
    told = {"errors": [one], "warnings": [one], "coverage": {"enforced": 1, "clauses": [clause]}}
    if columns >= 20:
        sound(report(Checked(Path("x"), told), columns), columns)
        sound(report(Checked(Path("x"), {}, "\n".join(HOSTILE)), columns), columns)


@pytest.mark.parametrize("size", ODD_SIZES)
async def test_it_is_alive_at_every_size(home: Home, size: tuple[int, int]) -> None:
    async with cockpit(home).run_test(size=size) as pilot:
        screen = await opened(pilot)
        await pilot.press("j", "k")
        await pilot.pause()
        assert pilot.app.screen is screen


def _app(pilot: Pilot[Any]) -> CockpitApp:
    assert isinstance(pilot.app, CockpitApp)
    return pilot.app


async def test_a_mission_in_plain_words_becomes_a_contract_beside_it(home: Home, tmp_path: Path) -> None:
    said = tmp_path / "essay.txt"
    said.write_text("Target: one page about our rivals\nBudget: $5, two days\nAllowed: research\nMood: calm\n", "utf-8")
    async with cockpit(home).run_test(size=(120, 40)) as pilot:
        screen = await placed(pilot, said, template=False)
        assert screen.checked is not None
        assert screen.checked.file == tmp_path / "essay.mission.yaml"
        assert screen.checked.sound
        assert "money: 5 USD" in screen.checked.file.read_text("utf-8")
        await until(pilot, lambda: "1 left as prose" in text(_app(pilot)))
