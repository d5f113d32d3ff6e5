"""Baselines of screens: SVG in the top-level folder `snapshots/`, what differs in `.received/`.

A run of all tests reports baselines that nobody asked for; `--snapshot-update` then deletes them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input, TextArea

from cockpit.app import CockpitApp

TESTS = Path(__file__).resolve().parents[1]
BASELINES, RECEIVED = TESTS.parent / "snapshots", TESTS.parent / ".received"
PATIENCE_S = 30.0
CALM = 3

Prepare = Callable[[Pilot[Any]], Awaitable[None]]
Check = Callable[..., Awaitable[None]]


class TopLevelSvg(SingleFileSnapshotExtension):
    """One SVG a baseline: tests/screens/test_bridge.py has its own in snapshots/screens/test_bridge/."""

    file_extension = "svg"
    _write_mode = WriteMode.TEXT

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        """The folder of a test's baselines."""
        return str(BASELINES / Path(test_location.filepath).relative_to(TESTS).with_suffix(""))


@pytest.fixture
def looks_the_same(utc: None, snapshot: SnapshotAssertion, request: pytest.FixtureRequest) -> Check:
    """Runs an application at a size, presses keys, and compares what it shows with the test's baseline."""
    baseline = snapshot.use_extension(TopLevelSvg)

    async def check(
        app: CockpitApp, size: tuple[int, int], press: Sequence[str] = (), *, prepare: Prepare | None = None
    ) -> None:
        svg = await picture(app, size, press, prepare)
        if svg != baseline:
            RECEIVED.mkdir(exist_ok=True)
            name = re.sub(r"[^\w.-]+", "_", request.node.nodeid) + ".svg"
            (RECEIVED / name).write_text(svg, encoding="utf-8")
            pytest.fail(f"the screen differs from its baseline; see .received/{name}")

    return check


async def picture(
    app: CockpitApp, size: tuple[int, int], press: Sequence[str] = (), prepare: Prepare | None = None
) -> str:
    """What an application shows at last, as SVG without anything that differs between two runs."""
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        for key in press:
            await pilot.press(key)
            await settled(app, pilot)
        if prepare is not None:
            await prepare(pilot)
        for field in (*app.screen.query(Input), *app.screen.query(TextArea)):
            field.cursor_blink = False
        await settled(app, pilot)
        return re.sub(r"terminal-\d+-", "terminal-", app.export_screenshot(simplify=True))


async def settled(app: CockpitApp, pilot: Pilot[Any]) -> None:
    """Wait until everything is read and `CALM` pictures in a row are the same."""
    before, same, drawn = list[Strip](), 0, 0

    def count() -> None:
        nonlocal drawn
        drawn += 1

    app.post_display_hook = count  # type: ignore[method-assign]
    async with asyncio.timeout(PATIENCE_S):
        while same < CALM:
            known = drawn
            await pilot.pause(0.06)
            still = before and drawn == known  # to draw every picture anew costs most of the time
            now = before if still else app.screen._compositor.render_strips()
            busy = not app.spent_hours or any(not worker.is_finished for worker in app.workers)
            same = same + 1 if now == before and not busy else 0
            before = now
