"""`cockpit engine`: the engine in the foreground. The only module of the front end that reaches the loop."""

from __future__ import annotations

import os
from argparse import Namespace

from cockpit import __version__
from cockpit.cli.authority import ATTEMPT
from cockpit.cli.desk import home_of
from engine.errors import SaysNoError


def engine(args: Namespace) -> int:
    """Run an engine until it is told to end, or until it is idle."""
    if os.environ.get(ATTEMPT):
        raise SaysNoError("engine", "a worker cannot run an engine", "run it outside of an attempt")
    from engine.loop import service

    os.umask(0o077)
    home = home_of(args)
    home.ensure()
    return service.run(home, until_idle=args.until_idle, version=__version__)
