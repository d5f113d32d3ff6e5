"""What the tests of the command worker share: its jobs, a tree of stubborn processes, and how to find them."""

from __future__ import annotations

import os
import textwrap
import time
import uuid
from pathlib import Path
from typing import get_args

import psutil

from engine.containment.process import Method, bubblewrap
from engine.workers.command import CommandWorker
from engine.workers.protocol import AttemptJob, Failed, Finished, WorkerEvent
from tests.engine.workers.contract import LONG_S, Workbench, job

HAS_PS = Path("/bin/ps").exists()
METHODS = [method for method in get_args(Method) if method == "supervisor" or bubblewrap()]
TOKEN = uuid.uuid4().hex
"""Of a home of its own: attempts are told apart by it, also between test processes that run side by side."""
ENVIRON = {
    "PATH": os.environ["PATH"],
    "LANG": "C.UTF-8",
    "LC_TIME": "C",
    "TZ": "UTC",
    "HOME": "/home/somebody",
    "OPENAI_API_KEY": "sk-secret",
    "COCKPIT_HOME": "/home/somebody/.cockpit",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/bus",
    "DISPLAY": ":0",
    "SSH_AUTH_SOCK": "/run/ssh",
    "PYTHONPATH": "/somewhere",
}

TREE = """
import os, signal, subprocess, sys, time
marker = sys.argv[1]
sleeper = [sys.executable, "-c", "import signal,time; signal.signal(15, signal.SIG_IGN); time.sleep(600)", marker]
subprocess.Popen(sleeper)
subprocess.Popen(sleeper, start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for _ in range(5):
            subprocess.Popen(sleeper, env={}, start_new_session=True)
    os._exit(0)
print("progress: planted", file=sys.stderr, flush=True)
"""
STAYS = TREE + "time.sleep(600)\n"
LEAVES = TREE + 'time.sleep(0.5)\nprint(\'{"summary": "left seven behind"}\')\n'
PLANTED = 7


def make(method: Method | None = None, hidden: tuple[Path, ...] = ()) -> CommandWorker:
    return CommandWorker(environ=ENVIRON, cookie=TOKEN, hidden=hidden, clock=lambda: 0, method=method)


def script(io: Workbench, source: str, *arguments: str, **changes: object) -> AttemptJob:
    """A job that runs a Python program, given to it as an input."""
    given = {"name": "script", "filename": "script.py", "sha": io.keep(textwrap.dedent(source).encode())}
    return job(argv=("{python}", "{input.script}", *arguments), inputs=(given,), **changes)


def marked(marker: str) -> list[psutil.Process]:
    """Living processes with the marker among their arguments."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if marker in (process.info["cmdline"] or ()) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return [process for process in found if "script.py" not in " ".join(process.info["cmdline"])]


def until(what: str, holds: object) -> None:
    """Poll a condition; the limit exists only so that a broken build fails instead of hanging."""
    assert callable(holds)
    limit = time.monotonic() + LONG_S
    while not holds():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def failed(event: WorkerEvent) -> Failed:
    assert isinstance(event, Failed), event
    return event


def finished(event: WorkerEvent) -> Finished:
    assert isinstance(event, Finished), event
    return event
