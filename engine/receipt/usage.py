"""Calls and tokens of a receipt: what every charge counted, their roll-ups, and the check that they agree. Pure.

The totals and the roll-ups by branch, task and role are the fold's own sums, so that the lines can contradict them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.receipt.work import full
from engine.state.model import MissionState
from engine.state.work import Counted

KINDS = ("calls", "tokens")
ROLLUPS = ("branch", "task", "role")
WORKFORCE = (("roles", "role"), ("workers", "worker"), ("models", "model"))


def usage(state: MissionState) -> dict[str, Any]:
    """The part `usage` of the section `spend`. `tokens` are those that count against limits: of an attempt whose usage
    nobody knows, all that were set aside.
    """
    return {
        "total": _sums(state.counted),
        "lines": [{"height": c.height, "calls": c.calls, "tokens": c.counted} for c in state.charges],
        "rollups": {
            "branch": {full(state, one.id): _sums(one.counted) for one in state.branches.values() if _any(one.counted)},
            "task": {full(state, one.id): _sums(one.counted) for one in state.tasks.values() if _any(one.counted)},
            "role": {name: _sums(one.counted) for name, one in state.roles.items() if _any(one.counted)},
        },
    }


def _sums(counted: Counted) -> dict[str, int]:
    return {"calls": counted.calls, "tokens": counted.tokens}


def _any(counted: Counted) -> bool:
    return bool(counted.calls or counted.tokens)


def faults(receipt: Mapping[str, Any]) -> list[str]:
    """What of calls and tokens does not add up; nothing is said of receipts of releases that did not tell them."""
    spent = receipt["spend"]
    out = [*_workforce(receipt)]
    if "usage" not in spent:
        return out
    said, lines = spent["usage"], spent["lines"]
    if [line["height"] for line in said["lines"]] != [line["height"] for line in lines]:
        return [*out, "spend.usage.lines: they are not those of spend.lines"]
    for kind in KINDS:
        total = sum(line[kind] for line in said["lines"])
        if said["total"][kind] != total:
            out.append(f"spend.usage.total.{kind}: says {said['total'][kind]}, the lines say {total}")
        for name in ROLLUPS:
            counted: dict[str, int] = {}
            for line, used in zip(lines, said["lines"], strict=True):
                counted[line[name]] = counted.get(line[name], 0) + used[kind]
            told = {key: sums[kind] for key, sums in said["rollups"][name].items()}
            out += [
                f"spend.usage.rollups.{name}.{key or '(none)'}.{kind}: says {told.get(key, 0)}, the lines say "
                f"{counted.get(key, 0)}"
                for key in {**counted, **told}
                if told.get(key, 0) != counted.get(key, 0)
            ]
    return [*out, *_classes(lines, said["lines"])]


def _classes(lines: list[Mapping[str, Any]], used: list[Mapping[str, Any]]) -> list[str]:
    """Where a provider said what it used, the classes of tokens add up to what was counted."""
    told: dict[str, int] = {}
    counted: dict[str, int] = {}
    basis: dict[str, str] = {}
    for line, one in zip(lines, used, strict=True):
        name = line["attempt"]
        told[name] = told.get(name, 0) + sum(line["tokens"].values())
        counted[name] = counted.get(name, 0) + one["tokens"]
        basis[name] = line["basis"]
    return [
        f"spend.usage.lines: {name} counts {counted[name]} tokens, its classes add up to {told[name]}"
        for name in told
        if basis[name] == "reported" and counted[name] and counted[name] != told[name]
    ]


def _workforce(receipt: Mapping[str, Any]) -> list[str]:
    """Roles, workers and models used and cost what the charges say of them."""
    out = []
    for plural, name in WORKFORCE:
        money: dict[str, int] = {}
        tokens: dict[str, int] = {}
        for line in receipt["spend"]["lines"]:
            money[line[name]] = money.get(line[name], 0) + line["micro_usd"]
            tokens[line[name]] = tokens.get(line[name], 0) + sum(line["tokens"].values())
        cost: dict[str, int] = {}
        used: dict[str, int] = {}
        for entry in receipt["workforce"][plural]:
            cost[entry[name]] = cost.get(entry[name], 0) + entry["spent_micro_usd"]
            used[entry[name]] = used.get(entry[name], 0) + sum(entry["tokens"].values())
        for what, said, counted in (("spent_micro_usd", cost, money), ("tokens", used, tokens)):
            out += [
                f"workforce.{plural}.{key}.{what}: says {said.get(key, 0)}, the charges say {counted.get(key, 0)}"
                for key in {**counted, **said}
                if key and said.get(key, 0) != counted.get(key, 0)
            ]
    return out
