"""What front ends read, and the little that they write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.errors import StoreError
from engine.ledger.protocol import Answer, Answered, Progress, ViewRow
from engine.ledger.reader import Inbox, Reader
from engine.values import HOME, sha256
from tests.engine.ledger.stores import GTM, SEO, Ledger, command, event, listed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_importing_it_costs_little() -> None:
    check = "import engine.ledger.reader, sys; print([m for m in sys.modules if m.split('.')[0] in sys.argv[1:]])"
    heavy = ["pydantic", "sqlite_utils", "rfc8785", "platformdirs", "asyncio", "dataclasses", "click"]
    done = subprocess.run([sys.executable, "-c", check, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_events_as_plain_dictionaries(file_ledger: Ledger, path: Path) -> None:
    store, epoch = await file_ledger.engine()
    await store.append(GTM, 0, [event("task.added", n=1), event("task.ready", n=2)], epoch=epoch, wall=5)
    await store.append(SEO, 0, [event("task.added", n=3)], epoch=epoch, wall=6)
    stored = await listed(store)
    with Reader.open(path) as reader:
        assert reader.warning == ""
        assert list(reader.events()) == [
            {name: getattr(one, name) for name in one.__dataclass_fields__} for one in stored
        ]
        assert [one["seq"] for one in reader.events(mission="gtm")] == [1, 2]
        assert [one["seq"] for one in reader.events(after=1)] == [2, 3]
        assert [one["seq"] for one in reader.events(kinds=["task.added"])] == [1, 3]
        assert [one["seq"] for one in reader.events("gtm", kinds=["task.added", "task.ready"], limit=1)] == [1]
        assert list(reader.events(kinds=[])) == []
        assert list(reader.events(limit=0)) == []
        assert reader.missions() == ["gtm", "seo"]
        assert reader.head("gtm") == {"height": 2, "hash": stored[1].hash, "seq": 2}
        assert reader.head("none") == {"height": 0, "hash": "", "seq": 0}


async def test_more_events_than_a_page(file_ledger: Ledger, path: Path) -> None:
    store, epoch = await file_ledger.engine()
    await store.append(GTM, 0, [event(n=n) for n in range(1_500)], epoch=epoch, wall=5)
    with Reader.open(path) as reader:
        assert [one["body"]["n"] for one in reader.events()] == list(range(1_500))
        assert len(list(reader.events(limit=700))) == 700
        assert len(list(reader.events("gtm", after=1_490))) == 10


async def test_views_blobs_progress_and_lease(file_ledger: Ledger, path: Path) -> None:
    store, epoch = await file_ledger.engine()
    rows = [ViewRow("task", "gtm/T2", GTM, {"n": 2}), ViewRow("task", "seo/T1", SEO, {"n": 1})]
    await store.append(GTM, 0, [event()], epoch=epoch, wall=1, views=rows)
    await store.put_blobs({sha256(b"x"): b"x"})
    await store.progress(Progress("gtm/A1.1", GTM, "reading", 42, 7))
    await store.beat(epoch, wall=9, idle=True)
    with Reader.open(path) as reader:
        assert reader.views("task") == [
            {"n": 2, "id": "gtm/T2", "mission": "gtm"},
            {"n": 1, "id": "seo/T1", "mission": "seo"},
        ]
        assert reader.views("task", "seo") == [{"n": 1, "id": "seo/T1", "mission": "seo"}]
        assert reader.blob(sha256(b"x")) == b"x"
        assert reader.blob("0" * 64) is None
        assert reader.progress("gtm") == [{"job": "gtm/A1.1", "note": "reading", "micro_usd": 42, "wall": 7}]
        lease = {"owner": "host:1:a", "epoch": epoch, "version": "1.0", "beat": 9, "idle": True}
        assert reader.lease() == {**lease, "alive": True}
        await store.close()
        assert reader.lease() == {**lease, "alive": False}


async def test_a_command_goes_in_and_its_answer_comes_back(file_ledger: Ledger, path: Path) -> None:
    store, epoch = await file_ledger.engine()
    inbox = Inbox(path)
    assert inbox.submit("k", "approve", "gtm", {"digest": "ab"}, "human:ada", 1)
    assert not inbox.submit("k", "approve", "gtm", {"digest": "cd"}, "human:ada", 2)
    assert await store.pending() == [command("k", digest="ab")]
    with Reader.open(path) as reader:
        assert reader.answer("unknown") is None
        assert reader.answer("k") == {"state": "pending", "error": "", "ids": []}
        before = reader.data_version()
        done = Answered("k", Answer("done", ids=("gtm/F7",)))
        await store.append(HOME, 0, [event()], epoch=epoch, wall=1, answers=[done])
        assert reader.data_version() != before
        assert reader.answer("k") == {"state": "done", "error": "", "ids": ["gtm/F7"]}


async def test_a_waiting_engine_notices_what_a_front_end_wrote(file_ledger: Ledger, path: Path) -> None:
    store, _ = await file_ledger.engine()
    Inbox(path).submit("before", "approve", "gtm", {}, "human:ada", 1)
    await store.wait(0, 60)
    code = "import sys; from pathlib import Path; from engine.ledger.reader import Inbox; "
    code += "Inbox(Path(sys.argv[1])).submit('other', 'approve', 'gtm', {}, 'human:ada', 1)"
    with subprocess.Popen([sys.executable, "-c", code, str(path)]) as other:
        await store.wait(0, 60)
        assert [one.key for one in await store.pending()] == ["before", "other"]
    assert other.returncode == 0


def test_the_first_command_of_a_new_home_makes_the_ledger(path: Path) -> None:
    with pytest.raises(StoreError, match="there is no ledger here"):
        Inbox(path).submit("k", "approve", "gtm", {}, "human:ada", 1)
    path.touch()
    assert Inbox(path).submit("k", "approve", "gtm", {}, "human:ada", 1)
    with Reader.open(path) as reader:
        assert reader.answer("k") == {"state": "pending", "error": "", "ids": []}


async def test_blobs_of_a_front_end(file_ledger: Ledger, path: Path) -> None:
    store, _ = await file_ledger.engine()
    Inbox(path).put_blobs({sha256(b"y"): b"y"})
    Inbox(path).put_blobs({sha256(b"y"): b"y"})
    assert await store.blob(sha256(b"y")) == b"y"
    with pytest.raises(ValueError, match="does not fit"):
        Inbox(path).put_blobs({sha256(b"y"): b"z"})


async def test_bad_text_of_a_front_end(file_ledger: Ledger, path: Path) -> None:
    store, _ = await file_ledger.engine()
    Inbox(path).submit("k", "reject", "gtm", {"reason": "a\x00b\ud800"}, "human:\x00ada", 1)
    (stored,) = await store.pending()
    assert (stored.body, stored.actor) == ({"reason": "ab\ufffd"}, "human:ada")
    with pytest.raises(ValueError, match="reject: n is a float"):
        Inbox(path).submit("l", "reject", "gtm", {"n": 0.5}, "human:ada", 1)


async def test_a_reader_cannot_write(file_ledger: Ledger, path: Path) -> None:
    await file_ledger.engine()
    with Reader.open(path) as reader, pytest.raises(StoreError, match="is read-only here"):
        reader.query("UPDATE lease SET epoch = 99")


async def test_only_rows_that_changed_are_read_again(file_ledger: Ledger, path: Path) -> None:
    store, epoch = await file_ledger.engine()
    task, card = ViewRow("task", "gtm/T1", GTM, {"n": 1}), ViewRow("card", "gtm", GTM, {"n": 1})
    with Reader.open(path) as reader:
        assert reader.changes() == ([], [], 0, True)
        await store.append(GTM, 0, [event()], epoch=epoch, wall=1, views=[task, card])
        told = reader.changes()
        shown = {"n": 1, "mission": "gtm"}
        assert told.rows == [("task", {**shown, "id": "gtm/T1"}), ("card", {**shown, "id": "gtm"})]
        assert told.whole
        await store.append(
            GTM, 1, [event()], epoch=epoch, wall=1,
            views=[ViewRow("card", "gtm", GTM, {"n": 2}), ViewRow("task", "gtm/T1", GTM, None)],
        )  # fmt: skip
        news = reader.changes(told.seq)
        assert news.rows == [("card", {"n": 2, "id": "gtm", "mission": "gtm"})]
        assert (news.removed, news.whole) == ([("task", "gtm/T1", "gtm")], False)
        assert reader.changes(news.seq) == ([], [], news.seq, False)
        assert reader.changes().removed == []
        assert reader.changes().seq == news.seq


async def test_a_ledger_that_has_not_begun_has_no_rows(path: Path) -> None:
    path.touch()
    with Reader.open(path) as reader:
        assert reader.changes() == ([], [], -1, True)
        assert reader.latest(None, None, 5) == []
        assert reader.progress_since(0, 5) == []


async def test_the_newest_events_of_some_kinds(file_ledger: Ledger, path: Path) -> None:
    store, epoch = await file_ledger.engine()
    for n in range(12):
        kinds = ("charge.settled", "task.added", "task.accepted")
        mission, height = (GTM, SEO)[n % 2], n // 2
        await store.append(mission, height, [event(kinds[n % 3], n=n)], epoch=epoch, wall=1)

    def numbers(*arguments: Any, **more: Any) -> list[int]:
        with Reader.open(path) as reader:
            return [one["body"]["n"] for one in reader.latest(*arguments, **more)]

    assert numbers(None, None, 3) == [11, 10, 9]
    assert numbers(None, None, 3, before=10) == [8, 7, 6]
    assert numbers("gtm", None, 2) == [10, 8]
    assert numbers("gtm", None, 9, before=9) == [6, 4, 2, 0]
    assert numbers("gtm", None, 9, before=1) == []
    assert numbers(None, ["charge.settled"], 3) == [9, 6, 3]
    assert numbers(None, ["charge.settled", "task.added"], 3) == [10, 9, 7]
    assert numbers("gtm", ["charge.settled", "task.added"], 9, before=10) == [6, 4, 0]
    assert numbers(None, [], 3) == numbers("none", None, 3) == numbers(None, None, 0) == []


async def test_the_newest_charges_are_found_along_an_index(file_ledger: Ledger, path: Path) -> None:
    store, epoch = await file_ledger.engine()
    await store.append(GTM, 0, [event()], epoch=epoch, wall=1)
    plan = "EXPLAIN QUERY PLAN SELECT seq FROM events WHERE {}kind = 'x' AND seq < 9 ORDER BY seq DESC LIMIT 3"
    with Reader.open(path) as reader:
        for where, index in (("", "events_of_kind"), ("mission = 'gtm' AND ", "events_by_kind")):
            told = " ".join(row[3] for row in reader.query(plan.format(where)))
            assert index in told
            assert "TEMP B-TREE" not in told


async def test_the_words_of_jobs_since_a_moment(file_ledger: Ledger, path: Path) -> None:
    store = file_ledger.open()
    for n in range(4):
        await store.progress(Progress(f"gtm/A{n}.1", GTM, "on it", n, 100 + n))
    with Reader.open(path) as reader:
        assert [word["job"] for word in reader.progress_since(102, 9)] == ["gtm/A3.1", "gtm/A2.1"]
        assert reader.progress_since(0, 1)[0] == {
            "job": "gtm/A3.1", "mission": "gtm", "note": "on it", "micro_usd": 3, "wall": 103,
        }  # fmt: skip
