"""An engine's part in a process of its own: `python -m tests.cockpit.client.writer HOME ROUNDS PER_SECOND`.

It appends what engines append: events, and in the same commits the rows of two missions that change, go and come.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from engine.home import Home
from engine.ledger.protocol import NewEvent, Progress, ViewRow
from engine.ledger.sqlite import SqliteStore
from engine.values import MissionId

TASKS, GROUP = 25, 4
MISSIONS = (MissionId("gtm"), MissionId("seo"))


def views(mission: MissionId, turn: int) -> list[ViewRow]:
    """The rows of one commit: the card, one task, and an item that is there every other time."""
    number = turn % TASKS
    task = {
        "branch": f"{mission}/B1", "branch_key": "main", "key": f"t{number}", "title": f"task {number}", "kind": "work",
        "role": "writer", "state": "running", "spent_micro_usd": turn, "reserved_micro_usd": turn % 2,
        "attempt": f"{mission}/A{number}.1", "since": turn,
    }  # fmt: skip
    card = {
        "title": "Find a channel", "state": "active", "phase": "running", "rehearsed": False, "rev": 1,
        "spent_micro_usd": turn, "reserved_micro_usd": 0, "budget_micro_usd": 10**9, "attention": turn % 2,
        "now": turn,
    }  # fmt: skip
    item: dict[str, Any] | None = {"kind": "answer", "title": f"question {turn}", "raised_at": turn, "rank": turn}
    asked = ViewRow("attention", f"{mission}/Q{number}", mission, item if turn % 2 else None)
    return [ViewRow("task", f"{mission}/T{number}", mission, task), ViewRow("card", mission, mission, card), asked]


async def main(home: Path, rounds: int, rate: int) -> None:
    """Append so many commits of `GROUP` events each, `rate` events in a second."""
    store = SqliteStore.open(Home.at(home).ledger, synchronous="OFF")
    epoch = await store.acquire("writer", version="9.9", wall=1)
    assert epoch is not None
    heights = dict.fromkeys(MISSIONS, 0)
    started = time.monotonic()
    for turn in range(rounds):
        mission = MISSIONS[turn % 2]
        charge = {
            "attempt": f"A{turn}.1", "task": f"T{turn % TASKS}", "branch": "B1", "role": "writer", "worker": "model",
            "purpose": "work", "outcome": "useful", "micro_usd": turn, "basis": "reported",
        }  # fmt: skip
        events = [NewEvent("charge.settled", charge, "engine", turn)]
        events += [
            NewEvent("learning.recorded", {"learning": f"L{turn}", "text": f"{turn}.{n}"}, "engine", turn)
            for n in range(GROUP - 1)
        ]
        heights[mission] = await store.append(
            mission, heights[mission], events, epoch=epoch, wall=turn, views=views(mission, turn)
        )
        await store.progress(Progress(f"{mission}/A{turn % TASKS}.1", mission, f"word {turn}", turn, turn))
        await asyncio.sleep(max(0.0, started + (turn + 1) * GROUP / rate - time.monotonic()))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
