"""The home stream of an engine: what is learnt of models outlives the engine, and counts once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.ledger import bodies as b
from engine.ledger.lease import LocalLock
from engine.ledger.protocol import Command, ConflictError, FencedError, Result
from engine.ledger.sqlite import SqliteStore
from engine.loop.homestream import HomeStream
from engine.loop.outcome import RefusedError
from engine.routing.catalogue import Candidate
from engine.state.model import Attempt, MissionState
from engine.values import HOME, MissionId

ADA = Candidate("ada", "model", model="ada", provider="north", setup="s")
NOW = 1_800_000_000_000
EMPTY = MissionState(MissionId("gtm"))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "ledger.db", threaded=False, synchronous="OFF", lock=LocalLock())
    yield opened
    await opened.close()


async def leader(store: SqliteStore) -> HomeStream:
    epoch = await store.acquire("test", version="0", wall=NOW)
    assert epoch is not None
    stream = HomeStream(store, lambda: NOW)
    await stream.load(epoch)
    return stream


def mission(worker: str = "model", state: str = "dispatched") -> MissionState:
    attempt = Attempt("A1.1", "T1", "clerk", worker, "ada", "", NOW, 1, 0, state=state, route={"setup": "s"})
    return MissionState(MissionId("gtm"), attempts={"A1.1": attempt})


def result(fault: str = "key_refused", **more: Any) -> Result:
    body = {"end": "failed", "fault": fault, "reason": "ada needs keyring:north", "usage": None} | more
    return Result("gtm/A1.1", MissionId("gtm"), "attempt", body)


async def test_what_is_learnt_is_known_to_the_next_engine(store: SqliteStore) -> None:
    first = await leader(store)
    await first.learn_first(mission(), result(), (ADA,))
    again = HomeStream(store, lambda: NOW)
    await again.load(first.epoch)
    assert again.state.models == first.state.models
    assert again.state.models["ada"].fault == "key_refused"


async def test_a_result_that_is_taken_in_twice_counts_once(store: SqliteStore) -> None:
    stream = await leader(store)
    await stream.learn_first(mission(), result("unreachable"), (ADA,))
    again = HomeStream(store, lambda: NOW)
    await again.load(stream.epoch)
    await again.learn_first(mission(), result("unreachable"), (ADA,))
    assert again.state.models["ada"].failures == 1


@pytest.mark.parametrize(
    ("state", "catalogue"),
    [
        (mission("rehearsed"), (ADA,)),
        (mission(state="lost"), (ADA,)),
        (mission(), ()),
        (MissionState(MissionId("g")), ()),
    ],
)
async def test_what_says_nothing_of_a_model_is_not_recorded(
    store: SqliteStore, state: MissionState, catalogue: tuple[Candidate, ...]
) -> None:
    stream = await leader(store)
    await stream.learn_first(state, result(), catalogue)
    assert stream.state.height == 0


async def test_a_mended_key_is_tried_at_once_and_an_outage_is_not(store: SqliteStore) -> None:
    stream = await leader(store)
    await stream.learn_first(mission(), result(), (ADA,))
    await stream.append((b.ModelUnavailable(name="bob", fault="throttled", because="x", until=NOW * 2, failures=1),))
    command = Command("k1", "mended", HOME, {}, "human:ada")
    await store.submit(command, wall=NOW)
    await stream.mended(command)
    assert list(stream.state.models) == ["bob"]
    answer = await store.answer("k1")
    assert answer is not None
    assert (answer.state, answer.ids) == ("done", ("ada",))


async def test_what_is_appended_is_known_without_reading_the_stream_again(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = await leader(store)
    before = stream.state
    monkeypatch.setattr(stream, "_folded", None)
    facts = (
        b.ContactSuppressed(person="p1", because="asked\x00 to stop", address=None, source="s"),
        b.ModelUnavailable(name="bob", fault="throttled", because="x", until=NOW * 2, failures=1),
    )
    await stream.append(facts)
    await stream.append((b.ContactRestored(person="p1", because="asked back"),))
    await stream.append((facts[0],))
    assert (before.height, before.suppressed, before.models) == (0, {}, {}), "whoever holds the old state keeps it"
    again = HomeStream(store, lambda: NOW)
    await again.load(stream.epoch)
    assert again.state == stream.state
    assert again.state.suppressed["p1"].because == "asked to stop"


async def test_a_stream_that_another_engine_leads_changes_nothing_here(store: SqliteStore) -> None:
    stream = await leader(store)
    other = await leader(store)
    await other.append((b.ContactSuppressed(person="p1", because="stop", address=None, source="s"),))
    with pytest.raises((FencedError, ConflictError)):
        await stream.append((b.ContactSuppressed(person="p2", because="stop", address=None, source="s"),))
    assert stream.state.suppressed == {}


async def test_what_was_measured_of_a_reviewer_is_kept_and_what_is_none_is_refused(store: SqliteStore) -> None:
    stream = await leader(store)
    kinds = (b.DefectCount(kind="good", sent_back=0, n=4), b.DefectCount(kind="fact", sent_back=3, n=4))
    said = b.ReviewerMeasured(
        name="ada", setup="s", model="north/ada", exam="reviewers/1", seed=1, kinds=kinds, planned=8, micro_usd=12
    )
    await stream.measured(Command("k1", "measured", HOME, {"told": said.model_dump_json()}, "human:ada"))
    again = HomeStream(store, lambda: NOW)
    await again.load(stream.epoch)
    row = again.state.reviewers["ada", "s", "reviewers/1", 1]
    assert (row.caught, row.bad, row.alarms, row.good, row.micro_usd, row.at) == (3, 4, 0, 4, 12, NOW)
    with pytest.raises(RefusedError):
        await stream.measured(Command("k2", "measured", HOME, {"told": "{}"}, "human:ada"))
    assert stream.state.height == 1
