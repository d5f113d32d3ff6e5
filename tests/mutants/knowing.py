"""Planted bugs of what is known and of what workers are told of it."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

STANDING = "engine/state/standing.py"
HOLDS = "tests/engine/state/test_standing.py"
PULLING = "engine/context/pulling.py"
ASKED = "tests/engine/context/test_pulling.py"
PULLS = "tests/engine/loop/test_pulls.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "suspicion ends at the first item that rests on a fallen one", "P22", 0,
        (Edit(STANDING, "            if stood:\n", "            if stood and to != \"suspect\":\n"),),
        test=f"{HOLDS}::test_suspicion_spreads_along_what_rests_on_what_and_stops_where_an_alternative_stands",
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
    Mutant(
        "what is asked for is told although a package would not", "P22", 0,
        (Edit(PULLING, "        if failed is not None:\n            self._not(item.id, item.kind, *failed)\n            return\n",
              "        if failed is not None:\n            self._not(item.id, item.kind, *failed)\n"),),
        test=ASKED,
    ),
    Mutant(
        "what an attempt asked for is not recorded", "P22", 0,
        (Edit("engine/loop/absorb_tools.py", 'if body.get("pulled") else (called,)', 'if body.get("pulled") is True else (called,)'),),
        test=PULLS,
    ),
    Mutant(
        "an answer forgets the height that it was given at", "P22", 0,
        (Edit("engine/loop/shelf.py", "state, height = runner.state, runner.state.height",
              "state, height = runner.state, runner.state.height - 1"),),
        test=PULLS,
    ),
    Mutant(
        "all answers to one attempt may be as long as they like", "P6", 0,
        (Edit("engine/tools/state.py", "self._told += drawn.tokens", "self._told = drawn.tokens"),),
        test="tests/engine/tools/test_state.py",
    ),
    Mutant(
        "what was read from the record does not raise a label", "P8", 0,
        (Edit("engine/tools/gateway.py", "self.label |= result.label if result.label is not None else", "self.label |= Label() if result.label is not None else"),),
        test=PULLS,
    ),
)  # fmt: skip
