"""What a front end holds of its ledger, and what it is told when the ledger is not what it should be."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cockpit.client import Client, in_flight, queue, totals
from engine.errors import CockpitError, StoreError
from engine.home import Home
from tests.cockpit.ledger import Ledger, attention, card, home_at

EVERYTHING = {("card", "gtm"), ("branch", "gtm/B1"), ("task", "gtm/T1")}


@pytest.fixture
def client(home: Home) -> Client:
    return Client(home, clock=lambda: 5_000)


def test_what_stands_before_the_first_paint_is_light(tmp_path: Path) -> None:
    check = (
        "import sys; from pathlib import Path; from cockpit.client import Client; from engine.home import Home\n"
        "client = Client(Home.at(Path(sys.argv[1])), clock=lambda: 0); client.pull()\n"
        "print([m for m in sys.modules if m.split('.')[0] in sys.argv[2:]])"
    )
    heavy = ["pydantic", "sqlite_utils", "asyncio", "textual", "rich", "argparse", "platformdirs", "ruamel", "keyring"]
    done = subprocess.run(
        [sys.executable, "-c", check, str(tmp_path), *heavy], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


# -- following


def test_a_pull_says_what_is_different_now(client: Client, ledger: Ledger) -> None:
    assert client.pull() == frozenset()
    assert not client.changed()
    ledger.mission()
    assert client.changed()
    assert client.pull() == EVERYTHING
    assert (client.changed(), client.pull()) == (False, frozenset())
    ledger.view("card", "gtm", "gtm", card("gtm", spent_micro_usd=9))
    assert client.pull() == {("card", "gtm")}
    assert client.views.cards["gtm"].spent == 9


def test_a_glance_leaves_the_rest_for_the_next_pull(client: Client, ledger: Ledger) -> None:
    assert client.glance() == frozenset()
    ledger.mission()
    ledger.question()
    ledger.mission("seo")
    assert client.glance(1) == {("card", "gtm"), ("card", "seo"), ("attention", "gtm/Q4"), ("task", "gtm/T1")}
    assert client.changed()
    assert client.pull() == {("branch", "gtm/B1"), ("branch", "seo/B1"), ("task", "seo/T1")}
    assert not client.changed()


def test_a_row_that_was_written_as_it_was_is_no_news(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    client.pull()
    ledger.view("card", "gtm", "gtm", card("gtm"))
    assert client.changed()
    assert client.pull() == frozenset()


def test_a_row_that_went_is_told_and_gone(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    ledger.question()
    client.pull()
    assert [row.id for row in queue(client.views)] == ["gtm/Q4"]
    ledger.drop("attention", "gtm/Q4", "gtm")
    assert client.pull() == {("attention", "gtm/Q4")}
    assert queue(client.views) == []


def test_the_latest_word_of_a_job_and_the_engine(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    client.pull()
    ledger.run("INSERT OR REPLACE INTO progress VALUES ('gtm/A1.1', 'gtm', 'half way', 3, 100)")
    assert client.pull() == {("progress", "gtm/A1.1")}
    ledger.run("UPDATE progress SET note = 'there', wall = 90")  # another process's clock is a little behind
    assert client.pull() == {("progress", "gtm/A1.1")}
    assert client.views.progress["gtm/A1.1"].note == "there"
    ledger.run("UPDATE lease SET owner = 'a', version = '1.2', beat = 7")
    assert client.pull() == {("engine", "")}
    assert (client.views.engine.version, client.views.engine.alive) == ("1.2", False)
    ledger.run("UPDATE lease SET beat = 8")
    assert client.pull() == frozenset()
    assert client.views.engine.beat == 8


def test_sums_and_the_order_of_the_queue(client: Client, ledger: Ledger) -> None:
    for slug in ("gtm", "seo"):
        ledger.mission(slug, reserved_micro_usd=100)
    for short, rank, raised in (("Q1", 5, 9), ("Q2", 90, 3), ("Q3", 5, 2)):
        ledger.view("attention", f"gtm/{short}", "gtm", attention("gtm", short, rank=rank, raised_at=raised))
    client.pull()
    assert [row.id for row in queue(client.views)] == ["gtm/Q2", "gtm/Q3", "gtm/Q1"]
    told = totals(client.views)
    assert (told.missions, told.spent, told.reserved, told.budget) == (2, 8_400, 200, 1_000_000_000)
    assert (told.attention, told.minutes) == (3, 3)
    ledger.mission("seo", reserved_micro_usd=100, ended_at=9)
    client.pull()
    assert totals(client.views).budget == 500_000_000 + 4_200, "what is over costs what it did, and no more"


def test_a_mission_has_a_clock_of_its_own(client: Client, ledger: Ledger) -> None:
    ledger.mission("gtm", now=1_000, skew=86_400_000)
    ledger.mission("seo", now=9_000)
    client.pull()
    assert [client.now(slug) for slug in ("gtm", "seo", "none")] == [86_405_000, 9_000, 5_000]


# -- happenings and charges


def test_a_tail_tells_the_loud_ones_newest_last(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    for number in range(5):
        ledger.event("gtm", "route.chosen", {"name": "m", "because": "cheap"}, at=number)
        ledger.event("gtm", "task.accepted", {"task": "T1"}, at=number)
    client.pull()
    told = client.tail("gtm", limit=3)
    assert [(line.at, line.text, line.state, line.kind) for line in told] == [
        (number, "draft batch 1 accepted", "accepted", "task.accepted") for number in (2, 3, 4)
    ]
    before = client.tail("gtm", limit=9, before=told[0].seq)
    assert [line.at for line in before][-2:] == [0, 1]
    assert before[0].text == "new mission: Find a channel"
    assert client.tail("seo", limit=3) == []
    assert [line.kind for line in client.tail(None, limit=9, kinds=["mission.created"])] == ["mission.created"]


def test_what_others_wrote_is_made_visible_in_a_tail(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    ledger.event("gtm", "learning.recorded", {"learning": "L1", "text": "a\x1b[31m" + "\u202eb" + "c" * 500})
    client.pull()
    (line,) = client.tail("gtm", limit=1)
    assert "\x1b" not in line.text
    assert "<U+202E>" in line.text
    assert len(line.text) < 200


CHARGE = {
    "attempt": "A1.1", "task": "T1", "branch": "B1", "role": "writer", "worker": "model", "model": "heron",
    "purpose": "work", "outcome": "useful", "tokens": {"input": 10, "output": 5}, "micro_usd": 4_200,
    "basis": "reported",
}  # fmt: skip


def test_charges_and_their_corrections(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    ledger.event("gtm", "charge.settled", CHARGE, at=10)
    ledger.event("gtm", "charge.corrected", {"attempt": "A1.1", "micro_usd": -200, "because": "late"}, at=20)
    client.pull()
    first, second = client.charges(None, limit=9)
    assert (first.task, first.task_title, first.branch_key) == ("gtm/T1", "draft batch 1", "main")
    assert (first.tokens, first.micro_usd, first.outcome) == ((10, 5, 0, 0, 0), 4_200, "useful")
    assert (second.micro_usd, second.outcome, second.basis) == (-200, "corrected", "correction")
    assert (second.role, second.model, second.task) == ("writer", "heron", "gtm/T1")
    assert client.charges("gtm", limit=1) == [second]
    assert client.charges("gtm", limit=9, before=second.seq) == [first]
    assert client.charges("seo", limit=9) == []


def test_what_came_since(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    client.pull()
    mark = client.newest()
    ledger.event("gtm", "charge.settled", CHARGE)
    ledger.event("gtm", "task.accepted", {"task": "T1"})
    news = client.since(None, mark)
    assert [line.kind for line in news.happenings] == ["task.accepted"]
    assert [line.micro_usd for line in news.charges] == [4_200]
    assert (news.seq, news.missed) == (mark + 2, False)
    assert client.since(None, news.seq) == ([], [], news.seq, False)
    assert client.since("gtm", mark, limit=1).missed


def test_what_is_reserved_comes_from_the_tasks_that_run(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    client.pull()
    assert in_flight(client.views) == []
    row = {"key": "draft", "title": "draft", "role": "writer", "kind": "review", "state": "running", "worker": "model",
           "branch": "gtm/B1", "branch_key": "main", "route": "heron", "spent_micro_usd": 0,
           "reserved_micro_usd": 700, "attempt": "gtm/A2.1", "since": 40}  # fmt: skip
    ledger.view("task", "gtm/T2", "gtm", row)
    client.pull()
    (line,) = in_flight(client.views, "gtm")
    assert (line.reserved, line.micro_usd, line.attempt, line.purpose) == (True, 700, "gtm/A2.1", "review")
    assert in_flight(client.views, "seo") == []


# -- a ledger that is not what it should be


def test_a_home_without_a_ledger_is_an_empty_view_until_there_is_one(tmp_path: Path) -> None:
    client = Client(Home.at(tmp_path / "new"), clock=lambda: 0)
    assert not client.changed()
    assert client.pull() == frozenset()
    assert (client.tail(None, limit=5), client.charges(None, limit=5), client.newest()) == ([], [], 0)
    assert (client.blob("a" * 64), client.since(None, 0).seq) == (None, 0)
    Ledger(home_at(tmp_path / "new")).mission()
    assert client.changed()
    assert client.pull() == EVERYTHING
    client.close()


def test_a_ledger_that_vanishes_leaves_an_empty_view_and_one_that_comes_is_read(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    ledger.run("INSERT INTO progress VALUES ('gtm/A1.1', 'gtm', 'half way', 3, 100)")
    client.pull()
    for end in ("", "-wal", "-shm"):
        Path(f"{ledger.home.ledger}{end}").unlink(missing_ok=True)
    assert client.changed()
    assert client.pull() == {*EVERYTHING, ("progress", "gtm/A1.1")}
    assert (client.views.cards, client.changed()) == ({}, False)
    Ledger(home_at(ledger.home.root)).mission("seo")
    assert client.changed()
    assert ("card", "seo") in client.pull()
    assert client.tail("seo", limit=1)


def test_a_ledger_that_was_replaced_is_read_anew(client: Client, ledger: Ledger, tmp_path: Path) -> None:
    ledger.mission()
    client.pull()
    other = Ledger(home_at(tmp_path / "other"))
    other.mission("seo")
    for end in ("-wal", "-shm"):
        Path(f"{ledger.home.ledger}{end}").unlink(missing_ok=True)
    with closing(sqlite3.connect(other.home.ledger)) as conn:
        conn.execute("PRAGMA journal_mode=DELETE")
    other.home.ledger.replace(ledger.home.ledger)
    assert client.changed()
    assert {("card", "gtm"), ("card", "seo")} <= client.pull()
    assert list(client.views.cards) == ["seo"]


def _garbage(path: Path) -> None:
    path.write_bytes(b"no ledger at all" * 100)


def _short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def _foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE t(x)")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [_garbage, _short, _foreign, _folder])
def test_a_ledger_that_cannot_be_read_says_so(home: Home, harm: Callable[[Path], None]) -> None:
    Ledger(home).mission()
    for end in ("-wal", "-shm"):
        Path(f"{home.ledger}{end}").unlink(missing_ok=True)
    harm(home.ledger)
    client = Client(home, clock=lambda: 0)
    for _again in range(2):
        assert client.changed()
        with pytest.raises(CockpitError) as caught:
            client.pull()
        assert str(caught.value).startswith(str(home.ledger))


def test_a_file_where_the_home_belongs_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    client = Client(Home.at(tmp_path / "file"), clock=lambda: 0)
    with pytest.raises(StoreError, match="lies below a file"):
        client.pull()


def test_a_locked_ledger_keeps_what_was_shown_and_is_tried_again(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    ledger.run("PRAGMA journal_mode=DELETE")
    client.pull()
    with closing(sqlite3.connect(ledger.home.ledger, isolation_level=None)) as conn:
        conn.execute("BEGIN EXCLUSIVE")
        conn.execute("DELETE FROM views WHERE kind = 'task'")
        with pytest.raises(StoreError, match="is locked by another program"):
            client.pull()
        conn.execute("ROLLBACK")
    assert "gtm" in client.views.cards
    ledger.question()
    assert client.pull() == {("attention", "gtm/Q4")}


def test_a_newer_ledger_is_shown_with_a_warning(home: Home, ledger: Ledger) -> None:
    ledger.mission()
    ledger.run("PRAGMA user_version=99")
    client = Client(home, clock=lambda: 0)
    assert client.pull() == EVERYTHING
    assert "was written by a newer release" in client.warning


def test_rows_of_another_release_are_left_out_and_named(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    ledger.view("card", "old", "old", {"name": "of long ago"})
    ledger.view("gauge", "gtm", "gtm", {"of": "a later release"})
    assert client.pull() == EVERYTHING
    assert "1 rows of another release cannot be shown (card old)" in client.warning
    ledger.view("card", "old", "old", card("old"))
    assert client.pull() == {("card", "old")}
    assert client.warning == ""


def test_a_damaged_row_says_so(client: Client, ledger: Ledger) -> None:
    ledger.mission()
    ledger.run("UPDATE views SET body = '{' WHERE kind = 'task'")
    with pytest.raises(StoreError, match="is damaged"):
        client.pull()
