"""Keys that decide, on a real ledger: what reaches the inbox, and what never does."""

from __future__ import annotations

import pytest
from textual import events

from cockpit.cli.orders import confirmation
from cockpit.screens.attention import arming, ruling
from cockpit.screens.attention.dialogs import CodeDialog, TextDialog
from cockpit.screens.attention.ruling import RuleDialog
from engine.home import Home
from tests.cockpit.ledger import Ledger
from tests.screens import samples_attention as samples
from tests.screens.attention.conftest import engine, opened


async def test_keys_before_the_bytes_were_seen_approve_nothing(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 3)
    async with opened(home) as stage:
        await stage.after(0.3, "a")
        await stage.settle()
        assert arming.EARLY in stage.text()
        assert stage.orders() == []


@pytest.mark.parametrize("waited", [0.0, 5.0])
async def test_a_burst_approves_nothing_and_locks_the_pane(home: Home, ledger: Ledger, waited: float) -> None:
    samples.batch(ledger, 3)
    async with opened(home) as stage:
        await stage.after(waited, *"aaaaa")
        await stage.settle()
        assert stage.orders() == []
        assert "l locked: decision keys came faster" in stage.text()
        await stage.after(5, "a")
        await stage.settle()
        assert stage.orders() == []
        await stage.after(1, "l")
        assert "a approve 3" in stage.text()


async def test_an_armed_key_approves_exactly_once_what_was_on_the_screen(home: Home, ledger: Ledger) -> None:
    digest = samples.batch(ledger, 3)
    async with opened(home) as stage:
        with engine(home, ids=("F1", "F2", "F3")) as seen:
            await stage.after(7, "a")
            await stage.settle()
            await stage.until(lambda: seen, "the command")
            await stage.until(lambda: "u undoes" in stage.text(), "the confirmation")
            await stage.after(5, "a")
            await stage.settle()
        ((kind, body),) = stage.orders()
    assert (kind, body["digest"], body["except"]) == ("approve", digest, [])
    assert body["focus_ms"] == 7_200  # the silence after the key counts too


async def test_a_refusal_of_the_engine_is_shown_and_the_item_stays(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 2)
    async with opened(home) as stage:
        with engine(home, "refused", "the mission is paused"):
            await stage.after(1, "a")
            await stage.settle()
            await stage.until(lambda: "the mission is paused" in stage.text(), "the reason")
        assert "a approve 2" in stage.text()


async def test_an_item_that_changed_under_the_cursor_is_looked_at_again(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 2)
    async with opened(home) as stage:
        await stage.after(3)
        other = samples.batch(ledger, 3, first=11)
        await stage.until(lambda: "3 items" in stage.text(), "the other bytes")
        await stage.drawn()
        await stage.after(0.2, "a")
        await stage.settle()
        assert stage.orders() == []
        with engine(home):
            await stage.after(3, "a")
            await stage.settle()
            await stage.until(stage.orders, "the command")
        assert stage.orders()[0][1]["digest"] == other


async def test_an_item_that_changes_while_the_code_is_typed_is_not_approved(home: Home, ledger: Ledger) -> None:
    digest = samples.batch(ledger, 11)
    async with opened(home) as stage:
        await stage.after(1, "a")
        await stage.settle()
        assert isinstance(await stage.asked(), CodeDialog)
        samples.batch(ledger, 12, first=21)
        await stage.until(lambda: len(stage.app.client.views.attention["gtm/Q4"].items) == 12, "the other row")
        await stage.after(1)
        for char in confirmation(digest, []):
            await stage.after(0.1, char)
        await stage.settle()
        assert stage.orders() == []


async def test_a_paste_is_never_a_decision(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 2)
    async with opened(home) as stage:
        await stage.after(5)
        stage.app.post_message(events.Paste("aaaaa\n"))
        await stage.pilot.pause()
        assert "a paste is never a decision" in stage.text()
        await stage.after(0.2, "a")
        await stage.settle()
        assert stage.orders() == []


