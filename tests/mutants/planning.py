"""Planted bugs of planning: the linter's dominance, who accepts a plan, what it costs, what a patch changes."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

LINT = "tests/engine/plan/test_lint.py"
PRICE = "tests/engine/plan/test_price.py"
PLAYED = "tests/engine/loop/test_planning.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a gate in a branch that may be pruned counts for everybody",
        "P1",
        0,
        (
            Edit(
                "engine/plan/lint/outward.py",
                "(found[need] or accepts[need]) and graph.nodes[need][1] in above for need in graph.needs[node]",
                "(found[need] or accepts[need]) for need in graph.needs[node]",
            ),
        ),
        test=LINT,
    ),
    Mutant(
        "a gate that falls back to a model counts",
        "P1",
        0,
        (
            Edit(
                "engine/plan/lint/outward.py",
                'role.worker == "human" and (instead is None or instead.worker == "human")',
                'role.worker == "human"',
            ),
        ),
        test=LINT,
    ),
    Mutant(
        "the engine accepts a plan that has warnings",
        "P1",
        0,
        (Edit("engine/loop/planning.py", "    if found.findings:\n", "    if found.errors:\n"),),
        test=PLAYED,
    ),
    Mutant(
        "the engine accepts a plan whose planner was steered",
        "P8",
        0,
        (
            Edit(
                "engine/loop/planning.py",
                '    if attempt.label is None or attempt.label.integrity != "trusted":\n',
                "    if attempt.label is None:\n",
            ),
        ),
        test=PLAYED,
    ),
    Mutant(
        "a rejected plan goes back to its planner again and again",
        "P21",
        0,
        (
            Edit(
                "engine/loop/planning.py",
                "    if task is None or before or proposal.said.replaces:\n",
                "    if task is None or proposal.said.replaces:\n",
            ),
        ),
        test=PLAYED,
    ),
    Mutant(
        "an unknown cost counts as none",
        "P13",
        0,
        (Edit("engine/plan/price.py", "    if len(known) < len(figures):\n", "    if len(known) < 0:\n"),),
        test=PRICE,
    ),
    Mutant(
        "a review is priced at a model of the author's own family",
        "P13",
        0,
        (
            Edit(
                "engine/plan/price.py",
                '        avoid_family=wrote.family if wrote is not None else "",\n',
                "",
            ),
        ),
        test=PRICE,
    ),
    Mutant(
        "a branch about another place repeats one that was given up",
        "P21",
        0,
        (
            Edit(
                "engine/plan/same.py",
                "bool(mine - theirs and theirs - mine) or _denies(one)",
                "_denies(one)",
            ),
        ),
        test="tests/engine/plan/test_same.py",
    ),
)
