"""The plan linter: a compiler pass over contract, plan and what is known. Nothing of a plan with an error runs. Pure.

E01 to E16 block a plan, W01 to W10 warn; every finding says where, what, and how to mend it. A thousand tasks take some
milliseconds: rules walk over the graph once, and ancestors are bit sets.
"""

from __future__ import annotations

from engine.contract.model import Contract
from engine.contract.problems import Positions, Problem
from engine.plan.graph import graph
from engine.plan.known import Known
from engine.plan.lint import evidence, experience, outward, shape, sums, workers
from engine.plan.lint.findings import CODES, Finding, Pass

TWINS: dict[str, frozenset[str]] = {
    "E01": frozenset({"E303"}),
    "E02": frozenset({"E211", "E213", "E225", "E227", "E309", "E310", "E313", "E323"}),
    "E03": frozenset({"E315", "E316", "E317"}),
    "E04": frozenset({"E224", "E228"}),
    "E05": frozenset({"E228", "W267"}),
    "E06": frozenset({"E305", "E306"}),
    "E08": frozenset({"E212"}),
    "E09": frozenset({"W247"}),
    "E10": frozenset({"E229"}),
    "E12": frozenset({"E242"}),
    "E13": frozenset({"E251", "E252", "E253", "E254", "E255"}),
    "W01": frozenset({"E318"}),
    "W07": frozenset({"W265"}),
}
"""Codes of the contract's own lint that say the same of a clause: it is not said twice."""


_OF_THE_WHOLE = frozenset({"E01", "E03"})
"""Findings about the plan as a whole, which two rules may place differently."""


def lint(contract: Contract, known: Known | None = None) -> tuple[Finding, ...]:
    """Everything that is wrong with the plan of a contract, errors first, in the order of the plan."""
    walk = Pass(contract, graph(contract), known or Known())
    for rules in (shape.rules, sums.rules, workers.rules, outward.rules, evidence.rules, experience.rules):
        rules(walk)
    return tuple(sorted(walk.found, key=lambda finding: (finding.warns, finding.code, _order(finding))))


def _order(finding: Finding) -> tuple[tuple[int, str], ...]:
    return tuple((part, "") if isinstance(part, int) else (-1, part) for part in finding.path)


def placed(
    findings: tuple[Finding, ...], positions: Positions, beside: tuple[Problem, ...] | list[Problem] = ()
) -> tuple[Problem, ...]:
    """Findings at their lines of a contract file, without what `beside` says of the same task or clause already."""
    said = {(problem.code, problem.path.split("]")[0]) for problem in beside}
    codes = {problem.code for problem in beside}
    out = []
    for one in findings:
        problem = positions.problem(one.path, one.what, one.mend, code=one.code, key=one.key)
        twins, place = TWINS.get(one.code, frozenset()), problem.path.split("]")[0]
        whole = one.code in _OF_THE_WHOLE and not codes.isdisjoint(twins)
        if not whole and not any((twin, place) in said for twin in twins):
            out.append(problem)
    return tuple(out)


__all__ = ["CODES", "TWINS", "Finding", "lint", "placed"]
