"""What every store promises about all that is no event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from engine.ledger.chain import faults
from engine.ledger.protocol import (
    Answer,
    Answered,
    ConflictError,
    FencedError,
    Progress,
    Result,
    ViewRow,
)
from engine.values import Sha256, sha256
from tests.engine.ledger.stores import GTM, SEO, Ledger, command, event, listed


class TrafficContract:
    """Inbox, results, progress, blobs, views, waiting, closing."""

    # --- the inbox -------------------------------------------------------------------------------------------

    async def test_the_same_press_twice_is_one_command(self, ledger: Ledger) -> None:
        store = ledger.open()
        assert await store.submit(command(n=1), wall=1)
        assert not await store.submit(command(n=2), wall=2)
        assert await store.pending() == [command(n=1)]

    async def test_a_command_is_answered_in_the_commit_that_decides_it(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.submit(command("a"), wall=1)
        await store.submit(command("b"), wall=1)
        assert await store.answer("a") == Answer("pending")
        assert await store.answer("unknown") is None
        with pytest.raises(ConflictError):
            await store.append(GTM, 9, [], epoch=epoch, wall=1, answers=[Answered("a", Answer("done"))])
        assert await store.answer("a") == Answer("pending")
        done = Answered("a", Answer("done", ids=("gtm/F7", "gtm/F8")))
        assert await store.append(GTM, 0, [event()], epoch=epoch, wall=1, answers=[done]) == 1
        refused = Answered("b", Answer("refused", "no such effect"))
        assert await store.append(GTM, 1, [], epoch=epoch, wall=1, answers=[refused]) == 1
        assert await store.answer("a") == done.answer
        assert await store.answer("b") == refused.answer
        assert await store.pending() == []

    async def test_the_first_answer_stays(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.submit(command("a"), wall=1)
        for state in ("done", "refused"):
            await store.append(GTM, 0, [], epoch=epoch, wall=1, answers=[Answered("a", Answer(state))])
        assert await store.answer("a") == Answer("done")

    async def test_pending_commands_keep_their_order(self, ledger: Ledger) -> None:
        store = ledger.open()
        for key in "zaq":
            await store.submit(command(key), wall=1)
        assert [one.key for one in await store.pending()] == ["z", "a", "q"]

    async def test_bad_text_in_a_command(self, ledger: Ledger) -> None:
        store = ledger.open()
        await store.submit(command(reason="no\x00\ud834"), wall=1)
        assert (await store.pending())[0].body == {"reason": "no\ufffd"}
        with pytest.raises(ValueError, match="approve: n"):
            await store.submit(command("other", n=float("nan")), wall=1)

    # --- results, progress, blobs, views ---------------------------------------------------------------------

    async def test_the_first_result_of_a_job_stays(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        first = Result("gtm/A1.1", GTM, "handoff", {"n": 1})
        assert await store.put_result(first, wall=1)
        assert not await store.put_result(Result("gtm/A1.1", GTM, "handoff", {"n": 2}), wall=2)
        other = Result("unheard/of", GTM, "failed", {})
        assert await store.put_result(other, wall=3)
        assert await store.unseen() == [first, other]
        await store.append(GTM, 0, [event()], epoch=epoch, wall=1, seen=["gtm/A1.1", "nothing"])
        assert await store.unseen() == [other]
        assert not await store.put_result(first, wall=4)
        assert await store.unseen() == [other]

    async def test_a_result_is_consumed_only_with_its_commit(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.put_result(Result("j", GTM, "handoff", {}), wall=1)
        with pytest.raises(FencedError):
            await store.append(GTM, 0, [event()], epoch=epoch + 1, wall=1, seen=["j"])
        assert len(await store.unseen()) == 1

    async def test_progress_is_no_event(self, ledger: Ledger) -> None:
        store = ledger.open()
        await store.progress(Progress("j", GTM, "half\x00way", 5, 1))
        await store.progress(Progress("j", GTM, "there", 9, 2))
        assert await listed(store) == []

    async def test_blobs_are_kept_by_their_hash(self, ledger: Ledger) -> None:
        store = ledger.open()
        content = bytes(range(256)) * 100
        name = sha256(content)
        await store.put_blobs({name: content, sha256(b""): b""})
        await store.put_blobs({name: content})
        assert await store.blob(name) == content
        assert await store.blob(sha256(b"")) == b""
        assert await store.blob(Sha256("0" * 64)) is None
        with pytest.raises(ValueError, match="does not fit"):
            await store.put_blobs({name: b"other"})
        assert await store.blob(name) == content

    async def test_an_erased_blob_is_gone_and_the_chain_stays(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        name, other = sha256(b"private"), sha256(b"other")
        await store.put_blobs({name: b"private", other: b"other"})
        await store.append(GTM, 0, [event("blob.erased", sha=name)], epoch=epoch, wall=1)
        with pytest.raises(FencedError):
            await store.erase([name], epoch=epoch + 1)
        for _ in range(2):
            await store.erase([name], epoch=epoch)
        assert await store.blob(name) is None
        assert await store.blob(other) == b"other"
        assert not list(faults(await listed(store)))

    async def test_words_are_found_and_taken_out_of_what_stands_beside_the_events(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        name, other = sha256(b"to Maya@n.example"), sha256(b"other")
        await store.put_blobs({name: b"to Maya@n.example", other: b"other"})
        assert await store.holding([b"maya@N.example", b"nobody"]) == [name]
        assert await store.holding([]) == []
        asked = replace(command("a"), body={"text": "write to MAYA@n.example, please"})
        await store.submit(asked, wall=1)
        await store.put_result(Result("j", GTM, "attempt", {"summary": "wrote to maya@n.example"}), wall=1)
        with pytest.raises(FencedError):
            await store.scrub([b"maya@n.example"], "[erased]", epoch=epoch + 1)
        assert await store.scrub([b"maya@n.example"], "[erased]", epoch=epoch) == 2
        assert await store.scrub([b"maya@n.example"], "[erased]", epoch=epoch) == 0
        assert [one.body for one in await store.pending()] == [{"text": "write to [erased], please"}]
        assert [one.body for one in await store.unseen()] == [{"summary": "wrote to [erased]"}]
        assert await store.let_go()

    async def test_views_are_written_with_the_events(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        rows = [ViewRow("task", f"gtm/T{n}", GTM, {"n": n}) for n in (10, 2, 1)]
        other = ViewRow("task", "seo/T1", SEO, {"share": 0.5})
        await store.append(GTM, 0, [event()], epoch=epoch, wall=1, views=[*rows, other])
        assert await store.views("task") == [*rows, other]
        assert await store.views("task", GTM) == rows
        assert await store.views("card") == []
        changed = ViewRow("task", "gtm/T2", GTM, {"n": 22})
        await store.append(
            GTM, 1, [event()], epoch=epoch, wall=1, views=[changed, ViewRow("task", "gtm/T10", GTM, None)]
        )
        assert await store.views("task", GTM) == [changed, rows[2]]

    async def test_only_what_changed_since_a_number_is_told(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        one, two = (ViewRow("task", f"gtm/T{n}", GTM, {"n": n}) for n in (1, 2))
        card = ViewRow("card", "seo", SEO, {"n": 0})
        assert await store.changes() == ([], 0)
        await store.append(GTM, 0, [event(), event()], epoch=epoch, wall=1, views=[two, one])
        whole, first = await store.changes()
        assert (whole, first) == ([two, one], 2)
        assert await store.changes(first) == ([], first)
        await store.append(SEO, 0, [event()], epoch=epoch, wall=1, views=[card])
        await store.append(GTM, 2, [event()], epoch=epoch, wall=1)
        new, second = await store.changes(first)
        assert (new, second) == ([card], 3)
        gone = ViewRow("task", "gtm/T2", GTM, None)
        await store.append(GTM, 3, [event()], epoch=epoch, wall=1, views=[gone, ViewRow("task", "gtm/T9", GTM, None)])
        assert (await store.changes(second))[0] == [gone]
        assert [row.id for row in (await store.changes())[0] if row.body is not None] == ["gtm/T1", "seo"]

    async def test_rows_that_are_written_without_an_event_are_told_too(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        rows = [ViewRow("card", "gtm", GTM, {"n": n}) for n in range(4)]
        await store.append(GTM, 0, [event()], epoch=epoch, wall=1, views=rows[:1])
        known = (await store.changes())[1]
        for number, events in ((1, []), (2, [event()]), (3, [])):
            height = (await store.head(GTM)).height
            await store.append(GTM, height, events, epoch=epoch, wall=1, views=[rows[number]])
            told, known = await store.changes(known)
            assert told == [rows[number]]

    async def test_a_row_that_comes_back_is_no_longer_gone(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        row, gone = ViewRow("task", "gtm/T1", GTM, {"n": 1}), ViewRow("task", "gtm/T1", GTM, None)
        for height, rows in enumerate(([row], [gone], [row])):
            await store.append(GTM, height, [event()], epoch=epoch, wall=1, views=rows)
        assert await store.changes(1) == ([row], 3)

    # --- waiting ---------------------------------------------------------------------------------------------

    async def test_waiting_ends_at_once_when_something_came_before(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.append(GTM, 0, [event()], epoch=epoch, wall=1)
        async with asyncio.timeout(5):
            await store.wait(0, 60)
            await store.submit(command(), wall=1)
            await store.wait(1, 60)
            await store.put_result(Result("j", GTM, "handoff", {}), wall=1)
            await store.wait(1, 60)

    async def test_waiting_ends_when_something_comes(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        front = ledger.open()
        actions: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: store.append(GTM, 0, [event()], epoch=epoch, wall=1),
            lambda: front.submit(command(), wall=1),
            lambda: front.put_result(Result("j", GTM, "handoff", {}), wall=1),
        ]
        for after, action in enumerate(actions):
            waiting = asyncio.create_task(store.wait(min(after, 1), 60))
            await asyncio.sleep(0.01)
            assert not waiting.done()
            await action()
            async with asyncio.timeout(5):
                await waiting

    async def test_every_waiter_is_woken(self, ledger: Ledger) -> None:
        store = ledger.open()
        waiting = [asyncio.create_task(store.wait(0, 60)) for _ in range(3)]
        await asyncio.sleep(0.01)
        await store.submit(command(), wall=1)
        async with asyncio.timeout(5):
            await asyncio.gather(*waiting)

    async def test_waiting_ends_with_its_time(self, ledger: Ledger) -> None:
        store = ledger.open()
        async with asyncio.timeout(5):
            await store.wait(0, 0.01)
            await store.wait(0, 0)
            await store.wait(0, -1)

    async def test_beats_and_progress_wake_nobody(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        waiting = asyncio.create_task(store.wait(0, 60))
        await asyncio.sleep(0.01)
        await store.beat(epoch, wall=2, idle=True)
        await store.progress(Progress("j", GTM, "on"))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async def test_a_cancelled_waiter_leaves_nothing_behind(self, ledger: Ledger) -> None:
        store = ledger.open()
        waiting = asyncio.create_task(store.wait(0, 60))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await store.submit(command(), wall=1)
        async with asyncio.timeout(5):
            await store.wait(0, 60)

    # --- the end ---------------------------------------------------------------------------------------------

    async def test_everything_is_there_when_it_is_opened_again(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.append(GTM, 0, [event(n=1)], epoch=epoch, wall=1, views=[ViewRow("card", "gtm", GTM, {})])
        await store.submit(command(), wall=1)
        await store.put_blobs({sha256(b"x"): b"x"})
        await store.close()
        again, later = await ledger.engine()
        assert await again.append(GTM, 1, [event(n=2)], epoch=later, wall=2) == 2
        assert len(await again.pending()) == 1
        assert await again.blob(sha256(b"x")) == b"x"
        assert len(await again.views("card")) == 1
        assert not list(faults(await listed(again)))

    async def test_a_closed_store_says_so(self, ledger: Ledger) -> None:
        store = ledger.open()
        await store.close()
        await store.close()
        with pytest.raises(Exception, match="is closed"):
            await store.head(GTM)
        with pytest.raises(Exception, match="is closed"):
            await store.submit(command(), wall=1)
