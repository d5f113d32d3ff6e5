"""Charges, the account rows that an engine keeps of them, and a place to read them from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import strategies as st

from cockpit.client import ChargeLine
from engine.views.models import SpendRow, TaskRow

CENTS = st.integers(-50_000, 3_000_000)


def charge(seq: int, **more: object) -> ChargeLine:
    """One charge."""
    fields: dict[str, object] = {
        "seq": seq, "at": 1_000_000 + seq, "mission": "gtm", "task": "gtm/T1", "task_title": "draft batch 1",
        "branch_key": "main", "attempt": f"gtm/A1.{seq}", "role": "writer", "worker": "model", "model": "heron",
        "purpose": "work", "outcome": "useful", "tokens": (100, 20, 0, 0, 0), "micro_usd": 4_200, "basis": "reported",
    }  # fmt: skip
    return ChargeLine(**(fields | more))  # type: ignore[arg-type]


@st.composite
def accounts(draw: st.DrawFn, most: int = 40) -> list[ChargeLine]:
    """Charges of one mission or two, corrections among them."""
    found = []
    for seq in range(1, draw(st.integers(1, most)) + 1):
        task = draw(st.integers(1, 4))
        corrected = draw(st.integers(0, 9)) == 0
        amount = draw(CENTS) if corrected else draw(st.integers(0, 3_000_000))
        mission = draw(st.sampled_from(("gtm", "hero")))
        found.append(charge(
            seq, mission=mission, task=f"{mission}/T{task}", task_title=f"task {task % 2}",
            attempt=f"{mission}/A{task}.{seq}",
            branch_key="main" if task < 3 else "cold-email", role=draw(st.sampled_from(("writer", "reviewer"))),
            worker=draw(st.sampled_from(("model", "command"))), model=draw(st.sampled_from(("a/heron", "b/ocean", ""))),
            purpose=draw(st.sampled_from(("work", "review", "retry"))), micro_usd=amount,
            outcome="corrected" if corrected else draw(st.sampled_from(("useful", "failed", "lost", "cancelled"))),
            basis="correction" if corrected else "reported",
        ))  # fmt: skip
    return found


def kept(charges: Sequence[ChargeLine]) -> tuple[list[SpendRow], dict[str, dict[str, TaskRow]]]:
    """The rows of these charges, summed up as the engine does."""
    rows: list[SpendRow] = []
    tasks: dict[str, dict[str, TaskRow]] = {}
    for mission in dict.fromkeys(one.mission for one in charges):
        own = [one for one in charges if one.mission == mission]
        by = {name: Counter[str]() for name in ("branch", "model", "role", "purpose", "outcome")}
        for one in own:
            outcome = "lost" if one.outcome == "corrected" else one.outcome
            names = {"branch": one.branch_key, "model": one.model or "no model", "role": one.role}
            for name, value in (*names.items(), ("purpose", one.purpose), ("outcome", outcome)):
                by[name][value] += one.micro_usd
            place = tasks.setdefault(mission, {})
            old = place.get(one.task)
            place[one.task] = task(one, (old.spent if old else 0) + one.micro_usd)
        rows.append(SpendRow(mission, sum(one.micro_usd for one in own), 0, 500_000_000, by))
    return rows, tasks


def task(one: ChargeLine, spent: int) -> TaskRow:
    """The row of the task of a charge."""
    return TaskRow.of({
        "id": one.task, "mission": one.mission, "branch": f"{one.mission}/B1", "branch_key": one.branch_key, "key": "t",
        "title": one.task_title, "role": one.role, "kind": "work", "state": "accepted", "spent_micro_usd": spent,
    })  # fmt: skip


class Book:
    """Where charges are read: it counts how many at a time."""

    def __init__(self, charges: Sequence[ChargeLine] = ()) -> None:
        self.all = list(charges)
        self.asked: list[int] = []

    def add(self, count: int) -> None:
        """More charges."""
        first = len(self.all) + 1
        self.all += [charge(seq) for seq in range(first, first + count)]

    def charges(self, mission: str | None, *, limit: int, before: int | None = None) -> list[ChargeLine]:
        """The last ones before a seq, newest last."""
        self.asked.append(limit)
        found = [one for one in self.all if before is None or one.seq < before]
        return found[-limit:]

    def charged(self, mission: str | None, *, after: int = 0, before: int | None = None) -> int:
        """How many there are between."""
        return sum(after < one.seq and (before is None or one.seq < before) for one in self.all)
