"""The pane at work: sizes, tabs, the queue that stays still, hostile bytes, and what it says where nothing waits."""

from __future__ import annotations

import json

import pytest

from cockpit.screens.attention import arming
from cockpit.screens.mission.screen import MissionScreen
from engine.home import Home
from tests.cockpit.ledger import Ledger
from tests.screens import samples_attention as samples
from tests.screens.attention.conftest import engine, opened

SIZES = ((20, 6), (40, 12), (59, 16), (60, 16), (80, 24), (109, 30), (120, 40), (160, 24), (160, 45), (300, 100))


@pytest.mark.parametrize("size", SIZES)
async def test_it_is_alive_at_every_size(home: Home, ledger: Ledger, size: tuple[int, int]) -> None:
    samples.batch(ledger, 12)
    samples.others(ledger)
    async with opened(home, size=size) as stage:
        for key in ("j", "o", "x", "x", "d", "d", "tab", "j", "tab", "space", "k", "full_stop", "v", "z", "j", "w"):
            await stage.after(1, key)
        await stage.after(1, "escape")
        assert stage.app.screen is stage.screen
        assert all(len(line) <= size[0] for line in stage.text().split("\n") if line.isascii())
        assert stage.orders() == []


async def test_where_nothing_waits_it_says_so_and_takes_what_comes(home: Home, ledger: Ledger) -> None:
    async with opened(home) as stage:
        assert "nothing needs you" in stage.text()
        await stage.after(1, "a", "r", "v", "u", "z", "w", "o", "tab")
        samples.batch(ledger, 1)
        await stage.until(lambda: "send 1 mail via smtp" in stage.text(), "the item")
        assert stage.orders() == []


async def test_a_narrow_screen_opens_on_the_bytes_and_keeps_the_decisions(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 25)
    async with opened(home, size=(80, 24)) as stage:
        assert "Hi Ines" in stage.text()
        assert "item 1 of 25" in stage.text()
        for _tab in range(4):
            assert "a approve 25" in stage.text()
            await stage.after(1, "tab")


async def test_without_the_bytes_on_the_screen_nothing_is_armed(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 1)
    async with opened(home, size=(80, 24)) as stage:
        await stage.after(1, "tab")
        assert "lawful" in stage.text()
        await stage.after(5, "a")
        await stage.settle()
        assert arming.HIDDEN in stage.text()
        assert stage.orders() == []


async def test_arrivals_gather_below_and_never_move_the_selection(home: Home, ledger: Ledger) -> None:
    samples.others(ledger)
    async with opened(home, "gtm/Q2") as stage:
        samples.batch(ledger, 1, rank=999)
        await stage.until(lambda: "send 1 mail" in stage.text(), "the arrival")
        text = stage.text()
        assert stage.screen.sheet is not None
        assert stage.screen.sheet.row.id == "gtm/Q2"
        assert text.index("browser tool drifted") < text.index("send 1 mail via smtp")
        await stage.after(1, "full_stop")
        text = stage.text()
        assert text.index("send 1 mail via smtp") < text.index("browser tool drifted")
        assert stage.screen.sheet.row.id == "gtm/Q2"


async def test_hostile_bytes_are_shown_and_do_nothing(home: Home, ledger: Ledger) -> None:
    nasty = "\x1b]0;pwned\x07\x1b[2J a\u202eb [/nope] [@click=app.quit]x[/]\n╭ approve ╮"
    message = samples.mail("maya@northwind.example", "Hi", nasty)
    digest = samples.propose(ledger, "F1", "maya@northwind.example", message)
    ledger.question(digest=digest, title=f"send \x1b[31m{nasty}", items=[
        {"id": "gtm/F1", "digest": digest, "preview": nasty}], detail=nasty, verb="send")  # fmt: skip
    async with opened(home) as stage:
        text = stage.text()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<U+001B>]0;pwned<U+0007>" in text
    assert "4 hidden characters" in text


async def test_the_raw_view_shows_the_headers_too(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 1)
    async with opened(home) as stage:
        assert "MIME-Version" not in stage.text()
        await stage.after(1, "x")
        assert "MIME-Version: 1.0" in stage.text()


async def test_a_difference_is_shown_to_what_was_approved_last(home: Home, ledger: Ledger) -> None:
    samples.propose(ledger, "F90", "old@north.example", samples.mail("old@north.example", "Hi", "old line"), batch="G1")
    ledger.event("gtm", "effect.approved", {"effect": "F90"})
    samples.batch(ledger, 1)
    async with opened(home) as stage:
        await stage.after(1, "d")
        assert "against F90 of batch 1" in stage.text()
        assert "- old line" in stage.text()
        await stage.after(5, "a")
        await stage.settle()
        assert stage.orders() == []


