"""python -m tests.world [--seeds N] [--start S] [--points SEED]: play histories, print violations and seeds per minute.

A failing seed is replayed with `python -m tests.world --start SEED --seeds 1`.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.world.check import chaos, crash_points


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.world")
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--points", type=int, action="append", default=[], metavar="SEED", help="kill this seed once at every point it passes")
    parser.add_argument("--first", action="store_true", help="stop at the first violation")
    given = parser.parse_args()
    began, broken = time.perf_counter(), 0
    for seed in range(given.start, given.start + given.seeds):
        for sentence in chaos([seed]):
            print(sentence)
            broken += 1
            if given.first:
                return 1
    spent = time.perf_counter() - began
    for seed in given.points:
        for sentence in crash_points(seed):
            print(sentence)
            broken += 1
            if given.first:
                return 1
    print(f"{given.seeds} seeds, {broken} violations, {given.seeds / max(spent, 0.001) * 60:.0f} seeds per minute")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
