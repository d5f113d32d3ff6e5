"""What a commit costs by the number of tasks of its mission: `python -m tests.bench.views`.

The same short life of one task (dispatch, delivery, charge, acceptance) is committed again and again into missions of
growing size, over the in-memory store: what remains is folding, rows and their encoding. `whole` is the cost of the
rows alone when all of them are made again, as a rebuild does.
"""

from __future__ import annotations

import asyncio
import statistics
import time

from engine.ledger import bodies as b
from engine.ledger.memory import MemoryStore
from engine.loop.enact import Step
from engine.loop.runner import Runner
from engine.values import MissionId, Sha256, Tokens, sha256
from engine.views.rows import rows
from tests.engine.receipt.story import CONTRACT

SIZES = (10, 100, 1_000, 10_000)
LIVES = 40
BRANCHES = 5
BLOB: Sha256 = sha256(b"handoff")


def opening(size: int) -> tuple[b.Body, ...]:
    """A mission with so many tasks, in branches, each after the first of a branch needing the one before it."""
    out: list[b.Body] = [b.MissionCreated(title="bench", contract=CONTRACT, source=BLOB)]
    out.append(b.BranchOpened(branch="B1", key="main"))
    out += [b.BranchOpened(branch=f"B{n + 2}", key=f"way-{n}", parent="B1") for n in range(BRANCHES)]
    for number in range(1, size + 1):
        branch = f"B{2 + number % BRANCHES}"
        needs = (f"T{number - BRANCHES}",) if number > size // 2 + BRANCHES else ()
        task = b.TaskAdded(
            task=f"T{number}", key=f"draft-{number}", branch=branch, title=f"draft {number}", role="writer",
            verb="draft", needs=needs, budget=1_000_000,
            criteria=({"text": "short", "check": {"max_words": 120}},),
        )  # fmt: skip
        out.append(task)
    out.append(b.MissionStarted())
    out += [
        b.AttentionRaised(attention=f"Q{n}", kind="answer", title="which?", task=f"T{size - n}", expires=10**13)
        for n in range(min(20, size // 2))
    ]
    return tuple(out)


def life(number: int) -> list[tuple[b.Body, ...]]:
    """The commits of one task's life."""
    task, attempt = f"T{number}", f"A{number}.1"
    branch = f"B{2 + number % BRANCHES}"
    charge = b.ChargeSettled(
        attempt=attempt, task=task, branch=branch, role="writer", worker="model", model="m", purpose="work",
        outcome="useful", tokens=Tokens(input=1_000, output=200), micro_usd=4_200, basis="reported",
    )  # fmt: skip
    return [
        (
            b.AttemptDispatched(attempt=attempt, task=task, role="writer", worker="model", model="m"),
            b.ChargeReserved(attempt=attempt, micro_usd=50_000),
        ),
        (b.AttemptDelivered(attempt=attempt, handoff=BLOB, summary="done"), charge),
        (b.TaskAccepted(task=task, attempt=attempt),),
    ]


async def measure(size: int) -> tuple[float, float, float]:
    """Median commit, slowest commit and whole rows, in milliseconds."""
    store, moment = MemoryStore(), [1_750_000_000_000]

    def clock() -> int:
        moment[0] += 1_000
        return moment[0]

    epoch = await store.acquire("bench", version="0", wall=0)
    assert epoch is not None
    runner = Runner(
        store, MissionId("bench"), epoch=epoch, clock=clock, start=lambda job: None, fault=lambda mission, error: None
    )
    await runner.commit(Step(opening(size)))
    took = []
    for number in range(1, min(LIVES, size // 2) + 1):
        for bodies in life(number):
            start = time.perf_counter()
            await runner.commit(Step(bodies))
            took.append((time.perf_counter() - start) * 1000)
    start = time.perf_counter()
    rows(runner.state)
    return statistics.median(took), max(took), (time.perf_counter() - start) * 1000


async def main() -> None:
    """Print the table."""
    print(f"{'tasks':>7}  {'commit ms':>10}  {'slowest ms':>10}  {'whole rows ms':>13}")
    for size in SIZES:
        commit, slowest, whole = await measure(size)
        print(f"{size:>7,}  {commit:>10.2f}  {slowest:>10.2f}  {whole:>13.2f}")


if __name__ == "__main__":
    asyncio.run(main())
