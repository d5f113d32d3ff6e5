"""Appends per second, as ratios to raw sqlite3 under the same synchronous setting: `python -m tests.bench.ledger`.

Absolute figures say more about the disk than about the code; the ratios are measured side by side, in turns.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from engine.ledger.protocol import NewEvent
from engine.ledger.schema import create
from engine.ledger.sqlite import SqliteStore
from engine.values import MissionId

EVENTS = 3_000
ROUNDS = 3
CALLERS = 32
BODY = {
    "attempt": "gtm/A12.2",
    "micro_usd": 12_345,
    "note": "one of the many small facts of a mission, of about the size that they have on average",
    "tokens": {"input": 1_200, "output": 300, "cache_read": 0, "cache_write": 0, "reasoning": 0},
}
ROW = "(mission, height, kind, version, body, body_hash, prev, hash, at, wall, actor, epoch)"


def raw(path: Path, synchronous: str) -> float:
    """Events per second of plain sqlite3: one event per transaction, no hashing, no checks."""
    create(path)
    text = str(BODY)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(f"PRAGMA synchronous={synchronous}")
        start = time.perf_counter()
        for height in range(EVENTS):
            conn.execute("BEGIN IMMEDIATE")
            conn.execute(
                f"INSERT INTO events{ROW} VALUES ('gtm', ?, 'charge.settled', 1, ?, ?, ?, ?, 0, 0, 'engine', 1)",
                (height, text, "a" * 64, "b" * 64, "c" * 64),
            )
            conn.execute("COMMIT")
        return EVENTS / (time.perf_counter() - start)


async def store(path: Path, synchronous: str, *, threaded: bool, callers: int) -> float:
    """Events per second of the store, each caller awaiting every one of its appends."""
    ledger = SqliteStore.open(path, threaded=threaded, synchronous="OFF" if synchronous == "OFF" else "FULL")
    epoch = await ledger.acquire("bench", version="0", wall=0)
    assert epoch is not None

    async def caller(mission: MissionId, held: int) -> None:
        for height in range(EVENTS // callers):
            await ledger.append(mission, height, [NewEvent("charge.settled", BODY, "engine", 0)], epoch=held, wall=0)

    start = time.perf_counter()
    await asyncio.gather(*(caller(MissionId(f"m{number}"), epoch) for number in range(callers)))
    rate = EVENTS // callers * callers / (time.perf_counter() - start)
    await ledger.close()
    return rate


async def reading(path: Path) -> float:
    """Events per second read back, decoded, inline."""
    ledger = SqliteStore.open(path, threaded=False, synchronous="OFF")
    start = time.perf_counter()
    count = len([event async for event in ledger.read()])
    rate = count / (time.perf_counter() - start)
    await ledger.close()
    return rate


async def main() -> None:
    """Print the table."""
    ways: dict[str, Callable[[Path, str], Awaitable[float]]] = {
        "inline, one caller": partial(store, threaded=False, callers=1),
        "threaded, one caller": partial(store, threaded=True, callers=1),
        f"threaded, {CALLERS} callers": partial(store, threaded=True, callers=CALLERS),
    }
    with tempfile.TemporaryDirectory() as folder:
        for synchronous in ("FULL", "OFF"):
            rates: dict[str, list[float]] = {"raw sqlite3": [], **{name: [] for name in ways}}
            for number in range(ROUNDS):
                place = Path(folder) / f"{synchronous}-{number}"
                place.mkdir()
                rates["raw sqlite3"].append(raw(place / "raw.db", synchronous))
                for index, (name, way) in enumerate(ways.items()):
                    rates[name].append(await way(place / f"{index}.db", synchronous))
            base = statistics.median(rates["raw sqlite3"])
            for name, measured in rates.items():
                rate = statistics.median(measured)
                print(f"synchronous={synchronous:<5} {name:<22} {rate:>9,.0f}/s  {rate / base:5.2f} x raw")
        print(f"read back, inline {await reading(Path(folder) / 'OFF-0' / '0.db'):,.0f}/s")


if __name__ == "__main__":
    asyncio.run(main())