async def test_a_review_shows_what_was_made_and_how_it_was_judged(home: Home, ledger: Ledger) -> None:
    sha = ledger.blob(b"# the page\nwith \x1b[2J in it\n")
    ledger.event("gtm", "artifact.produced", {"artifact": "P1", "name": "page.md", "sha": sha, "bytes": 28,
        "media": "text/markdown", "task": "T2", "attempt": "A2.1"})  # fmt: skip
    ledger.event("gtm", "attention.raised", {"attention": "Q8", "kind": "review", "title": "t", "attempt": "A2.1"})
    ledger.question("gtm", "Q8", kind="review", digest="", items=[], title="accept the page?", task="gtm/T2",
        choices=["accept", "reject"], detail="one page, two lines")  # fmt: skip
    async with opened(home, "gtm/Q8") as stage:
        text = stage.text()
    for said in (
        "page.md",
        "with <U+001B>[2J in it",
        "one page, two lines",
        "✓ under 120 words",
        "1 accept",
        "2 reject",
    ):
        assert said in text


async def test_why_tells_the_sum_and_every_check(home: Home, ledger: Ledger) -> None:
    samples.batch(ledger, 2)
    async with opened(home) as stage:
        await stage.after(1, "w")
        for said in ("30   holds 3 tasks", "55   rank", "names their page"):
            assert said in stage.text()
        await stage.after(1, "escape")
        assert stage.app.screen is stage.screen


async def test_an_item_that_somebody_else_settled_makes_room(home: Home, ledger: Ledger) -> None:
    samples.others(ledger)
    async with opened(home, "gtm/Q1") as stage:
        ledger.run("DELETE FROM views WHERE id = 'gtm/Q1'")
        ledger.run("INSERT INTO gone SELECT 'attention', 'gtm/Q1', 'gtm', MAX(seq) + 1 FROM views")
        await stage.until(lambda: "Q1 was settled elsewhere" in stage.text(), "the news")
        assert stage.orders() == []


# -- a human's task


def _sign_off(ledger: Ledger) -> None:
    """A task of the plan that a person does: it is parked at them, and builds on an announcement."""
    check = {"text": "stands by every sentence", "check": {"max_words": 400}}
    for task, key, needs in (("T7", "announcement", []), ("T8", "sign-off", ["T7"]), ("T9", "tell-testers", ["T8"])):
        body = {"task": task, "key": key, "branch": "B1", "title": f"Do the {key}", "role": "owner", "needs": needs}
        ledger.event("gtm", "task.added", {**body, "verb": "review", "criteria": [check] if task == "T8" else []})
    sha = ledger.blob(b"# We share views\nnot with \x1b[2J everybody\n")
    ledger.event("gtm", "artifact.produced", {"artifact": "P1", "name": "post.md", "sha": sha, "bytes": 40,
        "media": "text/markdown", "task": "T7", "attempt": "A7.2"})  # fmt: skip
    ledger.event("gtm", "attempt.delivered", {"attempt": "A7.2", "summary": "a post in two lines"})
    ledger.event("gtm", "task.accepted", {"task": "T7", "attempt": "A7.2"})
    text = (
        "## Policy\nthe same in all of them\n\n## Decisions\n- D1 founders only\n\n"
        "## Task\nT8 Do the sign-off (role owner)\nCriterion: stands by every sentence\n\n(end of package for T8)\n"
    )
    kinds = (("policy", "policy"), ("D1", "decision"), ("T8", "task"))
    manifest = {"included": [{"id": name, "kind": kind, "form": "full", "tokens": 9} for name, kind in kinds]}
    ledger.event("gtm", "attempt.dispatched", {"attempt": "A8.1", "task": "T8", "role": "owner", "worker": "human"})
    ledger.event("gtm", "package.compiled", {"attempt": "A8.1", "task": "T8", "tokens": 90, "budget": 12_000,
        "text": ledger.blob(text.encode()), "manifest": ledger.blob(json.dumps(manifest).encode())})  # fmt: skip
    title = "Do the sign-off: stands by every sentence"
    ledger.event("gtm", "attention.raised", {"attention": "Q8", "kind": "answer", "title": title, "attempt": "A8.1",
        "about": "parked:A8.1"})  # fmt: skip
    ledger.question("gtm", "Q8", kind="answer", digest="", items=[], title=title, task="gtm/T8")


async def test_a_humans_task_shows_what_is_to_be_judged_and_what_an_answer_does(home: Home, ledger: Ledger) -> None:
    _sign_off(ledger)
    async with opened(home, "gtm/Q8", size=(160, 60)) as stage:
        text = stage.text()
    for said in (
        "owner, yours",
        "tell-testers starts",
        "○ stands by every sentence",
        "at most 400 words",
        "Your text becomes the result of sign-off",
        "There is no word for no",
        "Do the announcement   T7, A7.2",
        "a post in two lines",
        "post.md",
        "not with <U+001B>[2J everybody",
        "package   A8.1",
        "- D1 founders only",
    ):
        assert said in text
    assert text.index("T8 Do the sign-off (role owner)") < text.index("- D1 founders only")
    assert "the same in all of them" not in text
    assert "nothing more is known" not in text


