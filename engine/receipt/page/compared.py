"""`html(diff)`: two receipts side by side as one page, with the waterfall of their spend. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.receipt.compare import same
from engine.receipt.compared import given, label, signed
from engine.receipt.page.charts import WIDE
from engine.receipt.page.nodes import Html, Node, element, foreign, join
from engine.receipt.page.parts import NONE, Section, listed, note, table
from engine.receipt.page.write import document
from engine.receipt.text import number
from engine.values import money

_STEPS = 12
"""So many steps of a waterfall are drawn; the rest is one."""


def html(told: Mapping[str, Any]) -> str:
    """The differences as a page of the same make as a receipt's."""
    mixed = told["a"]["rehearsed"] != told["b"]["rehearsed"]
    body = element(
        "main",
        element(
            "header",
            element("div", element("span", "two mission receipts"), class_="facts"),
            element("h1", f"{told['a']['id']} and {told['b']['id']}"),
            element("p", element("strong", "A "), label(told["a"])),
            element("p", element("strong", "B "), label(told["b"])),
            note("One of them was rehearsed: its figures are made up, so their differences mean little.")
            if mixed
            else None,
            element("p", "Nothing differs.") if same(told) else None,
        ),
        _spend(told["spend"]),
        _pairs("Outcomes", "what", told["outcomes"]),
        _metrics(told["metrics"]),
        _pairs("Clauses", "clause", told["clauses"]),
        _words("Learnings", told["learnings"]),
        _words("Rules", told["rules"]),
        _routes(told["routes"]),
    )
    return document(f"Receipts of {told['a']['id']} and {told['b']['id']}", body)


def _part(title: str, *children: Node) -> Html:
    return element("section", element("h2", title), *children)


def _pairs(title: str, first: str, rows: Sequence[Section]) -> Node:
    cells: list[list[Node]] = [[row["path"], row["a"] or NONE, row["b"] or NONE] for row in rows]
    return _part(title, table([first, "A", "B"], cells)) if rows else None


def _metrics(rows: Sequence[Section]) -> Node:
    cells: list[list[Node]] = [
        [row["branch"], row["metric"], row["a"] or NONE, row["b"] or NONE, row["apart"]] for row in rows
    ]
    return _part("Evidence", table(["branch", "metric", "A", "B", "95% intervals"], cells)) if rows else None


def _spend(spent: Section) -> Html:
    said = f"{money(spent['a_micro_usd'])} in A, {money(spent['b_micro_usd'])} in B: {signed(spent['micro_usd'])}."
    moved = [step for step in spent["steps"] if step["micro_usd"]]
    rows: list[list[Node]] = [
        [f"{s['kind']} by {s['role']}", _tally(s["a"]), _tally(s["b"]), signed(s["micro_usd"])] for s in moved
    ]
    waste: list[list[Node]] = [[row["class"], money(row["a"]), money(row["b"])] for row in spent["waste"]]
    return _part(
        "Spend",
        element("p", said),
        _waterfall(spent, moved),
        table(["tasks", "accepted, attempts in A", "in B", "difference"], rows, right=(3,)),
        table(["what came of it", "A", "B"], waste, right=(1, 2)),
    )


def _tally(group: Section) -> str:
    return f"{number(group['accepted'])} of {number(group['tasks'])}, {number(group['attempts'])}"


def _waterfall(spent: Section, moved: Sequence[Section]) -> Node:
    """From A's total to B's, a step for each kind of task; nothing where nothing moved."""
    steps = [(f"{s['kind']} by {s['role']}", s["from_micro_usd"], s["to_micro_usd"]) for s in moved[:_STEPS]]
    if not steps:
        return None
    if len(moved) > _STEPS:
        steps.append((f"{len(moved) - _STEPS} more", steps[-1][2], spent["b_micro_usd"]))
    bars = [("A", 0, spent["a_micro_usd"]), *steps, ("B", 0, spent["b_micro_usd"])]
    highest = max(max(begin, end) for _name, begin, end in bars)
    if highest <= 0:
        return None
    left, right, row = 190, 110, 24
    across = WIDE - left - right

    def x(amount: int) -> int:
        return int(left + across * max(amount, 0) // highest)

    parts: list[Node] = []
    for place, (name, begin, end) in enumerate(bars):
        y, total = place * row, place in {0, len(bars) - 1}
        low, high = sorted((x(begin), x(end)))
        voice = "deep" if total else "fill" if end > begin else "soft"
        shown = name if len(name) <= 26 else f"{name[:25]}…"
        figure = money(end) if total else signed(end - begin)
        parts += [
            element("text", shown, x=0, y=y + 15, class_="strong" if total else "now"),
            element("rect", class_=voice, x=low, y=y + 4, width=max(high - low, 1), height=row - 9),
            element("text", figure, x=WIDE, y=y + 15, text_anchor="end", class_="strong" if total else "now"),
        ]
    said = "from what A cost to what B cost, by kind of task and role"
    drawn = element("svg", *parts, viewBox=f"0 0 {WIDE} {row * len(bars) + 4}", aria_label=said)
    return element("figure", element("figcaption", said), drawn)


def _words(title: str, told: Section) -> Node:
    if not told["only_a"] and not told["only_b"]:
        return None
    entries: list[Node] = [
        join([f"only {name} ", foreign(text)])
        for side, name in (("only_a", "A"), ("only_b", "B"))
        for text in told[side]
    ]
    return _part(title, listed(entries), note(f"In both: {number(told['both'])}.") if told["both"] else None)


def _routes(rows: Sequence[Section]) -> Node:
    cells: list[list[Node]] = [
        [f"{row['kind']} by {row['role']}", given(row["a"]) or NONE, given(row["b"]) or NONE] for row in rows
    ]
    return _part("Routes", table(["tasks", "A", "B"], cells)) if rows else None
