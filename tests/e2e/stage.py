"""A stage for whole-program tests: a home, the command line as a child process, engines, and an end for all of them.

Everything is polled with generous bounds, because nothing here is about speed. `Stage.close` ends every process that
belongs to the home, whether the test passed or not.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import psutil

from cockpit.__main__ import main
from cockpit.cli.authority import token
from engine.home import Home
from engine.ledger.reader import Reader
from engine.values import sha256

Json = dict[str, Any]
T = TypeVar("T")

PATIENCE_S = 60.0
"""The bound of every wait; a healthy run needs a small part of it."""
BEAT_S, LONGEST_BEAT_S = 0.005, 0.05
"""Seconds between two looks: few at first, more the longer it takes, for looking costs what the engine works with."""
ROOT = Path(__file__).resolve().parents[2]
APART = frozenset({"", "demo", "doctor", "engine", "keys", "rehearse", "reviewers", "setup"})
"""Commands that stay, start processes and threads of their own, or load the keyring that their environment names."""
_RAN: set[str] = set()
"""Commands that were a process once in this run."""
_ALONE = threading.Lock()
ATTEMPT = "COCKPIT_ATTEMPT"
TOKEN = "COCKPIT_DECISION_TOKEN"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line on standard error; fails when there are none, several, or a traceback."""
        lines = self.err.splitlines()
        assert len(lines) == 1, f"{len(lines)} lines on standard error: {self.err}"
        return lines[0]


