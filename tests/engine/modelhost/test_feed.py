from __future__ import annotations

import asyncio

from engine.modelhost.feed import Feed
from engine.modelhost.wire import CallFailed, Delta, Done

DONE = Done(text="abc", finish_reason="stop", usage=None, usage_source="estimated")


async def test_pieces_that_wait_come_as_one_and_the_end_after_them() -> None:
    feed = Feed(100)
    for text in "abc":
        feed.add(text)
    feed.end(DONE)
    assert [await feed.next(), await feed.next()] == [Delta(text="abc"), DONE]
    assert feed.drained


async def test_a_slow_reader_holds_no_more_than_the_answer_may_have_and_misses_no_end() -> None:
    feed = Feed(10)
    for _ in range(1_000):
        feed.add("xxx")
    feed.end(DONE)
    assert [await feed.next(), await feed.next()] == [Delta(text="xxxxxxxxx"), DONE]


async def test_the_first_end_counts_and_nothing_comes_after_it() -> None:
    feed = Feed(100)
    feed.end(DONE)
    feed.end(CallFailed(kind="host_lost"))
    feed.add("late")
    assert await feed.next() == DONE


async def test_a_reader_that_came_first_is_woken() -> None:
    feed = Feed(100)
    waiting = asyncio.create_task(feed.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    feed.add("x")
    assert await waiting == Delta(text="x")
    assert not feed.drained
