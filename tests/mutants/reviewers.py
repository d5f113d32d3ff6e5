"""Planted bugs of measuring reviewers, and of what follows from it."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

EXAMINE = "engine/reviewers/examine.py"
ASKED, MEASURED = "tests/engine/reviewers/test_examine.py", "tests/engine/routing/test_measured.py"
SEEDED, LOOP = "tests/engine/reviewers/test_artifacts.py", "tests/engine/loop/test_measured_reviewers.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "an alarm about a good artifact counts as a catch", "P22", 0,
        (Edit("engine/ledger/bodies/reviewing.py", "if (count.kind == GOOD) is good]", "if count.kind == GOOD or not good]"),),
        test=MEASURED,
    ),
    Mutant(
        "the order of artifacts gives them away", "P22", 0,
        (Edit("engine/reviewers/artifacts.py", 'key=lambda number: digest([seed, "order", number])', "key=lambda number: number"),),
        test=SEEDED,
    ),
    Mutant(
        "an answer that is no review counts as one that passes", "P22", 0,
        (Edit(EXAMINE, 'return Answered(one.kind, "unusable", ended.reason)', 'return Answered(one.kind, "passed", ended.reason)'),),
        test=ASKED,
    ),
    Mutant(
        "measuring goes on beyond its budget", "P22", 0,
        (Edit(EXAMINE, "        if most > self.left:\n            return False\n", ""),),
        test=ASKED,
    ),
    Mutant(
        "a measurement of another configuration is believed", "P22", 0,
        (Edit("engine/routing/measured.py", "(name, setup, exam) == (one.name, one.setup, EXAM)", "(name, exam) == (one.name, EXAM)"),),
        test=MEASURED,
    ),
    Mutant(
        "few answers settle what a reviewer is", "P22", 0,
        (Edit("engine/routing/measured.py", "FEW = 12\n", "FEW = 1\n"),),
        test=MEASURED,
    ),
    Mutant(
        "a reviewer that was found to be blind opens the way for a cheap attempt", "P22", 0,
        (Edit("engine/governance/stake.py", 'one is not None and one.standing == "suffices"', "one is not None and one.bad"),),
        test=LOOP,
    ),
    Mutant(
        "a route forgets what it knew of reviewers", "P22", 0,
        (Edit("engine/routing/record.py", "    if not record.reviewers:\n        return canonical(rows)\n", "    if rows or not record.reviewers:\n        return canonical(rows)\n"),),
        test=MEASURED,
    ),
)  # fmt: skip
