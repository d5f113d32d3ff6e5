"""Evidence and conditions: is what is needed made before it is needed, does anybody leave it, can a condition hold?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from engine.contract.case import CONTACT
from engine.contract.conditions import Condition, ConditionError, Truth, check, compile, facts_known  # noqa: A004
from engine.contract.planned import Check, PlannedTask
from engine.contract.problems import Path
from engine.plan.lint.findings import Pass
from engine.plan.lint.sums import finishes
from engine.plan.unfold import MAIN
from engine.values import DAY, MICRO, duration

_TRIES = 400
"""So many combinations of facts are tried before nothing is said about a condition."""
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def rules(walk: Pass) -> None:
    """E09 E12 E13."""
    for node, place, task in walk.graph.each():
        _made_before(walk, node, place[1], task)
    for task in walk.contract.plan.tasks:
        _own(walk, task)
    _in_time(walk)
    _left(walk)
    _conditions(walk)


def _made_before(walk: Pass, node: int, branch: str, task: PlannedTask) -> None:
    """What the context of a task names is made by tasks that come before it."""
    graph = walk.graph
    if graph.order is None:
        return
    for place, name in enumerate(task.context):
        makers = [maker for maker in graph.named.get(name, ()) if graph.nodes[maker][1] in {branch, MAIN}]
        if makers and name != task.id and not any(graph.before[node] >> maker & 1 for maker in makers):
            what = f"{task.id} is told what {name} makes, and {name} does not come before it"
            walk.add("E09", walk.at(task, "context", place), what, f"add {name} to its needs")


def _own(walk: Pass, task: PlannedTask) -> None:
    """A criterion over a metric is judged by what the task itself leaves."""
    for place, criterion in enumerate(task.criteria):
        text = criterion.check.metric if isinstance(criterion.check, Check) else None
        for name in dict.fromkeys(_NAME.findall(text or "")):
            metric = walk.contract.evidence.get(name)
            if metric is not None and metric.from_ in {"inbox", "csv"}:
                what = f"{task.id} is to leave {name}, which comes from the {metric.from_} long after it"
                walk.add("E09", walk.at(task, "criteria", place), what, "judge it with a judge: rule instead")


def _in_time(walk: Pass) -> None:
    """Windows of evidence that end after the mission does."""
    limit = walk.contract.budget.time
    if limit is None or walk.graph.order is None:
        return
    ends = finishes(walk)
    for place, cadence in enumerate(walk.contract.cadence):
        window = cadence.for_ or cadence.every
        acting = [n for n, _place, task in walk.graph.each() if cadence.after and cadence.after in task.proposes]
        starts = min((ends[n] for n in acting), default=0)
        if starts + window > limit:
            what = f"its window of {duration(window)} ends after the mission's {duration(limit)}"
            mend = "raise budget.time, or shorten the window"
            walk.add("E09", ("cadence", place), what, mend, key=True)


def _left(walk: Pass) -> None:
    """Metrics that somebody reads and that no task leaves."""
    contract = walk.contract
    if not contract.plan.tasks:
        return
    promised: dict[str, set[str]] = {}
    for task in contract.plan.tasks:
        names = set(task.produces)
        for criterion in task.criteria:
            if isinstance(criterion.check, Check) and criterion.check.metric:
                names |= set(_NAME.findall(criterion.check.metric))
        for name in names & contract.evidence.keys():
            promised.setdefault(name, set()).add(task.role)
    sends = any(CONTACT.intersection(task.proposes) for task in contract.plan.tasks)
    for name in _read(walk):
        metric = contract.evidence[name]
        by, path = metric.from_, ("evidence", name)
        if by in {"human", "csv"} or (sends and (by == "inbox" or metric.unit == "score")):
            continue
        makers = {r for r in promised.get(name, ()) if by == r or (by == "command" and walk.roles[r].worker == by)}
        if not makers:
            what = f"a condition reads {name}, and no task of this plan leaves it"
            mend = "give one task proposes: [send]" if by == "inbox" else f"give a task of {by} produces: [{name}]"
            walk.add("E12", path, what, mend, key=True)


def _read(walk: Pass) -> list[str]:
    """The metrics that conditions and cadences read, in the order of the contract."""
    contract = walk.contract
    texts = [contract.target.met_when or "", *(r.when for r in contract.judge), *(r.when for r in contract.stop)]
    words = set(_NAME.findall(" ".join(texts))) | {name for cadence in contract.cadence for name in cadence.check}
    return [name for name in contract.evidence if name in words or f"{name}_n" in words]


def _conditions(walk: Pass) -> None:
    contract, known = walk.contract, facts_known(walk.contract)
    endings: list[tuple[Path, str, bool]] = []
    if contract.target.met_when:
        endings.append((("target", "met_when"), contract.target.met_when, True))
    endings += [(("stop", n, "when"), rule.when, True) for n, rule in enumerate(contract.stop)]
    endings += [(("judge", n, "when"), rule.when, False) for n, rule in enumerate(contract.judge)]
    for path, text, ends in endings:
        try:
            condition = compile(text)
            if wrong := check(condition, known):
                walk.add("E13", path, wrong[0].what, wrong[0].mend or "name a fact of this contract")
                continue
            if ends and condition.evaluate(_start(walk)) is Truth.TRUE:
                what, mend = "it holds before anything was done", "add a condition such as mission.days > 0"
                walk.add("E13", path, what, mend)
            elif not _may_hold(walk, condition):
                what = "it can never hold within this contract's limits"
                walk.add("E13", path, what, "compare it with what the budget and the metrics can reach")
        except ConditionError as error:
            walk.add("E13", path, error.what, error.mend or "write a comparison such as branch.sent >= 10")


def _start(walk: Pass) -> dict[str, Any]:
    """The facts of a mission whose plan was just accepted; no metric is known."""
    tasks, branches = len(walk.graph.nodes), len(walk.contract.plan.branches)
    zero = ("spent_usd", "spent_share", "days")
    none = ("branches.kept", "branches.pruned", "tasks.accepted", "tasks.failed", "effects.open", "effects.done")
    return {
        "mission.exhausted": False,
        "mission.waiting": 0,
        "mission.branches.alive": branches,
        "mission.branches.tried": branches,
        "mission.tasks.open": tasks,
        **{f"mission.{name}": 0.0 for name in zero},
        **{f"mission.{name}": 0 for name in none},
        **{f"mission.{name}_n": 0 for name in walk.contract.evidence},
    }


def _may_hold(walk: Pass, condition: Condition) -> bool:
    """Whether some facts within the contract's limits make it true; True also where too many would have to be tried."""
    numbers = [float(number) for number in _NUMBER.findall(condition.text)]
    choices = [tuple(_values(walk, path, numbers)) for path in condition.paths]
    for tried, values in enumerate(product(*choices)):
        if tried >= _TRIES:
            return True
        try:
            if condition.evaluate(dict(zip(condition.paths, values, strict=True))) is Truth.TRUE:
                return True
        except ConditionError:
            return True  # values of another kind than it compares: nothing is said
    return False


