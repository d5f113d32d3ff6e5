"""An engine that dies badly leaves places and words, never values: no locals, no secret, no core, no open memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine.home import Home

ROOT = Path(engine.__file__).parents[1]
SECRET, LOCAL = "k3y-of-mine-5150", "a-local-that-no-report-shows"
BEGIN = f"""
import ctypes, os, resource, sys, threading
from pathlib import Path
from engine.home import Home
from engine.loop.guarded import guard, log_to
from engine.redaction import PROCESS
home = Home.at(Path(sys.argv[1]))
os.umask(0o077)
home.ensure()
PROCESS.remember({SECRET!r}, "env:X")
log_to(home.log, PROCESS)
guard(home.log)
def broken():
    held = {LOCAL!r}
    raise RuntimeError("cannot use " + {SECRET!r} + str(len(held)))
"""


def left(folder: Path, source: str) -> tuple[int, str, str]:
    """How a program ended, what it printed, and everything in its log folder."""
    line = [sys.executable, "-c", BEGIN + source, str(folder / "home")]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    logs = sorted(Home.at(folder / "home").log.iterdir())
    assert all(path.stat().st_mode & 0o077 == 0 for path in logs)
    return done.returncode, done.stdout + done.stderr, "\n".join(path.read_text() for path in logs)


EVERYWHERE = """
import asyncio, logging
class Last:
    def __del__(self):
        broken()
async def main():
    asyncio.get_running_loop().call_soon(broken)
    await asyncio.sleep(0)
thread = threading.Thread(target=broken)
thread.start()
thread.join()
last = Last()
del last
try:
    broken()
except RuntimeError:
    logging.getLogger("somebody.else").exception("it")
asyncio.run(main())
broken()
"""


def test_p11_an_error_that_nobody_caught_is_logged_without_values(tmp_path: Path) -> None:
    """In a thread, in a destructor, in a library that logs it, in the event loop, and at last in the program."""
    _, told, logged = left(tmp_path, EVERYWHERE)
    assert logged.count("RuntimeError: cannot use [hidden]") == 5
    assert logged.count("in broken") == 5, "the places are there"
    for hidden in (SECRET, LOCAL):
        assert hidden not in told + logged


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux alone")
def test_p11_no_core_is_written_and_no_other_program_may_look_into_it(tmp_path: Path) -> None:
    source = "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    assert left(tmp_path, source)[1] == "(0, 0) 0\n"


def test_p11_a_fault_of_c_code_goes_into_a_file_without_values(tmp_path: Path) -> None:
    code, told, logged = left(tmp_path, "import faulthandler\nheld = 'k3y-of-mine-5150'\nfaulthandler._sigsegv()")
    assert code < 0
    assert "Segmentation fault" in logged
    assert SECRET not in told + logged