def within(args: Sequence[str], environ: Mapping[str, str], folder: Path) -> Said:
    """Run a command in this process: with another environment, folder, clock's zone, input and output, and back."""
    before, place = dict(os.environ), Path.cwd()
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with _ALONE, Path(os.devnull).open() as nothing:
        try:
            os.chdir(folder)
            _become(environ)
            with redirect_stdout(out), redirect_stderr(err), mock.patch.object(sys, "stdin", nothing):
                code = main(list(args))
        except SystemExit as end:  # how argparse ends what makes no sense
            code = end.code if isinstance(end.code, int) else 1
        finally:
            _become(before)
            os.chdir(place)
    return Said(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def _become(environ: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()


class Stage:
    """One home and every process around it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = Home.at(root / "home")
        self.folder = root / "work"
        self.folder.mkdir(parents=True)
        (root / "user").mkdir()
        self._started: list[subprocess.Popen[bytes]] = []

    # -- commands

    def environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """A scrubbed environment: nothing of whoever runs the tests, but this home."""
        plain = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "COLUMNS": "120",
            "HOME": str(self.root / "user"),
            "COCKPIT_HOME": str(self.home.root),
        }
        return plain | dict(more or {})

    def argv(self, *args: str) -> list[str]:
        """The command line of a command."""
        return [sys.executable, "-P", "-m", "cockpit", *args]

    def run(
        self,
        *args: str,
        environ: Mapping[str, str] | None = None,
        patience_s: float = PATIENCE_S,
        apart: bool = False,
    ) -> Said:
        """Run a command to its end, without a terminal.

        As a process, when it is the first of its kind in this run, waits for something, or has to be one (`apart`);
        the others within this process, with nothing of it: most of what a process costs is to import the same again.
        """
        kind = args[0] if args else ""
        if not apart and kind in _RAN and kind not in APART and "--wait" not in args:
            said = within(args, self.environ(environ), self.folder)
        else:
            _RAN.add(kind)
            said = self._apart(args, environ, patience_s)
        assert "Traceback" not in said.out + said.err, said.err
        return said

    def _apart(self, args: Sequence[str], environ: Mapping[str, str] | None, patience_s: float) -> Said:
        done = subprocess.run(
            self.argv(*args),
            cwd=self.folder,
            env=self.environ(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience_s,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def fine(self, *args: str, environ: Mapping[str, str] | None = None) -> Said:
        """Run a command that must succeed."""
        said = self.run(*args, environ=environ)
        assert said.code == 0, f"{args}: {said.code}\n{said.out}\n{said.err}"
        return said

    def json(self, *args: str) -> Any:
        """What a reading command says with --json."""
        return self.fine(*args, "--json").json

    def decide(self, *args: str) -> Said:
        """Run a decision as a script that holds the token."""
        return self.run(*args, environ={TOKEN: self.token})

    @property
    def token(self) -> str:
        """The decision token of this installation."""
        return token(self.home)

    def spawn(self, *args: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a command that goes on; ended with the stage at the latest."""
        process = subprocess.Popen(
            self.argv(*args),
            cwd=self.folder,
            env=self.environ(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    # -- engines

    @property
    def lease(self) -> Json | None:
        """The lease as a front end reads it."""
        if not self.home.ledger.exists():
            return None
        with Reader.open(self.home.ledger, busy_ms=5_000) as reader:
            return reader.lease()

    @property
    def alive(self) -> bool:
        """Whether an engine lives."""
        lease = self.lease
        return bool(lease and lease["alive"])

    def engine(self, environ: Mapping[str, str] | None = None) -> None:
        """Have an engine run."""
        if not self.alive:
            self.spawn("engine", environ=environ)
            until(lambda: self.alive, "an engine that lives")

    def engine_pid(self) -> int:
        """The living engine's process. For an instant after its lock is taken the lease names the one before it."""

        def living() -> int | None:
            lease = self.lease
            pid = int(str(lease["owner"]).split(":")[1]) if lease and lease["alive"] else 0
            return pid if pid in {process.pid for process in processes()} else None

        return until(living, "a living engine")

    def kill_engine(self) -> None:
        """`kill -9`, and wait until its lock is gone."""
        pid = self.engine_pid()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        until(lambda: not self.alive, "the lock of a dead engine to go")

    # -- what happened

    def events(self, mission: str, after: int = 0, kinds: Sequence[str] | None = None) -> list[Json]:
        """Events of a mission; none while there is no ledger."""
        if not self.home.ledger.exists():
            return []
        with Reader.open(self.home.ledger, busy_ms=5_000) as reader:
            return list(reader.events(mission, after, kinds))

    def card(self, mission: str) -> Json:
        """A mission's card; empty while there is none."""
        with Reader.open(self.home.ledger, busy_ms=5_000) as reader:
            return next(iter(reader.views("card", mission)), {})

    def items(self) -> list[Json]:
        """What waits in the queue."""
        with Reader.open(self.home.ledger, busy_ms=5_000) as reader:
            return reader.views("attention")

    def item(self, kind: str | None = None) -> Json:
        """The first item of a kind, waited for."""

        def found() -> Json | None:
            return next((row for row in self.items() if kind in (None, row["kind"])), None)

        return until(found, f"an item of kind {kind}")

    def mails(self, box: str = "maildir") -> list[Path]:
        """The messages that left."""
        return sorted((self.home.outbox / box / "new").glob("*"))

    def write(self, name: str, text: str | bytes) -> Path:
        """A file in the folder where commands run."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    # -- processes

    def workers(self) -> list[psutil.Process]:
        """Living processes that carry the cookie of an attempt of this home; the model host's is nobody's attempt."""
        mark = sha256(str(self.home.root).encode())[:16]
        marked = ((p, _environ(p).get(ATTEMPT, "")) for p in processes())
        return [p for p, cookie in marked if cookie.endswith(f"+{mark}") and not cookie.startswith("modelhost.")]

    def close(self) -> None:
        """End everything that belongs to this home."""
        for started in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
            started.wait(PATIENCE_S)
        own = str(self.home.root)
        for process in [*(p for p in processes() if own in " ".join(_cmdline(p))), *self.workers()]:
            with contextlib.suppress(psutil.Error):
                process.kill()


class Hurried(Stage):
    """A stage whose engine's clocks run ahead by `ahead` milliseconds."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._file = root / "ahead"
        self.ahead = 0

    def spawn(self, *args: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.hurried", str(self._file), *args],
            cwd=ROOT,
            env=self.environ({**(environ or {}), "PYTHONPATH": str(ROOT)}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def pass_(self, milliseconds: int) -> None:
        """Time passes at once."""
        self.ahead += milliseconds
        draft = self._file.with_suffix(".draft")
        draft.write_text(str(self.ahead))
        draft.replace(self._file)  # no clock may ever read half of it

    @property
    def now(self) -> int:
        """What the engine's wall clock shows."""
        return time.time_ns() // 1_000_000 + self.ahead


def until(look: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    """What `look` gives once it gives anything; fails after a generous time."""
    end, beat = time.monotonic() + patience_s, BEAT_S
    while not (found := look()):
        assert time.monotonic() < end, f"waited {patience_s:.0f} s for {what}"
        time.sleep(beat)
        beat = min(1.2 * beat, LONGEST_BEAT_S)
    return found


def processes() -> list[psutil.Process]:
    """Every living process of this user but this one."""
    found = psutil.process_iter(["status"])
    return [p for p in found if p.info["status"] != psutil.STATUS_ZOMBIE and p.pid != os.getpid()]


def _environ(process: psutil.Process) -> dict[str, str]:
    try:
        return dict(process.environ())
    except (psutil.Error, OSError):
        return {}


def _cmdline(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except (psutil.Error, OSError):
        return []
