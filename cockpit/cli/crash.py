"""What is left of an unexpected error: one line for the user, and a log with the traceback but without any values."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from cockpit import __version__
from cockpit.cli.render import safe


def report(error: BaseException, arguments: Sequence[str]) -> str:
    """Write the crash log; the line that names the error and the log. Never raises."""
    from engine.redaction import redact

    where = safe(redact(arguments[0])) if arguments else "cockpit"
    what = f"{where}: an unexpected error ({type(error).__name__}: {safe(redact(str(error)))[:200]})"
    try:
        path = _write(error)
    except OSError:
        return f"{what}; no log could be written"
    return f"{what}; the details are in {path}"


def _write(error: BaseException) -> Path:
    from engine.redaction import redact

    # Only the words of the error and the places it passed: locals may hold addresses, texts and keys.
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    head = f"cockpit {__version__}, Python {platform.python_version()}, {sys.platform}\n"
    name = f"crash-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.log"
    path = _folder() / name
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(redact(head + "".join(lines)))
    return path


def _folder() -> Path:
    """The home's log folder if there can be one, otherwise a new private folder."""
    from engine.home import Home

    chosen: str | None = None
    for number, argument in enumerate(sys.argv):
        if argument == "--home" and number + 1 < len(sys.argv):
            chosen = sys.argv[number + 1]
        elif argument.startswith("--home="):
            chosen = argument.removeprefix("--home=")
    folder = Home.resolve(chosen, os.environ).log
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="cockpit-crash-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="cockpit-crash-"))
