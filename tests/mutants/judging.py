"""Planted bugs of whom is asked, who finds out, and what it means."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

WEIGHING = "engine/routing/weighing.py"
OUTCOMES = "engine/state/outcomes.py"
WEIGHED = "tests/engine/routing/test_weighing.py"
COUNTED = "tests/engine/loop/test_outcomes.py"
DUEL = "tests/engine/loop/test_duel.py"

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
    Mutant(
        "two who disagree count as two who agree", "P22", 0,
        (Edit("engine/verify/duel.py", "        return Compared(None, lines, tuple(apart))\n", "        pass\n"),),
        test=DUEL,
    ),
    Mutant(
        "the second worker is shown what the first one wrote", "P22", 0,
        (Edit("engine/loop/subjects.py", "if task.kind == SECOND or task.subject not in state.attempts:", "if task.subject not in state.attempts:"),),
        test=DUEL,
    ),
    Mutant(
        "the judge sees the first worker's text first", "P22", 0,
        (Edit("engine/verify/duel.py", "return (second, first) if swapped else (first, second)", "return (first, second)"),),
        test=DUEL,
    ),
    Mutant(
        "the second worker may be of the first one's family", "P22", 0,
        (Edit("engine/governance/choice.py", ' or task.kind == "second"', ""),),
        test=DUEL,
    ),
    Mutant(
        "a duel that is asked for is left out", "P22", 4,
        (Edit("engine/verify/ladder.py", 'for stage in ("duel", "review", "human")', 'for stage in ("review", "human")'),),
        test="tests/world/test_decided.py",
    ),
    Mutant(
        "a reviewer may quote what nobody wrote", "P22", 0,
        (Edit("engine/verify/ladder.py", "if _plain(answer.quote) not in text:", "if not answer.quote:"),),
        test="tests/engine/verify/test_ladder.py",
    ),
    Mutant(
        "drafts are written however much waits for the human", "P21", 0,
        (Edit("engine/loop/decide/work.py", "        if held_for_decisions(state, task) is not None:\n            continue\n", ""),),
        test="tests/engine/loop/test_pressure.py",
    ),
)  # fmt: skip
