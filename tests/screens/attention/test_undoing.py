"""Taking a decision back within the undo window."""

from __future__ import annotations

from engine.home import Home
from tests.cockpit.ledger import Ledger
from tests.screens import samples_attention as samples
from tests.screens.attention.conftest import engine, opened


async def test_undo_puts_what_was_just_approved_back_into_the_queue(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 2)
    async with opened(home) as stage:
        with engine(home, ids=("F1", "F2")):
            await stage.after(1, "a")
            await stage.settle()
            await stage.until(lambda: "leaving in 10 s" in stage.text(), "the undo window")
            await stage.after(1, "u")
            await stage.until(lambda: "it waits for you again; nothing of it leaves" in stage.text(), "what was said")
    assert [(kind, body.get("attention")) for kind, body in stage.orders()] == [("approve", "Q4"), ("undo", "Q4")]


async def test_what_was_taken_back_is_shown_and_not_what_comes_next(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 2)
    ledger.question(title="another question", kind="answer", short="Q7", rank=5, items=[])
    async with opened(home, "gtm/Q4") as stage:
        with engine(home, ids=("Q5",)):
            await stage.after(1, "a")
            await stage.settle()
            await stage.until(lambda: "leaving in 10 s" in stage.text(), "the undo window")
            await stage.after(1, "u")
            await stage.until(lambda: "it waits for you again" in stage.text(), "what was said")
            ledger.question(title="the batch once more", short="Q5", rank=1)
            await stage.until(lambda: "⚑ the batch once more" in stage.text(), "what was taken back")


async def test_after_the_undo_window_there_is_nothing_to_take_back(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 2)
    async with opened(home) as stage:
        with engine(home, ids=("F1", "F2")):
            await stage.after(1, "a")
            await stage.settle()
            await stage.until(lambda: "u undoes" in stage.text(), "the undo window")
            await stage.after(10.5, "u")
    assert [kind for kind, _body in stage.orders()] == ["approve"]
