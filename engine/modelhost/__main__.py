"""`python -I -m engine.modelhost`: the model host, speaking JSON lines on its standard input and output.

What a library prints goes to standard error, which the engine sends to a log file; exceptions go there by name only,
because their texts may hold a prompt or a key.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import resource
import signal
import sys
import threading
import warnings
from types import TracebackType

from pydantic import BaseModel

from engine.modelhost.classify import classified
from engine.modelhost.lines import Broken, written
from engine.modelhost.spawn import SETTINGS

NICENESS = 5
MOST_MEMORY = 3 * 2**30
"""Bytes of data. An answer without an end ends its call, not the machine."""
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


def main() -> int:
    """Serve until standard input closes. The exit status is 3 when the installation is broken."""
    os.environ.update(SETTINGS)
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _become_quiet()
    _stay_small()
    _import_lightly()
    try:
        from engine.modelhost.child import serve
    except Exception as problem:  # noqa: BLE001 - whatever an import runs into, the engine is told
        protocol.write(written(Broken(line=classified(problem).line or type(problem).__name__)))
        protocol.flush()
        return 3
    gc.freeze()
    gc.enable()
    asyncio.run(serve(protocol))
    return 0


def _import_lightly() -> None:
    """Spare a third of the seconds until the first call: litellm defines two thousand models, of which a call uses few,
    so that each is built when it is used first; and nothing of what is imported is garbage, so nobody looks for some.
    """
    gc.disable()
    BaseModel.model_config["defer_build"] = True


def _become_quiet() -> None:
    """Only names of exceptions reach the log."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")

    def told(kind: type[BaseException], _: BaseException | None, __: TracebackType | None) -> None:
        sys.stderr.write(f"unhandled {kind.__name__}\n")

    sys.excepthook = told
    threading.excepthook = lambda thrown: told(thrown.exc_type, None, None)
    sys.unraisablehook = lambda thrown: told(thrown.exc_type or Exception, None, None)


def _stay_small() -> None:
    """Polite to the machine, bounded, and gone with the engine (Linux; elsewhere its end is seen on standard input)."""
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, resource.RLIM_INFINITY))
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # no program of this user reads a key out of it


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # threads of libraries do not decide when this process ends
