"""Commands that work badly, as real processes: the mission asks with the reason, and nothing is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.contracts import one_command
from tests.e2e.stage import Stage, until

FLOOD = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
DAEMONS = """
    import os, time
    for _ in range(20):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.environ.clear()
                time.sleep(600)
            os._exit(0)
    time.sleep(600)
"""
IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
GARBAGE = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 9)"
MORE = """print('{"evidence": {"size": 3, "moon": 1}}')"""
NO_FILE = """print('{"evidence": {"size": 3}, "artifacts": ["x.md"]}')"""
LINK = f"import os; os.symlink('/etc/passwd', 'out/x.md'); {NO_FILE}"
BADLY = {
    "hangs": ("import time; time.sleep(600)", "timed out after 1s"),
    "hangs and ignores signals": (IGNORES, "timed out"),
    "floods": (FLOOD, "flooded stdout with more than 4096 KiB"),
    "forks daemons": (DAEMONS, "timed out after 1s"),
    "prints garbage": (GARBAGE, "left none of the evidence it promised: size"),
    "promises broken evidence": ('print(\'{"evidence": {"size": "many"}}\')', "left size as many"),
    "leaves evidence nobody asked for": (MORE, "evidence nobody asked for: moon"),
    "names a file it did not leave": (NO_FILE, "did not leave: x.md"),
    "leaves a link": (LINK, "not a plain file"),
    "fails": ("import sys; sys.exit('the disk is \\x1b[31mred')", "exit status 1: the disk is ␛[31mred"),
    "cannot be parsed": ("def", "exit status 1"),
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One home with one engine for all of these."""
    stage = Stage(tmp_path_factory.mktemp("bad-workers"))
    try:
        stage.engine()
        yield stage
    finally:
        stage.close()


@pytest.mark.parametrize("name", BADLY)
def test_a_command_that_works_badly_asks_through_the_queue_and_leaves_nothing(bench: Stage, name: str) -> None:
    program, word = BADLY[name]
    mission, before = name.replace(" ", "-")[:20].strip("-"), bench.engine_pid()
    timeout = "20s" if "timed out" not in word else "1s"
    bench.fine("start", one_command(bench, program, timeout, mission))
    item = until(lambda: next((row for row in bench.items() if row["mission"] == mission), None), "an item")
    assert word in (told := bench.fine("why", item["id"]).out + bench.fine("log", mission).out), told
    assert word in item["detail"] + item["title"], f"the item itself says why: {item}"
    assert "\x1b" not in told
    until(lambda: not bench.workers(), "nothing of the command to be left")
    assert bench.engine_pid() == before, "the engine is not impressed"
