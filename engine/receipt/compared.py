"""`markdown(diff)`: two receipts side by side, for people. Works from the JSON of `compare` alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.receipt.compare import same
from engine.receipt.text import number, safe, table, when
from engine.values import money

Section = Mapping[str, Any]


def markdown(told: Section) -> str:
    """The differences as Markdown; everything that others wrote is escaped."""
    parts = [
        _head(told),
        _pairs("Clauses", "clause", told["clauses"]),
        _pairs("Outcomes", "what", told["outcomes"]),
        _metrics(told["metrics"]),
        _spend(told["spend"]),
        _words("Learnings", told["learnings"]),
        _words("Rules", told["rules"]),
        _routes(told["routes"]),
    ]
    return "\n".join(line for part in parts if part for line in [*part, ""]).rstrip() + "\n"


def label(side: Section) -> str:
    """`gtm, rev 1, finished, as of 2026-12-12 08:52, REHEARSED`."""
    words = [str(side["id"]), f"rev {side['rev']}", str(side["state"]), f"as of {when(side['as_of'])}"]
    return ", ".join([*words, *(["interim"] if side["interim"] else []), *(["REHEARSED"] if side["rehearsed"] else [])])


def signed(micro_usd: int) -> str:
    """`+$0.12`, `-$0.0042`, `$0.00`."""
    return f"+{money(micro_usd)}" if micro_usd > 0 else money(micro_usd)


def _head(told: Section) -> list[str]:
    lines = ["# Two receipts", "", f"- **A** {safe(label(told['a']))}", f"- **B** {safe(label(told['b']))}"]
    if told["a"]["rehearsed"] != told["b"]["rehearsed"]:
        lines += ["", "*One of them was rehearsed: its figures are made up, so their differences mean little.*"]
    return [*lines, "", "Nothing differs."] if same(told) else lines


def _pairs(title: str, first: str, rows: list[Section]) -> list[str]:
    if not rows:
        return []
    cells = [[safe(row["path"]), safe(row["a"], 200) or "—", safe(row["b"], 200) or "—"] for row in rows]
    return [f"## {title}", "", *table([first, "A", "B"], cells)]


def _metrics(rows: list[Section]) -> list[str]:
    if not rows:
        return []
    cells = [[*(safe(row[key]) or "—" for key in ("branch", "metric", "a", "b")), safe(row["apart"])] for row in rows]
    return ["## Evidence", "", *table(["branch", "metric", "A", "B", "95% intervals"], cells)]


def _spend(spent: Section) -> list[str]:
    lines = ["## Spend", "", f"{money(spent['a_micro_usd'])} in A, {money(spent['b_micro_usd'])} in B: "]
    lines[-1] += f"{signed(spent['micro_usd'])}."
    moved = [step for step in spent["steps"] if step["micro_usd"]]
    rows = [
        [
            safe(f"{step['kind']} by {step['role']}"),
            _tally(step["a"]),
            _tally(step["b"]),
            signed(step["micro_usd"]),
            money(step["to_micro_usd"]),
        ]
        for step in moved
    ]
    if rows:
        first = ["A", "", "", "", money(spent["a_micro_usd"])]
        last = ["B", "", "", "", money(spent["b_micro_usd"])]
        head = ["tasks", "accepted, attempts in A", "in B", "difference", "makes"]
        lines += ["", *table(head, [first, *rows, last], right=[3, 4])]
    if spent["waste"]:
        rows = [[safe(row["class"]), money(row["a"]), money(row["b"])] for row in spent["waste"]]
        lines += ["", *table(["what came of it", "A", "B"], rows, right=[1, 2])]
    return lines


def _tally(group: Section) -> str:
    return f"{number(group['accepted'])} of {number(group['tasks'])}, {number(group['attempts'])}"


def _words(title: str, told: Section) -> list[str]:
    if not told["only_a"] and not told["only_b"]:
        return []
    lines = [f"## {title}", ""]
    for side, name in (("only_a", "A"), ("only_b", "B")):
        lines += [f"- only {name}: {safe(text)}" for text in told[side]]
    return [*lines, "", f"In both: {number(told['both'])}."] if told["both"] else lines


def _routes(rows: list[Section]) -> list[str]:
    if not rows:
        return []
    cells = [[safe(f"{row['kind']} by {row['role']}"), given(row["a"]), given(row["b"])] for row in rows]
    return ["## Routes", "", *table(["tasks", "A", "B"], [[c[0], safe(c[1]) or "—", safe(c[2]) or "—"] for c in cells])]


def given(counts: Mapping[str, int]) -> str:
    """`haiku 4, sonnet 1`."""
    return ", ".join(f"{name} {count}" for name, count in counts.items())
