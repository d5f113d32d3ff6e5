"""The cockpit in a terminal of its own, over a ledger that nobody writes to."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from engine.home import Home
from tests.pty.hostile import hostile
from tests.pty.terminal import Terminal
from tests.screens.samples import three

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., Terminal]


def environment(home: Home, **more: str) -> dict[str, str]:
    """The environment of a terminal; an empty value takes a variable away."""
    base = {
        "PATH": os.environ["PATH"],
        "HOME": str(home.root),
        "COCKPIT_HOME": str(home.root),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    return {name: value for name, value in {**base, **more}.items() if value}


@pytest.fixture
def open_at() -> Iterator[Open]:
    """Opens the cockpit over a home; what is still open in the end is closed."""
    opened: list[Terminal] = []

    def start(
        home: Home,
        *args: str,
        size: tuple[int, int] = (120, 40),
        argv: Sequence[str] | None = None,
        stderr: Path | None = None,
        controlling: bool = False,
        **environ: str,
    ) -> Terminal:
        program = [*(argv or (sys.executable, "-m", "cockpit")), *args]
        env = environment(home, **environ)
        terminal = Terminal(
            program, env=env, columns=size[0], rows=size[1], cwd=ROOT, stderr=stderr, controlling=controlling
        )
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The three missions of the samples."""
    return three().write(tmp_path / "home", alive=False)


@pytest.fixture(scope="module")
def hostile_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A ledger in which every text is a payload."""
    now = time.time_ns() // 1_000_000
    return hostile(now).write(tmp_path_factory.mktemp("hostile") / "home", alive=False)