def _values(walk: Pass, path: str, numbers: list[float]) -> Iterator[Any]:
    """Values of a fact at and around the numbers of a condition, within what the fact can be."""
    name = path.split(".", 1)[1]
    if name == "exhausted":
        yield from (True, False)
        return
    if name == "key":
        yield from (branch.id for branch in walk.contract.plan.branches)
        yield ""
        return
    low, high, whole = _bounds(walk, name)
    near = {value for number in numbers for value in (number, number + 1, number - 1, number + 0.001, number - 0.001)}
    found = sorted(max(low, min(high, value)) for value in {*near, low, high})
    yield from dict.fromkeys(int(value) if whole else value for value in found)


def _bounds(walk: Pass, name: str) -> tuple[float, float, bool]:
    """The least and the most that a fact can be, and whether it counts."""
    budget, metric = walk.contract.budget, walk.contract.evidence.get(name)
    if name.startswith("branches."):
        return 0, budget.branches, True
    if metric is not None:
        return (
            (0, 1, False)
            if metric.unit in {"ratio", "score"}
            else (0 if metric.unit in {"count", "ms"} else -1e9, 1e9, metric.unit == "count")
        )
    if name == "spent_usd":
        return 0, budget.money / MICRO, False
    if name == "spent_share":
        return 0, 1, False
    if name == "days":
        return 0, (budget.time / DAY + 1) if budget.time else 1e6, False
    return 0, 1e6, True