async def test_eleven_items_ask_for_the_code_and_stand_on_cancel(home: Home, ledger: Ledger) -> None:
    digest = samples.batch(ledger, 11)
    async with opened(home) as stage:
        with engine(home):
            await stage.after(1, "a")
            await stage.settle()
            assert isinstance(await stage.asked(), CodeDialog)
            assert stage.orders() == []
            await stage.after(1, "enter")
            assert stage.app.screen is stage.screen
            await stage.drawn()
            await stage.after(1, "a")
            await stage.settle()
            await stage.asked()
            await stage.after(1, *confirmation(digest, []))  # four keys in no time: that was no typing
            await stage.settle()
            assert "that was no typing" in stage.text()
            stage.app.post_message(events.Paste(confirmation(digest, [])))
            await stage.pilot.pause()
            assert stage.orders() == []
            for char in confirmation(digest, []):
                await stage.after(0.1, char)
            await stage.settle()
            await stage.until(stage.orders, "the command")
    assert stage.orders()[0][1]["digest"] == digest


@pytest.mark.parametrize("verb", ["publish", "spend", "deploy", "merge", "delete"])
async def test_grave_verbs_ask_for_the_code_however_few_they_are(home: Home, ledger: Ledger, verb: str) -> None:
    samples.batch(ledger, 1, verb=verb)
    async with opened(home) as stage:
        await stage.after(1, "a")
        await stage.settle()
        assert isinstance(await stage.asked(), CodeDialog)
        assert stage.orders() == []


async def test_a_veto_changes_the_code_and_is_given_with_the_approval(home: Home, ledger: Ledger) -> None:
    digest = samples.batch(ledger, 12)
    async with opened(home) as stage:
        await stage.after(1, "j")
        await stage.after(1, "v")
        wanted = confirmation(digest, ["F2"])
        assert wanted != digest[:4]
        assert f"code  {wanted}" in stage.text()
        assert "1 vetoed" in stage.text()
        with engine(home):
            await stage.after(1, "a")
            await stage.settle()
            await stage.asked()
            for char in wanted:
                await stage.after(0.6, char)
            await stage.settle()
            await stage.until(stage.orders, "the command")
    assert stage.orders()[0][1]["except"] == ["F2"]


async def test_a_veto_speaks_of_a_code_only_where_one_is_asked(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 12)
    async with opened(home) as stage:
        await stage.after(1, "v")
        assert "F1 is left out; the code is another one now" in stage.text()
        await stage.after(1, "j")
        await stage.after(1, "v")
        assert "F2 is left out" in stage.text()
        assert "code" not in stage.text()


async def test_a_wrong_code_is_answered_and_enter_after_it_neither_approves_nor_goes_unheard(
    home: Home, ledger: Ledger
) -> None:
    digest = samples.batch(ledger, 11)
    async with opened(home) as stage:
        await stage.after(1, "a")
        await stage.settle()
        await stage.asked()
        await stage.after(1)
        for char in "zzzz":
            await stage.after(0.1, char)
        assert f"not the code; type {confirmation(digest, [])}" in stage.text()
        await stage.after(0.05, "enter")
        assert "press ⏎ again to cancel" in stage.text()
        assert isinstance(stage.app.screen, CodeDialog)
        await stage.after(0.05, "enter")  # as fast as a key that repeats: it cancels nothing
        assert isinstance(stage.app.screen, CodeDialog)
        await stage.after(1, "enter")
        assert not stage.app.screen.is_modal
        assert stage.orders() == []


