"""`cockpit check` and `cockpit new`: read a contract and say what is wrong with it; write one to start from."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.contract.coverage import ClauseCoverage
    from engine.contract.problems import Problem
    from engine.home import Home
    from engine.learnings.tried import Known

FINE, SAYS_NO, BAD_INPUT = 0, 1, 2
PLAN_CODE = len("E01")
"""Codes of the plan linter are this long, and shown; those of the contract's own lint have three digits."""


def check(path: str, as_json: bool, home: str | None = None) -> int:
    """Lint a contract: one line for each problem on standard error, clause coverage on standard output.

    Returns 0 when nothing is wrong (warnings are no errors), 1 when the contract has errors, 2 when the file cannot be
    read as a contract at all.
    """
    import os
    from pathlib import Path

    from cockpit.cli.pasted import inputs, known
    from cockpit.cli.provided import provided
    from engine.amending.plans import checked
    from engine.contract.coverage import coverage, summary
    from engine.contract.lint import lint
    from engine.contract.load import read
    from engine.home import Home

    redactor = known(Home.resolve(home, os.environ))
    loaded = read(Path(path), redactor)
    problems = list(loaded.problems)
    clauses: tuple[ClauseCoverage, ...] = ()
    if loaded.contract is not None:
        here = provided(Home.resolve(home, os.environ))
        problems += lint(loaded.contract, loaded.positions, base=Path(path).parent, provided=here)
        problems += checked(loaded.contract, loaded.positions, problems, earlier(Home.resolve(home, os.environ)))
        problems += inputs(loaded.contract, loaded.positions, Path(path).parent, redactor)
        clauses = coverage(loaded.contract, here)
    errors = [problem for problem in problems if problem.severity == "error"]
    warnings = [problem for problem in problems if problem.severity == "warning"]
    if as_json:
        print(json.dumps(_report(path, errors, warnings, clauses), ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            code = f" [{problem.code}]" if len(problem.code) == PLAN_CODE else ""
            print(f"{problem}{code}", file=sys.stderr)
        if loaded.contract is not None:
            print(summary(clauses))
            for clause in clauses:
                if clause.coverage == "advisory":
                    print(f"  advisory  {clause.clause}: {clause.by}; {clause.teeth}")
    if not loaded.readable:
        return BAD_INPUT
    return SAYS_NO if errors else FINE


def earlier(home: Home) -> Known | None:
    """What the missions of this home have tried and given up, the rules for all of them, and how its reviewers were
    measured; None where there is nothing to be read.
    """
    from cockpit.cli.desk import open_reader
    from cockpit.cli.provided import settings_of
    from cockpit.cli.rules import at_home
    from engine.amending.plans import with_reviewers
    from engine.errors import StoreError
    from engine.learnings.tried import known

    try:
        with open_reader(home) as reader:
            state = at_home(reader)
            rules = [rule.text for rule in state.rules.values() if not rule.retired]
            pool = settings_of(home).catalogue if state.reviewers else ()  # reading settings takes a moment
            return with_reviewers(known(reader.views("branch"), rules, reader.views("card")), state, pool)
    except StoreError:  # a contract is checked wherever it lies, also beside a ledger that cannot be read
        return None


def new(template: str, out: str | None) -> int:
    """Write a template's contract and its sample inputs, and print what was written.

    Without `out` the contract is `TEMPLATE.mission.yaml` in the current folder. Returns 0, or 2 when the template is
    unknown or a file is in the way.
    """
    from pathlib import Path

    from engine.contract.template import names, write
    from engine.errors import CockpitError

    place = Path(out) if out else Path(f"{template}.mission.yaml" if template in names() else "mission.yaml")
    try:
        written = write(template, place)
    except CockpitError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for path in written:
        print(path)
    return FINE


def _report(
    path: str, errors: list[Problem], warnings: list[Problem], clauses: tuple[ClauseCoverage, ...]
) -> dict[str, Any]:
    """The shape that `check --json` promises."""
    return {
        "file": path,
        "errors": [_line(problem) for problem in errors],
        "warnings": [_line(problem) for problem in warnings],
        "coverage": {
            **{
                kind: sum(clause.coverage == kind for clause in clauses) for kind in ("enforced", "checked", "advisory")
            },
            "clauses": [
                {"clause": clause.clause, "coverage": clause.coverage, "by": clause.by, "teeth": clause.teeth}
                for clause in clauses
            ],
        },
    }


def _line(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
        "code": problem.code,
    }
