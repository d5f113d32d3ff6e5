"""`e` gives an item to an editor: what comes back is a command of its own, and never an approval."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cockpit.app import CockpitApp
from cockpit.cli import edit
from cockpit.screens.attention import arming
from engine.home import Home
from tests.cockpit.ledger import Ledger
from tests.screens import samples_attention as samples
from tests.screens.attention.conftest import engine, opened

BETTER = "Subject: A better one\n\nHi Ines,\n\nshall we talk?\n"


@pytest.fixture
def editor(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An editor that replaces the whole file; what it was given."""
    given: list[str] = []

    @contextmanager
    def suspend(_app: CockpitApp) -> Iterator[None]:
        yield

    def call(argv: list[str]) -> int:
        path = Path(argv[-1])
        given.append(path.read_text())
        assert path.stat().st_mode & 0o077 == 0
        path.write_text(BETTER)
        return 0

    monkeypatch.setattr(CockpitApp, "suspend", suspend)
    monkeypatch.setattr(edit.in_editor, "__defaults__", (call,))
    return given


async def test_what_comes_back_from_the_editor_is_an_edit(home: Home, ledger: Ledger, editor: list[str]) -> None:
    samples.batch(ledger, 2)
    async with opened(home) as stage:
        with engine(home, ids=("F9", "Q9")) as seen:
            await stage.after(1, "e")
            await stage.settle()
            await stage.until(lambda: seen, "the command")
        ((kind, body),) = stage.orders()
        assert stage.screen.desk.then == "gtm/Q9"
    assert (kind, body["effect"], body["subject"]) == ("edit", "F1", "A better one")
    assert editor[0].startswith("Subject: One name is missing\n\nHi Ines,")
    assert "Weserstr" not in editor[0]
    assert list(home.root.glob("edit-*")) == []


async def test_an_editor_is_not_opened_before_the_bytes_were_seen(
    home: Home, ledger: Ledger, editor: list[str]
) -> None:
    samples.batch(ledger, 2)
    async with opened(home) as stage:
        await stage.after(0.1, "e")
        await stage.settle()
        assert arming.EARLY in stage.text()
    assert editor == []


async def test_a_terminal_that_cannot_be_suspended_says_what_can_be_done(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 1)
    async with opened(home) as stage:
        await stage.after(1, "e")
        await stage.settle()
        assert "cockpit edit F1 --file F" in stage.text()
        assert stage.orders() == []


async def test_an_edited_item_is_held_against_what_its_worker_wrote(home: Home, ledger: Ledger) -> None:
    samples.propose(ledger, "F0", "ines@cadenza.example", samples.mail("ines@cadenza.example", "Old", "the old words"))
    digest = samples.propose(
        ledger, "F1", "ines@cadenza.example", samples.mail("ines@cadenza.example", "New", "new words"), replaces="F0"
    )
    ledger.question("gtm", "Q4", kind="approve", digest=digest, verb="send", title="send 1 mail via smtp",
                    items=[{"id": "gtm/F1", "digest": digest, "preview": ""}])  # fmt: skip
    async with opened(home) as stage:
        await stage.after(1, "d")
        await stage.until(lambda: "against F0, as its worker wrote it" in stage.text(), "the difference")
        assert "- the old words" in stage.text()
        assert "+ new words" in stage.text()


async def test_who_said_yes_stands_beside_the_key(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 2, people=2, said_yes=["ada"])
    async with opened(home) as stage:
        assert "1 of 2 said yes · ada" in stage.text()