async def test_enter_right_after_a_character_says_why_nothing_happened(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 11)
    async with opened(home) as stage:
        await stage.after(1, "a")
        await stage.settle()
        await stage.asked()
        await stage.after(1, "z")
        await stage.after(0.05, "enter")
        assert "too fast" in stage.text()
        assert isinstance(stage.app.screen, CodeDialog)


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (60, 16)])
async def test_the_question_for_the_code_is_whole(home: Home, ledger: Ledger, size: tuple[int, int]) -> None:
    title = "send 25 mails to people who have asked for it, each by its own name and page, via smtp, all of them today"
    samples.batch(ledger, 25, title=title)
    async with opened(home, size=size) as stage:
        await stage.after(1, "a")
        await stage.settle()
        await stage.asked()
        shown = " ".join(line.strip(" │") for line in stage.text().split("\n") if "│" in line)
        for said in ("until then u", "takes it back", "type ", "nothing is approved", "esc cancel"):
            assert said in shown
        assert size[1] < 24 or "all of them today" in shown


async def test_with_everything_vetoed_nothing_can_be_approved(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 1)
    async with opened(home) as stage:
        await stage.after(1, "v")
        await stage.after(1, "a")
        await stage.settle()
        assert "everything is vetoed" in stage.text()
        assert stage.orders() == []


@pytest.mark.parametrize("size", [(59, 45), (160, 15), (40, 12)])
async def test_below_sixty_columns_or_sixteen_rows_nothing_is_approved(
    home: Home, ledger: Ledger, size: tuple[int, int]
) -> None:
    samples.batch(ledger, 1)
    async with opened(home, size=size) as stage:
        await stage.after(5, "a")
        await stage.settle()
        assert "too small to approve" in stage.text()
        assert stage.orders() == []


async def test_bytes_that_are_not_those_of_the_digest_cannot_be_approved(home: Home, ledger: Ledger) -> None:
    message = samples.mail("maya@northwind.example", "Hello", "Hi")
    digest = samples.propose(ledger, "F1", "maya@northwind.example", message, sha="0" * 64)
    ledger.question(digest=digest, items=[{"id": "gtm/F1", "digest": digest, "preview": ""}], verb="send")
    async with opened(home) as stage:
        await stage.after(5, "a")
        await stage.settle()
        assert "not the bytes that the digest was made of" in stage.text()
        assert stage.orders() == []


DRAWN = {
    "text": "Write at most 60 words.", "checks": "at most 60 words", "exact": True,
    "proof": "fails on 2 of 2 texts rejected, passes 12 of 12 approved",
    "scopes": {"task": "T4 write", "branch": "writer in cold", "mission": "all of gtm", "user": "all missions"},
}  # fmt: skip


def drafts(monkeypatch: pytest.MonkeyPatch, told: dict[str, object]) -> list[str]:
    """The draft of a rule, as the process that is asked would tell it."""
    asked: list[str] = []

    async def draft(_home: Home, _item: str, because: str) -> dict[str, object]:
        asked.append(because)
        return told

    monkeypatch.setattr(ruling, "draft", draft)
    return asked


