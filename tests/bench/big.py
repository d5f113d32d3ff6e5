"""A large ledger, and somebody who keeps writing to it: what the screens are measured on.

`python -m tests.bench.big HOME [--missions N] [--events N]` makes it; `... --pour RATE` then commits RATE events a
second as an engine would, view rows included, until it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

from engine.home import Home
from engine.ledger import bodies as b
from engine.ledger.sqlite import SqliteStore
from engine.loop.enact import Step
from engine.loop.runner import Runner
from engine.values import MissionId, Sha256, Tokens, sha256
from tests.engine.receipt.story import CONTRACT

BLOB: Sha256 = sha256(b"handoff")
TASKS, BRANCHES = 20, 3
SHORT = {"text": "short", "check": {"max_words": 120}}


def opening(number: int) -> tuple[b.Body, ...]:
    """A mission with some branches and tasks, and one thing that needs somebody."""
    out: list[b.Body] = [b.MissionCreated(title=f"mission number {number}", contract=CONTRACT, source=BLOB)]
    out.append(b.BranchOpened(branch="B1", key="main"))
    out += [
        b.BranchOpened(branch=f"B{n + 2}", key=f"way-{n}", parent="B1", hypothesis=f"way {n} works")
        for n in range(BRANCHES)
    ]
    out += [
        b.TaskAdded(
            task=f"T{n}", key=f"draft-{n}", branch=f"B{2 + n % BRANCHES}", title=f"draft {n}", role="writer",
            verb="draft", budget=1_000_000, attempts=10_000_000, criteria=(SHORT,),
        )
        for n in range(1, TASKS + 1)
    ]  # fmt: skip
    out.append(b.MissionStarted())
    out.append(b.AttentionRaised(attention="Q1", kind="answer", title=f"question {number}", task="T1"))
    return tuple(out)


def life(number: int, turn: int) -> tuple[b.Body, ...]:
    """One attempt of a task that fails, so that there can be another: four events."""
    task, attempt = f"T{number}", f"A{number}.{turn}"
    charge = b.ChargeSettled(
        attempt=attempt, task=task, branch=f"B{2 + number % BRANCHES}", role="writer", worker="model", model="m",
        purpose="work", outcome="failed", tokens=Tokens(input=1_000, output=200), micro_usd=42, basis="reported",
    )  # fmt: skip
    return (
        b.AttemptDispatched(attempt=attempt, task=task, role="writer", worker="model", model="m"),
        b.ChargeReserved(attempt=attempt, micro_usd=50),
        b.AttemptFailed(attempt=attempt, because="bench"),
        charge,
    )


def lives() -> Iterator[tuple[b.Body, ...]]:
    """Attempts without end, over all tasks of a mission in turn."""
    for turn in itertools.count(1):
        for number in range(2, TASKS + 1):
            yield life(number, turn)


async def make(home: Home, missions: int, events: int) -> None:
    """Write the ledger."""
    home.ensure()
    store = SqliteStore.open(home.ledger)
    epoch = await store.acquire("bench", version="0", wall=_wall())
    assert epoch is not None
    for number in range(missions):
        runner = _runner(store, number, epoch)
        runner.stale = False
        await runner.commit(Step(opening(number)))
        more, written = lives(), 0
        while written < events // missions:
            bodies = tuple(body for _ in range(25) for body in next(more))
            await runner.commit(Step(bodies))
            written += len(bodies)
    await store.release(epoch)
    await store.close()


async def pour(home: Home, rate: int) -> None:
    """Commit events at a rate, twenty missions in turn, fifty commits a second."""
    store = SqliteStore.open(home.ledger)
    epoch = await store.acquire("bench", version="0", wall=_wall())
    assert epoch is not None
    runners = []
    for number in range(min(20, len(await store.missions()))):
        runner = _runner(store, number, epoch)
        await runner.load()
        runners.append((runner, itertools.count(max(len(t.attempts) for t in runner.state.tasks.values()) + 1)))
    begun = time.monotonic()
    each = max(1, rate // 50 // 4)
    for place in itertools.count():
        runner, turns = runners[place % len(runners)]
        turn = next(turns)
        bodies = tuple(body for number in range(2, 2 + each) for body in life(number, turn))
        await runner.commit(Step(bodies))
        await asyncio.sleep(max(0.0, begun + (place + 1) * len(bodies) / rate - time.monotonic()))


def _runner(store: SqliteStore, number: int, epoch: int) -> Runner:
    return Runner(
        store,
        MissionId(f"m{number:03d}"),
        epoch=epoch,
        clock=_wall,
        start=lambda _job: None,
        fault=lambda _mission, _error: None,
    )


def _wall() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Make a ledger, or pour into one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--missions", type=int, default=100)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--pour", type=int, default=0)
    args = parser.parse_args()
    home = Home.at(args.home)
    asyncio.run(pour(home, args.pour) if args.pour else make(home, args.missions, args.events))


if __name__ == "__main__":
    main()
