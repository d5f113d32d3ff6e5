"""The money of a receipt: its lines, its roll-ups, and the check that they agree to the micro-dollar. Pure.

I1: the lines add up to the total, to every roll-up, and to what attempts, tasks and branches say they spent.
I2: every line names its attempt, task and branch. I3: the total is what the fold of the ledger says was spent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.governance.stated import stated
from engine.receipt.shape import reading
from engine.receipt.usage import faults as used
from engine.receipt.usage import usage
from engine.receipt.waste import faults as wasted
from engine.receipt.waste import waste
from engine.state.model import Charge, MissionState

ROLLUPS = ("branch", "task", "role", "worker", "model", "purpose", "outcome")


def spend(state: MissionState) -> dict[str, Any]:
    """The section `spend`. `total_micro_usd` is the fold's own sum, so that the lines can contradict it."""
    lines = [_line(state, charge) for charge in state.charges]
    budget = state.terms.budget.money
    return {
        "total_micro_usd": state.spent,
        "reserved_micro_usd": state.reserved,
        "budget_micro_usd": budget,
        "over_micro_usd": max(state.spent + state.reserved - budget, 0),
        "unattributed": unattributed(state.spent, lines),
        "limits": stated(state),
        "lines": lines,
        "rollups": {name: rollup(lines, name) for name in ROLLUPS},
        "waste": waste(state),
        "usage": usage(state),
    }


def _line(state: MissionState, charge: Charge) -> dict[str, Any]:
    def full(short: str) -> str:
        return f"{state.id}/{short}" if short else ""

    return {
        "height": charge.height,
        "at": charge.at,
        "mission": str(state.id),
        "branch": full(charge.branch),
        "task": full(charge.task),
        "attempt": full(charge.attempt),
        "role": charge.role,
        "worker": charge.worker,
        "model": charge.model,
        "purpose": charge.purpose,
        "outcome": charge.outcome,
        "tokens": charge.tokens.model_dump(),
        "micro_usd": charge.micro_usd,
        "basis": charge.basis,
    }


def rollup(lines: Iterable[Mapping[str, Any]], name: str) -> dict[str, int]:
    """Micro-dollars by one field of the lines, in the order in which its values first appear."""
    out: dict[str, int] = {}
    for line in lines:
        out[line[name]] = out.get(line[name], 0) + line["micro_usd"]
    return out


def unattributed(total: int, lines: Iterable[Mapping[str, Any]]) -> int:
    """The part of the total that no line with an attempt, a task and a branch explains."""
    explained: int = sum(line["micro_usd"] for line in lines if attributed(line))
    return total - explained


def attributed(line: Mapping[str, Any]) -> bool:
    """Whether a line says who spent it, on what, in which branch."""
    return bool(line["attempt"] and line["task"] and line["branch"])


def reconcile(receipt: Mapping[str, Any]) -> list[str]:
    """What does not add up in a receipt by itself; empty when all does. Raises `BadInputError` for another shape."""
    with reading(receipt):
        return [*_lines(receipt), *_rollups(receipt["spend"]), *_work(receipt), *wasted(receipt), *used(receipt)]


def _lines(receipt: Mapping[str, Any]) -> list[str]:
    spent, mission = receipt["spend"], receipt["mission"]["id"]
    out = []
    for place, line in enumerate(spent["lines"]):
        if not attributed(line):
            out.append(f"spend.lines[{place}]: names no attempt, task or branch")
        if line["mission"] != mission:
            out.append(f"spend.lines[{place}]: belongs to another mission")
    figures = {
        "total_micro_usd": sum(line["micro_usd"] for line in spent["lines"]),
        "unattributed": unattributed(spent["total_micro_usd"], spent["lines"]),
        "over_micro_usd": max(spent["total_micro_usd"] + spent["reserved_micro_usd"] - spent["budget_micro_usd"], 0),
    }
    out += [f"spend.{n}: says {spent[n]}, the lines say {v}" for n, v in figures.items() if spent[n] != v]
    if figures["unattributed"]:
        out.append(f"spend.unattributed: {figures['unattributed']} micro-dollars belong to no attempt")
    return out


def _rollups(spent: Mapping[str, Any]) -> list[str]:
    out = []
    for name in ROLLUPS:
        said, counted = spent["rollups"][name], rollup(spent["lines"], name)
        for key in {**counted, **said}:
            if said.get(key) != counted.get(key):
                figures = f"says {said.get(key, 'nothing')}, the lines say {counted.get(key, 'nothing')}"
                out.append(f"spend.rollups.{name}.{key or '(none)'}: {figures}")
        if sum(said.values()) != spent["total_micro_usd"]:
            total = spent["total_micro_usd"]
            out.append(f"spend.rollups.{name}: adds up to {sum(said.values())}, the total says {total}")
    return out


def _work(receipt: Mapping[str, Any]) -> list[str]:
    out = []
    for plural, name in (("attempts", "attempt"), ("tasks", "task"), ("branches", "branch")):
        counted = rollup(receipt["spend"]["lines"], name)
        for place, entry in enumerate(receipt["work"][plural]):
            lines = counted.pop(entry["id"], 0)
            if entry["spent_micro_usd"] != lines:
                said = entry["spent_micro_usd"]
                out.append(f"work.{plural}[{place}].spent_micro_usd: says {said}, the lines say {lines}")
        out += [f"spend.lines: {key} is charged and not listed under work.{plural}" for key in counted if key]
    return out