async def test_a_rejection_needs_a_reason_and_says_how_far_its_rule_reaches(
    home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.batch(ledger, 2)
    asked = drafts(monkeypatch, DRAWN)
    async with opened(home) as stage:
        with engine(home, ids=("R7",)):
            await stage.after(1, "r")
            await stage.settle()
            await stage.until(lambda: isinstance(stage.app.screen, RuleDialog), "the dialog")
            await stage.until(lambda: stage.app.screen._opened is not None, "it is drawn")  # type: ignore[attr-defined]
            await stage.after(1, "enter")
            assert "it needs a text" in stage.text()
            await stage.after(1, "1")
            await stage.after(0.05, "enter")
            assert asked == []
            await stage.after(1, "enter")
            await stage.until(lambda: "Write at most 60 words." in stage.text(), "the rule")
            assert "fails on 2 of 2 texts rejected, passes 12 of 12 approved" in stage.text()
            assert "reject, with a rule so far" in stage.text()
            await stage.after(0.1, "m")
            assert stage.orders() == []
            await stage.after(1, "m")
            await stage.until(stage.orders, "the command")
            await stage.until(lambda: "R7 is in force as a rule" in stage.text(), "what was said")
            assert "u undoes" in stage.text()
            await stage.after(2, "u")
            await stage.until(lambda: len(stage.orders()) == 2, "the way back")
    (kind, body), (back, what) = stage.orders()
    assert asked == ["too long"]
    assert (kind, body["because"], body["rule"], body["undo"]) == ("reject", "too long", "mission", True)
    assert (back, what["attention"]) == ("undo", "Q4")


async def test_a_rule_that_no_machine_can_check_says_so_and_none_is_made_when_none_is_wanted(
    home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.batch(ledger, 1)
    hostile = {"text": "\x1b[31mred\u202e", "exact": False, "proof": "not machine-checkable; reviewers are asked"}
    drafts(monkeypatch, hostile)
    async with opened(home) as stage:
        with engine(home):
            await stage.after(1, "r")
            await stage.settle()
            await stage.until(lambda: isinstance(stage.app.screen, RuleDialog), "the dialog")
            await stage.until(lambda: stage.app.screen._opened is not None, "it is drawn")  # type: ignore[attr-defined]
            await stage.after(1, *"dull")
            await stage.after(1, "enter")
            await stage.until(lambda: "not machine-checkable" in stage.text(), "the rule")
            assert "\x1b" not in stage.text()
            assert "\u202e" not in stage.text()
            await stage.after(1, "escape")
            assert "see the rule" in stage.text()
            await stage.after(1, "enter")
            await stage.until(lambda: "not machine-checkable" in stage.text(), "the rule again")
            await stage.after(1, "n")
            await stage.until(stage.orders, "the command")
            await stage.until(lambda: "no rule was made" in stage.text(), "what was said")
    assert stage.orders()[0][1]["rule"] == "none"


async def test_the_number_of_a_choice_answers_with_it(home: Home, ledger: Ledger) -> None:
    samples.others(ledger)
    async with opened(home, "gtm/Q1") as stage:
        with engine(home):
            await stage.after(1, "3")
            await stage.settle()
            await stage.until(stage.orders, "the command")
    assert stage.orders()[0][1]["text"] == "extend"


async def test_a_grave_choice_asks_once_more_and_takes_a_reason(home: Home, ledger: Ledger) -> None:
    samples.others(ledger)
    async with opened(home, "gtm/Q1") as stage:
        with engine(home):
            await stage.after(1, "2")
            await stage.settle()
            assert stage.orders() == []
            assert isinstance(await stage.asked(), TextDialog)
            await stage.after(1, *"weak")
            await stage.after(1, "enter")
            await stage.until(stage.orders, "the command")
    assert stage.orders()[0][1]["text"] == "prune: weak"


async def test_a_question_without_choices_takes_a_text(home: Home, ledger: Ledger) -> None:
    samples.others(ledger)
    async with opened(home, "gtm/Q2") as stage:
        with engine(home):
            await stage.after(1, "enter")
            await stage.settle()
            await stage.asked()
            await stage.after(1, *"me")
            await stage.after(1, "enter")
            await stage.until(stage.orders, "the command")
    assert stage.orders()[0][1]["text"] == "me"


async def test_a_click_decides_nothing(home: Home, ledger: Ledger) -> None:
    samples.others(ledger)
    async with opened(home, "gtm/Q1") as stage:
        await stage.after(5)
        await stage.pilot.click("#items", offset=(4, 0), times=2)
        await stage.settle()
        await stage.pilot.click("#verdict", offset=(40, 1))
        await stage.settle()
        assert stage.orders() == []


async def test_later_shows_the_next_item_and_records_nothing(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 2)
    samples.others(ledger)
    async with opened(home) as stage:
        await stage.after(1, "z")
        await stage.drawn()
        assert stage.screen.sheet is not None
        assert stage.screen.sheet.row.id == "gtm/Q1"
        assert stage.orders() == []
