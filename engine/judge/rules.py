"""Judging: evaluates `judge`, `stop` and `met_when` over the facts and says what follows. Pure.

Rules are read in order and the first that holds decides: at once when the sample it rests on is reached (see
`_sample_reached`), otherwise when the window closes. Every evaluation whose inputs or outcome changed is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.contract.conditions import Condition, ConditionError, Truth
from engine.contract.conditions import compile as compile_condition
from engine.contract.model import JudgeRule, StopRule
from engine.judge.facts import branch_facts, mission_facts
from engine.ledger import bodies as b
from engine.state.model import Branch, MissionState


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Condition:
    return compile_condition(expression)


@dataclass(frozen=True, slots=True)
class Judged:
    """The evaluations to record, and the first rule that holds, if any."""

    evaluations: tuple[b.ConditionEvaluated, ...]
    rule: JudgeRule | StopRule | None = None
    clause: str = ""


def judge_branch(
    state: MissionState, branch: Branch, now: int, *, closed: bool, exhausted: Callable[[], bool]
) -> Judged:
    """What the rules say of a branch now: the first that holds, if its time has come."""
    own, own_shown = branch_facts(state, branch, now)
    spent = _asks_for_exhausted(rule.when for rule in state.terms.judge) and exhausted()
    all_, all_shown = mission_facts(state, now, exhausted=spent)
    facts = {"branch": own, "mission": all_}
    shown = _prefixed(own_shown, all_shown)
    found: list[b.ConditionEvaluated] = []
    for index, rule in enumerate(state.terms.judge):
        clause = f"judge[{index}]"
        evaluation = _evaluate(rule.when, facts, shown, clause, branch.id)
        if evaluation.outcome != "true":
            found.append(evaluation)
        elif closed or _sample_reached(state, rule, evaluation):
            return Judged(_news(state, [*found, evaluation]), rule, clause)
        else:
            later = evaluation.model_copy(update={"detail": f"{rule.then} waits for the window to close"})
            return Judged(_news(state, [*found, later]))
    return Judged(_news(state, found))


def _sample_reached(state: MissionState, rule: JudgeRule, evaluation: b.ConditionEvaluated) -> bool:
    """Whether a rule may fire while the window is still open.

    It has to rest on a metric (all of them are known, or it would not hold). Replies only ever add up: while the window
    is open they can prove that there is enough signal, never that there is too little.
    """
    metrics = {path.partition(".")[2].removesuffix("_n") for path in evaluation.facts}.intersection(
        state.terms.evidence
    )
    if not metrics or rule.then == "extend":
        return False
    return rule.then == "keep" or all(state.terms.evidence[name].from_ != "inbox" for name in metrics)


def _asks_for_exhausted(conditions: Iterable[str]) -> bool:
    """Whether any condition reads `mission.exhausted`, which takes a look at every ready task."""
    return any("exhausted" in condition for condition in conditions)


def judge_mission(state: MissionState, now: int, *, exhausted: Callable[[], bool]) -> Judged:
    """Whether the target is met or a stop rule holds."""
    conditions = (state.terms.target.met_when or "", *(rule.when for rule in state.terms.stop))
    values, texts = mission_facts(state, now, exhausted=_asks_for_exhausted(conditions) and exhausted())
    facts, shown = {"mission": values, "branch": {}}, _prefixed({}, texts)
    found: list[b.ConditionEvaluated] = []
    if state.terms.target.met_when:
        evaluation = _evaluate(state.terms.target.met_when, facts, shown, "target.met_when", "")
        found.append(evaluation)
        if evaluation.outcome == "true":
            rule = StopRule(when=state.terms.target.met_when, then="finish", because="the target is met")
            return Judged(_news(state, found), rule, "target.met_when")
    for index, rule in enumerate(state.terms.stop):
        evaluation = _evaluate(rule.when, facts, shown, f"stop[{index}]", "")
        found.append(evaluation)
        if evaluation.outcome == "true":
            return Judged(_news(state, found), rule, f"stop[{index}]")
    return Judged(_news(state, found))


def _prefixed(branch: Mapping[str, str], mission: Mapping[str, str]) -> dict[str, str]:
    return {f"branch.{k}": v for k, v in branch.items()} | {f"mission.{k}": v for k, v in mission.items()}


def _evaluate(
    text: str, facts: Mapping[str, Any], shown: Mapping[str, str], clause: str, branch: str
) -> b.ConditionEvaluated:
    try:
        condition = _compiled(text)
        truth = condition.evaluate(facts)
        outcome, detail = {Truth.TRUE: "true", Truth.FALSE: "false", Truth.UNKNOWN: "unknown"}[truth], ""
        seen = {path: shown.get(path, "unknown") for path in sorted(condition.paths)}
    except ConditionError as error:
        outcome, detail, seen = "error", str(error)[:200], {}
    return b.ConditionEvaluated.model_validate(
        {"clause": clause, "branch": branch, "expression": text, "facts": seen, "outcome": outcome, "detail": detail}
    )


def _news(state: MissionState, found: list[b.ConditionEvaluated]) -> tuple[b.ConditionEvaluated, ...]:
    """Only what changed: time alone is no news, so facts that only tell the time do not count while the outcome is
    the same.
    """

    def known(evaluation: b.ConditionEvaluated) -> bool:
        last = state.latest.get((evaluation.clause, evaluation.branch))
        if last is None or last.outcome != evaluation.outcome or last.detail != evaluation.detail:
            return False
        timeless = {k: v for k, v in evaluation.facts.items() if not k.endswith(".days")}
        return timeless == {k: v for k, v in last.facts.items() if not k.endswith(".days")}

    return tuple(evaluation for evaluation in found if not known(evaluation))
