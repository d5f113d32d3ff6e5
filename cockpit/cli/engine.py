"""`cockpit engine`: the engine in the foreground. The only module of the front end that reaches the loop."""

from __future__ import annotations

import os
import signal
import socket
import time
from argparse import Namespace
from contextlib import suppress

from cockpit import __version__
from cockpit.cli.authority import ATTEMPT
from cockpit.cli.desk import home_of, open_reader
from cockpit.cli.render import say
from engine.errors import EngineUnavailableError, SaysNoError
from engine.home import Home
from engine.ledger.lease import held

PATIENCE_S = 30.0
"""How long an engine may take to end what it does."""


def engine(args: Namespace) -> int:
    """Run an engine until it is told to end, or until it is idle."""
    if os.environ.get(ATTEMPT):
        raise SaysNoError("engine", "a worker cannot run an engine", "run it outside of an attempt")
    if args.stop:
        return _stop(home_of(args))
    if args.install or args.uninstall:
        from cockpit.cli import install

        return install.install(home_of(args)) if args.install else install.uninstall(home_of(args))
    from engine.loop import service

    os.umask(0o077)
    home = home_of(args)
    home.ensure()
    return service.run(home, until_idle=args.until_idle, version=__version__)


def _stop(home: Home) -> int:
    """Tell the living engine to end and wait until its lock is free; fine when none lives.

    Raises `EngineUnavailableError` when it runs elsewhere or does not end.
    """
    end = time.monotonic() + PATIENCE_S
    told = 0
    while held(home.lock):
        with open_reader(home) as reader:
            lease = reader.lease()
        host, _, rest = str(lease["owner"] if lease else "").partition(":")
        pid = int(rest.partition(":")[0] or 0)
        if lease and host != socket.gethostname():
            raise EngineUnavailableError("engine", f"it runs on {host}", "end it there")
        if pid and pid != told and _is_engine(pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            told = pid
        if time.monotonic() >= end:
            raise EngineUnavailableError("engine", f"did not end within {PATIENCE_S:.0f} s", f"process {pid or '?'}")
        time.sleep(0.05)
    say("the engine has ended" if told else "no engine runs")
    return 0


def _is_engine(pid: int) -> bool:
    """Whether a process looks like an engine of ours: a lease row may name one that is long gone."""
    import psutil

    try:
        return "cockpit" in " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return False
