"""How fast the screens are, in a real pseudo-terminal: `python -m tests.bench.screens [--rounds N]`.

Every figure stands beside that of an empty Textual application of the same run, as a ratio to it: first paint, key to
paint (idle, and on four screens while events pour in), CPU and memory. Rounds are interleaved. The ledger holds 100
missions and 100,000 events; what is poured in comes from a process of its own, which is not counted.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.pty.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
SIZE = (120, 40)
PLACES = {"board": "1", "log": "1" + "l" * 7, "spend": "s"}
"""Screens besides the bridge, and the keys that lead there from it. `0` leads back."""


@dataclass
class Figures:
    """What was measured of one program over all rounds: seconds, seconds, percent of a core, bytes."""

    paint: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)
    idle_cpu: list[float] = field(default_factory=list)
    loaded_cpu: list[float] = field(default_factory=list)
    elsewhere: dict[str, list[float]] = field(default_factory=dict)
    """Keys on other screens, at the same rate."""
    memory: list[float] = field(default_factory=list)


def environ() -> dict[str, str]:
    """A terminal of true colours, and nothing of this machine's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}


def selected(terminal: Terminal) -> tuple[int, str]:
    """The selected row of the cockpit's strip, or the counter of the empty application."""
    for number, line in enumerate(terminal.screen.display):
        if "▌" in line or line.startswith("sel:"):
            return number, line.rstrip()
    return -1, ""


def keys(terminal: Terminal, count: int, dice: random.Random) -> list[float]:
    """The time from each key to the first frame in which the selection has moved."""
    took = []
    for number in range(count):
        terminal.run(0.04 + dice.random() * 0.06)
        before = selected(terminal)[0]
        shown = selected(terminal)
        key = "j" if number % 8 < 4 or before < 0 or shown[1].startswith("sel:") else "k"
        terminal.press(key)
        took.append(terminal.wait(lambda t, seen=shown: _moved(t, seen), timeout_s=5))  # type: ignore[misc]
    return took


def _moved(terminal: Terminal, seen: tuple[int, str]) -> bool:
    now = selected(terminal)
    return now[0] != seen[0] if not seen[1].startswith("sel:") else now != seen


def cpu(terminal: Terminal, seconds: float) -> float:
    """Percent of a core over so many seconds."""
    before, began = terminal.usage()[0], time.monotonic()
    terminal.run(seconds)
    return 100 * (terminal.usage()[0] - before) / (time.monotonic() - began)


def measure(
    argv: list[str], useful: str, figures: Figures, args: argparse.Namespace, load: Callable[[], object]
) -> None:
    """One round of one program."""
    dice = random.Random(args.seed)
    with Terminal(argv, env=environ(), columns=SIZE[0], rows=SIZE[1], cwd=ROOT) as terminal:
        terminal.wait_for(useful)
        figures.paint.append(terminal.stamp - terminal.began)
        terminal.settle()
        figures.memory.append(terminal.usage()[1])
        figures.keys += keys(terminal, args.keys, dice)
        terminal.settle()
        figures.idle_cpu.append(cpu(terminal, args.idle))
        pouring = load()
        if isinstance(pouring, subprocess.Popen):
            try:
                terminal.run(4.0)  # it reads the ledger first
                figures.loaded_cpu.append(cpu(terminal, 5.0))
                figures.loaded += keys(terminal, args.keys, dice)
                for place, way in PLACES.items():
                    for key in way:
                        terminal.press(key)
                        terminal.run(0.5)
                    figures.elsewhere.setdefault(place, []).extend(keys(terminal, args.keys, dice))
                    terminal.press("0")
                    terminal.wait_for("needs you")
            finally:
                pouring.terminate()
                pouring.wait()


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def table(empty: Figures, cockpit: Figures) -> list[str]:
    """The figures, their ratios, and the promise."""
    ms, mb = 1_000, 1 / 1024 / 1024
    base = p95(empty.keys)
    rows = [
        ("first paint ms", statistics.median(empty.paint) * ms, statistics.median(cockpit.paint) * ms, 1.6),
        ("key p50 ms, idle", statistics.median(empty.keys) * ms, statistics.median(cockpit.keys) * ms, None),
        ("key p95 ms, idle", base * ms, p95(cockpit.keys) * ms, 2.0),
        ("key p95 ms, bridge", base * ms, p95(cockpit.loaded) * ms, 5.0),
        *((f"key p95 ms, {name}", base * ms, p95(found) * ms, 5.0) for name, found in cockpit.elsewhere.items()),
        ("CPU %, idle", statistics.median(empty.idle_cpu), statistics.median(cockpit.idle_cpu), None),
        ("CPU %, at rate", statistics.median(empty.idle_cpu), statistics.median(cockpit.loaded_cpu), None),
        ("memory MB", statistics.median(empty.memory) * mb, statistics.median(cockpit.memory) * mb, 2.0),
    ]
    lines = [f"{'':22}{'empty app':>12}{'cockpit':>12}{'ratio':>9}   promise"]
    for name, one, other, limit in rows:
        ratio = f"{other / one:9.2f}" if one > 0.005 else " " * 9
        promise = f"<= {limit} x" if limit else {"CPU %, idle": "< 1 %", "CPU %, at rate": "<= 10 %"}.get(name, "")
        lines.append(f"{name:22}{one:12.2f}{other:12.2f}{ratio}   {promise}")
    return lines


def main() -> None:
    """Measure and print."""
    sys.setswitchinterval(0.0005)  # the reading thread stamps what comes while the emulation runs
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--idle", type=float, default=20.0)
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--missions", type=int, default=100)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    empty, cockpit = Figures(), Figures()
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as folder:
        big = [sys.executable, "-m", "tests.bench.big", folder]
        subprocess.run([*big, "--missions", str(args.missions), "--events", str(args.events)], cwd=ROOT, check=True)
        ours = [sys.executable, "-P", "-m", "cockpit", "--home", folder, "--no-engine"]
        for number in range(args.rounds):
            sys.stderr.write(f"round {number + 1} of {args.rounds}\n")
            measure([sys.executable, "-m", "tests.bench.empty"], "sel:0", empty, args, lambda: None)
            measure(
                ours,
                "m000",
                cockpit,
                args,
                lambda: subprocess.Popen([*big, "--pour", str(args.rate)], cwd=ROOT),
            )
    load = os.getloadavg()[0]
    print(f"{args.missions} missions, {args.events} events, {args.rate} events/s, {SIZE[0]}x{SIZE[1]}, load {load:.1f}")
    print("\n".join(table(empty, cockpit)))


if __name__ == "__main__":
    main()
