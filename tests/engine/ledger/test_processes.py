"""Several processes on one ledger, and what a killed one leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from engine.ledger.chain import faults
from engine.ledger.file import connect
from engine.ledger.lease import held
from engine.ledger.reader import Reader
from engine.ledger.sqlite import SqliteStore
from engine.ledger.verify import verify
from tests.engine.ledger.stores import GTM, event, listed

ENGINE = """
import asyncio, sys
from pathlib import Path
from engine.ledger.protocol import NewEvent
from engine.ledger.sqlite import SqliteStore

async def main():
    store = SqliteStore.open(Path(sys.argv[1]))
    epoch = await store.acquire("other", version="1", wall=1)
    print("epoch", epoch, flush=True)
    missions = [f"m{number}" for number in range(4)]

    async def write(mission):
        height = (await store.head(mission)).height
        while True:
            event = NewEvent("n", {"n": height}, "engine", 0)
            height = await store.append(mission, height, [event], epoch=epoch, wall=1)
            print(mission, height, flush=True)

    await asyncio.gather(*map(write, missions))

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def start(path: Path) -> subprocess.Popen[str]:
    """An engine in a process of its own, that appends without end and prints what was acknowledged."""
    return subprocess.Popen([sys.executable, "-c", ENGINE, str(path)], stdout=subprocess.PIPE, text=True)


async def test_a_killed_engine_loses_nothing_that_it_acknowledged(path: Path) -> None:
    epochs: list[str] = []
    for lines in (1, 7, 150):
        acknowledged: dict[str, int] = {}
        with start(path) as engine:
            assert engine.stdout is not None
            epochs.append(engine.stdout.readline().split()[1])
            for _ in range(lines):
                mission, height = engine.stdout.readline().split()
                acknowledged[mission] = int(height)
            assert held(path.with_name("engine.lock"))
            engine.send_signal(signal.SIGKILL)
            for line in engine.stdout.read().splitlines(keepends=True):
                if line.endswith("\n"):
                    mission, height = line.split()
                    acknowledged[mission] = int(height)
        assert engine.returncode == -signal.SIGKILL
        assert not held(path.with_name("engine.lock"))
        with Reader.open(path) as reader:
            assert verify(reader) == []
            for name, known in acknowledged.items():
                assert reader.head(name)["height"] >= known
    assert epochs == ["1", "2", "3"]


async def test_only_one_process_leads(path: Path) -> None:
    store = SqliteStore.open(path)
    epoch = await store.acquire("here", version="1", wall=1)
    assert epoch == 1
    with start(path) as engine:
        assert engine.stdout is not None
        said = engine.stdout.readline()
        engine.kill()
    assert said == "epoch None\n"
    assert await store.append(GTM, 0, [event()], epoch=epoch, wall=1) == 1
    await store.close()


async def test_a_reader_in_another_process_sees_what_is_committed(path: Path) -> None:
    code = """
import sys
from pathlib import Path
from engine.ledger.reader import Reader
with Reader.open(Path(sys.argv[1])) as reader:
    for _ in sys.stdin:
        print(reader.head("gtm")["height"], len(list(reader.events())), flush=True)
"""
    store = SqliteStore.open(path)
    epoch = await store.acquire("here", version="1", wall=1)
    assert epoch is not None
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for height in range(3):
            await store.append(GTM, height, [event()], epoch=epoch, wall=1)
            other.stdin.write("\n")
            other.stdin.flush()
            assert other.stdout.readline().split() == [str(height + 1)] * 2
        other.stdin.close()
    await store.close()


async def test_front_ends_write_while_the_engine_does(path: Path) -> None:
    code = """
import sys
from pathlib import Path
from engine.ledger.reader import Inbox
for number in range(20):
    Inbox(Path(sys.argv[1])).submit(f"{sys.argv[2]}:{number}", "approve", "gtm", {}, "human:ada", 1)
"""
    store = SqliteStore.open(path)
    epoch = await store.acquire("here", version="1", wall=1)
    assert epoch is not None
    others = [subprocess.Popen([sys.executable, "-c", code, str(path), str(number)]) for number in range(3)]
    height = 0
    while any(other.poll() is None for other in others):
        height = await store.append(GTM, height, [event()], epoch=epoch, wall=1)
        await store.wait(height + 1_000_000, 0.01)
    assert [other.wait() for other in others] == [0, 0, 0]
    assert len(await store.pending()) == 60
    assert not list(faults(await listed(store)))
    await store.close()


async def test_a_torn_write_ahead_log_ends_at_its_last_whole_commit(path: Path, tmp_path: Path) -> None:
    store = SqliteStore.open(path)
    epoch = await store.acquire("here", version="1", wall=1)
    assert epoch is not None
    for height in range(5):
        await store.append(GTM, height, [event(text="x" * 2_000)], epoch=epoch, wall=1)
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    log = path.with_name("ledger.db-wal").read_bytes()
    copy.with_name("copy.db-wal").write_bytes(log[: len(log) - 5_000])
    await store.close()
    with Reader.open(copy) as reader:
        assert verify(reader) == []
        assert 0 < reader.head("gtm")["height"] < 5
    with closing(connect(path, mode="ro")) as conn:
        assert conn.execute("SELECT COUNT(*) FROM events").fetchone() == (5,)
