"""A contained program that is spoken with line by line."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from engine.containment import conversation
from engine.containment.conversation import ERRORS_KEPT, BrokenConversationError, Conversation
from engine.containment.environment import attempt_of, cookie, part_of, scrubbed
from engine.containment.leftovers import sweep

Start = Callable[[str], Conversation]


async def read_on(talk: Conversation) -> None:
    while await talk.line():
        pass


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    made: list[Conversation] = []

    def begin(source: str) -> Conversation:
        environ = scrubbed(os.environ, workspace=tmp_path, cookie=f"test+{uuid.uuid4().hex}")
        made.append(Conversation([sys.executable, "-c", source], environ=environ, workspace=tmp_path))
        return made[-1]

    yield begin
    for one in made:
        await one.end()


async def test_lines_go_both_ways_and_a_closed_input_ends_it(start: Start) -> None:
    talk = start("import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)")
    await talk.start()
    for said in ("abc", "xyz"):
        await talk.say(said.encode())
        assert await talk.line() == said[::-1].encode()
    await talk.end(grace_s=30)
    assert talk.returncode == 0
    with pytest.raises(BrokenConversationError):
        await talk.say(b"x")


async def test_a_line_without_end_and_a_flood_of_lines_are_given_up(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "LINE_CAP", 100_000)
    monkeypatch.setattr(conversation, "FLOOD_CAP", 1_000_000)
    endless = start("import sys\nwhile True: sys.stdout.write('x' * 65536)")
    await endless.start()
    with pytest.raises(BrokenConversationError, match="line"):
        await endless.line()
    flood = start("import sys\nwhile True: sys.stdout.write('x' * 100 + chr(10))")
    await flood.start()
    with pytest.raises(BrokenConversationError, match="unasked"):
        await read_on(flood)


async def test_what_it_writes_to_its_errors_never_stops_it_and_its_end_is_kept(start: Start) -> None:
    talk = start("import sys\nsys.stderr.write('x' * 5_000_000 + 'the end'); print('done', flush=True)")
    await talk.start()
    assert await talk.line() == b"done"
    assert await talk.line() is None
    await talk.end()
    assert talk.errors.endswith("the end")
    assert len(talk.errors) <= ERRORS_KEPT


async def test_a_program_that_reads_nothing_does_not_hold_up_its_end(start: Start) -> None:
    talk = start("import time; time.sleep(600)")
    await talk.start()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await talk.say(b"x" * 10_000_000)
    await talk.end(grace_s=0.1)
    assert talk.returncode is not None


def test_a_part_of_an_attempt_is_ended_alone_but_belongs_to_it() -> None:
    whole = cookie("gtm/A12.2", "token")
    part = part_of(whole, "browser.1")
    assert part != whole
    assert attempt_of(part, "token") == attempt_of(whole, "token") == "gtm/A12.2"
    assert attempt_of(part, "other") is None
    assert attempt_of(part_of("token", "browser.2"), "token") == "tool"
    assert sweep(uuid.uuid4().hex) == ()
