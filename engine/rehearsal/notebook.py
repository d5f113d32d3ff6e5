"""A ledger in memory for a history whose events nobody reads again: it counts them, and hashes and keeps none.

What the loop itself asks a store for is as it always is: commands, results, blobs, heights, and who leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.ledger import transactions as sql
from engine.ledger.memory import MemoryStore
from engine.ledger.protocol import Answered, Event, Head, Job, NewEvent, ViewRow
from engine.values import MissionId


class Notebook(MemoryStore):
    """A `MemoryStore` that is written to and never read from."""

    async def append(
        self,
        mission: MissionId,
        expected_height: int,
        events: Sequence[NewEvent],
        *,
        epoch: int,
        wall: int,
        jobs: Sequence[Job] = (),
        views: Sequence[ViewRow] = (),
        answers: Sequence[Answered] = (),
        seen: Sequence[str] = (),
        history: Sequence[Event] = (),
    ) -> int:
        """The new height. Raises `ConflictError`, `FencedError`."""
        del wall, jobs, views, history
        memory = self._open()
        if memory.lease is None or memory.epoch != epoch:
            raise sql.fenced(mission, epoch)
        head = memory.heads.get(mission, sql.START)
        if head.height != expected_height:
            raise sql.conflict(mission, expected_height, head.height)
        memory.heads[mission] = Head(head.height + len(events), head.hash, head.seq + len(events))
        for item in answers:
            row = memory.inbox.get(item.key)
            if row is not None and row.answer.state == "pending":
                row.answer = replace(item.answer)
        for job in seen:
            if job in memory.results:
                memory.results[job].seen = True
        memory.wakes.ring()
        return memory.heads[mission].height
