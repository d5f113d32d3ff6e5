"""An engine whose clocks run ahead: `python -m tests.e2e.hurried FILE engine`; FILE says by how many milliseconds.

All of its clocks run ahead by the same, so that to the engine time has simply passed. Days go by when a test says so,
and only then; everything else, the calls of models and the sending of mail included, takes the time that it takes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cockpit.__main__ import main
from engine.loop import service


def ahead_of(file: Path) -> int:
    """Milliseconds; none while nothing is said."""
    try:
        return int(file.read_text() or 0)
    except OSError:
        return 0


def hurry(file: Path) -> None:
    """Have the engine of this process read its clocks so."""
    wall, steady = service._wall, service._steady

    def early_wall() -> int:
        return wall() + ahead_of(file)

    def early_steady() -> tuple[int, int]:
        passed, awake = steady()
        return passed + ahead_of(file), awake + ahead_of(file)

    service._wall, service._steady = early_wall, early_steady


if __name__ == "__main__":
    hurry(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
