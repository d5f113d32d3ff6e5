"""T6 of the failure stories: an engine is killed at every step of starting a program, and nothing stays behind.

What marks a process is in its environment before its first instruction; what sheds the mark is held by its supervisor.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

import engine
from engine.containment.leftovers import sweep
from tests.engine.containment.dying import STEPS
from tests.engine.workers.command_bench import LEAVES, METHODS, STAYS, marked, until

ROOT = Path(engine.__file__).parents[1]
SERVER = ("before it is begun", "begun", "read", "ended", "swept up")
LATE = {"heard", "ended", "swept up", "handed over"}
"""Steps that come once the tree has grown, or has ended by itself."""


def belongings(token: str, folder: Path) -> list[str]:
    """Living processes that carry a mark of this home, or work below its folder: those of nobody else."""
    found = []
    for process in psutil.process_iter(["status"]):
        try:
            carries = process.environ().get("COCKPIT_ATTEMPT", "").endswith(f"+{token}")
            inside = Path(process.cwd()).is_relative_to(folder)
        except (psutil.Error, OSError):
            continue
        if (carries or inside) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(f"{process.pid} {process.name()}")
    return found


def killed(step: str, kind: str, folder: Path, tree: str) -> tuple[str, str]:
    """Have an engine die at a step; the token of its home and the marker of its tree."""
    token, marker = uuid.uuid4().hex[:16], uuid.uuid4().hex
    (folder / "source.py").write_text(tree)
    line = [sys.executable, "-m", "tests.engine.containment.dying", step, kind, str(folder), token, marker]
    done = subprocess.run(
        [*line, str(folder / "source.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        timeout=120,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, (step, kind, done.stderr[-2000:])
    return token, marker


@pytest.mark.parametrize(
    ("kind", "step"),
    [*((method, step) for method in METHODS for step in STEPS), *(("spoken", step) for step in SERVER)],
)
def test_t6_nothing_outlives_an_engine_that_is_killed_while_it_starts_a_program(
    kind: str, step: str, tmp_path: Path
) -> None:
    tree = LEAVES if step in LATE and kind != "spoken" else STAYS
    token, marker = killed(step, kind, tmp_path, tree)
    sweep(token)  # what the next engine does first
    until("the tree is gone", lambda: not marked(marker) and not belongings(token, tmp_path))


def test_t6_a_model_host_that_does_not_notice_is_ended_by_the_next_engine(tmp_path: Path) -> None:
    token, marker = killed("begun", "model host", tmp_path, "import time\ntime.sleep(600)\n")
    until("it is up", lambda: belongings(token, tmp_path))
    assert sweep(token, alive=("modelhost.1",)) == (), "an engine's own is spared"
    (left,) = sweep(token)
    assert left.attempt == "modelhost.1"
    assert not belongings(token, tmp_path)
    assert marker


def test_t6_a_process_that_took_over_the_number_of_a_dead_one_is_left_alone() -> None:
    """Its mark is looked at again before it is ended, and its start time is compared by whoever sends the signal."""
    token = uuid.uuid4().hex[:16]
    environ = {**os.environ, "COCKPIT_ATTEMPT": f"a-1+{token}"}
    quiet = [sys.executable, "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(quiet, env=environ) as dead, subprocess.Popen(quiet) as other:
        seen = psutil.Process(dead.pid)
        assert seen.create_time()
        dead.kill()
        dead.wait()
        seen._pid = other.pid  # type: ignore[attr-defined] # as if the system had given the number away
        with pytest.raises(psutil.NoSuchProcess):
            seen.send_signal(signal.SIGKILL)
        assert sweep(token) == ()
        time.sleep(0.05)
        assert other.poll() is None
        other.kill()
