"""Planted bugs of receipts: what others wrote becomes markup or a formula, money is counted twice."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "calls of a model are not booked to their branch",
        "P13",
        0,
        (
            Edit(
                "engine/state/fold.py",
                "levels = (s, s.attempts[attempt], s.tasks[task], s.branches[branch], role)",
                "levels = (s, s.attempts[attempt], s.tasks[task], role)",
            ),
        ),
        test="tests/engine/receipt/test_usage.py",
    ),
    Mutant(
        "on a receipt's page a quotation mark ends an attribute",
        "P13",
        0,
        (
            Edit(
                "engine/receipt/page/nodes.py",
                '"&": "&amp;", "<": "&lt;", ">": "&gt;", \'"\': "&quot;"',
                '"&": "&amp;", "<": "&lt;", ">": "&gt;", \'"\': \'"\'',
            ),
        ),
        test="tests/engine/receipt/test_page.py",
    ),
    Mutant(
        "a receipt's page lets any style in",
        "P13",
        0,
        (Edit("engine/receipt/page/write.py", "style-src {style.allowed()}", "style-src 'unsafe-inline'"),),
        test="tests/engine/receipt/test_page.py",
    ),
    Mutant(
        "a title is a formula in a spreadsheet",
        "P13",
        0,
        (Edit("engine/receipt/charges.py", "    if _FORMULA.match(shown):\n", '    if shown.startswith("="):\n'),),
        test="tests/engine/receipt/test_charges.py",
    ),
    Mutant(
        "two receipts are compared task by task, by id",
        "P13",
        0,
        (
            Edit(
                "engine/receipt/compare.py",
                'found.setdefault((_kind(task), task["role"]), dict(_NOTHING))',
                'found.setdefault((task["id"], task["role"]), dict(_NOTHING))',
            ),
        ),
        test="tests/engine/receipt/test_compare.py",
    ),
    Mutant(
        "prose that merely allows to send lets it go without asking",
        "P1",
        0,
        (
            Edit(
                "engine/contract/prose/bounds.py",
                'if clause == "actions.allowed" and verb.value in OUTWARD:',
                'if verb.value == "nothing":',
            ),
        ),
        test="tests/engine/contract/test_prose.py",
    ),
    Mutant(
        "what begins once its branch is kept begins at once",
        "P21",
        0,
        (Edit("engine/plan/ready.py", "        and not asleep(state, task)\n", ""),),
        test="tests/engine/loop/test_once_kept.py",
    ),
    Mutant(
        "a result that nobody took counts as useful",
        "P13",
        0,
        (Edit("engine/receipt/waste.py", 'return "discarded" if task.state', 'return "useful" if task.state'),),
        test="tests/engine/receipt/test_waste.py",
    ),
)
