"""From what a home has measured and what a contract assumes to the numbers of a rehearsal, each with its source. Pure.

What was measured comes first, once there are `ENOUGH` readings; then `assume:`; then what was measured at all. What
neither gives is unknown, and stays so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from engine.contract.case import MODELS
from engine.contract.model import Assumption, Contract, Role
from engine.rehearsal.leaning import TAKEN
from engine.rehearsal.numbers import (
    Amount,
    MetricNumbers,
    ModelNumbers,
    Numbers,
    PersonNumbers,
    RoleNumbers,
    Share,
    Usage,
)
from engine.rehearsal.past import Past, RolePast
from engine.tools.granting import CALLERS as ASKERS
from engine.tools.granting import holds
from engine.values import DAY, PPM, canonical, duration

T = TypeVar("T")
ENOUGH = 5
"""Readings that are believed before what a contract assumes."""
NOTHING = Assumption()
CONTRACT, MEASURED, UNKNOWN, CONFIG, INVENTED = "assume", "measured", "unknown", "config.toml", "rehearsed price list"


@dataclass(frozen=True, slots=True)
class Line:
    """One assumption: its name, its value as text, where it is from, and of how many readings."""

    name: str
    value: str
    source: str
    n: int | None = None
    taken: str = ""
    """What is taken in its place, where it is unknown."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """The numbers of a rehearsal, a line for each, and `assume:` as reservations have to know it."""

    numbers: Numbers
    lines: tuple[Line, ...]
    overlay: bytes


def roles_at_work(contract: Contract) -> tuple[str, ...]:
    """Roles that are asked: for tasks, for their reviews and duels, for metrics that a role gives, and for plans."""
    planned = bool(contract.plan.tasks)
    found = [*_asked(contract), "planner", *(() if planned else contract.roles)]  # a planner may ask anybody
    found += [metric.from_ for metric in contract.evidence.values() if metric.from_ in contract.roles]
    return tuple(dict.fromkeys(name for name in found if name in contract.roles))


def assumed(contract: Contract, past: Past) -> Assumed:
    """Every number that a rehearsal of this contract may need."""
    lines: list[Line] = []
    roles = {name: _role(contract, past, name, lines) for name in roles_at_work(contract)}
    person = _person(contract, past, lines)
    metrics = {name: _metric(contract, past, name, lines) for name in contract.evidence}
    tools = {name: calls for name in called(contract) if (calls := _calls(contract, past, name, lines)) is not None}
    models = (
        _models(contract, past, lines) if any(one.worker in ASKERS for one in _at_work(contract)) else ModelNumbers()
    )
    overlay = {name: _reserved(contract, name, one) for name, one in roles.items() if one.usage is not None}
    return Assumed(Numbers(roles, person, metrics, tools, models), tuple(lines), canonical(overlay) if overlay else b"")


def _at_work(contract: Contract) -> list[Role]:
    return [contract.roles[name] for name in roles_at_work(contract)]


def called(contract: Contract) -> tuple[str, ...]:
    """Tools that are given to a role that works here as a model."""
    roles = [name for name in roles_at_work(contract) if contract.roles[name].worker in ASKERS]
    return tuple(name for name in contract.tools if any(holds(contract, role, name) for role in roles))


def _calls(contract: Contract, past: Past, name: str, lines: list[Line]) -> Amount | None:
    says, seen = contract.assume.get(name, NOTHING), past.calls.get(name, [])
    declared = None if says.calls is None else Amount((Decimal(says.calls),), says.spread or 0)
    return _first(f"{name}.calls", _amounts(seen), len(seen), declared, _counts, lines)


def _models(contract: Contract, past: Past, lines: list[Line]) -> ModelNumbers:
    """Outages by the share of the time over which models were asked; one that was never seen is none in that time."""
    says, n, over = contract.assume.get(MODELS, NOTHING), len(past.away), past.watched
    declared = None if says.outage is None else Share(says.outage, PPM)
    measured = Share(min(PPM, sum(past.away) * PPM // over), PPM) if over >= DAY else None
    outage = _first(f"{MODELS}.outage", measured, n, declared, lambda share: f"{share.text()} of the time", lines)
    if outage is None or not outage.k:
        return ModelNumbers(outage)
    declared_time = None if says.lasts is None else Amount((Decimal(says.lasts),), says.spread or 0)
    return ModelNumbers(outage, _first(f"{MODELS}.lasts", _amounts(past.away), n, declared_time, _times, lines))


def _reserved(contract: Contract, name: str, known: RoleNumbers) -> dict[str, object]:
    """What is to be set aside for an attempt: the most that it may draw."""
    assert known.usage is not None
    told, said = known.usage.most
    body: dict[str, object] = json.loads(
        contract.assume.get(name, NOTHING).model_dump_json(by_alias=True, exclude_defaults=True)
    )
    return body | {"tokens_in": told, "tokens_out": said}


def _role(contract: Contract, past: Past, name: str, lines: list[Line]) -> RoleNumbers:
    terms, seen = contract.roles[name], past.roles.get(name, RolePast())
    says = contract.assume.get(name, NOTHING)
    spread = says.spread or 0
    usage: Usage | None = None
    if terms.worker not in {"command", "human"}:
        declared = None
        if says.tokens_in is not None and says.tokens_out is not None:
            declared = Usage(((says.tokens_in, says.tokens_out),), spread)
        measured = Usage(tuple(seen.usage), measured=True) if seen.usage else None
        usage = _first(f"{name}.tokens", measured, len(seen.usage), declared, _usage, lines)
    success: Share | None = None
    if terms.worker != "human":
        tried = seen.good + seen.bad
        declared_share = None if says.success is None else Share(says.success, PPM)
        measured_share = Share(seen.good, tried, measured=True) if tried else None
        success = _first(f"{name}.success", measured_share, tried, declared_share, Share.text, lines)
    declared_time = None if says.takes is None else Amount((Decimal(says.takes),), spread)
    measured_time = _amounts(seen.takes)
    if terms.worker == "human" and declared_time is None and measured_time is None:
        return RoleNumbers(usage, success)  # a human who says nothing of this answers like any other decision
    takes = _first(f"{name}.takes", measured_time, len(seen.takes), declared_time, _times, lines)
    return RoleNumbers(usage, success, takes)


def _person(contract: Contract, past: Past, lines: list[Line]) -> PersonNumbers:
    asks = bool(contract.actions.restricted) or any(_human(contract, name) for name in _asked(contract))
    if not asks:
        return PersonNumbers()
    says = contract.assume.get("human", NOTHING)
    spread = says.spread or 0

    def amount(value: int | None) -> Amount | None:
        return None if value is None else Amount((Decimal(value),), spread)

    answers = _first("human.answers", _amounts(past.waited), len(past.waited), amount(says.answers), _times, lines)
    focus = _first("human.attention", _amounts(past.focus), len(past.focus), amount(says.attention), _times, lines)
    asked = past.yes + past.no
    declared = None if says.approves is None else Share(says.approves, PPM)
    measured = Share(past.yes, asked, measured=True) if asked else None
    approves = _first("human.approves", measured, asked, declared, Share.text, lines)
    return PersonNumbers(answers, focus, approves)


def _asked(contract: Contract) -> Iterator[str]:
    yield from (task.role for task in contract.plan.tasks)
    yield from (task.reviewer for task in contract.plan.tasks if {"review", "duel"} & set(task.stages))


def _human(contract: Contract, role: str) -> bool:
    return role == "human" or (role in contract.roles and contract.roles[role].worker == "human")


def _metric(contract: Contract, past: Past, name: str, lines: list[Line]) -> MetricNumbers:
    metric, says = contract.evidence[name], contract.assume.get(name, NOTHING)
    if metric.from_ == "inbox":
        declared = None if says.reply is None else Share(says.reply, PPM)
        measured = Share(past.replied, past.sent, measured=True) if past.sent else None
        reply = _first(f"{name}.reply", measured, past.sent, declared, Share.text, lines)
        stop = _share(f"{name}.stop", (past.stopped, past.replied), says.stop, lines)
        return MetricNumbers(
            reply, stop, _share(f"{name}.bounce", (past.bounced, past.sent + past.bounced), says.bounce, lines)
        )
    if metric.unit == "text":
        return MetricNumbers()
    value = None if says.value is None else Amount((Decimal(says.value),), says.spread or 0)
    _first(f"{name}.value", None, 0, value, _number, lines)
    if metric.unit == "ratio":
        _first(f"{name}.sample", None, 0, says.sample, str, lines)
    return MetricNumbers(value=value, sample=says.sample)


def _share(name: str, seen: tuple[int, int], says: int | None, lines: list[Line]) -> Share | None:
    k, n = seen
    measured = Share(k, n, measured=True) if n else None
    return _first(name, measured, n, None if says is None else Share(says, PPM), Share.text, lines)


def _amounts(values: list[int]) -> Amount | None:
    return Amount(tuple(Decimal(value) for value in values), measured=True) if values else None


def _first(
    name: str, measured: T | None, n: int, declared: T | None, text: Callable[[T], str], lines: list[Line]
) -> T | None:
    """The better source of two; leaves a line."""
    if measured is not None and (n >= ENOUGH or declared is None):
        lines.append(Line(name, text(measured), MEASURED, n))
        return measured
    if declared is not None:
        lines.append(Line(name, text(declared), CONTRACT))
        return declared
    lines.append(Line(name, "unknown", UNKNOWN, None, TAKEN[name.rpartition(".")[2]]))
    return None


def _usage(usage: Usage) -> str:
    told, said = sorted(pair[0] for pair in usage.pairs), sorted(pair[1] for pair in usage.pairs)
    return f"{_middle(told):,} in, {_middle(said):,} out{_spread(usage.spread)}"


def _times(amount: Amount) -> str:
    return duration(int(_middle(sorted(amount.values)))) + _spread(amount.spread)


def _counts(amount: Amount) -> str:
    return f"{_middle(sorted(amount.values))} an attempt{_spread(amount.spread)}"


def _number(amount: Amount) -> str:
    return f"{amount.values[0]}{_spread(amount.spread)}"


def _middle(values: Sequence[T]) -> T:
    """The median: the lower one of two."""
    return values[(len(values) - 1) // 2]


def _spread(ppm: int) -> str:
    return f" ± {ppm * 100 / PPM:.4g} %" if ppm else ""
