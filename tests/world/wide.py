"""Missions of one wide plan: twenty attempts side by side under caps of every level, in money, tokens and calls."""

from __future__ import annotations

import random
from decimal import Decimal

from engine.ledger.protocol import Event
from engine.loop.world import Slots
from engine.values import MICRO
from tests.world.missions import SIM, Setting, Terms

WIDTH = 20
"""Attempts side by side: as many as config.toml allows."""
WORK = 22
LEVELS = ("mission", "branch", "role", "task", "counts")
LOOSE, ROOM = 50 * MICRO, 25_000
"""Micro-dollars that limit nothing, and about what twenty attempts set aside together."""


def wide(seed: int) -> Setting:
    """Tasks alike, ready at once, by rehearsed workers or models. Two kinds of caps are tight, drawn from the seed."""
    dice = random.Random(f"wide {seed}")
    models = dice.random() < 0.4
    tight = dice.sample(LEVELS[1:] if models else LEVELS, 2)  # tasks of models have budgets of their own, in sum

    def cap(level: str) -> str:
        return _usd(dice.randrange(ROOM // 6, ROOM) if level in tight else LOOSE)

    def counts() -> str:
        some = [f", tokens: {dice.randrange(40_000, 200_000)}", f", calls: {dice.randrange(5, 20)}"]
        return dice.choice(["", *some]) if "counts" in tight else ""

    def task(number: int) -> str:
        role, verb = dice.choice([("reader", "research"), ("reader", "research"), ("writer", "draft")])
        branch, words = dice.choice(["", ", branch: left", ", branch: right"]), dice.choice([1, 300, 300])
        own = dice.choice(["0.003 USD", "0.02 USD"]) if "task" in tight else "0.1 USD" if models else ""
        budget = f", budget: {own}" if own and "mission" not in tight else ""
        return (
            f"    - {{id: t{number}{branch}, role: {role}, verb: {verb}{budget}, attempts: 3, fallback: ask, "
            f"criteria: [{{text: is short, check: {{max_words: {words}}}}}]}}\n"
        )

    text = f"""mission: Wide {seed}
id: sim
target: {{statement: everything was looked at}}
budget: {{money: {cap("mission")}, time: 60d, branches: 3{counts()}}}
actions: {{allowed: [research, draft, review]}}
roles:
  reader: {{worker: {"model" if models else "rehearsed"}, tier: cheap, budget: {{money: {cap("role")}{counts()}}}}}
  writer: {{worker: rehearsed, tier: standard}}
assume:
  reader: {{tokens_in: {dice.choice([900, 4_000])}, tokens_out: 300}}
  writer: {{tokens_in: 3000, tokens_out: 600, success: 70%}}
plan:
  branches:
    - {{id: left, hypothesis: one, budget: {{money: {_usd(ROOM // 4 if "branch" in tight else MICRO)}{counts()}}}}}
    - {{id: right, hypothesis: two, budget: {{money: {_usd(ROOM // 5 if "branch" in tight else MICRO)}}}}}
  tasks:
{"".join(task(number) for number in range(WORK))}"""
    return Setting({SIM: Terms(text.encode(), LOOSE)}, b"name\n", "lookup", slots=Slots(others=WIDTH))


def _usd(micro_usd: int) -> str:
    return f'"{Decimal(micro_usd) / MICRO:f} USD"'


def abreast(events: list[Event]) -> int:
    """The most attempts of a mission that were under way at once."""
    running, most = set[str](), 0
    for event in events:
        if event.kind == "attempt.dispatched":
            running.add(str(event.body["attempt"]))
        elif event.kind == "charge.settled":
            running.discard(str(event.body["attempt"]))
        most = max(most, len(running))
    return most
