"""What every store promises about events and the lease."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.ledger.chain import faults
from engine.ledger.protocol import (
    ConflictError,
    FencedError,
    Head,
    Job,
    NewEvent,
    ViewRow,
)
from engine.values import HOME, MissionId, canonical, sha256
from tests.engine.ledger.stores import GTM, SEO, Ledger, event, listed


class HistoryContract:
    """Appending, reading, text from the world, the lease."""

    # --- append and read -------------------------------------------------------------------------------------

    async def test_events_come_back_as_they_were_recorded(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        body = {"text": "grüße 🎈", "n": 3, "none": None, "yes": True, "list": [1, {"a": "b"}]}
        height = await store.append(GTM, 0, [NewEvent("task.added", body, "human:ada", 7, 2)], epoch=epoch, wall=9)
        assert height == 1
        (read,) = await listed(store)
        assert (read.seq, read.mission, read.height, read.kind, read.version) == (1, GTM, 1, "task.added", 2)
        assert (read.body, read.actor, read.at, read.wall, read.epoch) == (body, "human:ada", 7, 9, epoch)
        assert (read.body_hash, read.prev) == (sha256(canonical(body)), "")

    async def test_each_mission_has_its_own_chain_and_all_share_one_order(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.append(GTM, 0, [event(n=1), event(n=2)], epoch=epoch, wall=1)
        await store.append(HOME, 0, [event("rule.adopted")], epoch=epoch, wall=2)
        assert await store.append(GTM, 2, [event(n=3)], epoch=epoch, wall=3) == 3
        assert [(one.seq, one.mission, one.height) for one in await listed(store)] == [
            (1, "gtm", 1),
            (2, "gtm", 2),
            (3, "home", 1),
            (4, "gtm", 3),
        ]
        for mission in (GTM, HOME):
            assert not list(faults(await listed(store, mission=mission)))
        assert await store.missions() == [GTM, HOME]

    async def test_the_head_is_the_last_event(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        assert await store.head(GTM) == Head(0, "", 0)
        await store.append(HOME, 0, [event()], epoch=epoch, wall=1)
        await store.append(GTM, 0, [event(), event()], epoch=epoch, wall=1)
        last = (await listed(store))[-1]
        assert await store.head(GTM) == Head(2, last.hash, 3)

    async def test_reading_continues_after_a_seq(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        for number in range(3):
            await store.append(GTM, number, [event(n=number)], epoch=epoch, wall=1)
            await store.append(SEO, number, [event(n=number)], epoch=epoch, wall=1)
        assert [one.seq for one in await listed(store, after=4)] == [5, 6]
        assert [one.seq for one in await listed(store, after=2, mission=SEO)] == [4, 6]
        assert [one.seq for one in await listed(store, after=5, mission=GTM)] == []
        assert await listed(store, after=99) == []
        assert await listed(store, mission=MissionId("none")) == []

    async def test_two_thousand_events_of_one_mission(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        for start in range(0, 2_000, 500):
            await store.append(GTM, start, [event(n=start + n) for n in range(500)], epoch=epoch, wall=1)
        events = await listed(store, mission=GTM)
        assert [one.body["n"] for one in events] == list(range(2_000))
        assert not list(faults(events))
        assert [one.height for one in await listed(store, after=1_998, mission=GTM)] == [1_999, 2_000]

    async def test_what_was_read_cannot_change_what_is_stored(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        body = {"list": [1]}
        await store.append(GTM, 0, [NewEvent("task.added", body, "engine", 0)], epoch=epoch, wall=1)
        body["list"].append(2)
        (await listed(store))[0].body["list"].append(3)
        assert (await listed(store))[0].body == {"list": [1]}

    async def test_a_stale_height_is_a_conflict_and_writes_nothing(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.append(GTM, 0, [event()], epoch=epoch, wall=1)
        for stale in (0, 2):
            with pytest.raises(ConflictError, match="stands at height 1"):
                await store.append(
                    GTM, stale, [event()], epoch=epoch, wall=1, views=[ViewRow("card", "gtm", GTM, {"a": 1})]
                )
        assert len(await listed(store)) == 1
        assert await store.views("card") == []

    async def test_a_refused_append_leaves_no_gap_in_seq(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.append(GTM, 0, [event()], epoch=epoch, wall=1)
        with pytest.raises(ConflictError):
            await store.append(GTM, 0, [event()], epoch=epoch, wall=1)
        await store.append(GTM, 1, [event()], epoch=epoch, wall=1)
        assert [one.seq for one in await listed(store)] == [1, 2]

    async def test_appends_at_once_are_ordered_and_only_one_wins_a_height(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        outcomes = await asyncio.gather(
            *(store.append(GTM, 0, [event(n=n)], epoch=epoch, wall=1) for n in range(20)), return_exceptions=True
        )
        assert outcomes.count(1) == 1
        assert sum(isinstance(one, ConflictError) for one in outcomes) == 19
        await asyncio.gather(*(store.append(MissionId(f"m{n}"), 0, [event()], epoch=epoch, wall=1) for n in range(20)))
        assert len(await listed(store)) == 21

    async def test_wall_clocks_may_jump_both_ways(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        for height, wall in enumerate((1_000, 5, 9_000_000_000_000, 0)):
            await store.append(GTM, height, [event(at=wall)], epoch=epoch, wall=wall)
            await store.beat(epoch, wall=wall, idle=False)
        assert [one.wall for one in await listed(store)] == [1_000, 5, 9_000_000_000_000, 0]
        assert not list(faults(await listed(store)))

    async def test_jobs_are_accepted_and_left_to_the_executor(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        jobs = [Job("gtm/A1.1", "attempt", GTM, {"n": 1})]
        assert await store.append(GTM, 0, [event()], epoch=epoch, wall=1, jobs=jobs) == 1
        with pytest.raises(ValueError, match="attempt"):
            await store.append(GTM, 1, [event()], epoch=epoch, wall=1, jobs=[Job("x", "attempt", GTM, {"n": 1.5})])

    # --- text and numbers from the world ---------------------------------------------------------------------

    async def test_text_that_databases_refuse_is_mended_at_the_door(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        body = {"text": "a\x00b\ud800c", "k\x00": ["\udfff"]}
        await store.append(GTM, 0, [NewEvent("task.added", body, "a\x00b", 0)], epoch=epoch, wall=1)
        (read,) = await listed(store)
        assert read.body == {"text": "ab\ufffdc", "k": ["\ufffd"]}
        assert read.actor == "ab"
        assert not list(faults([read]))

    @pytest.mark.parametrize(
        ("body", "what"),
        [
            ({"n": float("nan")}, "n is a float"),
            ({"n": float("inf")}, "n is a float"),
            ({"list": [{"n": 0.5}]}, r"list\[0\].n is a float"),
            ({"n": 2**53}, "n is beyond 2\\^53"),
            ({"n": -(2**53)}, "n is beyond 2\\^53"),
            ({1: "x"}, "a key that is not text"),
            ({"a": 1, "a\x00": 2}, "the key 'a' twice"),
            ({"n": b"x"}, "of type bytes"),
        ],
    )
    async def test_a_body_that_cannot_be_hashed_is_refused_by_name(
        self, ledger: Ledger, body: dict[Any, Any], what: str
    ) -> None:
        store, epoch = await ledger.engine()
        with pytest.raises(ValueError, match=f"task.added: .*{what}"):
            await store.append(GTM, 0, [event(), NewEvent("task.added", body, "engine", 0)], epoch=epoch, wall=1)
        assert await listed(store) == []

    async def test_the_largest_integers_pass(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.append(GTM, 0, [event(most=2**53 - 1, least=-(2**53) + 1)], epoch=epoch, wall=1)
        assert (await listed(store))[0].body == {"most": 2**53 - 1, "least": -(2**53) + 1}

    async def test_a_time_that_is_no_whole_number_is_refused(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        for at in (-1, 1.5, True, 2**53):
            with pytest.raises(ValueError, match=r"task\.added: at"):
                await store.append(GTM, 0, [NewEvent("task.added", {}, "engine", at)], epoch=epoch, wall=1)  # type: ignore[arg-type]

    # --- the lease -------------------------------------------------------------------------------------------

    async def test_one_engine_at_a_time(self, ledger: Ledger) -> None:
        first, epoch = await ledger.engine("host:1:a")
        second = ledger.open()
        assert await second.acquire("host:2:b", version="1.1", wall=2) is None
        lease = await second.lease()
        assert lease is not None
        assert (lease.owner, lease.epoch, lease.version, lease.beat, lease.idle) == ("host:1:a", epoch, "1.0", 1, False)
        await first.release(epoch)
        assert await second.lease() is None
        assert await second.acquire("host:2:b", version="1.1", wall=3) == epoch + 1

    async def test_nobody_leads_before_the_first(self, ledger: Ledger) -> None:
        assert await ledger.open().lease() is None

    async def test_the_same_owner_started_again_gets_a_new_epoch(self, ledger: Ledger) -> None:
        first, epoch = await ledger.engine("me")
        assert await first.acquire("me", version="1.0", wall=2) == epoch + 1
        with pytest.raises(FencedError):
            await first.append(GTM, 0, [event()], epoch=epoch, wall=1)

    async def test_an_engine_that_lost_the_lease_is_fenced_off(self, ledger: Ledger) -> None:
        old, epoch = await ledger.engine("host:1:a")
        await old.release(epoch)
        new, later = await ledger.engine("host:2:b")
        with pytest.raises(FencedError, match=f"epoch {epoch}"):
            await old.append(GTM, 0, [event()], epoch=epoch, wall=1)
        with pytest.raises(FencedError):
            await old.beat(epoch, wall=2, idle=True)
        await old.release(epoch)
        assert await new.append(GTM, 0, [event()], epoch=later, wall=1) == 1
        assert await ledger.open().acquire("host:3:c", version="1", wall=3) is None

    async def test_a_released_lease_no_longer_appends(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.release(epoch)
        await store.release(epoch)
        with pytest.raises(FencedError):
            await store.append(GTM, 0, [event()], epoch=epoch, wall=1)

    async def test_a_closed_store_lets_the_next_engine_in(self, ledger: Ledger) -> None:
        first, epoch = await ledger.engine()
        await first.append(GTM, 0, [event()], epoch=epoch, wall=1)
        await first.close()
        _, later = await ledger.engine("host:2:b")
        assert later == epoch + 1

    async def test_a_beat_is_seen_by_others(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        await store.beat(epoch, wall=77, idle=True)
        lease = await ledger.open().lease()
        assert lease is not None
        assert (lease.beat, lease.idle) == (77, True)

    async def test_being_fenced_comes_before_being_in_conflict(self, ledger: Ledger) -> None:
        store, epoch = await ledger.engine()
        with pytest.raises(FencedError):
            await store.append(GTM, 5, [event()], epoch=epoch + 1, wall=1)
