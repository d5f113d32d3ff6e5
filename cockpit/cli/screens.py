"""`cockpit` alone: the screens. At no terminal, the help; with `--plain`, the same as a dialogue of lines.

What must be said to Textual before it is imported is said here: its frame clock decides how long a key waits.
"""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cockpit.cli.authority import Author, at_terminal, author
from cockpit.cli.desk import home_of
from engine.errors import BadInputError
from engine.home import Home

SWITCH_S = 0.0005
"""Textual writes to the terminal in a thread of its own, which waits for the interpreter after every piece it wrote; a
tenth of what is usual, or a picture leaves tens of milliseconds after it was drawn."""
LOG = "screen.out"
"""Where, in the log folder, goes what a library writes to standard error while the screen is drawn."""


def open_cockpit(args: Namespace) -> int:
    """Open the screens, or what can be had instead of them."""
    if args.plain:
        from cockpit.cli.plain import dialogue

        return dialogue(args)
    if not at_terminal() or os.environ.get("TERM", "") in {"", "dumb"}:
        if not at_terminal():
            from cockpit.cli.parser import helped

            return helped()
        raise BadInputError("TERM", "this terminal cannot show screens", "cockpit --plain works everywhere")
    home = home_of(args)
    home.ensure()
    return show(home, author(home), mouse=not args.no_mouse, start=None if args.no_engine else starter(home))


def starter(home: Home) -> Callable[[], None]:
    """What starts a detached engine for a home."""

    def start() -> None:
        from cockpit.cli.background import start as spawn

        spawn(home)

    return start


def show(home: Home, who: Author, *, mouse: bool = True, start: Callable[[], None] | None = None) -> int:
    """Run the application until it is closed; its exit code."""
    gc.disable()  # until the first picture is there: going through everything that was loaded costs a tenth of it
    os.environ.setdefault("TEXTUAL_FPS", "240")
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from cockpit.preferences import read

    preferences = read(home.config)
    from cockpit.app import CockpitApp  # after the environment was set, and after what may fail cheaply

    sys.setswitchinterval(SWITCH_S)
    app = CockpitApp(home, who, preferences=preferences, start=start if preferences.autostart else None)
    with quiet_stderr(home.log / LOG):
        app.run(mouse=mouse)
    if app.crash is not None:
        from cockpit.cli.crash import report

        sys.stderr.write(f"{report(app.crash, ['cockpit'])}\n")
        return 3
    return app.return_code or 0


@contextmanager
def quiet_stderr(path: Path) -> Iterator[None]:
    """While the screen is drawn, what libraries write to standard error goes into a file and not over the screen.

    The screen itself is drawn on standard error too (by `sys.__stderr__`): it keeps a descriptor of its own.
    """
    sys.stderr.flush()
    kept, before = os.dup(2), sys.__stderr__
    try:
        log = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    except OSError:
        log = os.open(os.devnull, os.O_WRONLY)
    terminal = kept if os.isatty(kept) else 1  # standard error may be sent to a file: the screen is not
    drawing = os.fdopen(os.dup(terminal), "w", encoding="utf-8", errors="replace")
    try:
        os.dup2(log, 2)
        os.close(log)
        sys.__stderr__ = drawing  # type: ignore[misc]
        yield
    finally:
        drawing.close()
        sys.__stderr__ = before  # type: ignore[misc]
        os.dup2(kept, 2)
        os.close(kept)
