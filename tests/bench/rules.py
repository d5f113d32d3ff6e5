"""python -m tests.bench.rules [--missions N]: what reaches a human of workers that ignore a rule, and what it costs.

Each mission's first draft says what its human bans; then the same scripted model writes again, obeying the rule in its
package as often as it is told to. `told only` is what a human would have seen had the rule stood in the package and
nothing checked it. Same numbers on every machine.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from typing import Any

from engine.values import Tokens, money
from tests.builders import Play, mails
from tests.engine.loop.test_rules import ASKS, CHEAP, FINE, MODEL

OBEYS = (0, 50, 90, 100)
"""How often a worker obeys, in hundredths."""
USED = Tokens(input=1_400, output=260)


@dataclass
class Counted:
    """What happened over all missions of one worker."""

    missions: int = 0
    drafts: int = 0
    broken: int = 0
    told_only: int = 0
    """Missions in which the first draft after the rule breaks it."""
    reached: int = 0
    """Drafts that break the rule and were put before a human."""
    back: int = 0
    approved: int = 0
    asked: int = 0
    """Missions that ended in a question, with what was violated."""
    micro_usd: int = 0
    mending: int = 0
    """Of that, for attempts that were sent back."""


def mission(seed: int, obeys: int, seen: Counted) -> None:
    """One mission from its rejection to its next item."""
    dice = random.Random(f"{seed} {obeys}")
    play = Play(MODEL, world=ASKS).go().hand_off("A1.1", mails("bob", "eve", body=CHEAP), USED)
    play.say("reject", attention=play.asked("approve").id, because="banned word: cheap", rule="mission")
    before, number = play.state().spent, 2
    while f"gtm/A1.{number}" in play.jobs:
        breaks = dice.randrange(100) >= obeys
        seen.told_only += breaks and number == 2
        seen.drafts, seen.broken = seen.drafts + 1, seen.broken + breaks
        play.hand_off(f"A1.{number}", mails("bob", "eve", body=CHEAP if breaks else FINE), USED)
        shown = any(item.kind == "approve" for item in play.state().attention.values())
        seen.reached += breaks and shown
        seen.back += breaks and not shown
        seen.mending += play.state().attempts[f"A1.{number}"].spent if breaks else 0
        number += 1
    seen.approved += any(item.kind == "approve" for item in play.state().attention.values())
    seen.asked += any("R1" in item.detail for item in play.state().attention.values() if item.kind == "answer")
    seen.micro_usd += play.state().spent - before
    seen.missions += 1


def measured(missions: int) -> list[Counted]:
    """One worker after the other."""
    found = []
    for obeys in OBEYS:
        seen = Counted()
        for seed in range(missions):
            mission(seed, obeys, seen)
        found.append(seen)
    return found


def table(found: list[Counted]) -> list[str]:
    """The table as it is printed."""
    head = ("obeys", "drafts", "break it", "told only", "REACHED A HUMAN", "sent back", "shown", "in the queue")
    rows: list[tuple[Any, ...]] = [(*head, "spend", "of it mending")]
    for obeys, seen in zip(OBEYS, found, strict=True):
        rows.append(
            (
                f"{obeys} %", seen.drafts, seen.broken, seen.told_only, seen.reached, seen.back, seen.approved,
                seen.asked, money(seen.micro_usd), money(seen.mending),
            )
        )  # fmt: skip
    widths = [max(len(str(row[n])) for row in rows) for n in range(len(rows[0]))]
    return ["  ".join(f"{cell!s:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rules")
    parser.add_argument("--missions", type=int, default=100)
    missions = parser.parse_args().missions
    print(f"{missions} missions for each worker; one rule that a machine checks, at most 3 attempts after it")
    print(*table(measured(missions)), sep="\n")


if __name__ == "__main__":
    main()
