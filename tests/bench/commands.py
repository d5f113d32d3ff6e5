"""What commands cost before they do anything: `python -m tests.bench.commands [HOME]`.

CPU of the whole process, the median of fifteen, as a ratio to `python -c pass` of the same run. Without a HOME it makes
the ledger of `tests.bench.big`: 100 missions, 100,000 events.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile

from tests.bench.screens import ROOT

ROUNDS = 15
PROMISED = {"--version": "<= 2 x", "ls": "<= 5 x"}


def cpu_ms(argv: list[str]) -> float:
    """Milliseconds of CPU that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1_000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def table(home: str) -> list[str]:
    """The figures, their ratios, and the promise."""
    ours = [sys.executable, "-P", "-m", "cockpit", "--home", home]
    commands = {"python -c pass": [sys.executable, "-c", "pass"], "--version": [*ours[:4], "--version"]}
    commands |= {name: [*ours, name] for name in ("--help", "ls", "attention")}
    took: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, argv in commands.items():
            took[name].append(cpu_ms(argv))
    medians = {name: statistics.median(found) for name, found in took.items()}
    return [
        f"{name:16}{median:8.1f} ms{median / medians['python -c pass']:8.2f} x   {PROMISED.get(name, '')}"
        for name, median in medians.items()
    ]


def main() -> None:
    """Measure and print."""
    if len(sys.argv) > 1:
        print("\n".join(table(sys.argv[1])))
        return
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as folder:
        subprocess.run([sys.executable, "-m", "tests.bench.big", folder], cwd=ROOT, check=True)
        print("\n".join(table(folder)))


if __name__ == "__main__":
    main()
