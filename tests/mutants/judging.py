"""Planted bugs of whom is asked, who finds out, and what it means."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

WEIGHING = "engine/routing/weighing.py"
OUTCOMES = "engine/state/outcomes.py"
WEIGHED = "tests/engine/routing/test_weighing.py"
COUNTED = "tests/engine/loop/test_outcomes.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "what verification costs is left out of a choice", "P22", 0,
        (Edit(WEIGHING, "(one.typical if seen is None else seen) + stake.verify", "one.typical if seen is None else seen"),),
        test=WEIGHED,
    ),
    Mutant(
        "whoever was found wanting is asked again at once", "P22", 0,
        (Edit(WEIGHING, "    if hop := _hop(passed, known, stake):\n        return hop\n", ""),),
        test=WEIGHED,
    ),
    Mutant(
        "an advantage of one task changes whom a role is used to", "P22", 0,
        (Edit(WEIGHING, "last is not best and stake.preferred != best.name", "last is not best and False"),),
        test=WEIGHED,
    ),
    Mutant(
        "an outage counts against a model", "P22", 0,
        (Edit(OUTCOMES, 'ANSWER = frozenset({"unusable", "refused"})', 'ANSWER = frozenset({"unusable", "refused", "unreachable"})'),),
        test=COUNTED,
    ),
    Mutant(
        "what was rehearsed counts as if it had happened", "P22", 0,
        (Edit("engine/loop/record.py", "        if mission.rehearsed:\n            return Record()\n", ""),),
        test=COUNTED,
    ),
    Mutant(
        "a route forgets the outcomes that it rests on", "P22", 0,
        (Edit("engine/loop/enact.py", "        blobs[sha256(record)] = record\n", "        pass\n"),),
        test=COUNTED,
    ),
)  # fmt: skip
