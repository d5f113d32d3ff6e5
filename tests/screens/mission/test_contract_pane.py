"""The contract on the screen: who holds each clause to its word, and amending it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cockpit.screens.attention.dialogs import CodeDialog
from cockpit.screens.mission import amending, contract_pane
from cockpit.screens.mission.amending import Preview, Proposed, copy_of
from cockpit.screens.mission.contract_pane import ContractPane
from cockpit.screens.mission.contract_read import read
from cockpit.screens.mission.sheet import Sheet
from engine.home import Home
from tests.screens.mission.driving import WIDE, inbox, opened, text
from tests.screens.samples_mission import SLUG
from tests.screens.samples_state import AMENDMENT, FILE, known
from tests.screens.seen import until
from tests.screens.stage import cockpit

TOLD = AMENDMENT


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The sample mission with its contract."""
    return known().write(tmp_path / "home", alive=False)


async def test_every_clause_says_in_the_margin_who_holds_it(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        pane = (await opened(pilot, "contract")).pane
        assert isinstance(pane, ContractPane)
        assert "rev 3" in text(pane, "#contract-answer")
        assert "amended in the queue since this file: budget.money" in text(pane, "#contract-answer")
        held = {row.text.split(":")[0].strip(): [c.coverage for c in row.clauses] for row in pane.reading.rows}
        assert held["restricted"] == ["enforced"]
        assert held["reply_rate"] == ["checked"]
        await pilot.press("o")
        assert "teeth" in text(pane, "#contract-foot")


async def test_revisions_stand_below_the_file_newest_first(home: Home) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        pane = (await opened(pilot, "contract")).pane
        assert isinstance(pane, ContractPane)
        assert [entry.id for entry in pane.listing.entries][-2:] == ["R3", "R2"]


def test_a_file_of_which_the_bytes_are_gone_is_told_by_its_clauses() -> None:
    events = [
        {"kind": kind, "body": body, "at": at, "actor": actor}
        for _mission, kind, body, at, actor in known().events
        if kind in {"mission.created", "contract.amended"}
    ]
    reading = read(events[-2:], None)
    assert reading.text == ""
    assert {row.number for row in reading.rows} == {0}
    assert "budget.money" in {row.text for row in reading.rows}
    assert copy_of(read(events[-2:], FILE.encode())).startswith("# amended in the queue since this file")


def typed(dialog: CodeDialog, code: str | None) -> None:
    """What the dialog gives back."""
    dialog.dismiss(code)


@contextmanager
def suspended() -> Iterator[None]:
    yield


async def test_an_edited_contract_is_shown_with_what_follows_and_confirmed_by_its_code(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def examine(_home: Home, mission: str, written: str) -> Proposed:
        return Proposed(mission, written, TOLD)

    monkeypatch.setattr(amending, "examine", examine)
    monkeypatch.setattr(contract_pane, "in_editor", lambda _home, before: before.replace("500 USD", "700 USD"))
    async with cockpit(home).run_test(size=WIDE) as pilot:
        pane = (await opened(pilot, "contract")).pane
        assert isinstance(pane, ContractPane)
        monkeypatch.setattr(pilot.app, "suspend", suspended)
        await pilot.press("e")
        await pilot.pause(0.1)
        assert isinstance(pilot.app.screen, Preview)
        assert inbox(home) == []
        await pilot.press("enter")
        await pilot.pause(0.1)
        dialog = pilot.app.screen
        assert isinstance(dialog, CodeDialog)
        typed(dialog, "7e57")
        await until(pilot, lambda: bool(inbox(home)))
    ((kind, mission, body),) = inbox(home)
    assert (kind, mission, body["digest"]) == ("amend", SLUG, TOLD["digest"])


async def test_what_is_no_contract_is_kept_and_nothing_is_given(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    async def examine(_home: Home, _mission: str, _written: str) -> list[str]:
        return ['gtm-signal.mission.yaml:7:17 budget.money: "a lot" is not an amount; write 500 USD']

    seen: list[str] = []

    def editor(_home: Home, before: str) -> str:
        seen.append(before)
        return before.replace("500 USD", "a lot")

    monkeypatch.setattr(amending, "examine", examine)
    monkeypatch.setattr(contract_pane, "in_editor", editor)
    async with cockpit(home).run_test(size=WIDE) as pilot:
        await opened(pilot, "contract")
        monkeypatch.setattr(pilot.app, "suspend", suspended)
        for _ in range(2):
            await pilot.press("e")
            await pilot.pause(0.1)
            assert isinstance(pilot.app.screen, Sheet)
            await pilot.press("escape")
            await pilot.pause()
    assert "a lot" in seen[1]
    assert inbox(home) == []


@pytest.mark.parametrize("answer", [None, "0000"])
async def test_without_the_code_nothing_is_amended(home: Home, answer: str | None) -> None:
    async with cockpit(home).run_test(size=WIDE) as pilot:
        pane = (await opened(pilot, "contract")).pane
        assert isinstance(pane, ContractPane)
        pane._ask(Proposed(SLUG, FILE, TOLD))
        await pilot.pause()
        dialog = pilot.app.screen
        assert isinstance(dialog, CodeDialog)
        typed(dialog, answer)
        await pilot.pause(0.2)
    assert inbox(home) == []


async def test_the_real_command_line_says_what_would_change(tmp_path: Path) -> None:
    found = await amending.examine(known().write(tmp_path / "home", alive=False), SLUG, "mission: x\n")
    assert isinstance(found, list)
    assert found