async def test_a_humans_review_shows_the_work_it_is_about(home: Home, ledger: Ledger) -> None:
    _sign_off(ledger)
    criteria = [{"text": "says who does not get it", "check": "review"}]
    ledger.event("gtm", "attempt.dispatched", {"attempt": "A7.2", "task": "T7", "role": "writer", "worker": "model"})
    ledger.event("gtm", "task.added", {"task": "T10", "key": "announcement.review", "branch": "B1", "kind": "review",
        "title": "review it", "role": "human", "verb": "review", "subject": "A7.2", "criteria": criteria})  # fmt: skip
    ledger.event("gtm", "attention.raised", {"attention": "Q9", "kind": "answer", "title": "r", "attempt": "A10.1",
        "about": "parked:A10.1"})  # fmt: skip
    ledger.question("gtm", "Q9", kind="answer", digest="", items=[], title="review it", task="gtm/T10")
    async with opened(home, "gtm/Q9") as stage:
        text = stage.text()
    for said in ("○ says who does not get it", "yours to judge", "accept, yes or ok", "# We share views"):
        assert said in text


# -- going on, and back


@pytest.mark.parametrize("below", ["gtm", "other"])
async def test_esc_from_the_context_of_an_item_comes_back_to_the_item(home: Home, ledger: Ledger, below: str) -> None:
    samples.mission(ledger, "other")
    samples.batch(ledger, 1)
    async with opened(home) as stage:
        await stage.after(1, "escape")
        stage.app.open_mission(below)  # the item is opened over a mission, its own or another one
        await stage.pilot.pause()
        await stage.after(1, "n")
        item = stage.app.screen
        await stage.until(lambda: getattr(item, "sheet", None) is not None, "the item")
        await stage.after(1, "c")
        await stage.until(lambda: isinstance(stage.app.screen, MissionScreen), "its mission")
        mission = stage.app.screen
        assert isinstance(mission, MissionScreen)
        assert (mission.slug, mission.tab) == ("gtm", "context")
        await stage.after(1, "escape")
        assert stage.app.screen is item
        await stage.after(1, "escape")
        assert isinstance(stage.app.screen, MissionScreen)
        assert stage.app.screen.slug == below


async def test_after_a_decision_the_next_one_downwards_comes_and_what_was_put_aside_last(
    home: Home, ledger: Ledger
) -> None:
    for place in range(1, 5):
        ledger.question("gtm", f"Q{place}", kind="answer", digest="", items=[], title=f"number {place}?",
            choices=["keep"], rank=100 - place)  # fmt: skip
    shown: list[str] = []

    async with opened(home, "gtm/Q1") as stage:

        async def settled() -> None:
            ledger.run(f"DELETE FROM views WHERE id = '{shown[-1]}'")
            ledger.run(f"INSERT INTO gone SELECT 'attention', '{shown[-1]}', 'gtm', MAX(seq) + 1 FROM views")

        async def stands() -> None:
            await stage.drawn()
            assert stage.screen.sheet is not None
            shown.append(stage.screen.sheet.row.id)

        await stands()
        await stage.after(1, "z")
        await stands()
        assert "later, holds 1" in stage.text()
        with engine(home):
            for _more in range(3):
                await stage.after(1, "1")
                await stage.settle()
                await stage.until(lambda: shown[-1] in stage.screen.desk.done, "the decision")
                await settled()
                await stage.until(lambda: stage.screen._item != shown[-1], "the next item")
                await stands()
    assert shown == ["gtm/Q1", "gtm/Q2", "gtm/Q3", "gtm/Q4", "gtm/Q1"]


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (100, 30), (80, 24), (60, 16)])
async def test_a_long_text_says_what_is_unread_and_the_decisions_stay(
    home: Home, ledger: Ledger, size: tuple[int, int]
) -> None:
    message = samples.mail("maya@northwind.example", "Hi", "\n".join(f"line {n}" for n in range(200)))
    digest = samples.propose(ledger, "F1", "maya@northwind.example", message)
    ledger.question(digest=digest, items=[{"id": "gtm/F1", "digest": digest, "preview": ""}], verb="send", rank=99)
    ledger.question("gtm", "Q5", kind="review", digest="", items=[], title="accept it?", choices=["accept", "reject"],
        detail="\n".join(f"line {n}" for n in range(200)))  # fmt: skip
    ledger.question("gtm", "Q6", kind="answer", digest="", items=[], title="what?",
        detail="\n".join(f"line {n}" for n in range(200)))  # fmt: skip
    for item, decision in (("gtm/Q4", "a approve 1"), ("gtm/Q5", "1 accept"), ("gtm/Q6", "⏎ answer")):
        async with opened(home, item, size=size) as stage:
            for key in ("", "x", "x", "space", "w", "escape"):
                await stage.after(1, *filter(None, [key]))
                if key not in {"w"}:
                    assert "more lines ↓" in stage.text()
                    assert decision in stage.text()
