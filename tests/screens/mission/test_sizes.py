"""Nothing breaks the screen: not its size, and not what others wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.client import Happening
from cockpit.compat import HOSTILE as STEERS
from cockpit.screens.mission import board_paint, branch_foot, branches_paint, contract_paint, log_paint, state_paint
from cockpit.screens.mission.board import Board
from cockpit.screens.mission.branch_foot import Known
from cockpit.screens.mission.contract_read import read
from cockpit.screens.mission.screen import MissionScreen
from cockpit.screens.mission.state import KINDS, Curated
from cockpit.screens.mission.tabs import TABS
from cockpit.screens.mission.tree import leaves
from engine.views.models import Progress
from tests.screens.mission.rows import branches, card, items, tasks
from tests.screens.samples import NOW
from tests.screens.samples_mission import HOSTILE, SLUG, hostile
from tests.screens.samples_state import hostile_state
from tests.screens.stage import ODD_SIZES, cockpit
from widgets.ink import Line, width
from widgets.listing import Shown
from widgets.tabs import tab_lines

WIDTHS = (1, 3, 8, 16, 20, 38, 55, 56, 57, 76, 99, 100, 114, 139, 140, 154, 198, 298)


def sound(lines: list[Line], columns: int) -> None:
    """No line is too wide, and nothing in it steers a terminal."""
    for line in lines:
        assert width(line) <= columns, line
        assert not any(STEERS.search(run.text) for run in line), line
        assert not any("\n" in run.text for run in line), line


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_board_fits_any_width_with_hostile_words(columns: int) -> None:
    rows = tasks(hostile())
    notes = {
        row.attempt: Progress(row.attempt, SLUG, HOSTILE[n % 9], 3_100, NOW) for n, row in enumerate(rows.values())
    }
    for roomy in (True, False):
        for entry in Board().entries(rows, notes, NOW, roomy=roomy):
            for selected in (True, False):
                sound(list(board_paint.paint(entry, Shown(columns, selected, True))), columns)
    for row in rows.values():
        sound(
            board_paint.foot(row, "running", notes[row.attempt] if row.attempt else None, items(), NOW, columns, 6),
            columns,
        )


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_branches_fit_any_width_with_hostile_words(columns: int) -> None:
    rows = branches(hostile())
    for fold in (False, True):
        shown, folded = leaves(rows, fold=fold)
        for entry in branches_paint.entries(shown, folded, card(hostile()), frozenset(), NOW, columns):
            sound(list(branches_paint.paint(entry, Shown(columns, True, True))), columns)
    seen = Known({"judge[0]": {"branch.x": HOSTILE[0]}}, [(HOSTILE[1], HOSTILE[2], HOSTILE[3])])
    for row in rows.values():
        steps = [("needs you", nasty) for nasty in HOSTILE]
        if columns >= 100:  # narrower, there is no foot
            sound(branch_foot.foot(row, seen, steps, NOW, columns, 6), columns)


@pytest.mark.parametrize("columns", [38, 60, 76, 88])
def test_sheets_fit_with_hostile_words(columns: int) -> None:
    seen = Known({"judge[0]": {"branch.x": HOSTILE[0]}}, [(HOSTILE[1], HOSTILE[2], HOSTILE[3])])
    for row in branches(hostile()).values():
        sound(branch_foot.sheet(row, seen, [("needs you", HOSTILE[3])], NOW, columns), columns)
    for task in tasks(hostile()).values():
        sound(board_paint.detail(task, "running", None, items(), NOW, columns), columns)
    body = {nasty: [nasty, {nasty: nasty}] for nasty in HOSTILE}
    event = {"seq": 1, "height": 1, "mission": HOSTILE[0], "kind": HOSTILE[1], "version": 1, "at": NOW, "wall": 0,
             "actor": HOSTILE[2], "hash": "", "body": body}  # fmt: skip
    sound(log_paint.event(event, NOW, columns), columns)


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_log_fits_any_width_with_hostile_words(columns: int) -> None:
    lines = [Happening(n, NOW, SLUG, "failed", nasty, nasty) for n, nasty in enumerate(HOSTILE)]
    for entry in log_paint.entries(lines, NOW):
        sound(log_paint.paint(entry, Shown(columns, True, True)), columns)


@pytest.mark.parametrize("columns", WIDTHS)
def test_state_and_contract_fit_any_width_with_hostile_words(columns: int) -> None:
    events = [
        {"seq": seq, "mission": mission, "kind": kind, "body": body, "at": at, "actor": actor}
        for seq, (mission, kind, body, at, actor) in enumerate(hostile_state().events, 1)
        if mission == SLUG
    ]
    curated = Curated(lambda _limit, before: [e for e in events if before is None and e["kind"] in KINDS])
    curated.refresh()
    for entry in state_paint.entries(curated, {}, NOW, past=True):
        sound(state_paint.paint(entry, Shown(columns, True, True)), columns)
        if (known := curated.named(entry.id)) and columns >= 38:
            sound(state_paint.sheet(known, curated, {}, NOW, columns), columns)
    amended = [e for e in events if e["kind"] == "contract.amended"]
    for data in (None, "\n".join(HOSTILE).encode("utf-8", "surrogatepass")):
        reading = read(amended, data)
        sound([contract_paint.answer(reading, columns), contract_paint.notice(reading, columns)], columns)
        for entry in contract_paint.entries(reading, NOW):
            sound(contract_paint.paint(entry, Shown(columns, True, True)), columns)
            if columns >= 38:
                sound(contract_paint.foot(entry, reading, columns, 6), columns)


@pytest.mark.parametrize("columns", WIDTHS)
def test_tabs_are_drawn_at_any_width(columns: int) -> None:
    names = [tab.name for tab in TABS]
    for current in range(len(names)):
        named, below = tab_lines(names, current, columns)
        assert any(run.bold for run in named)
        assert any(run.voice == "accent" for run in below)
        if columns >= 40:
            assert width(below) == columns


@pytest.mark.parametrize("size", ODD_SIZES)
async def test_every_size_is_alive_with_hostile_words(tmp_path: Path, size: tuple[int, int]) -> None:
    home = hostile().write(tmp_path / "home", alive=False)
    async with cockpit(home).run_test(size=size) as pilot:
        await pilot.pause()
        for tab in ("board", "branches", "state", "contract", "log"):
            pilot.app.open_mission(SLUG, tab)  # type: ignore[attr-defined]
            await pilot.pause()
            assert isinstance(pilot.app.screen, MissionScreen)
            await pilot.press("j", "k", "enter")
            await pilot.pause()
            await pilot.press("escape")
            await pilot.pause()
            assert isinstance(pilot.app.screen, MissionScreen)
            strips = pilot.app.screen._compositor.render_strips()
            assert all(strip.cell_length == size[0] for strip in strips)
