"""Runs the cockpit with one thing broken, as no environment variable and no ledger could break it.

The first argument says what: `paint` raises while a screen is drawn, `take` while news are taken in.
"""

from __future__ import annotations

import sys

SECRET = "sk-" + "planted-secret"
WORDS = "\x1b]52;c;aGk=\x07\x1bc\x9b2J\u202eplanted"


def main() -> int:
    """Break it, then run it."""
    what = sys.argv.pop(1)
    from cockpit.screens.bridge.screen import BridgeScreen

    def broken(*_args: object) -> None:
        held = SECRET  # a local that no report may show
        raise RuntimeError(WORDS if held else "")

    setattr(BridgeScreen, {"paint": "_columns", "take": "show"}[what], broken)
    from cockpit.__main__ import main as cockpit

    return cockpit()


if __name__ == "__main__":
    sys.exit(main())
