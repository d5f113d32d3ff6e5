"""An engine of its own process: detached for everyday use, as a child for the demo."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import cockpit
from engine.errors import EngineUnavailableError
from engine.home import VARIABLE, Home
from engine.ledger.reader import Reader

OUTPUT = "engine.out"
"""Where, in the log folder, an engine's standard output and error go."""
_KEPT = "the command is kept"


def command(home: Home, *words: str) -> list[str]:
    """The command line of a command for this home, the engine's without words.

    `-P`: never a package that lies in somebody's folder.
    """
    line = [sys.executable, "-P", "-m", "cockpit", *(words or ("engine",))]
    return [*line, "--home", str(home.root)] if Home.at(home.root) == home else line


def environment(home: Home) -> dict[str, str]:
    """The environment of an engine: this one, without what belongs to a decision."""
    environ = dict(os.environ)
    environ.pop("COCKPIT_DECISION_TOKEN", None)
    environ.pop(VARIABLE, None)
    root = str(Path(cockpit.__file__).parents[1])
    if not root.endswith("site-packages"):
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environ.get("PYTHONPATH", "")]))
    if Home.at(home.root) == home:
        environ[VARIABLE] = str(home.root)
    return environ


def spawn(home: Home, *, detached: bool) -> subprocess.Popen[bytes]:
    """Start an engine process whose output goes into the log folder, with a umask of 077."""
    home.ensure()
    log = os.open(home.log / OUTPUT, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 (our own command)
            command(home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.root,
            env=environment(home),
            umask=0o077,
            start_new_session=detached,
            process_group=None if detached else 0,
        )
    finally:
        os.close(log)


PATIENCE_S = 20.0
"""How long an engine may take to begin: a first start without bytecode on a busy machine is slow."""


def start(home: Home, *, patience_s: float = PATIENCE_S) -> None:
    """Start a detached engine and wait until it holds the lease. Raises `EngineUnavailableError`."""
    process = spawn(home, detached=True)
    wait(home, process, patience_s=patience_s)
    # The engine outlives this command on purpose; Python would warn about a child it never waited for.
    process.returncode = 0


def wait(home: Home, process: subprocess.Popen[bytes], *, patience_s: float = PATIENCE_S) -> None:
    """Until the engine lives. Raises `EngineUnavailableError` with where its log is."""
    end = time.monotonic() + patience_s
    with Reader.open(home.ledger) as reader:
        while time.monotonic() < end:
            lease = reader.lease()
            if lease and lease["alive"]:
                return
            if process.poll() is not None and not (lease and lease["alive"]):
                break
            time.sleep(0.05)
    if process.returncode is None:
        raise EngineUnavailableError("engine", f"did not begin within {patience_s:.0f} s", f"{_KEPT}; see {home.log}")
    raise EngineUnavailableError("engine", f"ended at once: {_last_words(home)}", f"{_KEPT}; see {home.log}")


def _last_words(home: Home) -> str:
    try:
        lines = (home.log / OUTPUT).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else "it said nothing"
