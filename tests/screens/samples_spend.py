"""The account of `gtm-signal` as its picture shows it: 1 241 charges, three calls in flight, waste of every kind.

Pure data: rows and events that agree with each other, as an engine would have left them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.screens.samples import NOW, card, clock, task, usd
from tests.screens.world import DAY, MINUTE, World

Json = dict[str, Any]
SLUG = "gtm-signal"


class Paid(NamedTuple):
    """One charge of the sample; `task` is the number of its task, `attempt` the number of its attempt."""

    at: int
    task: int
    model: str
    amount: int
    tokens: tuple[int, int, int]
    """Read, written, read from the cache."""
    outcome: str = "useful"
    purpose: str = "work"
    basis: str = "reported"
    attempt: int = 1
    corrects: bool = False


TASKS = (
    (1, "enrich 25 leads", "researcher", "cold-email"),
    (2, "score replies", "reviewer", "cold-email"),
    (3, "draft DM variants", "writer", "linkedin"),
    (4, "review batch 2", "reviewer", "cold-email"),
    (5, "draft batch 2", "writer", "cold-email"),
    (6, "fetch pricing pages", "researcher", "main"),
    (7, "plan batch 2", "planner", "main"),
)
_TODAY = (
    (14, 1, 52, 1, "claude-haiku", 0.0031, (2104, 312, 1780), "useful"),
    (14, 1, 40, 2, "gpt-5", 0.0064, (3420, 118, 2900), "useful"),
    (14, 0, 58, 3, "claude-opus", 0.02, (3640, 402, 3100), "useful"),
    (14, 0, 31, 1, "qwen3-local", 0.0, (1960, 344, 0), "useful"),
    (13, 51, 10, 1, "claude-haiku", 0.0034, (2240, 350, 1780), "useful"),
    (13, 44, 18, 1, "gemini-flash", 0.0007, (2180, 0, 0), "failed"),
    (11, 20, 36, 4, "gpt-5", 1.31, (41200, 2890, 36000), "useful"),
    (11, 2, 14, 5, "claude-opus", 0.98, (3812, 9640, 3100), "useful"),
    (10, 41, 9, 5, "claude-opus", 0.94, (3640, 9210, 3100), "cancelled"),
    (9, 12, 44, 6, "claude-haiku", 0.0022, (1870, 90, 0), "lost"),
    (9, 9, 31, 7, "claude-opus", 0.16, (5240, 1460, 3100), "useful"),
)


LIMITS = [
    {"level": "mission", "name": "", "dimension": "tokens", "cap": 4_000_000, "used": 3_412_906, "aside": 210_000},
    {"level": "branch", "name": "cold-email", "dimension": "calls", "cap": 900, "used": 512, "aside": 1},
    {"level": "role", "name": "researcher", "dimension": "money", "cap": 20_000_000, "used": 4_120_000, "aside": 0},
]
"""What its contract limits beside money."""


def charges() -> list[Paid]:
    """All of them, oldest first."""
    models = (("gpt-5", 0.0241), ("claude-haiku", 0.0158), ("claude-opus", 0.0913), ("gemini-flash", 0.0042))
    early = []
    for number in range(1_230):
        model, price = models[number % 4]
        outcome = "failed" if number % 41 == 0 else "lost" if number % 97 == 0 else "useful"
        at = NOW - 3 * DAY + 10 * MINUTE + number * 190_000
        amount = usd(price) + number % 7
        early.append(Paid(at, number % 7 + 1, model, amount, (2_000 + number, 300, 1_500), outcome, attempt=number + 2))
    today = [
        Paid(clock(0, hour, minute) + second * 1_000, task_, model, usd(cost), tokens, outcome, attempt=2_000 + place)
        for place, (hour, minute, second, task_, model, cost, tokens, outcome) in enumerate(reversed(_TODAY))
    ]
    late = Paid(today[3].at + 1, today[3].task, "", 4_200, (100, 20, 0), corrects=True, attempt=today[3].attempt)
    return [*sorted(early, key=lambda paid: paid.at)[:1_229], *today[:4], late, *today[4:]]


def gtm(paid: Sequence[Paid] | None = None, *, running: bool = True, **more: Any) -> World:
    """The mission with its account; `more` changes its card."""
    world, found = World(), charges() if paid is None else list(paid)
    by: dict[str, Counter[str]] = {name: Counter() for name in ("branch", "model", "role", "purpose", "outcome")}
    spent: Counter[int] = Counter()
    known = {number: (role, branch) for number, _title, role, branch in TASKS}
    settled: dict[tuple[int, int], Paid] = {}
    for one in found:
        of = settled.get((one.task, one.attempt), one)
        role, branch = known[one.task]
        outcome = "lost" if one.corrects else one.outcome
        names = {"branch": branch, "model": of.model or "no model", "role": role, "purpose": of.purpose}
        for name, value in (*names.items(), ("outcome", outcome)):
            by[name][value] += one.amount
        spent[one.task] += one.amount
        settled.setdefault((one.task, one.attempt), one)
        _event(world, one, role)
    held = {1: 0.13, 2: 0.31, 3: 0.42} if running else {}
    total, reserved = sum(one.amount for one in found), usd(sum(held.values()))
    base: Json = {"budget_micro_usd": usd(500), "spent_micro_usd": total, "reserved_micro_usd": reserved}
    base |= {"started_at": NOW - 3 * DAY, "metric": "reply_rate", "limits": LIMITS}
    world.view("card", card(SLUG, "Find a GTM channel with real signal", **(base | more)))
    models = {1: "anthropic/claude-haiku", 2: "openai/gpt-5", 3: "anthropic/claude-opus"}
    for number, title, role, branch in TASKS:
        state = "running" if number in held else "accepted"
        row = task(SLUG, number, title, role, models.get(number, ""), state, 0, branch_key=branch)
        sums = {"spent_micro_usd": spent[number], "reserved_micro_usd": usd(held.get(number, 0))}
        world.view("task", row | sums | {"since": NOW - number * 13_000})
    world.view("spend", {
        "id": SLUG, "mission": SLUG, "total_micro_usd": total, "reserved_micro_usd": reserved,
        "budget_micro_usd": base["budget_micro_usd"], "by": {name: dict(sums) for name, sums in by.items()},
    })  # fmt: skip
    return world


def _event(world: World, one: Paid, role: str) -> None:
    attempt = f"A{one.task}.{one.attempt}"
    read, wrote, cached = one.tokens
    tokens = {"input": max(read - cached, 0), "output": wrote, "cache_read": cached}
    if one.corrects:
        because = "the provider's bill said so"
        world.event(SLUG, "charge.corrected", one.at, attempt=attempt, micro_usd=one.amount, tokens={}, because=because)
        return
    world.event(
        SLUG, "charge.settled", one.at, attempt=attempt, task=f"T{one.task}", branch="B2", role=role, worker="model",
        model=one.model, purpose=one.purpose, outcome=one.outcome, tokens=tokens, micro_usd=one.amount, basis=one.basis,
    )  # fmt: skip


__all__ = ["LIMITS", "SLUG", "TASKS", "Paid", "charges", "gtm"]
