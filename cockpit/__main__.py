"""The `cockpit` command: the way in, and the one place where errors become lines and exit codes.

Nothing but `sys` is imported before `--version` is answered.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cockpit import __version__

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells expect it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 fine, 1 the mission says no, 2 usage or bad input, 3 engine or store."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] in (["--version"], ["-V"]):
        sys.stdout.write(f"cockpit {__version__}\n")
        return 0
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return INTERRUPTED
    except BrokenPipeError:
        _hush()
        return 0
    except SystemExit:  # argparse has printed help, or what is wrong
        _hush()
        raise


def _run(arguments: list[str]) -> int:
    from cockpit.cli.parser import dispatch, parse
    from engine.errors import CockpitError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = dispatch(parse(arguments))
        sys.stdout.flush()
    except CockpitError as error:
        from cockpit.cli.render import safe

        sys.stdout.flush()
        sys.stderr.write(f"{safe(str(error))}\n")
        return error.exit_code
    except (BrokenPipeError, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:  # noqa: BLE001 - the last net: a bug becomes one line and a log
        from cockpit.cli.crash import report

        sys.stderr.write(f"{report(error, arguments)}\n")
        return 3
    return code


def _hush() -> None:
    """If whoever read our output is gone, nothing may be flushed into the closed pipe while Python ends."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
