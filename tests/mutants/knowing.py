"""Planted bugs of what is known and of what workers are told of it."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

STANDING = "engine/state/standing.py"
HOLDS = "tests/engine/state/test_standing.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "suspicion ends at the first item that rests on a fallen one", "P22", 0,
        (Edit(STANDING, "            if stood:\n", "            if stood and to != \"suspect\":\n"),),
        test=HOLDS,
    ),
    Mutant(
        "a worker overrules what a human said", "P22", 0,
        (Edit(STANDING, "if above is not None and rank(above) == RANK[\"human\"]:", "if False:"),),
        test="tests/engine/loop/test_curating.py",
    ),
    Mutant(
        "what was superseded is told as a fact", "P22", 0,
        (Edit("engine/context/candidates.py", "if standing and item.status != \"active\" and",
              "if standing and item.status == \"retracted\" and"),),
        test="tests/engine/context/test_pack.py",
    ),
    Mutant(
        "what is found elsewhere takes the places of a branch", "P22", 0,
        (Edit("engine/recall/index.py", " AND place : ({' OR '.join(places)})\"", "\" if places else \"\""),),
        test="tests/engine/recall/test_index.py",
    ),
)  # fmt: skip
