"""Clauses that never mattered in any run: conditions that never held, metrics that never reached their sample, tools
and verbs that were never used, roles that were never asked. Pure.

A clause that could not matter because a number is unknown says so: `rests_on` names the number, and it is not dead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine.contract.conditions import ConditionError
from engine.contract.conditions import compile as compile_condition
from engine.contract.model import Contract
from engine.rehearsal.run import Run


def dead_clauses(contract: Contract, runs: Sequence[Run], leaned: frozenset[str]) -> list[dict[str, Any]]:
    """`[{clause, text, why, rests_on}]`, in the order of the contract."""
    return [
        {"clause": clause, "text": text, "why": f"{why} in {_runs(len(runs))}", "rests_on": list(rests)}
        for clause, text, why, rests in (*_verbs(contract, runs), *_metrics(contract, runs, leaned),
                                         *_tools(contract, runs), *_roles(contract, runs),
                                         *_rules(contract, runs, leaned))
    ]  # fmt: skip


Dead = tuple[str, str, str, tuple[str, ...]]


def _runs(count: int) -> str:
    return "the one run" if count == 1 else f"all {count} runs"


def _all(runs: Sequence[Run], name: str) -> set[str]:
    return {value for run in runs for value in getattr(run, name)}


def _verbs(contract: Contract, runs: Sequence[Run]) -> Iterator[Dead]:
    used = _all(runs, "verbs")
    for clause, verbs in (("allowed", contract.actions.allowed), ("restricted", contract.actions.restricted)):
        for index, verb in enumerate(verbs):
            if verb not in used:
                yield f"actions.{clause}[{index}]", verb, "was never done", ()


def _metrics(contract: Contract, runs: Sequence[Run], leaned: frozenset[str]) -> Iterator[Dead]:
    known = _all(runs, "metrics")
    for name, metric in contract.evidence.items():
        if name not in known:
            text = f"{name}, min_sample {metric.min_sample}"
            yield f"evidence.{name}", text, "never reached its sample", _unknown(name, leaned)


def _tools(contract: Contract, runs: Sequence[Run]) -> Iterator[Dead]:
    used = _all(runs, "tools")
    for name, tool in contract.tools.items():
        if name not in used and tool.stance != "deny":
            how = "carried nothing" if tool.connector is not None else "was given to no attempt"
            yield f"tools.{name}", name, how, ()


def _roles(contract: Contract, runs: Sequence[Run]) -> Iterator[Dead]:
    asked = _all(runs, "roles")
    yield from ((f"roles.{name}", name, "was never asked", ()) for name in contract.roles if name not in asked)


def _rules(contract: Contract, runs: Sequence[Run], leaned: frozenset[str]) -> Iterator[Dead]:
    held = _all(runs, "held")
    rules = [(f"judge[{index}]", rule.when) for index, rule in enumerate(contract.judge)]
    rules += [(f"stop[{index}]", rule.when) for index, rule in enumerate(contract.stop)]
    rules += [("target.met_when", contract.target.met_when)] if contract.target.met_when else []
    judged = tuple(
        name for _clause, when in rules for metric in _named(when, contract) for name in _unknown(metric, leaned)
    )
    for clause, when in rules:
        if clause not in held:
            rests = tuple(name for metric in _named(when, contract) for name in _unknown(metric, leaned))
            if "mission.branches." in when:  # what becomes of branches rests on what they are judged by
                rests = (*rests, *judged)
            yield clause, when, "never held", tuple(dict.fromkeys(rests))


def _named(when: str, contract: Contract) -> tuple[str, ...]:
    """The metrics that a condition reads."""
    try:
        paths = compile_condition(when).paths
    except ConditionError:
        return ()
    names = (path.rpartition(".")[2] for path in paths)
    return tuple(dict.fromkeys(name for name in names if name.removesuffix("_n") in contract.evidence))


def _unknown(metric: str, leaned: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in leaned if name.partition(".")[0] == metric.removesuffix("_n")))
