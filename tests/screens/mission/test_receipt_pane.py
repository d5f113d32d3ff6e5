"""The receipt on the screen: its Markdown in the voices of the screen, never more often than it is worth."""

from __future__ import annotations

import pytest

from cockpit.screens.mission import receipt_paint, receipt_pane
from cockpit.screens.mission.receipt_pane import ReceiptPane
from cockpit.screens.mission.sheet import Lines
from engine.home import Home
from engine.receipt.render import markdown
from tests.engine.receipt.story import finished
from tests.screens.mission.driving import WIDE, opened, text
from tests.screens.mission.test_sizes import WIDTHS, sound
from tests.screens.samples_mission import HOSTILE
from tests.screens.seen import until
from tests.screens.stage import cockpit
from widgets.palette import plain_text


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_receipt_fits_any_width(columns: int) -> None:
    sound(receipt_paint.lines(markdown(finished().receipt()), columns), columns)


@pytest.mark.parametrize("columns", [8, 40, 110])
def test_hostile_markdown_is_harmless(columns: int) -> None:
    nasty = "\n".join(f"{lead}{word}" for word in HOSTILE for lead in ("", "# ", "> ", "- ", "| a | ")) + "\n| b |\n"
    sound(receipt_paint.lines(nasty, columns), columns)


def test_escapes_are_taken_back_and_tables_are_aligned() -> None:
    told = plain_text(
        receipt_paint.lines("## What | next\n\n| what | figure |\n|---|---:|\n| a\\_b &lt;c&gt; | $1.00 |\n", 60)
    )
    assert told == "What | next\n\nwhat     figure\na_b <c>   $1.00"


async def test_it_is_computed_when_it_is_opened_and_says_as_of_when(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask(_home: Home, subject: str, *, command: object) -> tuple[bool, str]:
        asked.append(subject)
        return True, markdown(finished().receipt())

    monkeypatch.setattr(receipt_pane, "ask", ask)
    async with cockpit(home).run_test(size=WIDE) as pilot:
        pane = (await opened(pilot, "receipt")).pane
        assert isinstance(pane, ReceiptPane)
        await until(pilot, lambda: bool(pane.text))
        await pilot.pause()
        assert "as of its event" in text(pane, "#receipt-answer")
        assert pane.query_one(Lines).entries
        assert len(asked) == 1


async def test_what_stands_in_the_way_is_said_where_the_receipt_would_be(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(_home: Home, _subject: str, *, command: object) -> tuple[bool, str]:
        return False, "gtm-signal: has no contract, so there is nothing to account for"

    monkeypatch.setattr(receipt_pane, "ask", ask)
    async with cockpit(home).run_test(size=WIDE) as pilot:
        pane = (await opened(pilot, "receipt")).pane
        assert isinstance(pane, ReceiptPane)
        await until(
            pilot,
            lambda: bool(pane.query_one(Lines).entries) and "account" in str(pane.query_one(Lines).entries[0].body),
        )
