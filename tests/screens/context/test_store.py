"""Which attempts there are, what comes before and after, and what the earlier ones read and wrote."""

from __future__ import annotations

from typing import Any

from cockpit.screens.context.store import Stop, Store, at, before, first, stops
from engine.views.models import TaskRow
from tests.screens.spend.rows import charge


def task(number: int, state: str, role: str = "writer", **more: Any) -> TaskRow:
    row = {"id": f"gtm/T{number}", "mission": "gtm", "branch": "gtm/B1", "key": "t", "title": f"task {number}",
           "role": role, "kind": "work", "state": state, "spent_micro_usd": 0}  # fmt: skip
    return TaskRow.of({**row, **more})


def compiled(seq: int, number: int, attempt: str) -> dict[str, Any]:
    return {"seq": seq, "mission": "gtm", "body": {"task": f"T{number}", "attempt": attempt}}


EVENTS = [compiled(10, 2, "A2.1"), compiled(20, 1, "A1.1"), compiled(30, 2, "A2.2")]
TASKS = {
    row.id: row
    for row in (task(1, "accepted", "reviewer"), task(2, "running"), task(3, "waiting"), task(4, "cancelled"))
}


def walk() -> list[Stop]:
    return stops(EVENTS, TASKS)


def test_attempts_stand_task_by_task_and_end_with_the_next_one() -> None:
    assert [(stop.task[4:], stop.attempt[4:] or "next", stop.number, stop.of) for stop in walk()] == [
        ("T2", "A2.1", 1, 2), ("T2", "A2.2", 2, 2), ("T2", "next", 3, 2), ("T1", "A1.1", 1, 1), ("T3", "next", 1, 0),
    ]  # fmt: skip


def test_it_begins_with_what_runs() -> None:
    assert first("", walk(), TASKS).attempt == "gtm/A2.2"  # type: ignore[union-attr]


def test_it_begins_with_what_was_asked_for() -> None:
    assert first("gtm/T3", walk(), TASKS) == walk()[-1]
    assert first("gtm/A2.1", walk(), TASKS) == walk()[0]


def test_of_what_is_over_the_last_attempt_is_seen() -> None:
    assert at("gtm/T1", walk(), TASKS).attempt == "gtm/A1.1"  # type: ignore[union-attr]
    assert at("gtm/T4", walk(), TASKS) is None


def test_an_attempt_is_compared_with_the_one_before_of_its_task_or_role() -> None:
    found = walk()
    assert before(found[1], found, TASKS) == found[0]
    assert before(found[2], found, TASKS) == found[1]
    assert before(found[4], found, TASKS) == found[1]  # the last of a writer
    assert before(found[0], found, TASKS) is None


class Ledger:
    """Charges and events in memory."""

    def __init__(self, unread: int = 0) -> None:
        self.lines = [
            charge(12, attempt="gtm/A2.1", tokens=(1_000, 200, 0, 0, 0), micro_usd=7),
            charge(25, attempt="gtm/A1.1", tokens=(500, 0, 100, 0, 0)),
        ]
        self.unread = unread

    def events(self, mission: str | None, *, limit: int, before: int | None = None, kinds: Any = None) -> list[Any]:
        """The compiled packages."""
        return EVENTS[-limit:] if kinds == ("package.compiled",) else []

    def charges(self, mission: str | None, *, limit: int, before: int | None = None) -> list[Any]:
        """Both."""
        return self.lines

    def charged(self, mission: str | None, *, after: int = 0, before: int | None = None) -> int:
        """How many lie before."""
        return self.unread

    def blob(self, sha: str) -> bytes | None:
        """None."""
        return None


def test_what_earlier_attempts_read_and_wrote_is_the_sum_of_their_charges() -> None:
    store = Store("gtm")
    assert store.carried(walk()[2]) is None
    store.account(Ledger())
    assert store.carried(walk()[2]).tokens == 1_800  # type: ignore[union-attr]
    assert store.carried(walk()[3]).tokens == 1_200  # type: ignore[union-attr]
    assert store.carried(walk()[0]).tokens == 0  # type: ignore[union-attr]
    assert store.paid(walk()[0]) == 7
    assert store.paid(walk()[2]) is None


def test_a_sum_that_is_not_whole_says_so() -> None:
    store = Store("gtm")
    store.account(Ledger(unread=5))
    assert store.carried(walk()[2]).least  # type: ignore[union-attr]


def test_new_packages_are_noticed_once() -> None:
    store = Store("gtm")
    assert store.refresh(Ledger())
    assert not store.refresh(Ledger())
    assert [event["seq"] for event in store.compiled] == [10, 20, 30]
