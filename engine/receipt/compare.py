"""`compare(a, b)`: what differs between two receipts, of two missions or of one at two moments. Pure.

Tasks are aligned by what they are and who they are for (kind and role), branches by their key, metrics by branch and
name, learnings and rules by their words: ids of two missions have nothing to do with each other. The steps of the
waterfall add up to the difference of the totals, to the micro-dollar.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.receipt.shape import reading
from engine.receipt.text import permille, wilson
from engine.receipt.waste import CLASSES
from engine.values import duration, money

SCHEMA = "receipt-diff/1"
Receipt = Mapping[str, Any]
Json = dict[str, Any]


def compare(a: Receipt, b: Receipt) -> Json:
    """The differences, as JSON of `receipt-diff/1`. Raises `BadInputError` for what is no receipt of this schema."""
    with reading(a, "the first receipt"):
        pass
    with reading(b, "the second receipt"), reading(a, "the first receipt"):
        return {
            "schema": SCHEMA,
            "a": _which(a),
            "b": _which(b),
            "clauses": _differing(_clauses(a), _clauses(b)),
            "outcomes": _outcomes(a, b),
            "metrics": _metrics(a, b),
            "spend": _spend(a, b),
            "learnings": _words(a, b, "learning"),
            "rules": _words(a, b, "rule"),
            "routes": _routes(a, b),
        }


def _which(receipt: Receipt) -> Json:
    mission, place = receipt["mission"], receipt["integrity"]
    return {
        **{key: mission[key] for key in ("id", "title", "state", "rehearsed", "as_of")},
        "interim": mission["ended_at"] is None,
        "rev": receipt["contract"]["rev"],
        "height": place["height"],
        "head_hash": place["head_hash"],
    }


def _differing(a: Mapping[str, str], b: Mapping[str, str]) -> list[Json]:
    """What is not the same on both sides; nothing stands for what one of them does not have."""
    names = dict.fromkeys([*a, *b])
    return [{"path": name, "a": a.get(name, ""), "b": b.get(name, "")} for name in names if a.get(name) != b.get(name)]


# -- clauses


def _clauses(receipt: Receipt) -> dict[str, str]:
    told, mission = receipt["contract"], receipt["mission"]
    budget, actions = told["budget"], told["actions"]
    found = {
        "target.statement": str(mission["target"]),
        "target.met_when": str(mission["met_when"]),
        "budget.money": money(budget["money_micro_usd"]),
        "budget.time": duration(budget["time_ms"]) if budget["time_ms"] else "",
        "budget.attention": duration(budget["attention_ms"]) if budget["attention_ms"] else "",
        "budget.branches": _said(budget["branches"]),
        "budget.attempts": _said(budget["attempts"]),
        "actions.allowed": ", ".join(sorted(actions["allowed"])),
        "actions.restricted": ", ".join(sorted(actions["restricted"])),
    }
    found |= {f"lawful.{name}": _said(value) for name, value in (told["lawful"] or {}).items()}
    for kind in ("judge", "stop"):
        for rule in told[kind]:
            found[f"{kind}: {rule['when']}"] = f"{rule['then']}, because {rule['because']}"
    found |= {f"inputs.{one['name']}": f"{one['sha'][:12]}, {one['privacy']}, {one['trust']}" for one in told["inputs"]}
    for role in receipt["workforce"]["roles"]:
        words = (role["worker"], role["tier"], role["privacy"])
        found[f"roles.{role['role']}"] = ", ".join(word for word in words if word)
    return {name: text for name, text in found.items() if text}


def _said(value: object) -> str:
    return "" if value is None else str(value)


# -- outcomes


def _outcomes(a: Receipt, b: Receipt) -> list[Json]:
    return _differing(_ends(a), _ends(b))


def _ends(receipt: Receipt) -> dict[str, str]:
    mission, counts = receipt["mission"], receipt["work"]["counts"]
    end = mission["ended_at"] or mission["as_of"]
    found = {
        "mission": ": ".join(part for part in (mission["state"], mission["because"]) if part),
        "time": duration(end - mission["started_at"]) if mission["started_at"] else "",
        "tasks accepted": f"{counts['tasks'].get('accepted', 0)} of {sum(counts['tasks'].values())}",
        "attempts": str(sum(counts["attempts"].values())),
        "done outside": f"{counts['effects'].get('done', 0)} of {sum(counts['effects'].values())}",
        "decisions": str(len(receipt["decisions"])),
        "files": str(len(receipt["artifacts"])),
        "recommendation": str(receipt["next"]["recommendation"]),
    }
    for branch in receipt["work"]["branches"]:
        if branch["parent"] or branch["hypothesis"]:
            found[f"branch {branch['key']}"] = ": ".join(p for p in (branch["state"], branch["reason"]) if p)
    return found


def _metrics(a: Receipt, b: Receipt) -> list[Json]:
    """Measurements of branches that both have, or one of them, where they differ; of ratios also what can be told."""
    here, there = _measured(a), _measured(b)
    out = []
    for branch, metric in dict.fromkeys([*here, *there]):
        one, other = here.get((branch, metric)), there.get((branch, metric))
        if one != other:
            row = {"branch": branch, "metric": metric, "a": _figure(one), "b": _figure(other)}
            out.append({**row, "apart": _apart(one, other)})
    return out


def _measured(receipt: Receipt) -> dict[tuple[str, str], Json]:
    keys = {branch["id"]: branch["key"] for branch in receipt["work"]["branches"]}
    kept = ("unit", "k", "n", "value", "known")
    return {
        (keys.get(m["branch"], m["branch"]), m["metric"]): {name: m[name] for name in kept if name in m}
        for m in receipt["evidence"]["metrics"]
        if m["unit"] != "text"
    }


def _figure(measured: Json | None) -> str:
    if measured is None:
        return ""
    if measured["unit"] != "ratio":
        return str(measured["value"])
    interval = wilson(measured["k"], measured["n"])
    said = f"{measured['k']} of {measured['n']}"
    return said if interval is None else f"{said} ({permille(interval[0])[:-1]}–{permille(interval[1])})"


def _apart(one: Json | None, other: Json | None) -> str:
    """`intervals overlap` or `intervals apart` for two ratios; empty where nothing can be said."""
    if one is None or other is None or (one["unit"], other["unit"]) != ("ratio", "ratio"):
        return ""
    left, right = wilson(one["k"], one["n"]), wilson(other["k"], other["n"])
    if left is None or right is None:
        return ""
    return "intervals overlap" if left[0] <= right[1] and right[0] <= left[1] else "intervals apart"


# -- money


def _spend(a: Receipt, b: Receipt) -> Json:
    here, there = _groups(a), _groups(b)
    steps = [
        {
            "kind": kind,
            "role": role,
            "a": here.get((kind, role), _NOTHING),
            "b": there.get((kind, role), _NOTHING),
            "micro_usd": there.get((kind, role), _NOTHING)["micro_usd"] - here.get((kind, role), _NOTHING)["micro_usd"],
        }
        for kind, role in dict.fromkeys([*here, *there])
    ]
    steps.sort(key=lambda step: (-abs(step["micro_usd"]), step["kind"], step["role"]))
    running = a["spend"]["total_micro_usd"]
    for step in steps:
        step["from_micro_usd"] = running
        running += step["micro_usd"]
        step["to_micro_usd"] = running
    totals = {side: receipt["spend"]["total_micro_usd"] for side, receipt in (("a", a), ("b", b))}
    rest = totals["b"] - running
    waste = [_came(receipt) for receipt in (a, b)]
    return {
        **{f"{side}_micro_usd": total for side, total in totals.items()},
        "micro_usd": totals["b"] - totals["a"],
        "steps": steps,
        "unexplained": rest,
        "waste": [
            {"class": name, "a": waste[0].get(name, 0), "b": waste[1].get(name, 0)}
            for name in CLASSES
            if waste[0].get(name, 0) != waste[1].get(name, 0)
        ],
    }


_NOTHING: Json = {"tasks": 0, "accepted": 0, "attempts": 0, "micro_usd": 0}


def _groups(receipt: Receipt) -> dict[tuple[str, str], Json]:
    found: dict[tuple[str, str], Json] = {}
    for task in receipt["work"]["tasks"]:
        group = found.setdefault((_kind(task), task["role"]), dict(_NOTHING))
        group["tasks"] += 1
        group["accepted"] += task["state"] == "accepted"
        group["attempts"] += task["attempts"]
        group["micro_usd"] += task["spent_micro_usd"]
    return found


def _kind(task: Mapping[str, Any]) -> str:
    """What a task is: its verb where it is work of the plan, else review, grade or check."""
    return str(task["verb"] or task["kind"]) if task["kind"] == "work" else str(task["kind"])


def _came(receipt: Receipt) -> Mapping[str, int]:
    told: Mapping[str, int] = receipt["spend"].get("waste", {}).get("classes", {})
    return told


# -- words and routes


def _words(a: Receipt, b: Receipt, kind: str) -> Json:
    here, there = (
        list(dict.fromkeys(e["text"] for e in receipt["learnings"] if e["kind"] == kind)) for receipt in (a, b)
    )
    return {
        "only_a": [text for text in here if text not in there],
        "only_b": [text for text in there if text not in here],
        "both": sum(text in there for text in here),
    }


def _routes(a: Receipt, b: Receipt) -> list[Json]:
    """Which models or workers each kind of task was given to, where that differs."""
    here, there = _given(a), _given(b)
    out = []
    for kind, role in dict.fromkeys([*here, *there]):
        one, other = here.get((kind, role), Counter()), there.get((kind, role), Counter())
        if set(one) != set(other):
            out.append({"kind": kind, "role": role, "a": dict(sorted(one.items())), "b": dict(sorted(other.items()))})
    return out


def _given(receipt: Receipt) -> dict[tuple[str, str], Counter[str]]:
    kinds = {task["id"]: _kind(task) for task in receipt["work"]["tasks"]}
    found: dict[tuple[str, str], Counter[str]] = {}
    for attempt in receipt["work"]["attempts"]:
        by = attempt["model"] or attempt["worker"]
        found.setdefault((kinds.get(attempt["task"], ""), attempt["role"]), Counter())[by] += 1
    return found


def same(told: Mapping[str, Any]) -> bool:
    """Whether nothing differs but where the two stand."""
    differing = (told["clauses"], told["outcomes"], told["metrics"], told["routes"], told["spend"]["micro_usd"])
    words = [told[kind][side] for kind in ("learnings", "rules") for side in ("only_a", "only_b")]
    return not any(differing) and not any(words)
