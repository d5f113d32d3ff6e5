"""python -m tests.world [--seeds N] [--start S] [--points SEED]: play histories, print violations and seeds per minute.

A failing seed is replayed with `python -m tests.world --start SEED --seeds 1`, and `--kind wide` for one of those.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator

from tests.world.check import chaos, crash_points
from tests.world.missions import Setting
from tests.world.tooled import tooled
from tests.world.wide import wide

KINDS: dict[str, Callable[[int], Setting | None]] = {"mail": lambda _seed: None, "wide": wide, "tooled": tooled}
"""Kinds of missions, each drawn from a seed."""


def main() -> int:
    """Play what was asked for; 1 when something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.world")
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument(
        "--points", type=int, action="append", default=[], help="kill this seed at every point it passes"
    )
    parser.add_argument("--until", default="", metavar="P4", help="stop at the first violation of this promise")
    parser.add_argument("--kind", choices=KINDS, default="mail", help="the missions that are played (mail)")
    given = parser.parse_args()
    began, broken, played, spent = time.perf_counter(), 0, 0, 0.0

    def sentences() -> Iterator[str]:
        nonlocal played, spent
        for seed in range(given.start, given.start + given.seeds):
            yield from chaos([seed], KINDS[given.kind])
            played, spent = played + 1, time.perf_counter() - began
        for seed in given.points:
            yield from crash_points(seed)

    try:
        for sentence in sentences():
            print(sentence, flush=True)
            broken += 1
            if given.until and re.match(rf"seed \d+: {given.until}\b(?! the engine raised)", sentence):
                break
    except KeyboardInterrupt:
        print("ended early")
    print(f"{played} seeds, {broken} violations, {played / max(spent, 0.001) * 60:.0f} seeds per minute")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
