"""How many histories a second each template is rehearsed at: `python -m tests.bench.rehearsal [--runs 10]`.

One process, CPU time beside wall time, for other work on the machine makes the wall slow and not the rehearsal. A
forecast of ten seconds has as many histories as all processors together play in it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from cockpit.cli.rehearse import prepared
from engine.contract.template import names, write
from engine.home import Home
from engine.rehearsal.play import play


def measured(template: str, runs: int) -> tuple[float, float, float]:
    """Histories a second by the wall and by the CPU, and events of one history on average."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mission.yaml"
        write(template, file)
        scene, _basis = prepared(Home.at(Path(folder) / "home"), file)
        play(scene, 0)  # imports and caches
        wall, cpu = time.perf_counter(), time.process_time()
        events = sum(play(scene, seed).run.events for seed in range(1, runs + 1))
        return runs / (time.perf_counter() - wall), runs / (time.process_time() - cpu), events / runs


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    print(f"{'template':20}{'histories/s':>13}{'by CPU':>9}{'events':>9}")
    for template in names():
        wall, cpu, events = measured(template, runs)
        print(f"{template:20}{wall:13.2f}{cpu:9.2f}{events:9.0f}")


if __name__ == "__main__":
    main()
