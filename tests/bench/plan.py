"""How long the plan linter takes: `python -m tests.bench.plan [--tasks 1000 10000]`.

Each plan has twenty branches, layers of tasks that need two of the layer before, reviews, artifacts and metrics. What
is printed beside it is Python's own topological sort of the same graph, built anew.
"""

from __future__ import annotations

import argparse
import graphlib
import time
from collections.abc import Callable
from functools import partial

from engine.contract.clauses import Cap
from engine.contract.model import Contract
from engine.contract.planned import Plan, PlannedBranch, PlannedTask
from engine.plan.graph import graph
from engine.plan.lint import lint
from engine.values import MICRO
from tests.engine.plan.lint_sample import KNOWN, planned

BRANCHES, LAYER, ROUNDS = 20, 10, 7


def large(count: int) -> Contract:
    """A contract whose plan has so many tasks and no defect but what every rule has to look at."""
    base = planned()
    write = next(task for task in base.plan.tasks if task.id == "write")
    branches = tuple(
        PlannedBranch.model_construct(**{**dict(base.plan.branches[0]), "id": f"b{n}", "share": 40_000})
        for n in range(BRANCHES)
    )
    tasks = []
    for number in range(count):
        column, layer = number % BRANCHES, number // BRANCHES // LAYER
        needs = [number - BRANCHES * LAYER + BRANCHES * n for n in range(2)] if layer else []
        fields = {
            "id": f"t{number}",
            "each": None,
            "branch": f"b{column}",
            "needs": tuple(f"t{need}" for need in needs if need >= 0),
            "context": ("leads", "rules"),
            "produces": (f"draft-{number}.md",),
            "budget": Cap.model_construct(money=MICRO // 100),
        }
        tasks.append(PlannedTask.model_construct(**{**dict(write), **fields}))
    budget = base.budget.model_copy(update={"branches": BRANCHES + 1, "money": 1_000 * count * MICRO, "time": None})
    last = dict(next(task for task in base.plan.tasks if task.id == "sum")) | {"needs": (f"t{count - 1}",)}
    tasks.append(PlannedTask.model_construct(**last))
    plan = Plan.model_construct(branches=branches, tasks=tuple(tasks))
    return base.model_copy(update={"plan": plan, "budget": budget, "cadence": (), "judge": ()})


def best(run: Callable[[], object]) -> float:
    """Milliseconds of processor time of the fastest of some rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        run()
        times.append((time.process_time() - began) * 1000)
    return min(times)


def _sorted(contract: Contract) -> list[int]:
    return [*graphlib.TopologicalSorter(dict(enumerate(graph(contract).needs))).static_order()]


def main() -> None:
    """Print one line for each size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, nargs="+", default=[100, 1_000, 10_000])
    print(f"{'tasks':>7} {'lint ms':>9} {'sort ms':>9} {'ratio':>6} findings")
    for count in parser.parse_args().tasks:
        contract = large(count)
        own, plain = best(partial(lint, contract, KNOWN)), best(partial(_sorted, contract))
        codes = sorted({finding.code for finding in lint(contract, KNOWN)})
        print(f"{count:>7} {own:>9.1f} {plain:>9.1f} {own / plain:>6.1f} {', '.join(codes) or 'none'}")


if __name__ == "__main__":
    main()
