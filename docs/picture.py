"""Pictures of the cockpit as it is: `python docs/picture.py HOME NAME [--size 160x45] [--theme dark] [KEY ...]`.

Opens the application over a ledger without a terminal and without an engine, presses the keys, and writes what is shown
to docs/pictures/NAME.svg. A key may be `wait:SECONDS`. Nothing is decided: pictures are taken of a copy of the ledger.
`--keep DIR` only makes such a copy. `--then` shows a ledger as it was in the second in which its last event was
written: the clock stands there, and the engine that wrote it counts as alive.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from cockpit.app import CockpitApp, wall_ms
from cockpit.cli.authority import Author
from cockpit.preferences import Preferences
from engine.home import Home
from engine.ledger.lease import FileLock
from engine.ledger.reader import Reader

FOLDER = Path(__file__).resolve().parent / "pictures"
_FONT = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", re.DOTALL)
"""What would be loaded from elsewhere, and what is no part of the picture."""


def copied(home: Home, folder: Path) -> Home:
    """The ledger as it is now, in a home of its own."""
    copy = Home.at(folder)
    copy.ensure()
    if home.config.exists():
        shutil.copy(home.config, copy.config)
    source = sqlite3.connect(f"{home.ledger.as_uri()}?mode=ro", uri=True)
    target = sqlite3.connect(copy.ledger)
    source.backup(target)
    target.close()
    source.close()
    return copy


def moment(home: Home) -> int:
    """When the last event of a ledger was written, in milliseconds; now when there is none."""
    with Reader.open(home.ledger) as reader:
        walls = (int(event["wall"]) for event in reader.events())
        return max(walls, default=wall_ms())


async def take(home: Home, size: tuple[int, int], keys: list[str], theme: str, at: int | None = None) -> str:
    """What is shown after the keys, as SVG that loads nothing from anywhere; `at` is when, None for now."""
    clock = wall_ms if at is None else lambda: at
    app = CockpitApp(home, Author("human:you", scripted=False), clock=clock, preferences=Preferences(theme=theme))
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.5)
        for key in keys:
            if key.startswith("wait:"):
                await pilot.pause(float(key.removeprefix("wait:")))
            else:
                await pilot.press(key)
                await pilot.pause(0.4)
        await pilot.pause(0.6)
        svg = app.export_screenshot(title="cockpit")
    svg = _FONT.sub("", svg).replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1).replace("&#160;", " ")  # some renderers drop the others
    return re.sub(r"terminal-\d+-", "terminal-", svg)


def main() -> int:
    """Take one picture, or keep a copy to take pictures of."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("keys", nargs="*")
    parser.add_argument("--size", default="160x45")
    parser.add_argument("--theme", default="dark")
    parser.add_argument("--then", action="store_true", help="as it was when its last event was written")
    parser.add_argument("--keep", type=Path, help="only copy the ledger into this folder")
    args = parser.parse_intermixed_args()
    if args.keep is not None:
        copied(Home.at(args.home), args.keep)
        return 0
    columns, rows = (int(part) for part in args.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="cockpit-picture-") as folder:
        copy = copied(Home.at(args.home), Path(folder))
        at, lock = (moment(copy), FileLock(copy.root / "engine.lock")) if args.then else (None, None)
        if lock is not None:
            lock.take(None)
        svg = asyncio.run(take(copy, (columns, rows), args.keys, args.theme, at))
        if lock is not None:
            lock.drop(None)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{args.name}.svg").write_text(svg, encoding="utf-8")
    sys.stdout.write(f"{FOLDER / args.name}.svg\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
