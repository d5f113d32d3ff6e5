"""A process that appends without end and prints what was acknowledged: `python -m tests.durable.stream FILE`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from engine.ledger.protocol import NewEvent
from engine.ledger.sqlite import SqliteStore
from engine.values import MissionId

MISSIONS = 4


async def pour(path: Path) -> None:
    """Append to several missions at once; a line for every answer."""
    store = SqliteStore.open(path)
    epoch = await store.acquire("other", version="1", wall=1)
    assert epoch is not None
    print("epoch", epoch, flush=True)

    async def write(mission: MissionId) -> None:
        height = (await store.head(mission)).height
        while True:
            event = NewEvent("n", {"n": height, "text": "x" * 200}, "engine", 0)
            height = await store.append(mission, height, [event], epoch=epoch, wall=1)
            print(mission, height, flush=True)

    await asyncio.gather(*(write(MissionId(f"m{number}")) for number in range(MISSIONS)))


class Pouring:
    """That process. `acknowledged` is what it has printed so far."""

    def __init__(self, path: Path) -> None:
        line = [sys.executable, "-m", "tests.durable.stream", str(path)]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        self.acknowledged: dict[str, int] = {}
        self.hear(1)

    def hear(self, lines: int) -> None:
        """Read so many of its lines, as they come."""
        assert self.process.stdout is not None
        for _ in range(lines):
            self._note(self.process.stdout.readline())

    def kill(self) -> None:
        """`kill -9`, then read what it had still said."""
        self.process.kill()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._note(line)
        self.process.wait()
        self.process.stdout.close()

    def _note(self, line: str) -> None:
        mission, _, height = line.rstrip("\n").partition(" ")
        if mission != "epoch" and height.isdecimal() and line.endswith("\n"):
            self.acknowledged[mission] = int(height)


if __name__ == "__main__":
    asyncio.run(pour(Path(sys.argv[1])))
