"""A mission in an engine: its rows are what its events give, whatever an earlier release or a fault left there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from engine.ledger import bodies as b
from engine.ledger.protocol import NewEvent, Store, ViewRow
from engine.ledger.sqlite import SqliteStore
from engine.loop.enact import Step
from engine.loop.runner import Runner
from engine.values import MissionId
from engine.views.rows import KINDS, VIEW_VERSION, rows
from tests.engine.ledger.stores import GTM
from tests.engine.ledger.test_schema import FILES
from tests.engine.receipt.story import START, waiting_for_approval


def _raise(_mission: MissionId, error: Exception) -> None:
    raise error


async def led(store: Store) -> Runner:
    """A runner that has read the mission, as an engine that has just started."""
    epoch = await store.acquire("host:9:z", version="2", wall=1)
    assert epoch is not None
    runner = Runner(store, GTM, epoch=epoch, clock=lambda: 2 * START, start=lambda job: None, fault=_raise)
    await runner.load()
    return runner


async def stored(store: Store) -> dict[tuple[str, str], object]:
    return {(row.kind, row.id): row.body for kind in KINDS for row in await store.views(kind, GTM)}


async def test_p18_the_rows_of_an_earlier_release_are_written_anew_when_an_engine_starts(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as conn:
        conn.executescript((FILES / "schema-1.sql").read_text("utf-8"))
    store = SqliteStore.open(tmp_path / "ledger.db", threaded=False)
    before = await stored(store)
    runner = await led(store)
    after = await stored(store)
    assert after == rows(runner.state)
    assert after["card", "gtm"]["view_version"] == VIEW_VERSION  # type: ignore[index]
    assert after.keys() == before.keys()
    assert after != before
    await store.close()


async def test_rows_that_are_as_they_should_be_are_not_written_again(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "ledger.db", threaded=False)
    epoch = await store.acquire("host:1:a", version="1", wall=1)
    assert epoch is not None
    events = [NewEvent(e.kind, e.body, e.actor, e.at) for e in waiting_for_approval().events]
    await store.append(GTM, 0, events, epoch=epoch, wall=1, views=[ViewRow("task", "gtm/T99", GTM, {"of": "nothing"})])
    await store.release(epoch)
    await led(store)
    number = (await store.changes())[1]
    assert "gtm/T99" not in {row.id for row in await store.views("task")}
    runner = await led(store)
    assert (await store.changes())[1] == number
    await runner.commit(Step((b.TaskCancelled(task="T3", because="enough"),)))
    told = {(row.kind, row.id) for row in (await store.changes(number))[0]}
    assert told == {("task", "gtm/T3"), ("card", "gtm"), ("attention", "gtm/Q1")}  # an hour has passed for the queue
    assert await stored(store) == rows(runner.state)
    await store.close()
