"""What is left of an engine that dies badly: lines in its log and in `fault.log`, never values, memory or a core.

Tracebacks name places and words of errors; locals, which may hold addresses, texts and keys, are in none of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import logging
import logging.handlers
import os
import resource
import sys
import threading
from pathlib import Path
from types import TracebackType

from engine.redaction import Redactor
from engine.redaction.logs import RedactingFormatter

log = logging.getLogger("cockpit.engine")

FAULTS = "fault.log"
_PR_SET_DUMPABLE = 4
_MOST = 256 * 1024


def close_memory() -> None:
    """No core, and on Linux no other program of this user may look into this process (root may)."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def log_to(folder: Path, redactor: Redactor) -> None:
    """Everything that is logged in this process, libraries included, into one file that holds no secret."""
    handler = logging.handlers.RotatingFileHandler(folder / "engine.log", maxBytes=2_000_000, backupCount=3, delay=True)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", redactor))
    others = logging.getLogger()
    others.handlers[:] = [handler]
    others.setLevel(logging.WARNING)
    root = logging.getLogger("cockpit")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False


def guard(folder: Path) -> None:
    """From now on errors that nobody caught go into the log, and faults of C code into a file of `folder` (0600)."""
    close_memory()
    path = folder / FAULTS
    with contextlib.suppress(OSError):
        if path.exists() and path.stat().st_size > _MOST:
            path.unlink()
        file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        faulthandler.enable(file=file, all_threads=True)

    def told(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        log.critical("an error that nobody caught", exc_info=(kind, error, trace) if error is not None else None)
        sys.stderr.write(f"an error that nobody caught ({kind.__name__}); see the log\n")

    sys.excepthook = told
    threading.excepthook = lambda thrown: told(thrown.exc_type, thrown.exc_value, thrown.exc_traceback)
    sys.unraisablehook = lambda thrown: told(thrown.exc_type, thrown.exc_value, thrown.exc_traceback)
