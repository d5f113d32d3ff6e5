"""A process that gives random commands as fast as they are answered: `python -m tests.durable.hands SEED COUNT`.

A line for each that was answered: `done KIND MARK`, or `refused KIND MARK`.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
from pathlib import Path

from cockpit.__main__ import main
from cockpit.client import Client
from engine.home import Home
from engine.ledger.reader import Reader


def work(seed: int, count: int) -> None:
    """So many commands, and looks in between as an open cockpit has them."""
    dice, home = random.Random(seed), Home.at(Path(os.environ["COCKPIT_HOME"]))
    client = Client(home, clock=lambda: 0)
    for number in range(count):
        mark = f"x{seed}-{number}@yours.example"
        kind = dice.choice(("suppress", "suppress", "pause", "resume", "look", "log"))
        call = {
            "suppress": ["suppress", mark, "--because", mark],
            "pause": ["pause", "gtm", "--because", mark],
            "resume": ["resume", "gtm", "--because", mark],
            "log": ["log", "gtm"],
        }.get(kind)
        if call is None:
            client.pull()
            assert client.views.cards, "never an empty view"
            continue
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            code = main(call)
        if kind != "log":
            print(
                "done" if code == 0 else "refused" if code == 1 else f"failed {said.getvalue()!r}",
                kind,
                mark,
                flush=True,
            )
    with Reader.open(home.ledger) as reader:
        assert reader.missions()
    client.close()


if __name__ == "__main__":
    work(int(sys.argv[1]), int(sys.argv[2]))
