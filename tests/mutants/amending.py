"""Planted bugs of amending a contract in flight, and forgetting a person."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

PLAYED = "tests/engine/loop/test_amending.py"
FORGET = "tests/engine/loop/test_forgetting.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "files that changed after the preview are taken",
        "P3",
        0,
        (
            Edit(
                "engine/amending/amendment.py",
                "    if files is not None:\n        told",
                "    if files is None:\n        told",
            ),
        ),
        test="tests/engine/amending/test_files.py",
    ),
    Mutant(
        "an approval survives a changed clause",
        "P3",
        0,
        (
            Edit(
                "engine/amending/amendment.py",
                "    bodies += reconsider(state, contract, mint, now, why, but=gone)\n",
                "",
            ),
            Edit("engine/loop/decide/__init__.py", "    outward.reconsider,\n", ""),
            Edit(
                "engine/loop/decide/outward.py",
                "    if clauses_digest(state.terms, effect.verb) != effect.clauses:\n",
                "    if clauses_digest(state.terms, effect.verb) == effect.clauses and False:\n",
            ),
        ),
        test=PLAYED,
    ),
    Mutant(
        "a returned effect keeps its approval",
        "P3",
        0,
        (
            Edit(
                "engine/state/fold_amending.py",
                '        effect.state, effect.expires, effect.because = "awaiting", e.expires, e.because\n',
                "        effect.expires, effect.because = e.expires, e.because\n",
            ),
        ),
        test=PLAYED,
    ),
    Mutant(
        "any change kills every approval",
        "P3",
        0,
        (
            Edit(
                "engine/amending/effects.py",
                "            if digests[effect.verb] != effect.clauses:\n",
                "            if digests[effect.verb] != effect.clauses or contract != state.terms:\n",
            ),
        ),
        test=PLAYED,
    ),
    Mutant(
        "what was previewed is not what is recorded",
        "P3",
        0,
        (
            Edit(
                "engine/loop/amending.py",
                '    if body.get("digest") != amendment.digest:\n',
                '    if not body.get("digest"):\n',
            ),
        ),
        test=PLAYED,
    ),
    Mutant(
        "an amendment binds to the new contract alone, whatever was amended before",
        "P3",
        0,
        (
            Edit("engine/amending/amendment.py", '        "rev": state.rev,\n', ""),
            Edit("engine/amending/amendment.py", '        "before": digest(state.terms.normalised()),\n', ""),
        ),
        test=PLAYED,
    ),
    Mutant(
        "a task that is not planned any more runs on",
        "P20",
        0,
        (
            Edit(
                "engine/amending/planned.py",
                '            if task.state not in FINAL_TASK or task.state == "failed":\n',
                '            if task.state == "open":\n',
            ),
        ),
        test=f"{PLAYED}::test_a_task_that_is_not_planned_any_more_is_cancelled_with_its_attempt",
    ),
    Mutant(
        "a running attempt is judged by terms it was never given",
        "P22",
        0,
        (
            Edit(
                "engine/amending/planned.py",
                "    if task.state in _RUNS:\n        out.later.append(task)\n        return\n",
                "",
            ),
        ),
        test=f"{PLAYED}::test_a_running_attempt_is_judged_by_its_own_revision_and_the_next_one_by_the_new",
    ),
    Mutant(
        "a task never learns the terms that came while it ran",
        "P21",
        0,
        (Edit("engine/loop/decide/__init__.py", "    work.catch_up,\n", ""),),
        test=PLAYED,
    ),
    Mutant(
        "shares stay what they were",
        "P6",
        0,
        (
            Edit(
                "engine/amending/planned.py",
                "            said = (known.hypothesis, known.budget, known.tokens, known.calls, known.params)\n"
                "            if said != (planned.hypothesis, cap, own.tokens, own.calls, planned.with_):\n",
                "            said = (known.hypothesis, known.tokens, known.calls, known.params)\n"
                "            if said != (planned.hypothesis, own.tokens, own.calls, planned.with_):\n",
            ),
        ),
        test=PLAYED,
    ),
    Mutant(
        "what is erased stays in the write-ahead log",
        "P23",
        0,
        (Edit("engine/ledger/scrubbing.py", "wal_checkpoint(TRUNCATE)", "wal_checkpoint(PASSIVE)"),),
        test="tests/engine/ledger/test_scrubbing.py",
    ),
    Mutant(
        "a forgotten person's input goes on with their line",
        "P23",
        0,
        (
            Edit(
                "engine/erasing/redact.py",
                "if not named.search(line))",
                "if line)",
            ),
        ),
        test="tests/engine/erasing/test_redact.py",
    ),
    Mutant(
        "a forgotten person may be written to again",
        "P23",
        0,
        (
            Edit(
                "engine/loop/forgetting.py",
                "    if who not in home.state.suppressed:\n",
                "    if who in home.state.suppressed:\n",
            ),
        ),
        test=FORGET,
    ),
    Mutant(
        "an engine that died while it erased leaves what is left",
        "P23",
        0,
        (Edit("engine/loop/forgetting.py", "    if left:\n", "    if left and not gone:\n"),),
        test=FORGET,
    ),
)
